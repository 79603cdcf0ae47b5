#include "cmd/jsonout.h"

#include <inttypes.h>
#include <string.h>

static void begin_value(struct ckpt_buf *b, const char *key)
{
	char last = b->len ? b->data[b->len - 1] : '\0';

	if (last != '\0' && last != '{' && last != '[')
		ckpt_buf_addc(b, ',');
	if (key) {
		ckpt_buf_add_json(b, key, strlen(key));
		ckpt_buf_addc(b, ':');
	}
}

void ckpt_jo_open(struct ckpt_buf *b, const char *key, char bracket)
{
	begin_value(b, key);
	ckpt_buf_addc(b, bracket);
}

void ckpt_jo_close(struct ckpt_buf *b, char bracket)
{
	ckpt_buf_addc(b, bracket);
}

void ckpt_jo_text(struct ckpt_buf *b, const char *key, const char *s)
{
	begin_value(b, key);
	if (s)
		ckpt_buf_add_json(b, s, strlen(s));
	else
		ckpt_buf_adds(b, "null");
}

void ckpt_jo_uuid(struct ckpt_buf *b, const char *key, const struct ckpt_uuid *u)
{
	char text[CKPT_UUID_TEXT];

	ckpt_jo_text(b, key, ckpt_uuid_text(u, text));
}

void ckpt_jo_u64(struct ckpt_buf *b, const char *key, uint64_t v)
{
	begin_value(b, key);
	ckpt_buf_addf(b, "%" PRIu64, v);
}

void ckpt_jo_bool(struct ckpt_buf *b, const char *key, bool v)
{
	begin_value(b, key);
	ckpt_buf_adds(b, v ? "true" : "false");
}

void ckpt_jo_null(struct ckpt_buf *b, const char *key)
{
	ckpt_jo_text(b, key, NULL);
}

void ckpt_jo_raw(struct ckpt_buf *b, const char *key, const char *text, size_t len)
{
	begin_value(b, key);
	ckpt_buf_add(b, text, len);
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One character of a JSON string at s, an escape as what it stands for;
 * anything but ASCII as '\0'. */
static char take_char(const char **s, const char *end)
{
	const char *p = *s;
	int v = 0, i;

	if (*p != '\\' || p + 1 >= end) {
		*s = p + 1;
		return (unsigned char)*p < 0x80 ? *p : '\0';
	}
	*s = p + 2;
	if (p[1] != 'u' || end - p < 6)
		return p[1] == '"' || p[1] == '\\' || p[1] == '/' ? p[1] : '\0';
	*s = p + 6;
	for (i = 2; i < 6; i++)
		v = v << 4 | (hex(p[i]) & 0xf);
	return v < 0x80 ? (char)v : '\0';
}

/* Past the string whose opening quote lies before s; *equal: it is key. */
static const char *take_string(const char *s, const char *end, const char *key, bool *equal)
{
	size_t n = 0, len = strlen(key);

	*equal = true;
	while (s < end && *s != '"') {
		char c = take_char(&s, end);

		if (n >= len || c != key[n])
			*equal = false;
		n++;
	}
	*equal = *equal && n == len;
	return s < end ? s + 1 : end;
}

bool ckpt_jo_has(const char *object, size_t len, const char *key)
{
	const char *s = object, *end = object + len;
	unsigned depth = 0;
	bool equal;

	while (s < end) {
		switch (*s++) {
		case '{':
		case '[':
			depth++;
			break;
		case '}':
		case ']':
			depth--;
			break;
		case '"':
			s = take_string(s, end, key, &equal);
			/* In a compact text only a name is followed by ':'. */
			if (equal && depth == 1 && s < end && *s == ':')
				return true;
			break;
		default:
			break;
		}
	}
	return false;
}

/* Past the end of the string whose opening quote lies before s. */
static const char *skip_string(const char *s, const char *end)
{
	while (s < end && *s != '"')
		s += *s == '\\' ? 2 : 1;
	return s < end ? s + 1 : end;
}

/* Past the value at s: to the ',' or the bracket behind it. */
static const char *skip_value(const char *s, const char *end)
{
	unsigned depth = 0;

	for (; s < end; s++) {
		if (*s == '"')
			s = skip_string(s + 1, end) - 1;
		else if (*s == '{' || *s == '[')
			depth++;
		else if (depth == 0 && (*s == ',' || *s == '}' || *s == ']'))
			break;
		else if (*s == '}' || *s == ']')
			depth--;
	}
	return s;
}

bool ckpt_jo_next(const char *object, size_t len, struct ckpt_jo_member *m)
{
	const char *end = object + len, *s = m->value ? m->value + m->value_len : object;

	/* At the '{' or the ',' before the next one. */
	if (end - s < 2 || s[1] != '"')
		return false;
	m->name = s + 2;
	s = skip_string(m->name, end);
	m->name_len = (size_t)(s - m->name) - 1;
	m->value = s < end ? s + 1 : end;
	m->value_len = (size_t)(skip_value(m->value, end) - m->value);
	return s < end;
}
