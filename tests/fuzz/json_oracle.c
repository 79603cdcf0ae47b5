#include "tests/fuzz/json_oracle.h"

#include <stdlib.h>
#include <string.h>

#include "engine/json.h"
#include "tests/fuzz/rules.h"

struct parse {
	const char *p, *end;
	int depth;
};

void oj_free(struct oj *v)
{
	struct oj *next;

	for (; v; v = next) {
		next = v->next;
		oj_free(v->first);
		free(v->s);
		free(v->key);
		free(v);
	}
}

static void space(struct parse *p)
{
	while (p->p < p->end && (*p->p == ' ' || *p->p == '\t' || *p->p == '\n' || *p->p == '\r'))
		p->p++;
}

static bool eat(struct parse *p, char c)
{
	space(p);
	if (p->p == p->end || *p->p != c)
		return false;
	p->p++;
	return true;
}

/* --- strings --------------------------------------------------------------- */

static int hex4(struct parse *p)
{
	int v = 0;

	for (int i = 0; i < 4; i++, p->p++) {
		const char *digits = "0123456789abcdef", *d;
		char c;

		if (p->p == p->end || !*p->p)
			return -1;
		c = *p->p >= 'A' && *p->p <= 'F' ? (char)(*p->p - 'A' + 'a') : *p->p;
		d = strchr(digits, c);
		if (!d)
			return -1;
		v = v * 16 + (int)(d - digits);
	}
	return v;
}

static size_t encode(char *out, int c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* What follows a backslash; 0: nothing that may. */
static size_t escape(struct parse *p, char *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	int c, low;

	if (p->p == p->end)
		return 0;
	if (*p->p != 'u') {
		const char *e = *p->p ? strchr(from, *p->p) : NULL;

		if (!e)
			return 0;
		p->p++;
		*out = to[e - from];
		return 1;
	}
	p->p++;
	c = hex4(p);
	if (c >= 0xd800 && c < 0xdc00) {
		if (p->end - p->p < 2 || p->p[0] != '\\' || p->p[1] != 'u')
			return 0;
		p->p += 2;
		low = hex4(p);
		if (low < 0xdc00 || low > 0xdfff)
			return 0;
		c = 0x10000 + (c - 0xd800) * 0x400 + low - 0xdc00;
	} else if (c < 0 || (c >= 0xdc00 && c <= 0xdfff)) {
		return 0;
	}
	return encode(out, c);
}

static bool string(struct parse *p, char **out, size_t *len)
{
	size_t n, at = 0;
	char *s;

	if (!eat(p, '"'))
		return false;
	/* No escape is shorter than what it stands for. */
	s = malloc((size_t)(p->end - p->p) + 1);
	if (!s)
		abort();
	for (;;) {
		if (p->p == p->end || (unsigned char)*p->p < 0x20)
			break;
		if (*p->p == '"') {
			p->p++;
			s[at] = '\0';
			*out = s;
			*len = at;
			return true;
		}
		if (*p->p == '\\') {
			p->p++;
			n = escape(p, s + at);
		} else {
			n = rule_utf8(p->p, (size_t)(p->end - p->p));
			memcpy(s + at, p->p, n);
			p->p += n;
		}
		if (n == 0)
			break;
		at += n;
	}
	free(s);
	return false;
}

/* --- values ---------------------------------------------------------------- */

static bool some_digits(struct parse *p)
{
	const char *from = p->p;

	while (p->p < p->end && *p->p >= '0' && *p->p <= '9')
		p->p++;
	return p->p > from;
}

static bool next_is(struct parse *p, const char *any)
{
	if (p->p == p->end || !*p->p || !strchr(any, *p->p))
		return false;
	p->p++;
	return true;
}

static bool number(struct parse *p, struct oj *v)
{
	const char *from = p->p;

	next_is(p, "-");
	if (!next_is(p, "0") && !some_digits(p))
		return false;
	if (next_is(p, ".") && !some_digits(p))
		return false;
	if (next_is(p, "eE")) {
		next_is(p, "+-");
		if (!some_digits(p))
			return false;
	}
	v->kind = OJ_NUMBER;
	v->len = (size_t)(p->p - from);
	v->s = strndup(from, v->len);
	return v->s != NULL;
}

static bool word(struct parse *p, const char *w)
{
	size_t n = strlen(w);

	if ((size_t)(p->end - p->p) < n || memcmp(p->p, w, n) != 0)
		return false;
	p->p += n;
	return true;
}

static struct oj *value(struct parse *p);

static bool has_key(const struct oj *object, const struct oj *last)
{
	for (const struct oj *m = object->first; m && m != last; m = m->next)
		if (m->key_len == last->key_len && memcmp(m->key, last->key, m->key_len) == 0)
			return true;
	return false;
}

static bool children(struct parse *p, struct oj *v, bool object)
{
	struct oj **end = &v->first;
	char close = object ? '}' : ']';

	v->kind = object ? OJ_OBJECT : OJ_ARRAY;
	if (++p->depth > CKPT_JSON_DEPTH_MAX)
		return false;
	if (!eat(p, close)) {
		do {
			char *key = NULL;
			size_t len = 0;

			if (object && (!string(p, &key, &len) || !eat(p, ':'))) {
				free(key);
				return false;
			}
			*end = value(p);
			if (!*end) {
				free(key);
				return false;
			}
			(*end)->key = key;
			(*end)->key_len = len;
			if (object && (memchr(key, '\0', len) || has_key(v, *end)))
				return false;
			end = &(*end)->next;
		} while (eat(p, ','));
		if (!eat(p, close))
			return false;
	}
	p->depth--;
	return true;
}

static bool fill(struct parse *p, struct oj *v)
{
	space(p);
	if (p->p == p->end)
		return false;
	switch (*p->p) {
	case '{':
	case '[':
		return children(p, v, *p->p++ == '{');
	case '"':
		v->kind = OJ_STRING;
		return string(p, &v->s, &v->len);
	case 'n':
		v->kind = OJ_NULL;
		return word(p, "null");
	case 't':
		v->kind = OJ_TRUE;
		return word(p, "true");
	case 'f':
		v->kind = OJ_FALSE;
		return word(p, "false");
	default:
		return number(p, v);
	}
}

static struct oj *value(struct parse *p)
{
	struct oj *v = calloc(1, sizeof(*v));

	if (!v)
		abort();
	if (fill(p, v))
		return v;
	oj_free(v);
	return NULL;
}

struct oj *oj_parse(const char *text, size_t len)
{
	struct parse p = { text, text + len, 0 };
	struct oj *v = value(&p);

	space(&p);
	if (p.p == p.end)
		return v;
	oj_free(v);
	return NULL;
}

/* --- asking ---------------------------------------------------------------- */

const struct oj *oj_get(const struct oj *object, const char *name)
{
	for (const struct oj *m = object->first; m && object->kind == OJ_OBJECT; m = m->next)
		if (m->key_len == strlen(name) && memcmp(m->key, name, m->key_len) == 0)
			return m;
	return NULL;
}

bool oj_u64(const struct oj *v, uint64_t *out)
{
	static const char max[] = "18446744073709551615";

	if (!v || v->kind != OJ_NUMBER || strspn(v->s, "0123456789") != v->len)
		return false;
	if (v->len > strlen(max) || (v->len == strlen(max) && strcmp(v->s, max) > 0))
		return false;
	*out = strtoull(v->s, NULL, 10);
	return true;
}

size_t oj_count(const struct oj *v)
{
	size_t n = 0;

	for (const struct oj *m = v->first; m; m = m->next)
		n++;
	return n;
}

static bool equal_bytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
	return a_len == b_len && (a_len == 0 || memcmp(a, b, a_len) == 0);
}

bool oj_equal(const struct oj *a, const struct oj *b)
{
	const struct oj *x = a->first, *y = b->first;

	if (a->kind != b->kind || !equal_bytes(a->s, a->len, b->s, b->len))
		return false;
	for (; x && y; x = x->next, y = y->next)
		if (!equal_bytes(x->key, x->key_len, y->key, y->key_len) || !oj_equal(x, y))
			return false;
	return !x && !y;
}
