#include <errno.h>
#include <inttypes.h>

#include "cmd/entry.h"

static const struct ckpt_opt_spec opts[] = {
	{ .name = "fingerprint",
	  .kind = CKPT_OPT_U64,
	  .control = true,
	  .value = "N",
	  .help = "of the circuit (default: the newest checkpoint's)" },
	{ .name = "uuid",
	  .kind = CKPT_OPT_UUID,
	  .control = true,
	  .value = "UUID",
	  .help = "commit what lies in this directory (default: a new, empty one)" },
	{ .name = "identifier",
	  .kind = CKPT_OPT_TEXT,
	  .control = true,
	  .value = "TEXT",
	  .help = "a name for people" },
	{ .name = "steps",
	  .kind = CKPT_OPT_U64,
	  .control = true,
	  .value = "N",
	  .help = "steps that the pipeline had done" },
	{ .name = "processed-records",
	  .kind = CKPT_OPT_U64,
	  .control = true,
	  .value = "N",
	  .help = "records that it had processed" },
	{ .name = "dependencies-version",
	  .kind = CKPT_OPT_U64,
	  .control = true,
	  .value = "1|2",
	  .help = "of dependencies.json (default: the newest checkpoint's)" },
	{ .name = "force",
	  .kind = CKPT_OPT_FLAG,
	  .control = true,
	  .help = "also with a fingerprint other than the newest checkpoint's" },
	{ .name = "allow-empty",
	  .kind = CKPT_OPT_FLAG,
	  .control = true,
	  .help = "also without a state file" },
	{ 0 },
};

static int check(const struct ckpt_args *args, struct ckpt_err *err)
{
	const struct ckpt_opt *o = ckpt_args_opt(args, "dependencies-version");

	if (o && o->number != 1 && o->number != 2)
		return ckpt_fail(err, EINVAL,
				 "commit: dependencies-version '%s' is unknown; there are versions 1 and 2",
				 o->text);
	return 0;
}

static struct ckpt_u64 number(const struct ckpt_args *args, const char *name)
{
	const struct ckpt_opt *o = ckpt_args_opt(args, name);

	return (struct ckpt_u64){ .value = o ? o->number : 0, .present = o != NULL };
}

static int run(struct ckpt_cmd *cmd, const struct ckpt_args *args, struct ckpt_err *err)
{
	const struct ckpt_opt *uuid = ckpt_args_opt(args, "uuid");
	const struct ckpt_opt *fingerprint = ckpt_args_opt(args, "fingerprint");
	const struct ckpt_opt *identifier = ckpt_args_opt(args, "identifier");
	const struct ckpt_commit_opts o = {
		.uuid = uuid ? &uuid->uuid : NULL,
		.fingerprint = fingerprint ? &fingerprint->number : NULL,
		.identifier = identifier ? identifier->text : NULL,
		.steps = number(args, "steps"),
		.processed_records = number(args, "processed-records"),
		.dependencies_version = (int)number(args, "dependencies-version").value,
		.check_fingerprint = !ckpt_args_has(args, "force"),
		.check_empty = !ckpt_args_has(args, "allow-empty"),
	};
	char text[CKPT_UUID_TEXT], size[CKPT_TEXT_MAX];
	struct ckpt_entry *e = NULL;
	int rc = ckpt_commit(cmd->root, &o, &e, err);

	if (rc)
		return rc;
	if (args->json)
		ckpt_entry_json(cmd, e, NULL, NULL, 0, &cmd->out);
	else
		ckpt_buf_addf(&cmd->out, "committed %s, fingerprint %" PRIu64 ", %s\n",
			      ckpt_uuid_text(&e->uuid, text), e->fingerprint,
			      ckpt_size_text(e->size.value, size));
	ckpt_entry_unref(e);
	return 0;
}

const struct ckpt_verb ckpt_verb_commit = {
	.name = "commit",
	.operands = "",
	.summary = "add a checkpoint to the catalog",
	.example = "commit /data --uuid 0199f0c2-25cd-786f-901a-66bdfec8ed80 --identifier nightly",
	.opts = opts,
	.need = CKPT_ROOT_NEW_TOO,
	.control = true,
	.check = check,
	.run = run,
};
