#include "cmd/members.h"

#include <string.h>

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

bool ckpt_member_next(const char *object, size_t len, struct ckpt_member *m)
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

static bool is_called(const struct ckpt_member *m, const char *name)
{
	const char *s = m->name, *end = s + m->name_len;
	size_t n = 0, len = strlen(name);

	while (s < end && n < len)
		if (take_char(&s, end) != name[n++])
			return false;
	return s == end && n == len;
}

bool ckpt_member_there(const char *object, size_t len, const char *name)
{
	struct ckpt_member m = { 0 };

	while (ckpt_member_next(object, len, &m))
		if (is_called(&m, name))
			return true;
	return false;
}
