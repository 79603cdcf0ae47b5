/* hash.h - a fast hash of names, for tables that live as long as a command
 *
 * Names of a root are made by its pipeline, not by strangers who would choose
 * colliding ones (siphash.h is for those).
 */
#ifndef CKPT_BASE_HASH_H
#define CKPT_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Eight bytes at a step: a gc of many checkpoints looks a million names up. */
static inline uint64_t ckpt_hash_name(const char *name, size_t len)
{
	const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t h = len, word;

	for (; len >= sizeof(word); name += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, name, sizeof(word));
		h = (h ^ word) * odd;
		h ^= h >> 32;
	}
	word = 0;
	memcpy(&word, name, len);
	h = (h ^ word) * odd;
	return h ^ h >> 29;
}

#endif
