#include "base/siphash.h"

#include <endian.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>

static uint64_t load64(const unsigned char *p, size_t n)
{
	uint64_t v = 0;

	memcpy(&v, p, n);
	return le64toh(v);
}

static uint64_t rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void rounds(uint64_t v[4], unsigned n)
{
	while (n--) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] = rotate(v[2], 32);
	}
}

static inline void absorb(uint64_t v[4], uint64_t word, unsigned each)
{
	v[3] ^= word;
	rounds(v, each);
	v[0] ^= word;
}

static inline uint64_t hash(const unsigned char key[16], const void *data, size_t len, unsigned each,
			    unsigned last)
{
	uint64_t k0 = load64(key, 8), k1 = load64(key + 8, 8);
	uint64_t v[4] = { k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d),
			  k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573) };
	const unsigned char *p = data;
	size_t left = len;

	for (; left >= 8; left -= 8, p += 8)
		absorb(v, load64(p, 8), each);
	absorb(v, load64(p, left) | (uint64_t)(len & 0xff) << 56, each);
	v[2] ^= 0xff;
	rounds(v, last);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t ckpt_siphash(const unsigned char key[16], const void *data, size_t len)
{
	return hash(key, data, len, 2, 4);
}

uint64_t ckpt_siphash_bucket(const unsigned char key[16], const void *data, size_t len)
{
	return hash(key, data, len, 1, 3);
}

static unsigned char secret[16];

/* Without random numbers it is a hash all the same. */
static void choose_secret(void)
{
	if (getrandom(secret, sizeof(secret), GRND_NONBLOCK) != sizeof(secret))
		memset(secret, 0, sizeof(secret));
}

const unsigned char *ckpt_siphash_secret(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, choose_secret);
	return secret;
}
