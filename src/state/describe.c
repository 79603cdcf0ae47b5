#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/reserved.h"
#include "state/kinds.h"
#include "state/limits.h"
#include "state/names.h"

/* The types that one is inside of, the outermost first. */
struct walk {
	struct ckpt_buf *out;
	const struct ckpt_type *inside[CKPT_TYPE_DEPTH_MAX];
	unsigned depth;
};

static int describe(struct walk *w, const struct ckpt_type *t, struct ckpt_err *err);

static int bad_name(const char *of, const char *name, struct ckpt_err *err)
{
	return ckpt_fail(
		err, EINVAL,
		"%s can't be called '%s': a name is of letters, digits, '_', '-' and '.', at most %d", of,
		name ? name : "", CKPT_STATE_NAME_MAX);
}

static int no_list(const char *of, size_t n, struct ckpt_err *err)
{
	return ckpt_fail(err, EINVAL, "%s is made of %zu others and does not say which (NULL)", of, n);
}

static int describe_of(struct walk *w, const char *before, const struct ckpt_type *t, const char *after,
		       struct ckpt_err *err)
{
	int rc;

	ckpt_buf_adds(w->out, before);
	rc = describe(w, t, err);
	ckpt_buf_adds(w->out, after);
	return rc;
}

static int describe_record(struct walk *w, const struct ckpt_type *t, struct ckpt_err *err)
{
	int rc = 0;

	if (!ckpt_state_name_ok(t->name))
		return bad_name("a record", t->name, err);
	if (t->n && !t->members)
		return no_list("a record", t->n, err);
	ckpt_buf_addf(w->out, "record %s{", t->name);
	for (size_t i = 0; !rc && i < t->n; i++) {
		const struct ckpt_member *m = &t->members[i];

		if (!ckpt_state_name_ok(m->name))
			return bad_name("a member", m->name, err);
		if (m->type && (m->offset > t->size || m->type->size > t->size - m->offset))
			return ckpt_fail(err, EINVAL, "member %s of record %s lies outside of it", m->name,
					 t->name);
		ckpt_buf_addf(w->out, "%s%s: ", i ? ", " : "", m->name);
		rc = describe(w, m->type, err);
	}
	ckpt_buf_addc(w->out, '}');
	return rc;
}

static int describe_any(struct walk *w, const struct ckpt_type *t, struct ckpt_err *err)
{
	int rc = 0;

	if (t->n && !t->types)
		return no_list("an any", t->n, err);
	for (size_t i = 0; !rc && i < t->n; i++)
		rc = describe_of(w, i ? "|" : "any<", t->types[i], "", err);
	ckpt_buf_adds(w->out, t->n ? ">" : "any<>");
	return rc;
}

static int describe_custom(struct walk *w, const struct ckpt_type *t, struct ckpt_err *err)
{
	if (!ckpt_state_name_ok(t->name))
		return bad_name("a custom type", t->name, err);
	if (!t->custom || !t->custom->write || !t->custom->read)
		return ckpt_fail(err, EINVAL, "custom type %s has no functions to write and read it",
				 t->name);
	ckpt_buf_addf(w->out, "custom %s", t->name);
	return CKPT_REFUSE_RESERVED(t->custom, "a custom type", err);
}

static int describe_fixed(struct walk *w, const struct ckpt_type *t, struct ckpt_err *err)
{
	int rc = describe_of(w, "", t->of, "", err);

	ckpt_buf_addf(w->out, "[%zu]", t->n);
	if (!rc && (t->of->size ? t->size / t->of->size != t->n || t->size % t->of->size : t->size))
		rc = ckpt_fail(err, EINVAL,
			       "%zu items of %zu bytes don't make the %zu bytes of a fixed array", t->n,
			       t->of->size, t->size);
	return rc;
}

static int describe_kind(struct walk *w, const struct ckpt_type *t, struct ckpt_err *err)
{
	static const char *const plain[CKPT_TYPE_KINDS] = {
		[CKPT_TYPE_EMPTY] = "empty", [CKPT_TYPE_BOOL] = "bool",	    [CKPT_TYPE_I32] = "i32",
		[CKPT_TYPE_I64] = "i64",     [CKPT_TYPE_U64] = "u64",	    [CKPT_TYPE_SSIZE] = "ssize",
		[CKPT_TYPE_SIZE] = "size",   [CKPT_TYPE_DOUBLE] = "double", [CKPT_TYPE_STRING] = "string",
		[CKPT_TYPE_BYTES] = "bytes",
	};

	switch (t->kind) {
	case CKPT_TYPE_OPTIONAL:
		return describe_of(w, "optional<", t->of, ">", err);
	case CKPT_TYPE_ARRAY:
		return describe_of(w, "array<", t->of, ">", err);
	case CKPT_TYPE_FIXED:
		return describe_fixed(w, t, err);
	case CKPT_TYPE_RECORD:
		return describe_record(w, t, err);
	case CKPT_TYPE_ANY:
		return describe_any(w, t, err);
	case CKPT_TYPE_CUSTOM:
		return describe_custom(w, t, err);
	default:
		ckpt_buf_adds(w->out, plain[t->kind]);
		return 0;
	}
}

/* A box is what it holds, so that one may be put around a type later. */
static const struct ckpt_type *unboxed(const struct ckpt_type *t)
{
	for (unsigned i = 0; t && (unsigned)t->kind < CKPT_TYPE_KINDS; i++, t = t->of)
		if (t->kind != CKPT_TYPE_BOXED || i == CKPT_TYPE_DEPTH_MAX)
			return t;
	return NULL;
}

static int describe(struct walk *w, const struct ckpt_type *boxed, struct ckpt_err *err)
{
	const struct ckpt_type *t = unboxed(boxed);
	int rc;

	if (!t)
		return ckpt_fail(err, EINVAL, "a type is made of one that is missing (NULL), or of no kind");
	for (unsigned i = 0; i < w->depth; i++) {
		if (w->inside[i] != t)
			continue;
		/* It contains itself: how many types further out it is. */
		ckpt_buf_addf(w->out, "^%u", w->depth - i);
		return 0;
	}
	if (w->depth == CKPT_TYPE_DEPTH_MAX || t->kind == CKPT_TYPE_BOXED)
		return ckpt_fail(err, ELOOP, "a type holds more than %d others, one inside the other",
				 CKPT_TYPE_DEPTH_MAX);
	w->inside[w->depth++] = t;
	rc = CKPT_REFUSE_RESERVED(t, "a type", err);
	if (!rc)
		rc = describe_kind(w, t, err);
	w->depth--;
	if (!rc && w->out->len > CKPT_TYPE_TEXT_MAX)
		rc = ckpt_fail(err, E2BIG, "the text of a type is longer than %d bytes", CKPT_TYPE_TEXT_MAX);
	return rc;
}

int ckpt_type_describe(const struct ckpt_type *type, struct ckpt_buf *out, struct ckpt_err *err)
{
	struct walk w = { .out = out };
	int rc = describe(&w, type, err);

	return !rc && out->failed ? ckpt_fail_nomem(err) : rc;
}

char *ckpt_type_text(const struct ckpt_type *type, struct ckpt_err *err)
{
	struct ckpt_buf out = CKPT_BUF_INIT;

	if (!ckpt_type_describe(type, &out, err))
		return out.data;
	ckpt_buf_release(&out);
	return NULL;
}
