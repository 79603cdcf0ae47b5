#include "engine/token.h"

static void skip_space(struct ckpt_lexer *l)
{
	while (l->p < l->end && (*l->p == ' ' || *l->p == '\t' || *l->p == '\n' || *l->p == '\r'))
		l->p++;
}

void ckpt_lexer_init(struct ckpt_lexer *l, const char *text, size_t len)
{
	*l = (struct ckpt_lexer){ .p = text, .end = text + len };
	skip_space(l);
}

static enum ckpt_token_kind kind_of(char c)
{
	switch (c) {
	case '"':
		return CKPT_TOKEN_STRING;
	case '[':
	case '{':
		return CKPT_TOKEN_OPEN;
	case ']':
	case '}':
		return CKPT_TOKEN_CLOSE;
	case ',':
		return CKPT_TOKEN_COMMA;
	case ':':
		return CKPT_TOKEN_COLON;
	case ' ':
	case '\t':
	case '\n':
	case '\r':
		return CKPT_TOKEN_END;
	default:
		return CKPT_TOKEN_WORD;
	}
}

/* The end of the string that starts at p; NULL where it has none. */
static const char *string_end(const char *p, const char *end)
{
	for (p++; p < end; p++) {
		if (*p == '"')
			return p + 1;
		if (*p == '\\' && ++p == end)
			break;
	}
	return NULL;
}

struct ckpt_token ckpt_lexer_next(struct ckpt_lexer *l)
{
	struct ckpt_token t = { .kind = CKPT_TOKEN_END, .s = l->p, .after_word = l->after_word };

	if (l->p < l->end) {
		t.kind = kind_of(*l->p);
		if (t.kind == CKPT_TOKEN_STRING) {
			l->p = string_end(l->p, l->end);
			if (!l->p) {
				t.kind = CKPT_TOKEN_CUT;
				l->p = l->end;
			}
		} else if (t.kind == CKPT_TOKEN_WORD) {
			while (l->p < l->end && kind_of(*l->p) == CKPT_TOKEN_WORD)
				l->p++;
		} else {
			l->p++;
		}
	}
	t.len = (size_t)(l->p - t.s);
	l->after_word = t.kind == CKPT_TOKEN_WORD;
	skip_space(l);
	t.before_colon = l->p < l->end && *l->p == ':';
	return t;
}

static size_t digits(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && s[n] >= '0' && s[n] <= '9')
		n++;
	return n;
}

bool ckpt_token_is_number(const struct ckpt_token *t)
{
	const char *s = t->s;
	size_t len = t->len, i = 0, n;

	if (t->kind != CKPT_TOKEN_WORD)
		return false;
	if (i < len && s[i] == '-')
		i++;
	n = digits(s + i, len - i);
	if (n == 0 || (n > 1 && s[i] == '0'))
		return false;
	i += n;
	if (i < len && s[i] == '.') {
		i++;
		n = digits(s + i, len - i);
		if (n == 0)
			return false;
		i += n;
	}
	if (i < len && (s[i] == 'e' || s[i] == 'E')) {
		i++;
		if (i < len && (s[i] == '+' || s[i] == '-'))
			i++;
		n = digits(s + i, len - i);
		if (n == 0)
			return false;
		i += n;
	}
	return i == len;
}

void ckpt_token_add(struct ckpt_buf *out, const struct ckpt_token *t)
{
	/* "1 2" is no JSON, and must not become 12. */
	if (t->kind == CKPT_TOKEN_WORD && t->after_word)
		ckpt_buf_addc(out, ' ');
	ckpt_buf_add(out, t->s, t->len);
}
