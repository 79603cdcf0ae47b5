/* plan.h - a plan, printed
 *
 * The same lines for what would go and for what went, so that a dry run can be
 * compared with the real one: one line a file with its bytes, then one a
 * checkpoint that stays and why, and a sum at the end.
 */
#ifndef CKPT_CMD_PLAN_H
#define CKPT_CMD_PLAN_H

#include <stdbool.h>

#include "cmd/cmd.h"

enum ckpt_plan_kind { CKPT_PLAN_GC, CKPT_PLAN_REMOVE, CKPT_PLAN_SWEEP };

/* The option of a verb that removes. */
#define CKPT_PLAN_DRY_RUN                                                                                    \
	{                                                                                                    \
		.name = "dry-run", .letter = 'n', .kind = CKPT_OPT_FLAG, .control = true,                    \
		.help = "only say what would be removed"                                                     \
	}

/* The end of such a verb, rc being what came of it: append to cmd->out what was
 * done, also where it failed on the way; release the plan; return rc. */
int ckpt_plan_end(struct ckpt_cmd *cmd, const struct ckpt_args *args, struct ckpt_plan *plan,
		  enum ckpt_plan_kind kind, int rc);

/* The members "removed" and "kept" of a gc. */
void ckpt_plan_checkpoints_json(struct ckpt_buf *out, const struct ckpt_plan *plan);
/* The members "left", the names, and "left_why", the same with their reasons. */
void ckpt_plan_left_json(struct ckpt_buf *out, const struct ckpt_plan *plan);

#endif
