/* layer_file.h - batch files made by hand, and any bytes as a file */
#ifndef CKPT_TESTS_LAYER_FILE_H
#define CKPT_TESTS_LAYER_FILE_H

#include "base/buf.h"
#include "store/contract.h"

/* ckpt_layer_check() of these bytes, as of a file called "it". */
int layer_check(const void *data, size_t len, struct ckpt_err *err);

/* Whether two files that differ at one byte have the same bytes in memory all the
 * same: Snappy can say some things in more than one way. */
bool layer_unpacks_the_same(const void *a, const void *b, size_t len, size_t at);

struct layer_child {
	uint64_t off, size; /* in bytes */
};
/* Add a block, packed by Snappy if asked, with its checksum right, and say
 * where it lies: a data block of n bytes; an index of these children, which are
 * data (type 0) or indices (1). */
struct layer_child layer_add_data(struct ckpt_buf *file, size_t n, bool snappy);
struct layer_child layer_add_index(struct ckpt_buf *file, const struct layer_child *child, size_t n,
				   unsigned type, bool snappy);
/* A filter, never packed. */
struct layer_child layer_add_filter(struct ckpt_buf *file, size_t n);

struct layer_trailer {
	unsigned version, compression;
	struct layer_child column[2];
	unsigned type[2], columns;
	struct layer_child filter;
	uint64_t incompatible;
};
void layer_add_trailer(struct ckpt_buf *file, const struct layer_trailer *t);
/* Make the checksum of an unpacked block right again. */
void layer_seal(unsigned char *block, size_t len);

/* A whole file: two columns, one of two levels of indices, and a filter. */
void layer_make(struct ckpt_buf *file, bool snappy);

#endif
