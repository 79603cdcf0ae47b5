#include "view/inode.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "view/limits.h"

#define INDEX_BITS 24
#define NUMBER_BITS 34
#define KIND_SHIFT (INDEX_BITS + NUMBER_BITS)

/* The root's id is 1, as the kernel has it: kind 0, number 0, index 1. */
uint64_t ckpt_id_pack(enum ckpt_node_kind kind, uint64_t number, uint32_t index)
{
	assert(number <= CKPT_ID_NUMBER_MAX && index <= CKPT_ID_INDEX_MAX);
	if (kind == CKPT_NODE_ROOT)
		return 1;
	return (uint64_t)kind << KIND_SHIFT | number << INDEX_BITS | index;
}

bool ckpt_id_unpack(uint64_t id, struct ckpt_id *out)
{
	out->kind = (enum ckpt_node_kind)(id >> KIND_SHIFT);
	out->number = id >> INDEX_BITS & CKPT_ID_NUMBER_MAX;
	out->index = (uint32_t)(id & CKPT_ID_INDEX_MAX);
	return out->kind == CKPT_NODE_ROOT ? id == 1 : out->kind < CKPT_NODE_KINDS;
}

/* --- SipHash-2-4, by its description (Aumasson, Bernstein 2012) ---------- */

static uint64_t load64(const unsigned char *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

static uint64_t rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static void rounds(uint64_t v[4], unsigned n)
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

static void absorb(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	rounds(v, 2);
	v[0] ^= word;
}

uint64_t ckpt_siphash(const unsigned char key[16], const void *data, size_t len)
{
	uint64_t k0 = load64(key, 8), k1 = load64(key + 8, 8);
	uint64_t v[4] = { k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d),
			  k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573) };
	const unsigned char *p = data;
	size_t left = len;

	for (; left >= 8; left -= 8, p += 8)
		absorb(v, load64(p, 8));
	absorb(v, load64(p, left) | (uint64_t)(len & 0xff) << 56);
	v[2] ^= 0xff;
	rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t ckpt_ino(const char *fmt, ...)
{
	static const unsigned char key[16];
	char name[CKPT_OWNER_MAX];
	uint64_t ino;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	assert(n >= 0 && (size_t)n < sizeof(name));
	ino = ckpt_siphash(key, name, (size_t)n) >> 1;
	return ino < 2 ? ino + 2 : ino;
}

uint64_t ckpt_ino_checkpoint(const struct ckpt_uuid *u, const char *text)
{
	uint64_t hash = ckpt_ino("/%s", text), ino;
	int64_t ms;

	if (!ckpt_uuid_time_ms(u, &ms))
		return hash;
	ino = (uint64_t)ms << 14 | (hash & 0x3fff);
	return ino < 2 ? ino + 2 : ino;
}
