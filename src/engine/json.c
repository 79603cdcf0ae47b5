#include "engine/json.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "engine/token.h"

#define SHIELD '\001'
#define SHIELD_ESCAPE "\\u0001"
#define SHIELD_ESCAPE_LEN 6

static void add_shielded(struct ckpt_buf *out, const struct ckpt_token *t)
{
	if (!t->before_colon && ckpt_token_is_number(t)) {
		ckpt_buf_adds(out, "\"" SHIELD_ESCAPE);
		ckpt_buf_add(out, t->s, t->len);
		ckpt_buf_addc(out, '"');
	} else if (t->kind == CKPT_TOKEN_STRING && t->len >= SHIELD_ESCAPE_LEN + 2 &&
		   memcmp(t->s + 1, SHIELD_ESCAPE, SHIELD_ESCAPE_LEN) == 0) {
		/* The escape is the only spelling of U+0001: its digits have no
		 * letters, and the character itself is no JSON. */
		ckpt_buf_adds(out, "\"" SHIELD_ESCAPE);
		ckpt_buf_add(out, t->s + 1, t->len - 1);
	} else {
		/* Also a number before a colon: as a string it would become a
		 * member's name, which it must not be. */
		ckpt_token_add(out, t);
	}
}

static int shield(const char *text, size_t len, const char *label, struct ckpt_buf *out, struct ckpt_err *err)
{
	size_t depth = 0;
	struct ckpt_lexer l;
	struct ckpt_token t;

	ckpt_lexer_init(&l, text, len);
	for (t = ckpt_lexer_next(&l); t.kind != CKPT_TOKEN_END; t = ckpt_lexer_next(&l)) {
		if (t.kind == CKPT_TOKEN_OPEN && ++depth > CKPT_JSON_DEPTH_MAX)
			return ckpt_json_too_deep(label, err);
		if (t.kind == CKPT_TOKEN_CLOSE && depth > 0)
			depth--;
		add_shielded(out, &t);
	}
	return out->failed ? ckpt_fail_nomem(err) : 0;
}

static int refused(json_error_t *e, const char *label, struct ckpt_err *err)
{
	char *near;

	/* It goes on with a piece of the shielded text, which nobody knows. */
	near = strstr(e->text, " near ");
	if (near)
		*near = '\0';
	return ckpt_fail(err, EUCLEAN, "%s is no valid JSON: %s", label, e->text);
}

/* Without memory jansson calls a text invalid, or leaves characters out of a
 * string and calls it read: a batch of another name, which a gc would believe.
 * But whoever refuses memory sets errno. */
static int load_shielded(const struct ckpt_buf *shielded, const char *label, struct json_t **out,
			 struct ckpt_err *err)
{
	json_error_t e;

	errno = 0;
	*out = json_loadb(shielded->data, shielded->len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &e);
	if (errno == ENOMEM) {
		json_decref(*out);
		*out = NULL;
		return ckpt_fail_nomem(err);
	}
	return *out ? 0 : refused(&e, label, err);
}

int ckpt_json_load(const char *text, size_t len, const char *label, struct json_t **out, struct ckpt_err *err)
{
	struct ckpt_buf shielded = CKPT_BUF_INIT;
	int r;

	*out = NULL;
	r = ckpt_json_refuse_zeros(text, len, label, err);
	if (r == 0)
		r = shield(text, len, label, &shielded, err);
	if (r == 0 && shielded.len == 0)
		r = ckpt_fail(err, EUCLEAN, "%s is empty", label);
	if (r == 0)
		r = load_shielded(&shielded, label, out, err);
	ckpt_buf_release(&shielded);
	return r;
}

/* Whether a string of the parser's is a number's. */
static bool is_shielded(const char *s, size_t len)
{
	return len >= 2 && s[0] == SHIELD && s[1] != SHIELD;
}

bool ckpt_json_u64(const struct json_t *v, uint64_t *out)
{
	uint64_t value = 0;
	const char *s;
	size_t len, i;

	if (!json_is_string(v))
		return false;
	s = json_string_value(v);
	len = json_string_length(v);
	if (!is_shielded(s, len))
		return false;
	for (i = 1; i < len; i++)
		if (s[i] < '0' || s[i] > '9' || __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(s[i] - '0'), &value))
			return false;
	*out = value;
	return true;
}

const char *ckpt_json_string(const struct json_t *v, size_t *len)
{
	const char *s;
	size_t n;

	if (!json_is_string(v))
		return NULL;
	s = json_string_value(v);
	n = json_string_length(v);
	if (is_shielded(s, n))
		return NULL;
	if (n > 0 && s[0] == SHIELD) {
		s++;
		n--;
	}
	*len = n;
	return s;
}
