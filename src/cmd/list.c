#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "cmd/entry.h"
#include "cmd/jsonout.h"

static const struct ckpt_opt_spec list_opts[] = {
	{ .name = "long",
	  .letter = 'l',
	  .kind = CKPT_OPT_FLAG,
	  .help = "look at every file: state, batches, bytes" },
	{ 0 },
};

static const struct ckpt_opt_spec no_opts[] = { { 0 } };

/* Reading a root whose catalog was lost shows nothing, and must not look as if
 * there were nothing. */
static void warn_if_lost(struct ckpt_cmd *cmd, const struct ckpt_catalog *c)
{
	struct ckpt_err err = { 0 };

	if (ckpt_catalog_lost(cmd->store, c, NULL, &err) != 0)
		ckpt_cmd_warn(cmd, "%s", err.msg);
}

static void print_list(struct ckpt_cmd *cmd, const struct ckpt_catalog *c, const struct ckpt_more *more,
		       bool json)
{
	size_t i;

	if (!json) {
		ckpt_entries_table(cmd, c, more, &cmd->out);
		return;
	}
	ckpt_jo_open(&cmd->out, NULL, '{');
	ckpt_jo_open(&cmd->out, "checkpoints", '[');
	for (i = 0; i < c->n; i++)
		ckpt_entry_json(cmd, c->entry[i], more ? &more[i] : NULL, &cmd->out);
	ckpt_jo_close(&cmd->out, ']');
	ckpt_jo_close(&cmd->out, '}');
}

static int run_list(struct ckpt_cmd *cmd, const struct ckpt_args *args, struct ckpt_err *err)
{
	struct ckpt_catalog *c = ckpt_root_catalog(cmd->root);
	const struct ckpt_resume *resume;
	struct ckpt_resume buf;
	struct ckpt_more *more = NULL;
	size_t i;
	int rc = 0;

	warn_if_lost(cmd, c);
	if (ckpt_args_has(args, "long")) {
		more = calloc(c->n + 1, sizeof(*more));
		if (!more)
			return ckpt_fail_nomem(err);
		resume = ckpt_more_resume(cmd, &buf);
		for (i = 0; !rc && i < c->n; i++) {
			if (cmd->env.stop && cmd->env.stop(cmd->env.ctx))
				rc = ckpt_fail(err, EINTR, "interrupted while looking at the checkpoints");
			else
				rc = ckpt_more_read(cmd, c, resume, i, &more[i], err);
		}
	}
	if (!rc)
		print_list(cmd, c, more, args->json);
	free(more);
	return rc;
}

static void show_text(struct ckpt_cmd *cmd, const struct ckpt_entry *e, const struct ckpt_more *more)
{
	char text[CKPT_TEXT_MAX], uuid[CKPT_UUID_TEXT];
	const struct ckpt_details *d = &more->details;
	struct ckpt_table t;

	ckpt_table_init(&t, "ll");
	ckpt_table_cell(&t, "uuid");
	ckpt_table_cell(&t, "%s", ckpt_uuid_text(&e->uuid, uuid));
	ckpt_table_cell(&t, "created");
	ckpt_table_cell(&t, "%s", ckpt_date_text(ckpt_time_ms(cmd->store, &e->uuid), text));
	ckpt_table_cell(&t, "state");
	ckpt_table_cell(&t, "%s", ckpt_more_state(more));
	ckpt_table_cell(&t, "identifier");
	ckpt_table_shown(&t, e->identifier ? e->identifier : "-", e->identifier ? e->identifier_len : 1);
	ckpt_table_cell(&t, "fingerprint");
	ckpt_table_cell(&t, "%" PRIu64, e->fingerprint);
	ckpt_table_cell(&t, "steps");
	ckpt_u64_cell(&t, &e->steps);
	ckpt_table_cell(&t, "processed records");
	ckpt_u64_cell(&t, &e->processed_records);
	if (d->readable) {
		ckpt_table_cell(&t, "batch files");
		ckpt_table_cell(&t, "%" PRIu64 " (%s)", d->batches, ckpt_size_text(d->batch_bytes, text));
		ckpt_table_cell(&t, "state files");
		ckpt_table_cell(&t, "%s", ckpt_size_text(d->state_bytes, text));
	}
	ckpt_table_end(&t, &cmd->out);
}

static int run_show(struct ckpt_cmd *cmd, const struct ckpt_args *args, struct ckpt_err *err)
{
	struct ckpt_catalog *c = ckpt_root_catalog(cmd->root);
	ptrdiff_t i = ckpt_catalog_find(c, &args->uuid[0]);
	char uuid[CKPT_UUID_TEXT];
	struct ckpt_resume buf;
	struct ckpt_more more;
	int rc;

	if (i < 0)
		return ckpt_fail(
			err, ENOENT,
			"checkpoint %s is not in the catalog of %s; 'ckptfs list' prints those that are",
			ckpt_uuid_text(&args->uuid[0], uuid), ckpt_store_label(cmd->store));
	rc = ckpt_more_read(cmd, c, ckpt_more_resume(cmd, &buf), (size_t)i, &more, err);
	if (rc)
		return rc;
	if (args->json)
		ckpt_entry_json(cmd, c->entry[i], &more, &cmd->out);
	else
		show_text(cmd, c->entry[i], &more);
	return 0;
}

const struct ckpt_verb ckpt_verb_list = {
	.name = "list",
	.operands = "",
	.summary = "list the checkpoints, oldest first",
	.example = "list -l /data",
	.opts = list_opts,
	.run = run_list,
};

const struct ckpt_verb ckpt_verb_show = {
	.name = "show",
	.operands = "UUID",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "show one checkpoint",
	.example = "show /data 0199f0c2-25cd-786f-901a-66bdfec8ed80",
	.opts = no_opts,
	.run = run_show,
};
