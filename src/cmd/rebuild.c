#include <errno.h>

#include "cmd/columns.h"
#include "cmd/jsonout.h"
#include "cmd/problems.h"
#include "engine/rebuild.h"

static const struct ckpt_opt_spec opts[] = {
	{ .name = "fingerprint",
	  .kind = CKPT_OPT_U64,
	  .value = "N",
	  .help = "for checkpoints without a state.json" },
	{ .name = "yes", .kind = CKPT_OPT_FLAG, .help = "really write the catalog" },
	{ .name = "dry-run", .letter = 'n', .kind = CKPT_OPT_FLAG, .help = "only show it" },
	{ 0 },
};

static int check(const struct ckpt_args *args, struct ckpt_err *err)
{
	if (ckpt_args_has(args, "yes") || ckpt_args_has(args, "dry-run"))
		return 0;
	return ckpt_fail(
		err, EINVAL,
		"rebuild writes the catalog of %s anew from the directories of its checkpoints; see what "
		"it would write by --dry-run, then say --yes",
		args->root);
}

static void print(struct ckpt_cmd *cmd, const struct ckpt_catalog *c, const struct ckpt_problems *p,
		  bool dry_run, bool json)
{
	struct ckpt_buf *out = &cmd->out;
	size_t i;

	if (!json) {
		ckpt_entries_table(cmd, c, out);
		ckpt_problems_text(out, p);
		ckpt_buf_addf(out, "%s a catalog of %zu checkpoint%s\n", dry_run ? "would write" : "wrote",
			      c->n, ckpt_plural(c->n));
		return;
	}
	ckpt_jo_open(out, NULL, '{');
	if (dry_run)
		ckpt_jo_bool(out, "dry_run", true);
	ckpt_jo_open(out, "checkpoints", '[');
	for (i = 0; i < c->n; i++)
		ckpt_entry_json(cmd, c->entry[i], NULL, NULL, 0, out);
	ckpt_jo_close(out, ']');
	ckpt_problems_json(out, p);
	ckpt_jo_close(out, '}');
}

static int run(struct ckpt_cmd *cmd, const struct ckpt_args *args, struct ckpt_err *err)
{
	const struct ckpt_opt *fingerprint = ckpt_args_opt(args, "fingerprint");
	bool dry_run = ckpt_args_has(args, "dry-run");
	struct ckpt_problems problems = { 0 };
	struct ckpt_catalog *c = NULL;
	int rc;

	/* On the store: a root with such a catalog can't be opened. */
	rc = ckpt_rebuild_told(cmd->store, &cmd->env, fingerprint ? &fingerprint->number : NULL, dry_run, &c,
			       &problems, err);
	if (rc == 0)
		print(cmd, c, &problems, dry_run, args->json);
	ckpt_catalog_unref(c);
	ckpt_problems_release(&problems);
	return rc;
}

const struct ckpt_verb ckpt_verb_rebuild = {
	.name = "rebuild",
	.operands = "",
	.summary = "write a lost or damaged catalog anew",
	.example = "rebuild /data --yes",
	.opts = opts,
	.need = CKPT_ROOT_LOST_TOO,
	.no_root = true,
	.check = check,
	.run = run,
};
