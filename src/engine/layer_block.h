/* layer_block.h - one block of a layer file */
#ifndef CKPT_ENGINE_LAYER_BLOCK_H
#define CKPT_ENGINE_LAYER_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ckptfs/err.h"
#include "store/contract.h"

#define CKPT_LAYER_UNIT 512

struct ckpt_layer {
	struct ckpt_file *file;
	const char *label;
	uint64_t size;
	bool snappy;
};

/* A block in memory, as it was before it was compressed. */
struct ckpt_block {
	unsigned char *data; /* on the heap */
	size_t len;
};

/* EUCLEAN, where in the file, and what. */
int ckpt_layer_bad(const struct ckpt_layer *l, uint64_t off, struct ckpt_err *err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Read a block of a tree, unpack it, and check it: its magic must be this.
 * Release *out also after an error. */
int ckpt_block_read(const struct ckpt_layer *l, uint64_t off, uint64_t size, const char magic[4],
		    struct ckpt_block *out, struct ckpt_err *err);
void ckpt_block_release(struct ckpt_block *b);

/* Check a block that is never compressed, of any length, without keeping it:
 * a filter, or the trailer. */
int ckpt_block_scan(const struct ckpt_layer *l, uint64_t off, uint64_t size, struct ckpt_err *err);

/* A little-endian integer of n bytes. */
uint64_t ckpt_layer_int(const unsigned char *at, size_t n);

#endif
