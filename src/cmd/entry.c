#include "cmd/entry.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/when.h"
#include "cmd/jsonout.h"
#include "cmd/members.h"

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
	return !ckpt_member_there(s->e->text, s->e->text_len, key);
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

static void add_marks(const struct splice *s, const struct ckpt_marks *m, unsigned mark)
{
	char when[CKPT_WHEN_TEXT];

	add_bool(s, "resumes", mark & CKPT_MARK_RESUMES);
	if (!(mark & CKPT_MARK_UNSURE))
		add_bool(s, "being_read", mark & CKPT_MARK_READ);
	else if (lacks(s, "being_read"))
		ckpt_jo_null(s->out, "being_read");
	if (!lacks(s, "pins"))
		return;
	ckpt_jo_open(s->out, "pins", '[');
	for (size_t k = 0; mark & CKPT_MARK_PINNED && k < m->pins.n; k++) {
		const struct ckpt_pin *p = &m->pins.pin[k];

		if (!ckpt_marks_is_pinned_by(m, k, &s->e->uuid))
			continue;
		ckpt_jo_open(s->out, NULL, '{');
		ckpt_jo_text(s->out, "name", p->name);
		ckpt_jo_text(s->out, "expires", p->expires ? ckpt_when_text(p->expires_ms, when) : NULL);
		ckpt_jo_close(s->out, '}');
	}
	ckpt_jo_close(s->out, ']');
}

void ckpt_entry_json_open(struct ckpt_cmd *cmd, const struct ckpt_entry *e, const struct ckpt_more *more,
			  const struct ckpt_marks *marks, unsigned mark, struct ckpt_buf *out)
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
	if (marks)
		add_marks(&s, marks, mark);
}

void ckpt_entry_json(struct ckpt_cmd *cmd, const struct ckpt_entry *e, const struct ckpt_more *more,
		     const struct ckpt_marks *marks, unsigned mark, struct ckpt_buf *out)
{
	ckpt_entry_json_open(cmd, e, more, marks, mark, out);
	ckpt_jo_close(out, '}');
}

void ckpt_u64_cell(struct ckpt_table *t, const struct ckpt_u64 *v)
{
	if (v->present)
		ckpt_table_cell(t, "%" PRIu64, v->value);
	else
		ckpt_table_cell(t, "-");
}
