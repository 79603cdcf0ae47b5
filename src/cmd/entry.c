#include "cmd/entry.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/when.h"
#include "cmd/jsonout.h"

const struct ckpt_resume *ckpt_more_resume(struct ckpt_cmd *cmd, struct ckpt_resume *buf)
{
	struct ckpt_err err = { 0 };

	if (ckpt_resume_read(cmd->store, buf, &err) == 0)
		return buf;
	ckpt_cmd_warn(cmd, "%s", err.msg);
	return NULL;
}

int ckpt_more_read(struct ckpt_cmd *cmd, const struct ckpt_catalog *c, const struct ckpt_resume *resume,
		   size_t i, struct ckpt_more *more, struct ckpt_err *err)
{
	struct ckpt_err why = { 0 };
	int rc;

	*more = (struct ckpt_more){ .asked = true };
	if (resume) {
		more->finished_known = !ckpt_is_finished(cmd->store, c, resume, i, &more->finished, &why);
		if (!more->finished_known)
			ckpt_cmd_warn(cmd, "%s", why.msg);
	}
	rc = ckpt_details_read(cmd->store, &c->entry[i]->uuid, &more->details, &why);
	if (rc == -ENOMEM || rc == -EMFILE || rc == -ENFILE) {
		*err = why; /* our own want, not damage of the checkpoint */
		return rc;
	}
	if (rc) {
		more->details = (struct ckpt_details){ 0 };
		ckpt_cmd_warn(cmd, "%s", why.msg);
	}
	return 0;
}

const char *ckpt_more_state(const struct ckpt_more *more)
{
	if (!more->details.readable)
		return "damaged";
	if (!more->details.complete)
		return "incomplete";
	if (!more->finished_known)
		return "complete";
	return more->finished ? "finished" : "unfinished";
}

/* The members that an entry lacks. */
struct splice {
	struct ckpt_buf *out;
	const struct ckpt_entry *e;
};

static bool lacks(const struct splice *s, const char *key)
{
	return !ckpt_jo_has(s->e->text, s->e->text_len, key);
}

static void add_bool(const struct splice *s, const char *key, bool v)
{
	if (lacks(s, key))
		ckpt_jo_bool(s->out, key, v);
}

static void add_u64(const struct splice *s, const char *key, uint64_t v)
{
	if (lacks(s, key))
		ckpt_jo_u64(s->out, key, v);
}

static void add_created(const struct splice *s, int64_t ms)
{
	char when[CKPT_WHEN_TEXT];

	if (lacks(s, "created_at"))
		ckpt_jo_text(s->out, "created_at", ms ? ckpt_when_text(ms, when) : NULL);
}

void ckpt_entry_json(struct ckpt_cmd *cmd, const struct ckpt_entry *e, const struct ckpt_more *more,
		     struct ckpt_buf *out)
{
	const struct splice s = { .out = out, .e = e };

	ckpt_jo_raw(out, NULL, e->text, e->text_len - 1); /* without its '}' */
	add_created(&s, ckpt_time_ms(cmd->store, &e->uuid));
	if (more && more->asked) {
		if (more->finished_known)
			add_bool(&s, "finished", more->finished);
		else if (lacks(&s, "finished"))
			ckpt_jo_null(out, "finished");
		add_bool(&s, "complete", more->details.readable && more->details.complete);
		add_u64(&s, "batches", more->details.batches);
		add_u64(&s, "batch_bytes", more->details.batch_bytes);
		add_u64(&s, "state_bytes", more->details.state_bytes);
	}
	ckpt_jo_close(out, '}');
}

void ckpt_u64_cell(struct ckpt_table *t, const struct ckpt_u64 *v)
{
	if (v->present)
		ckpt_table_cell(t, "%" PRIu64, v->value);
	else
		ckpt_table_cell(t, "-");
}

static void more_cells(struct ckpt_table *t, const struct ckpt_more *more)
{
	char batches[CKPT_TEXT_MAX], state[CKPT_TEXT_MAX];

	ckpt_table_cell(t, "%s", ckpt_more_state(more));
	if (!more->details.readable) {
		ckpt_table_cell(t, "-");
		ckpt_table_cell(t, "-");
		ckpt_table_cell(t, "-");
		return;
	}
	ckpt_table_cell(t, "%" PRIu64, more->details.batches);
	ckpt_table_cell(t, "%s", ckpt_size_text(more->details.batch_bytes, batches));
	ckpt_table_cell(t, "%s", ckpt_size_text(more->details.state_bytes, state));
}

static void add_row(struct ckpt_cmd *cmd, struct ckpt_table *t, const struct ckpt_entry *e,
		    const struct ckpt_more *more)
{
	char uuid[CKPT_UUID_TEXT], date[CKPT_TEXT_MAX], size[CKPT_TEXT_MAX];

	ckpt_table_cell(t, "%s", ckpt_uuid_text(&e->uuid, uuid));
	ckpt_table_cell(t, "%s", ckpt_date_text(ckpt_time_ms(cmd->store, &e->uuid), date));
	if (more)
		more_cells(t, more);
	else
		ckpt_table_cell(t, "%s", e->size.present ? ckpt_size_text(e->size.value, size) : "-");
	ckpt_u64_cell(t, &e->steps);
	ckpt_u64_cell(t, &e->processed_records);
	ckpt_table_shown(t, e->identifier ? e->identifier : "-", e->identifier ? e->identifier_len : 1);
}

void ckpt_entries_table(struct ckpt_cmd *cmd, const struct ckpt_catalog *c, const struct ckpt_more *more,
			struct ckpt_buf *out)
{
	static const char *const head[] = { "UUID", "CREATED", "SIZE", "STEPS", "RECORDS", "IDENTIFIER" };
	static const char *const long_head[] = { "UUID",    "CREATED",	   "STATE",
						 "BATCHES", "BATCH FILES", "STATE FILES",
						 "STEPS",   "RECORDS",	   "IDENTIFIER" };
	const char *const *name = more ? long_head : head;
	size_t i, n = more ? sizeof(long_head) / sizeof(long_head[0]) : sizeof(head) / sizeof(head[0]);
	struct ckpt_table t;

	if (c->n == 0) {
		ckpt_buf_addf(out, "no checkpoints\n");
		return;
	}
	ckpt_table_init(&t, more ? "lllrrrrrl" : "llrrrl");
	for (i = 0; i < n; i++)
		ckpt_table_cell(&t, "%s", name[i]);
	for (i = 0; i < c->n; i++)
		add_row(cmd, &t, c->entry[i], more ? &more[i] : NULL);
	ckpt_table_end(&t, out);
}
