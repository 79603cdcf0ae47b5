#include "cmd/plan.h"

static const struct ckpt_opt_spec opts[] = {
	CKPT_PLAN_DRY_RUN,
	{ 0 },
};

static int run(struct ckpt_cmd *cmd, const struct ckpt_args *args, struct ckpt_err *err)
{
	struct ckpt_plan plan = CKPT_PLAN_INIT;
	bool dry_run = ckpt_args_has(args, "dry-run");
	int rc = ckpt_sweep(cmd->root, dry_run, &plan, err);

	return ckpt_plan_end(cmd, args, &plan, CKPT_PLAN_SWEEP, rc);
}

const struct ckpt_verb ckpt_verb_sweep = {
	.name = "sweep",
	.operands = "",
	.summary = "remove the files that no checkpoint needs",
	.example = "sweep /data --dry-run",
	.opts = opts,
	.control = true,
	.tells = true,
	.run = run,
};
