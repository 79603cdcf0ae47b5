/* marks.h - what holds on to each checkpoint
 *
 * Three things keep a gc from a checkpoint whatever its age: state.json resumes
 * from it, somebody has pinned it, somebody reads it through a mount.  Each is
 * cheap to see, and none of them is worth a failure: what can't be read is warned
 * of (once, where it may be the same with thousands), and marks nothing.
 */
#ifndef CKPT_CMD_MARKS_H
#define CKPT_CMD_MARKS_H

#include "ckptfs/pins.h"
#include "cmd/cmd.h"

enum {
	CKPT_MARK_RESUMES = 1,
	CKPT_MARK_PINNED = 2, /* by a pin that has not expired */
	CKPT_MARK_READ = 4,
	CKPT_MARKS = 7,
	CKPT_MARK_UNSURE = 8, /* whether somebody reads it could not be seen */
};

struct ckpt_marks {
	unsigned *mark; /* one for each entry of the catalog */
	struct ckpt_pins pins;
	int64_t now_ms;
};

/* resume as of ckpt_more_resume(); NULL: not known.  Release *out also after an
 * error (no memory, or interrupted). */
int ckpt_marks_read(struct ckpt_cmd *cmd, const struct ckpt_catalog *c, const struct ckpt_resume *resume,
		    struct ckpt_marks *out, struct ckpt_err *err);
void ckpt_marks_release(struct ckpt_marks *m);

/* Whether pin k holds this checkpoint now. */
bool ckpt_marks_is_pinned_by(const struct ckpt_marks *m, size_t k, const struct ckpt_uuid *u);

#endif
