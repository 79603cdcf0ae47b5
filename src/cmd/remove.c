#include "cmd/plan.h"

static const struct ckpt_opt_spec opts[] = {
	CKPT_PLAN_DRY_RUN,
	{ 0 },
};

static int run(struct ckpt_cmd *cmd, const struct ckpt_args *args, struct ckpt_err *err)
{
	struct ckpt_plan plan = CKPT_PLAN_INIT;
	bool dry_run = ckpt_args_has(args, "dry-run");
	int rc = ckpt_remove(cmd->root, &args->uuid[0], dry_run, &plan, err);

	return ckpt_plan_end(cmd, args, &plan, CKPT_PLAN_REMOVE, rc);
}

const struct ckpt_verb ckpt_verb_remove = {
	.name = "remove",
	.operands = "UUID",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "remove one checkpoint and what only it needs",
	.example = "remove /data 0199f0c2-25cd-786f-901a-66bdfec8ed80",
	.opts = opts,
	.control = true,
	.tells = true,
	.run = run,
};
