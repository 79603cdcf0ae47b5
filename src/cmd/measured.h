/* measured.h - what a root holds, as it was found by looking at every file
 *
 * To look at every file of a large root takes seconds, or minutes, so nobody does
 * it only to be watched: whoever has done it for another reason keeps the sums and
 * the moment.
 */
#ifndef CKPT_CMD_MEASURED_H
#define CKPT_CMD_MEASURED_H

#include "ckptfs/usage.h"
#include "cmd/cmd.h"

struct ckpt_measured {
	struct ckpt_usage sums; /* without its checkpoints */
	int64_t at_ms;		/* 0: not known */
};

/* Read it with the verb's root, warn of what is not known, and keep the sums in
 * cmd->measured (du.c).  Release *u in any case. */
int ckpt_du_read(struct ckpt_cmd *cmd, struct ckpt_usage *u, struct ckpt_err *err);

#endif
