/* control.h - the verbs, for the control files of a mount
 *
 * What is written to .ckptfs/control is a line of words, understood by the
 * same table as the command line.  The answer is always one JSON object and a
 * newline: the verb's own, or
 *
 *	{"error":{"errno":"EBUSY","message":"..."},"done":{...}}
 *
 * where "done" is what was done before the failure, if anything was.  A verify
 * that finds problems answers as on the command line, and fails with EIO.
 */
#ifndef CKPT_CMD_CONTROL_H
#define CKPT_CMD_CONTROL_H

#include "cmd/cmd.h"
#include "view/view.h"

struct ckpt_tally;
struct ckpt_measured;

/* What a command runs on. */
struct ckpt_control {
	struct ckpt_store *store;
	struct ckpt_env env;
	/* The mount's own commands. */
	int (*refresh)(void *mount, struct ckpt_err *err);
	int (*release)(void *mount, const struct ckpt_uuid *u, struct ckpt_err *err);
	void *mount;
	struct ckpt_tally *tally;	/* counts commands; may be NULL */
	struct ckpt_measured *measured; /* what usage.json found out; may be NULL */
};

/* Run one command.  Returns 0 or one of the errnos that a write to control may
 * fail with, negative; *answer is filled in either case. */
int ckpt_control_command(const struct ckpt_control *c, const char *line, size_t len, struct ckpt_buf *answer,
			 struct ckpt_err *err);

/* What reading .ckptfs/gc and .ckptfs/sweep shows (the text of a dry run),
 * .ckptfs/usage.json (what du --json prints; an "error" as above if that fails),
 * and control before a write (the help). */
int ckpt_control_show(const struct ckpt_control *c, enum ckpt_ctl what, struct ckpt_buf *out,
		      struct ckpt_err *err);

#endif
