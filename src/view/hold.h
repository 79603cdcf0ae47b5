/* hold.h - the files of a leased checkpoint, kept open
 *
 * A lease keeps ckptfs's own gc off, but a live pipeline's gc knows no lease.
 * So whoever leases a checkpoint first also opens every file of it, once: what
 * is unlinked then is still read through these descriptors until the lease
 * ends.  All of it happens before the first look is answered, so that a hold is
 * complete, or known as incomplete, from the first look.
 *
 * Bounds.  At most -o hold-files= descriptors; what is above is read from the
 * root as long as it is there, and is ESTALE afterwards.  And below -o
 * hold-free= percent of free space no hold is taken, and those that are there
 * go, the oldest first: files that were deleted and are held still fill the
 * pipeline's disk.
 *
 * A hold is immutable once it is shared.
 *
 * The files of a checkpoint that is not finished may yet be replaced.  What was held
 * of it before counts only where the root has no such file any more.
 */
#ifndef CKPT_VIEW_HOLD_H
#define CKPT_VIEW_HOLD_H

#include "view/node.h"
#include "view/seen.h"
#include "view/shared.h"

struct ckpt_hold {
	unsigned refs; /* atomic */
	struct ckpt_view *view;
	struct ckpt_contents *lists;
	/* By the indices of the lists; NULL: not held. */
	struct ckpt_shared **batch, **file;
	struct ckpt_shared *state;
	struct ckpt_seen *seen; /* those of the lists: batches, then files; NULL: nobody listed */
	int64_t seen_ms;	/* monotonic */
	size_t n, wanted;	/* open files, and how many there should be */
	const char *why;	/* why not all; a constant, or NULL */
	bool fixed;		/* nothing of it is replaced any more */
};

/* Open what s needs; NULL if nothing can be held (the lease stands without).
 * listing: it is about to be listed. */
struct ckpt_hold *ckpt_hold_new(struct ckpt_view *v, struct ckpt_slot *s, bool listing);
/* A reference to what is held of s, or NULL. */
struct ckpt_hold *ckpt_hold_get(struct ckpt_view *v, struct ckpt_slot *s);
void ckpt_hold_unref(struct ckpt_hold *h); /* NULL is allowed */

/* A reference to that of a place, or NULL.  gone: the root has none. */
struct ckpt_shared *ckpt_hold_file(const struct ckpt_hold *h, const struct ckpt_place *p, bool gone);
/* What that of a place was a moment ago; false: look at it. */
bool ckpt_hold_seen(const struct ckpt_hold *h, const struct ckpt_place *p, struct ckpt_stat *st);
/* One of a file that is open, by its node's id, or NULL (file.c). */
struct ckpt_shared *ckpt_view_opened(struct ckpt_view *v, struct ckpt_slot *s, uint64_t id);
/* Whether its state.json is held. */
bool ckpt_hold_has_state(const struct ckpt_hold *h);

/* --- hold_room.c: how much may be held ----------------------------------- */

/* Of so many descriptors as many as are allowed. */
size_t ckpt_hold_reserve(struct ckpt_view *v, size_t wanted);
void ckpt_hold_give_back(struct ckpt_view *v, size_t n);
/* Too little of the disk is free for anything to be held. */
bool ckpt_hold_nearly_full(struct ckpt_view *v);

/* --- hold_end.c: letting go ----------------------------------------------- */

/* Let go of what is held of the checkpoint that was leased first; false if
 * nothing is. */
bool ckpt_hold_drop_oldest(struct ckpt_view *v);
/* With little free space, let holds go.  The ms until it has to be asked again,
 * or -1 while nothing is held. */
int64_t ckpt_hold_check(struct ckpt_view *v);
/* What is held, and why not all of it. */
void ckpt_hold_stats(struct ckpt_view *v, struct ckpt_view_stats *out);

#endif
