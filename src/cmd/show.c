#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cmd/entry.h"
#include "cmd/jsonout.h"
#include "cmd/marks.h"
#include "cmd/members.h"
#include "cmd/table.h"
#include "cmd/which.h"
#include "engine/alone.h"

static const struct ckpt_opt_spec opts[] = { { 0 } };

/* All that is known of one checkpoint. */
struct shown {
	struct ckpt_cmd *cmd;
	const struct ckpt_entry *entry;
	size_t nth;
	struct ckpt_more more;
	struct ckpt_marks marks;
	struct ckpt_alone alone;
	bool files_known;
	uint64_t files; /* of its own directory */
};

static int count_file(void *ctx, const char *name, const struct ckpt_stat *st)
{
	(void)name;
	*(uint64_t *)ctx += st->kind == CKPT_KIND_FILE;
	return 0;
}

/* A damaged one is shown all the same: more_read has warned of it. */
static int look(struct shown *s, struct ckpt_catalog *c, struct ckpt_err *err)
{
	struct ckpt_cmd *cmd = s->cmd;
	const struct ckpt_resume *resume;
	char dir[CKPT_UUID_TEXT];
	struct ckpt_err why = { 0 };
	struct ckpt_resume buf;
	int rc;

	resume = ckpt_more_resume(cmd, &buf);
	rc = ckpt_more_read(cmd, c, resume, s->nth, &s->more, err);
	if (rc == 0)
		rc = ckpt_marks_read(cmd, c, resume, &s->marks, err);
	if (rc == 0)
		rc = ckpt_alone_read(cmd->root, &s->entry->uuid, &s->alone, err);
	if (rc)
		return rc;
	if (!s->alone.known)
		ckpt_cmd_warn(cmd, "which batches only this one needs is not known: %s", s->alone.why.msg);
	s->files_known = !ckpt_store_list(cmd->store, ckpt_uuid_text(&s->entry->uuid, dir), true, count_file,
					  &s->files, &why);
	if (!s->files_known)
		ckpt_cmd_warn(cmd, "%s", why.msg);
	return 0;
}

static unsigned mark(const struct shown *s)
{
	return s->marks.mark[s->nth];
}

/* --- JSON --------------------------------------------------------------------- */

static bool lacks(const struct shown *s, const char *key)
{
	return !ckpt_member_there(s->entry->text, s->entry->text_len, key);
}

static void number_json(const struct shown *s, const char *key, bool known, uint64_t v, struct ckpt_buf *out)
{
	if (lacks(s, key) && known)
		ckpt_jo_u64(out, key, v);
	else if (lacks(s, key))
		ckpt_jo_null(out, key);
}

static void print_json(const struct shown *s, struct ckpt_buf *out)
{
	ckpt_entry_json_open(s->cmd, s->entry, &s->more, &s->marks, mark(s), out);
	number_json(s, "state_files", s->files_known, s->files, out);
	number_json(s, "batches_alone", s->alone.known, s->alone.batches, out);
	number_json(s, "batch_bytes_alone", s->alone.known, s->alone.bytes, out);
	number_json(s, "dependencies_version", s->more.details.readable, (uint64_t)s->more.details.version,
		    out);
	ckpt_jo_close(out, '}');
}

/* --- text --------------------------------------------------------------------- */

static void created_row(const struct shown *s, struct ckpt_table *t)
{
	char date[CKPT_TEXT_MAX], age[CKPT_TEXT_MAX];
	int64_t ms = ckpt_time_ms(s->cmd->store, &s->entry->uuid);

	ckpt_table_cell(t, "created");
	if (ms)
		ckpt_table_cell(t, "%s (%s ago)", ckpt_date_text(ms, date),
				ckpt_age_text(s->marks.now_ms - ms, age));
	else
		ckpt_table_cell(t, "unknown");
}

static void files_rows(const struct shown *s, struct ckpt_table *t)
{
	const struct ckpt_details *d = &s->more.details;
	char all[CKPT_TEXT_MAX], alone[CKPT_TEXT_MAX];

	if (!d->readable)
		return;
	ckpt_table_cell(t, "state files");
	ckpt_table_cell(t, "%" PRIu64 ", %s", s->files, ckpt_size_text(d->state_bytes, all));
	ckpt_table_cell(t, "batch files");
	ckpt_table_cell(t, "%" PRIu64 ", %s", d->batches, ckpt_size_text(d->batch_bytes, all));
	if (!s->alone.known || d->batches < s->alone.batches || d->batch_bytes < s->alone.bytes)
		return; /* it changes under us */
	ckpt_table_cell(t, "  alone");
	ckpt_table_cell(t, "%" PRIu64 ", %s", s->alone.batches, ckpt_size_text(s->alone.bytes, alone));
	ckpt_table_cell(t, "  shared");
	ckpt_table_cell(t, "%" PRIu64 ", %s", d->batches - s->alone.batches,
			ckpt_size_text(d->batch_bytes - s->alone.bytes, all));
}

static void pin_rows(const struct shown *s, struct ckpt_table *t)
{
	struct ckpt_buf line = CKPT_BUF_INIT;
	char when[CKPT_TEXT_MAX];

	for (size_t k = 0; k < s->marks.pins.n; k++) {
		const struct ckpt_pin *p = &s->marks.pins.pin[k];

		if (!ckpt_marks_is_pinned_by(&s->marks, k, &s->entry->uuid))
			continue;
		ckpt_buf_clear(&line);
		ckpt_buf_addf(&line, "%s%s%s", p->name, p->expires ? " until " : "",
			      p->expires ? ckpt_date_text(p->expires_ms, when) : "");
		ckpt_table_cell(t, "pinned as");
		ckpt_table_shown(t, line.failed ? "" : line.data, line.len);
		t->cells.failed |= line.failed;
	}
	ckpt_buf_release(&line);
}

/* Members of the catalog's entry that only somebody else knows. */
static void unknown_rows(const struct shown *s, struct ckpt_table *t)
{
	static const char *const known[] = { "uuid", "identifier", "fingerprint",
					     "size", "steps",	   "processed_records" };
	struct ckpt_member m = { 0 };

	while (ckpt_member_next(s->entry->text, s->entry->text_len, &m)) {
		bool is_known = false;

		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			is_known |=
				m.name_len == strlen(known[i]) && memcmp(m.name, known[i], m.name_len) == 0;
		if (is_known)
			continue;
		ckpt_table_shown(t, m.name, m.name_len);
		ckpt_table_shown(t, m.value, m.value_len);
	}
}

static void print_text(const struct shown *s, struct ckpt_buf *out)
{
	const struct ckpt_entry *e = s->entry;
	char text[CKPT_TEXT_MAX], uuid[CKPT_UUID_TEXT];
	struct ckpt_table t;

	ckpt_table_init(&t, "ll");
	ckpt_table_cell(&t, "uuid");
	ckpt_table_cell(&t, "%s", ckpt_uuid_text(&e->uuid, uuid));
	created_row(s, &t);
	ckpt_table_cell(&t, "state");
	ckpt_table_cell(&t, "%s", ckpt_more_state(&s->more));
	ckpt_table_cell(&t, "identifier");
	ckpt_table_shown(&t, e->identifier ? e->identifier : "-", e->identifier ? e->identifier_len : 1);
	ckpt_table_cell(&t, "fingerprint");
	ckpt_table_cell(&t, "%" PRIu64, e->fingerprint);
	ckpt_table_cell(&t, "steps");
	ckpt_u64_cell(&t, &e->steps);
	ckpt_table_cell(&t, "processed records");
	ckpt_u64_cell(&t, &e->processed_records);
	ckpt_table_cell(&t, "size at commit");
	ckpt_table_cell(&t, "%s", e->size.present ? ckpt_size_text(e->size.value, text) : "-");
	files_rows(s, &t);
	if (mark(s) & CKPT_MARK_RESUMES) {
		ckpt_table_cell(&t, "resumes");
		ckpt_table_cell(&t, "the pipeline: state.json names it");
	}
	pin_rows(s, &t);
	if (mark(s) & CKPT_MARK_READ) {
		ckpt_table_cell(&t, "read");
		ckpt_table_cell(&t, "by somebody, at this moment or a short while ago");
	}
	unknown_rows(s, &t);
	ckpt_table_end(&t, out);
}

/* --- running ------------------------------------------------------------------- */

static int run(struct ckpt_cmd *cmd, const struct ckpt_args *args, struct ckpt_err *err)
{
	struct ckpt_catalog *c;
	struct ckpt_uuid u;
	ptrdiff_t i;
	int rc = 0;

	if (args->n_uuid)
		u = args->uuid[0];
	else
		rc = ckpt_which(cmd->root, CKPT_WHICH_LATEST, &u, err);
	if (rc)
		return rc;
	c = ckpt_root_catalog(cmd->root);
	i = ckpt_catalog_find(c, &u);
	if (i < 0)
		return ckpt_catalog_lacks(cmd->store, &u, "", err);
	struct shown s = { .cmd = cmd, .entry = c->entry[i], .nth = (size_t)i };

	/* The root's own goes when it is read again. */
	ckpt_catalog_ref(c);
	rc = look(&s, c, err);
	if (rc == 0 && args->json)
		print_json(&s, &cmd->out);
	else if (rc == 0)
		print_text(&s, &cmd->out);
	ckpt_marks_release(&s.marks);
	ckpt_catalog_unref(c);
	return rc;
}

const struct ckpt_verb ckpt_verb_show = {
	.name = "show",
	.operands = "[UUID]",
	.max_operands = 1,
	.reads = true,
	.summary = "show all about one checkpoint, the latest unless another is named",
	.example = "show /data latest",
	.opts = opts,
	.run = run,
};
