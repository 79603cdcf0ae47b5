#include <stdlib.h>

#include "cmd/keep.h"
#include "cmd/plan.h"

static const struct ckpt_opt_spec opts[] = {
	{ .name = "except",
	  .kind = CKPT_OPT_UUID,
	  .repeat = true,
	  .control = true,
	  .value = "UUID",
	  .help = "keep this checkpoint too" },
	CKPT_KEEP_OPTS,
	CKPT_PLAN_DRY_RUN,
	{ 0 },
};

static int run(struct ckpt_cmd *cmd, const struct ckpt_args *args, struct ckpt_err *err)
{
	struct ckpt_plan plan = CKPT_PLAN_INIT;
	struct ckpt_gc_opts o = { .dry_run = ckpt_args_has(args, "dry-run") };
	struct ckpt_retention keep;
	struct ckpt_uuid *except = NULL;
	bool given;
	int rc = ckpt_keep_read(args, &keep, &given, err);

	if (rc == 0 && !ckpt_args_uuids(args, "except", &except, &o.n_except))
		rc = ckpt_fail_nomem(err);
	o.except = except;
	o.retention = given ? &keep : NULL;
	if (rc == 0)
		rc = ckpt_gc(cmd->root, &o, &plan, err);
	ckpt_keep_release(&keep);
	free(except);
	return ckpt_plan_end(cmd, args, &plan, CKPT_PLAN_GC, rc);
}

const struct ckpt_verb ckpt_verb_gc = {
	.name = "gc",
	.operands = "",
	.summary = "remove all checkpoints but the newest two and those to be kept",
	.example = "gc /data --keep-hourly 24 --keep-daily 7 --dry-run",
	.opts = opts,
	.control = true,
	.tells = true,
	.check = ckpt_keep_check,
	.run = run,
};
