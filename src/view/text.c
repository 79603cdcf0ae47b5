#include <stdio.h>
#include <string.h>

#include "base/when.h"
#include "engine/token.h"
#include "view/node.h"

void ckpt_place_target(const struct ckpt_place *p, struct ckpt_buf *out)
{
	char uuid[CKPT_UUID_TEXT];

	if (p->kind == CKPT_NODE_DEP) {
		ckpt_buf_adds(out, "../storage/");
		ckpt_buf_adds(out, p->name);
		return;
	}
	if (p->kind != CKPT_NODE_LATEST)
		ckpt_buf_adds(out, "../../");
	ckpt_buf_adds(out, ckpt_slot_name(p->slot, uuid));
}

/* Whether the entry, an object, has this member itself.  A member unknown to
 * us is Feldera's, and theirs wins. */
static bool has_member(const struct ckpt_entry *e, const char *name)
{
	size_t len = strlen(name);
	struct ckpt_lexer l;
	struct ckpt_token t;
	size_t depth = 0;

	ckpt_lexer_init(&l, e->text, e->text_len);
	while ((t = ckpt_lexer_next(&l)).kind != CKPT_TOKEN_END) {
		if (t.kind == CKPT_TOKEN_OPEN)
			depth++;
		else if (t.kind == CKPT_TOKEN_CLOSE && depth > 0)
			depth--;
		else if (t.kind == CKPT_TOKEN_STRING && t.before_colon && depth == 1 && t.len == len + 2 &&
			 !memcmp(t.s + 1, name, len))
			return true;
	}
	return false;
}

static void add_member(struct ckpt_buf *out, const struct ckpt_entry *e, const char *name, const char *value)
{
	if (!has_member(e, name))
		ckpt_buf_addf(out, ",\"%s\":%s", name, value);
}

static void add_number(struct ckpt_buf *out, const struct ckpt_entry *e, const char *name, int64_t value,
		       bool known)
{
	char text[32] = "null";

	if (known)
		snprintf(text, sizeof(text), "%lld", (long long)value);
	add_member(out, e, name, text);
}

/* The entry as it is written, and before its last brace what follows from the
 * checkpoint's own directory for good. */
static int add_metadata(struct ckpt_view *v, struct ckpt_slot *s, struct ckpt_buf *out, struct ckpt_err *err)
{
	char when[CKPT_WHEN_TEXT], created[CKPT_WHEN_TEXT + 2] = "null";
	const struct ckpt_entry *e = s->entry;
	int64_t batches;
	int version, rc = ckpt_contents_count(v, s, &version, &batches, err);

	if (rc)
		return rc;
	if (s->time_ms)
		snprintf(created, sizeof(created), "\"%s\"", ckpt_when_text(s->time_ms, when));
	ckpt_buf_add(out, e->text, e->text_len - 1);
	add_member(out, e, "created_at", created);
	add_number(out, e, "batches", batches, batches >= 0);
	add_number(out, e, "dependencies_version", version, batches >= 0 && version > 0);
	ckpt_buf_adds(out, "}\n");
	/* For people; the catalog in storage/ is the bytes that Feldera wrote. */
	ckpt_buf_show_json(out, 0);
	return 0;
}

int ckpt_place_text(struct ckpt_view *v, const struct ckpt_place *p, struct ckpt_buf *out,
		    struct ckpt_err *err)
{
	const struct ckpt_entry *e = p->slot->entry;
	int rc = 0;

	if (p->kind == CKPT_NODE_META) {
		rc = add_metadata(v, p->slot, out, err);
	} else {
		ckpt_buf_addc(out, '[');
		ckpt_buf_add(out, e->text, e->text_len);
		ckpt_buf_addc(out, ']');
	}
	return !rc && out->failed ? ckpt_fail_nomem(err) : rc;
}
