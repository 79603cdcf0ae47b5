/* alone.h - what one checkpoint would take with it
 *
 * Of one checkpoint, where usage.h counts all of a root: which of its batches no
 * other checkpoint needs.  For that it reads what all of them need.
 */
#ifndef CKPT_ENGINE_ALONE_H
#define CKPT_ENGINE_ALONE_H

#include "ckptfs/ckpt.h"

struct ckpt_alone {
	bool known; /* what all need could be read; else all below is 0, and why says why not */
	uint64_t batches, bytes;
	struct ckpt_err why;
};
/* ENOENT if the catalog, as it is now, does not have it. */
int ckpt_alone_read(struct ckpt_root *root, const struct ckpt_uuid *u, struct ckpt_alone *out,
		    struct ckpt_err *err);

#endif
