/* seen.h - what the files of a checkpoint were when somebody began to list it
 *
 * Whoever opens a file to hold it looks at it, and the listing for which it is held
 * wants to know just that next: so it is answered from here.  Where there was no
 * descriptor for a file, it is looked at together with others all the same, which is
 * quicker than one by one as they are listed; of these as many as are held, so that
 * nobody waits more than twice as long for a first look.
 *
 * Only for a moment (CKPT_SEEN_MS), only of what never changes, and only what could be
 * looked at: everything else is asked of the file, or of the root, as ever.  So never
 * of state.json, and of nothing in a checkpoint that is not finished.
 */
#ifndef CKPT_VIEW_SEEN_H
#define CKPT_VIEW_SEEN_H

#include "store/contract.h"

/* Of a stat, what a node shows; there may be 100,000 of them. */
struct ckpt_seen {
	uint64_t size, blocks;
	struct timespec mtime;
	uint32_t mode, uid, gid;
	bool known;
};

/* Unless st is of something else than a file. */
void ckpt_seen_take(struct ckpt_seen *seen, const struct ckpt_stat *st);
/* False: it is not known. */
bool ckpt_seen_tell(const struct ckpt_seen *seen, struct ckpt_stat *st);

#endif
