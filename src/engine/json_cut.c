#include <assert.h>
#include <errno.h>
#include <string.h>

#include "engine/json.h"
#include "engine/token.h"

void ckpt_json_squeeze(const char *text, size_t len, struct ckpt_buf *out)
{
	struct ckpt_lexer l;
	struct ckpt_token t;

	ckpt_lexer_init(&l, text, len);
	for (t = ckpt_lexer_next(&l); t.kind != CKPT_TOKEN_END; t = ckpt_lexer_next(&l))
		ckpt_token_add(out, &t);
}

void ckpt_json_member(const char *text, size_t len, size_t index, struct ckpt_buf *out)
{
	size_t depth = 0, member = 0;
	bool value = false;
	struct ckpt_lexer l;
	struct ckpt_token t;

	ckpt_lexer_init(&l, text, len);
	for (t = ckpt_lexer_next(&l); t.kind != CKPT_TOKEN_END; t = ckpt_lexer_next(&l)) {
		if (t.kind == CKPT_TOKEN_CLOSE)
			depth--;
		if (depth == 0 || (depth == 1 && t.kind == CKPT_TOKEN_COMMA)) {
			member += t.kind == CKPT_TOKEN_COMMA;
			value = false;
		} else if (value && member == index) {
			ckpt_token_add(out, &t);
		}
		if (depth == 1 && t.kind == CKPT_TOKEN_COLON)
			value = true;
		if (t.kind == CKPT_TOKEN_OPEN)
			depth++;
	}
}

int ckpt_json_too_deep(const char *label, struct ckpt_err *err)
{
	return ckpt_fail(err, EUCLEAN, "%s is nested deeper than %d levels", label, CKPT_JSON_DEPTH_MAX);
}

int ckpt_json_refuse_zeros(const char *text, size_t len, const char *label, struct ckpt_err *err)
{
	const char *zero = len > 0 ? memchr(text, '\0', len) : NULL;

	if (!zero)
		return 0;
	return ckpt_fail(err, EUCLEAN, "%s is no valid JSON: byte %td is zero", label, zero - text);
}

struct split {
	struct ckpt_lexer lexer;
	const char *label;
	ckpt_json_element_fn *fn;
	ckpt_json_quick_fn *quick; /* or NULL */
	void *ctx;
	bool taken; /* this element, by quick */
	size_t index, depth;
	struct ckpt_buf element;
};

static int give_element(struct split *s, struct ckpt_err *err)
{
	int r;

	if (s->taken) {
		s->taken = false;
		s->index++;
		return 0;
	}
	if (s->element.failed)
		return ckpt_fail_nomem(err);
	if (s->element.len == 0)
		return ckpt_fail(err, EUCLEAN, "%s has no value where entry %zu should be", s->label,
				 s->index);
	r = s->fn(s->ctx, s->index, s->element.data, s->element.len, err);
	s->index++;
	ckpt_buf_clear(&s->element);
	return r;
}

/* At the beginning of an element. */
static int try_quick(struct split *s, struct ckpt_err *err)
{
	size_t left = (size_t)(s->lexer.end - s->lexer.p);
	ssize_t n = s->quick ? s->quick(s->ctx, s->lexer.p, left, err) : 0;

	if (n <= 0)
		return (int)n;
	assert((size_t)n < left && (s->lexer.p[n] == ',' || s->lexer.p[n] == ']'));
	ckpt_lexer_init(&s->lexer, s->lexer.p + n, left - (size_t)n);
	s->taken = true;
	return 0;
}

/* What stands between the brackets.  Brackets are only counted: a pair that
 * does not match is inside an element then, whose parser refuses it. */
static int split_elements(struct split *s, struct ckpt_err *err)
{
	struct ckpt_token t;
	int r = try_quick(s, err);

	for (s->depth = 1; r == 0;) {
		t = ckpt_lexer_next(&s->lexer);
		if (t.kind == CKPT_TOKEN_END || t.kind == CKPT_TOKEN_CUT)
			return ckpt_fail(err, EUCLEAN, "%s is cut short in entry %zu", s->label, s->index);
		if (t.kind == CKPT_TOKEN_OPEN && ++s->depth > CKPT_JSON_DEPTH_MAX)
			return ckpt_json_too_deep(s->label, err);
		if (t.kind == CKPT_TOKEN_CLOSE && --s->depth == 0)
			break;
		if (t.kind != CKPT_TOKEN_COMMA || s->depth > 1) {
			ckpt_token_add(&s->element, &t);
			continue;
		}
		r = give_element(s, err);
		if (r == 0)
			r = try_quick(s, err);
	}
	if (r != 0)
		return r;
	if (*t.s != ']')
		return ckpt_fail(err, EUCLEAN, "%s is an array that ends in '}'", s->label);
	if (s->index == 0 && !s->taken && s->element.len == 0 && !s->element.failed)
		return 0;
	return give_element(s, err);
}

int ckpt_json_split_quick(const char *text, size_t len, const char *label, ckpt_json_quick_fn *quick,
			  ckpt_json_element_fn *fn, void *ctx, struct ckpt_err *err)
{
	struct split s = { .label = label, .fn = fn, .quick = quick, .ctx = ctx, .element = CKPT_BUF_INIT };
	struct ckpt_token t;
	int r;

	r = ckpt_json_refuse_zeros(text, len, label, err);
	if (r < 0)
		return r;
	ckpt_lexer_init(&s.lexer, text, len);
	t = ckpt_lexer_next(&s.lexer);
	if (t.kind == CKPT_TOKEN_END)
		return ckpt_fail(err, EUCLEAN, "%s is empty", label);
	if (t.kind != CKPT_TOKEN_OPEN || *t.s != '[')
		return ckpt_fail(err, EUCLEAN, "%s is no JSON array", label);
	r = split_elements(&s, err);
	if (r == 0 && ckpt_lexer_next(&s.lexer).kind != CKPT_TOKEN_END)
		r = ckpt_fail(err, EUCLEAN, "%s goes on after the end of its array", label);
	ckpt_buf_release(&s.element);
	return r;
}

int ckpt_json_split(const char *text, size_t len, const char *label, ckpt_json_element_fn *fn, void *ctx,
		    struct ckpt_err *err)
{
	return ckpt_json_split_quick(text, len, label, NULL, fn, ctx, err);
}
