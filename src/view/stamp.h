/* stamp.h - whether a file is still the one that was read
 *
 * A stamp is taken before a file is read, and compared later by another look.
 * A file that was replaced has another inode, one that was written another
 * size or time; so equal stamps mean equal content, unless the file changed
 * within the same tick of the clock that its times come from.  Where that
 * matters, a stamp counts only once it is old (quiet).
 */
#ifndef CKPT_VIEW_STAMP_H
#define CKPT_VIEW_STAMP_H

#include <stdbool.h>

#include "store/contract.h"

struct ckpt_stamp {
	int rc; /* what the look said: 0, or why it failed */
	uint64_t ino, size;
	struct timespec mtime, ctime;
};

void ckpt_stamp_take(struct ckpt_store *store, const char *dir, const char *name, struct ckpt_stamp *out);
bool ckpt_stamp_equal(const struct ckpt_stamp *a, const struct ckpt_stamp *b);
/* It was last changed well before now. */
bool ckpt_stamp_quiet(const struct ckpt_stamp *s, int64_t now_ms);

#endif
