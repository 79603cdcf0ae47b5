#include <inttypes.h>

#include "ckptfs/usage.h"
#include "cmd/cmd.h"
#include "cmd/jsonout.h"
#include "cmd/measured.h"
#include "cmd/pins.h"
#include "cmd/table.h"

static const struct ckpt_opt_spec opts[] = { { 0 } };

static void print_json(struct ckpt_buf *out, const struct ckpt_usage *u)
{
	ckpt_jo_open(out, NULL, '{');
	ckpt_jo_open(out, "checkpoints", '[');
	for (size_t i = 0; i < u->n; i++) {
		const struct ckpt_usage_one *c = &u->checkpoint[i];

		ckpt_jo_open(out, NULL, '{');
		ckpt_jo_uuid(out, "uuid", &c->uuid);
		ckpt_jo_u64(out, "state_bytes", c->state_bytes);
		ckpt_jo_u64(out, "batch_bytes", c->batch_bytes);
		ckpt_jo_u64(out, "batch_bytes_alone", c->batch_bytes_alone);
		ckpt_jo_u64(out, "batches", c->batches);
		ckpt_jo_bool(out, "readable", c->readable);
		ckpt_jo_close(out, '}');
	}
	ckpt_jo_close(out, ']');
	if (u->garbage_known) {
		ckpt_jo_u64(out, "garbage_bytes", u->garbage_bytes);
		ckpt_jo_u64(out, "garbage_files", u->garbage_files);
	} else {
		ckpt_jo_null(out, "garbage_bytes");
		ckpt_jo_null(out, "garbage_files");
	}
	ckpt_jo_u64(out, "total_bytes", u->total_bytes);
	ckpt_jo_u64(out, "shared_batch_bytes", u->shared_bytes);
	ckpt_jo_u64(out, "other_bytes", u->other_bytes);
	if (u->gc_known) {
		ckpt_jo_open(out, "gc", '{');
		ckpt_jo_u64(out, "checkpoints", u->gc_checkpoints);
		ckpt_jo_u64(out, "bytes", u->gc_bytes);
		ckpt_jo_u64(out, "free_bytes", u->gc_free_bytes);
		ckpt_jo_close(out, '}');
	} else {
		ckpt_jo_null(out, "gc");
	}
	ckpt_jo_close(out, '}');
}

static void size_cell(struct ckpt_table *t, uint64_t bytes)
{
	char text[CKPT_TEXT_MAX];

	ckpt_table_cell(t, "%s", ckpt_size_text(bytes, text));
}

static void checkpoints_text(struct ckpt_buf *out, const struct ckpt_usage *u)
{
	static const char *const head[] = { "UUID", "STATE FILES", "BATCH FILES", "ALONE" };
	char uuid[CKPT_UUID_TEXT];
	struct ckpt_table t;

	ckpt_table_init(&t, "lrrr");
	for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++)
		ckpt_table_cell(&t, "%s", head[i]);
	for (size_t i = 0; i < u->n; i++) {
		const struct ckpt_usage_one *c = &u->checkpoint[i];

		ckpt_table_cell(&t, "%s", ckpt_uuid_text(&c->uuid, uuid));
		size_cell(&t, c->state_bytes);
		if (c->readable) {
			size_cell(&t, c->batch_bytes);
			size_cell(&t, c->batch_bytes_alone);
		} else {
			ckpt_table_cell(&t, "damaged");
			ckpt_table_cell(&t, "-");
		}
	}
	ckpt_table_end(&t, out);
	ckpt_buf_addc(out, '\n');
}

static void sum_row(struct ckpt_table *t, uint64_t bytes, const char *what)
{
	size_cell(t, bytes);
	ckpt_table_cell(t, "%s", what);
}

static void print_text(struct ckpt_buf *out, const struct ckpt_usage *u)
{
	char gc[CKPT_TEXT_MAX], freed[CKPT_TEXT_MAX];
	struct ckpt_table t;

	if (u->n)
		checkpoints_text(out, u);
	ckpt_table_init(&t, "rl");
	sum_row(&t, u->state_bytes, "state files");
	sum_row(&t, u->alone_bytes, "batch files that one checkpoint needs");
	sum_row(&t, u->shared_bytes, "batch files that several need");
	if (u->garbage_known)
		sum_row(&t, u->garbage_bytes, "garbage, which a sweep would remove");
	sum_row(&t, u->other_bytes, "else");
	sum_row(&t, u->total_bytes, "in all");
	ckpt_table_end(&t, out);
	if (!u->gc_known)
		return;
	ckpt_buf_addf(out, "\na gc would remove %zu checkpoint%s, %s", u->gc_checkpoints,
		      ckpt_plural(u->gc_checkpoints), ckpt_size_text(u->gc_bytes, gc));
	if (u->gc_free_bytes != u->gc_bytes)
		ckpt_buf_addf(out, ", and free %s: the rest has other links, in an archive perhaps",
			      ckpt_size_text(u->gc_free_bytes, freed));
	ckpt_buf_addc(out, '\n');
}

int ckpt_du_read(struct ckpt_cmd *cmd, struct ckpt_usage *u, struct ckpt_err *err)
{
	int rc = ckpt_usage_read(cmd->root, u, err);

	if (rc)
		return rc;
	if (u->unreadable)
		ckpt_cmd_warn(cmd, "%s", u->unreadable_why.msg);
	if (!u->garbage_known)
		ckpt_cmd_warn(cmd, "what is garbage is not known: %s", u->garbage_why.msg);
	if (!u->gc_known)
		ckpt_cmd_warn(cmd, "what a gc would remove is not known: %s", u->gc_why.msg);
	if (cmd->measured) {
		*cmd->measured = (struct ckpt_measured){ .sums = *u, .at_ms = ckpt_cmd_now_ms(cmd) };
		cmd->measured->sums.checkpoint = NULL;
	}
	return 0;
}

static int run(struct ckpt_cmd *cmd, const struct ckpt_args *args, struct ckpt_err *err)
{
	struct ckpt_usage u;
	int rc = ckpt_du_read(cmd, &u, err);

	if (rc == 0 && args->json)
		print_json(&cmd->out, &u);
	else if (rc == 0)
		print_text(&cmd->out, &u);
	ckpt_usage_release(&u);
	return rc;
}

const struct ckpt_verb ckpt_verb_du = {
	.name = "du",
	.operands = "",
	.summary = "show what each checkpoint holds, alone and with others",
	.example = "du /data",
	.opts = opts,
	.run = run,
};
