/* index.h - names that are found by a hash
 *
 * Where ten thousand names are only asked for, sorting them first (names.h) is
 * most of the work.  An index says where in an unsealed set a name is.  It holds
 * the hash beside the number, so that a name is read only where it is the one
 * that was asked for: names lie apart in memory, and a look at each costs more
 * than a hash.
 *
 * The set must stay as it is while the index is used; any number of threads may
 * ask.
 */
#ifndef CKPT_BASE_INDEX_H
#define CKPT_BASE_INDEX_H

#include "base/names.h"

struct ckpt_index_bucket {
	uint32_t hash, number; /* number + 1; 0: empty */
};

struct ckpt_index {
	const struct ckpt_names *names;
	const unsigned char *key;
	struct ckpt_index_bucket *bucket;
	size_t mask;
};

/* Drops doubles from the set; what stays keeps its order.  False: no memory. */
bool ckpt_index_make(struct ckpt_index *x, struct ckpt_names *names);
/* The numbers in the set, or -1, of up to CKPT_INDEX_SOME names: in half the time of
 * one by one, since the memory of one comes while another is compared. */
#define CKPT_INDEX_SOME 32
void ckpt_index_find_some(const struct ckpt_index *x, const struct ckpt_slice *name, size_t n,
			  ptrdiff_t *out);
void ckpt_index_release(struct ckpt_index *x);

#endif
