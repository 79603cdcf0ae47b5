/* shared.h - an open file that a hold and its readers share
 *
 * Whoever opened it keeps it, and only it, when the hold goes.
 */
#ifndef CKPT_VIEW_SHARED_H
#define CKPT_VIEW_SHARED_H

#include "view/room.h"

struct ckpt_shared {
	unsigned refs; /* atomic */
	bool held;     /* by a hold, when it was opened */
	bool fresh;    /* atomic; it is, and nobody has read it yet */
	uint64_t size; /* if it is */
	struct ckpt_view *view;
	struct ckpt_file *file;
};

/* Takes the file, and the room that was taken for it (room.h); also if it fails. */
int ckpt_shared_new(struct ckpt_view *v, struct ckpt_file *file, struct ckpt_shared **out,
		    struct ckpt_err *err);
/* Open n files of the root to be held, as far as there is room: several at a time,
 * since on a cold cache each waits for the disk.  out[i] is NULL where it failed,
 * and failed is told why (where there are no more descriptors, of one of the rest);
 * else st[i] is what it was. */
void ckpt_shared_open_each(struct ckpt_view *v, const struct ckpt_each *each, size_t n,
			   struct ckpt_shared **out, struct ckpt_stat *st, ckpt_each_fn *failed, void *ctx);
struct ckpt_shared *ckpt_shared_ref(struct ckpt_shared *f); /* NULL is allowed */
void ckpt_shared_unref(struct ckpt_shared *f);		    /* NULL is allowed */

#endif
