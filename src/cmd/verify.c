#include <errno.h>
#include <inttypes.h>
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
	{ .name = "deep",
	  .kind = CKPT_OPT_FLAG,
	  .control = true,
	  .help = "also every bit of every batch, against the checksums in it" },
	{ 0 },
};

struct result {
	struct ckpt_problems problems;
	struct ckpt_deep deep;
	bool is_deep;
	size_t checkpoints;
};

static void print_json(struct ckpt_buf *out, const struct result *r)
{
	ckpt_jo_open(out, NULL, '{');
	ckpt_jo_bool(out, "ok", r->problems.n == 0);
	ckpt_problems_json(out, &r->problems);
	if (r->is_deep) {
		ckpt_jo_open(out, "batches", '{');
		ckpt_jo_u64(out, "checked", r->deep.files - r->deep.not_checked);
		ckpt_jo_u64(out, "damaged", r->deep.damaged);
		ckpt_jo_u64(out, "not_checked", r->deep.not_checked);
		ckpt_jo_u64(out, "bytes", r->deep.bytes);
		ckpt_jo_close(out, '}');
	}
	ckpt_jo_close(out, '}');
}

static void print_text(struct ckpt_buf *out, const struct result *r)
{
	const struct ckpt_deep *d = &r->deep;
	size_t n = r->problems.n;

	ckpt_problems_text(out, &r->problems);
	ckpt_buf_addf(out, "%zu checkpoint%s verified: ", r->checkpoints, ckpt_plural(r->checkpoints));
	if (n)
		ckpt_buf_addf(out, "%zu problem%s\n", n, ckpt_plural(n));
	else
		ckpt_buf_addf(out, "all files are there%s\n",
			      r->is_deep ? ", and every bit is as it was written" : "");
	if (r->is_deep)
		ckpt_buf_addf(out,
			      "%" PRIu64 " batch%s of %" PRIu64 " bytes: %" PRIu64 " damaged, %" PRIu64
			      " not checked\n",
			      d->files, d->files == 1 ? "" : "es", d->bytes, d->damaged, d->not_checked);
}

static int run(struct ckpt_cmd *cmd, const struct ckpt_args *args, struct ckpt_err *err)
{
	const struct ckpt_opt *fingerprint = ckpt_args_opt(args, "fingerprint");
	const uint64_t *number = fingerprint ? &fingerprint->number : NULL;
	struct ckpt_catalog *c = ckpt_root_catalog(cmd->root);
	struct result r = { .is_deep = ckpt_args_opt(args, "deep") != NULL,
			    .checkpoints = args->n_uuid ? args->n_uuid : c->n };
	int rc;

	/* Nothing to look at because the catalog was lost is not "ok". */
	rc = ckpt_catalog_lost(cmd->store, c, NULL, err);
	if (rc == 0 && r.is_deep)
		rc = ckpt_verify_deep(cmd->root, args->uuid, args->n_uuid, number, &r.problems, &r.deep, err);
	else if (rc == 0)
		rc = ckpt_verify(cmd->root, args->uuid, args->n_uuid, number, &r.problems, err);
	if (rc == 0 && r.problems.failed)
		rc = ckpt_fail_nomem(err);
	if (rc == 0) {
		if (args->json)
			print_json(&cmd->out, &r);
		else
			print_text(&cmd->out, &r);
		cmd->not_ok = r.problems.n != 0;
	}
	ckpt_problems_release(&r.problems);
	return rc;
}

const struct ckpt_verb ckpt_verb_verify = {
	.name = "verify",
	.operands = "[UUID]...",
	.max_operands = CKPT_ARGS_MAX,
	.reads = true,
	.summary = "look whether every file that a checkpoint needs is there",
	.example = "verify /data latest --deep",
	.opts = opts,
	.control = true,
	.run = run,
};
