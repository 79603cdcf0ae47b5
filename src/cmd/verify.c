#include <errno.h>
#include <string.h>

#include "cmd/jsonout.h"
#include "cmd/problems.h"
#include "cmd/table.h"

static const struct ckpt_opt_spec opts[] = {
	{ .name = "fingerprint",
	  .kind = CKPT_OPT_U64,
	  .control = true,
	  .value = "N",
	  .help = "also that every fingerprint is this one" },
	{ 0 },
};

static void print(struct ckpt_cmd *cmd, const struct ckpt_problems *p, size_t checked, bool json)
{
	if (json) {
		ckpt_jo_open(&cmd->out, NULL, '{');
		ckpt_jo_bool(&cmd->out, "ok", p->n == 0);
		ckpt_problems_json(&cmd->out, p);
		ckpt_jo_close(&cmd->out, '}');
		return;
	}
	ckpt_problems_text(&cmd->out, p);
	ckpt_buf_addf(&cmd->out, "%zu checkpoint%s verified: ", checked, ckpt_plural(checked));
	if (p->n)
		ckpt_buf_addf(&cmd->out, "%zu problem%s\n", p->n, ckpt_plural(p->n));
	else
		ckpt_buf_addf(&cmd->out, "all files are there\n");
}

static int run(struct ckpt_cmd *cmd, const struct ckpt_args *args, struct ckpt_err *err)
{
	const struct ckpt_opt *fingerprint = ckpt_args_opt(args, "fingerprint");
	struct ckpt_catalog *c = ckpt_root_catalog(cmd->root);
	struct ckpt_problems problems = { 0 };
	int rc;

	/* Nothing to look at because the catalog was lost is not "ok". */
	rc = ckpt_catalog_lost(cmd->store, c, NULL, err);
	if (rc == 0)
		rc = ckpt_verify(cmd->root, args->uuid, args->n_uuid,
				 fingerprint ? &fingerprint->number : NULL, &problems, err);
	if (rc == 0 && problems.failed)
		rc = ckpt_fail_nomem(err);
	if (rc == 0) {
		print(cmd, &problems, args->n_uuid ? args->n_uuid : c->n, args->json);
		cmd->not_ok = problems.n != 0;
	}
	ckpt_problems_release(&problems);
	return rc;
}

const struct ckpt_verb ckpt_verb_verify = {
	.name = "verify",
	.operands = "[UUID]...",
	.max_operands = CKPT_ARGS_MAX,
	.summary = "look whether every file that a checkpoint needs is there",
	.example = "verify /data",
	.opts = opts,
	.control = true,
	.run = run,
};
