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

/* Append it to cmd->out. */
void ckpt_plan_print(struct ckpt_cmd *cmd, const struct ckpt_plan *plan, enum ckpt_plan_kind kind,
		     bool dry_run, bool json);

/* The members "left", the names, and "left_why", the same with their reasons. */
void ckpt_plan_left_json(struct ckpt_buf *out, const struct ckpt_plan *plan);

#endif
