#include "engine/diff.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/jsonout.h"
#include "cmd/table.h"
#include "cmd/which.h"

static const struct ckpt_opt_spec opts[] = {
	{ .name = "long", .letter = 'l', .kind = CKPT_OPT_FLAG, .help = "name every file" },
	{ 0 },
};

static const char *const how_word[CKPT_DIFF_HOWS] = { "came", "went", "stayed" };

/* UUID UUID, or UUID ROOT2 UUID: each a name in its own root, which the table of
 * verbs can't say. */
static int check(const struct ckpt_args *args, struct ckpt_err *err)
{
	const size_t last = args->n_operand - 1;

	for (size_t i = 0; i <= last; i += last)
		if (!ckpt_which_ok(args->operand[i]))
			return ckpt_fail(err, EINVAL,
					 "diff: not a uuid, nor the beginning of one, nor '" CKPT_WHICH_LATEST
					 "': '%s'; see 'ckptfs diff --help'",
					 args->operand[i]);
	return 0;
}

/* --- the two -------------------------------------------------------------- */

struct two {
	struct ckpt_store *store[2];
	const struct ckpt_entry *entry[2];
	int64_t time[2];
};

/* A difference of two numbers of 64 bits, sign and all; "" where one is not
 * known. */
#define DELTA_MAX 24
static const char *delta(bool known, uint64_t before, uint64_t after, char text[DELTA_MAX])
{
	if (!known)
		return "";
	snprintf(text, DELTA_MAX, "%s%" PRIu64, after < before ? "-" : "",
		 after < before ? before - after : after - before);
	return text;
}

static const char *delta_of(const struct ckpt_u64 *before, const struct ckpt_u64 *after, char text[DELTA_MAX])
{
	return delta(before->present && after->present, before->value, after->value, text);
}

static const char *delta_bytes(const struct ckpt_diff *d, char text[DELTA_MAX])
{
	return delta(true, d->batches.bytes_before + d->state_files.bytes_before,
		     d->batches.bytes_after + d->state_files.bytes_after, text);
}

static const char *delta_time(const struct two *t, char text[DELTA_MAX])
{
	return delta(t->time[0] > 0 && t->time[1] > 0, (uint64_t)t->time[0], (uint64_t)t->time[1], text);
}

/* --- JSON ----------------------------------------------------------------- */

static void delta_json(struct ckpt_buf *out, const char *key, const char *text)
{
	if (text[0])
		ckpt_jo_raw(out, key, text, strlen(text));
	else
		ckpt_jo_null(out, key);
}

static void part_json(struct ckpt_buf *out, const char *key, const struct ckpt_diff_part *p, bool names)
{
	ckpt_jo_open(out, key, '{');
	for (int how = 0; how < CKPT_DIFF_HOWS; how++) {
		ckpt_jo_open(out, how_word[how], '{');
		ckpt_jo_u64(out, "files", p->sum[how].files);
		ckpt_jo_u64(out, "bytes", p->sum[how].bytes);
		if (names)
			ckpt_jo_open(out, "names", '[');
		for (size_t i = 0; names && i < p->n; i++)
			if ((int)p->name[i].how == how)
				ckpt_jo_text(out, NULL, p->name[i].name);
		if (names)
			ckpt_jo_close(out, ']');
		ckpt_jo_close(out, '}');
	}
	ckpt_jo_u64(out, "resized", p->resized);
	ckpt_jo_close(out, '}');
}

static void print_json(struct ckpt_buf *out, const struct two *t, const struct ckpt_diff *d, bool names)
{
	const struct ckpt_entry *a = t->entry[0], *b = t->entry[1];
	char text[DELTA_MAX];

	ckpt_jo_open(out, NULL, '{');
	ckpt_jo_uuid(out, "before", &a->uuid);
	ckpt_jo_uuid(out, "after", &b->uuid);
	part_json(out, "batches", &d->batches, names);
	part_json(out, "state_files", &d->state_files, names);
	delta_json(out, "bytes", delta_bytes(d, text));
	delta_json(out, "steps", delta_of(&a->steps, &b->steps, text));
	delta_json(out, "processed_records", delta_of(&a->processed_records, &b->processed_records, text));
	delta_json(out, "milliseconds", delta_time(t, text));
	ckpt_jo_bool(out, "same_fingerprint", a->fingerprint == b->fingerprint);
	ckpt_jo_close(out, '}');
}

/* --- text ----------------------------------------------------------------- */

static void part_row(struct ckpt_table *t, const char *what, const struct ckpt_diff_part *p)
{
	char size[CKPT_TEXT_MAX];

	ckpt_table_cell(t, "%s", what);
	for (int how = 0; how < CKPT_DIFF_HOWS; how++) {
		ckpt_table_cell(t, "%" PRIu64, p->sum[how].files);
		ckpt_table_cell(t, "%s", ckpt_size_text(p->sum[how].bytes, size));
	}
}

static void names_text(struct ckpt_buf *out, const char *what, const struct ckpt_diff_part *p)
{
	for (size_t i = 0; i < p->n; i++) {
		const struct ckpt_diff_name *n = &p->name[i];

		ckpt_buf_addf(out, "%s %s %" PRIu64 " ", how_word[n->how], what,
			      n->how == CKPT_DIFF_WENT ? n->before : n->after);
		ckpt_buf_add_shown(out, n->name, strlen(n->name));
		ckpt_buf_addc(out, '\n');
	}
}

static void line(struct ckpt_buf *out, const char *what, const char *text, const char *unit)
{
	if (text[0])
		ckpt_buf_addf(out, "%s: %s%s%s\n", what, text[0] == '-' ? "" : "+", text, unit);
}

static void print_text(struct ckpt_buf *out, const struct two *t, const struct ckpt_diff *d, bool names)
{
	static const char *const head[] = { "", "CAME", "", "WENT", "", "STAYED", "" };
	const struct ckpt_entry *a = t->entry[0], *b = t->entry[1];
	struct ckpt_table table;
	char text[DELTA_MAX];

	if (names) {
		names_text(out, "batch", &d->batches);
		names_text(out, "state", &d->state_files);
	}
	ckpt_table_init(&table, "lrrrrrr");
	for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++)
		ckpt_table_cell(&table, "%s", head[i]);
	part_row(&table, "batch files", &d->batches);
	part_row(&table, "state files", &d->state_files);
	ckpt_table_end(&table, out);
	line(out, "bytes", delta_bytes(d, text), "");
	line(out, "steps", delta_of(&a->steps, &b->steps, text), "");
	line(out, "processed records", delta_of(&a->processed_records, &b->processed_records, text), "");
	line(out, "time", delta_time(t, text), " ms");
	if (a->fingerprint != b->fingerprint)
		ckpt_buf_adds(out, "the fingerprints differ: the circuits are not the same\n");
}

/* --- running -------------------------------------------------------------- */

static int find(struct two *t, int i, const struct ckpt_catalog *c, const struct ckpt_uuid *u,
		struct ckpt_err *err)
{
	ptrdiff_t at = ckpt_catalog_find(c, u);

	if (at < 0) {
		ckpt_catalog_lacks(t->store[i], u, "", err);
		return -ENOENT;
	}
	t->entry[i] = c->entry[at];
	t->time[i] = ckpt_time_ms(t->store[i], u);
	return 0;
}

static int run(struct ckpt_cmd *cmd, const struct ckpt_args *args, struct ckpt_err *err)
{
	const bool two_roots = args->n_operand == 3;
	struct ckpt_root *root = two_roots ? NULL : cmd->root;
	struct two t = { .store = { cmd->store, two_roots ? NULL : cmd->store } };
	struct ckpt_diff d = { 0 };
	struct ckpt_uuid a, b;
	int rc = 0;

	if (two_roots)
		rc = ckpt_root_open_other(args->operand[1], &t.store[1], &root, err);
	if (rc == 0)
		rc = ckpt_which(cmd->root, args->operand[0], &a, err);
	if (rc == 0)
		rc = ckpt_which(root, args->operand[args->n_operand - 1], &b, err);
	if (rc == 0)
		rc = find(&t, 0, ckpt_root_catalog(cmd->root), &a, err);
	if (rc == 0)
		rc = find(&t, 1, ckpt_root_catalog(root), &b, err);
	if (rc == 0)
		rc = ckpt_diff_told(&cmd->env, t.store[0], &a, t.store[1], &b, &d, err);
	if (rc == 0 && args->json)
		print_json(&cmd->out, &t, &d, ckpt_args_has(args, "long"));
	else if (rc == 0)
		print_text(&cmd->out, &t, &d, ckpt_args_has(args, "long"));
	ckpt_diff_release(&d);
	if (two_roots) {
		ckpt_root_free(root);
		ckpt_store_free(t.store[1]);
	}
	return rc;
}

const struct ckpt_verb ckpt_verb_diff = {
	.name = "diff",
	.operands = "UUID [ROOT2] UUID",
	.min_operands = 2,
	.max_operands = 3,
	.uuids_from = 3,
	.summary = "show what came and went between two checkpoints",
	.example = "diff -l /data latest /archive 0199f0c2-25cd-786f-901a-66bdfec8ed80",
	.opts = opts,
	.check = check,
	.run = run,
};
