#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CAP_MIN 64

void ckpt_buf_release(struct ckpt_buf *b)
{
	free(b->data);
	*b = (struct ckpt_buf)CKPT_BUF_INIT;
}

void ckpt_buf_clear(struct ckpt_buf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->data)
		b->data[0] = '\0';
}

bool ckpt_buf_reserve(struct ckpt_buf *b, size_t n)
{
	size_t need, cap;
	char *data;

	if (b->failed)
		return false;
	if (__builtin_add_overflow(b->len, n, &need) || __builtin_add_overflow(need, 1, &need))
		goto fail;
	if (need <= b->cap)
		return true;
	/* Doubling keeps a long series of additions linear. */
	cap = b->cap > SIZE_MAX / 2 ? need : b->cap * 2;
	if (cap < need)
		cap = need;
	if (cap < CAP_MIN)
		cap = CAP_MIN;
	data = realloc(b->data, cap);
	if (!data)
		goto fail;
	data[b->len] = '\0';
	b->data = data;
	b->cap = cap;
	return true;
fail:
	b->failed = true;
	return false;
}

void ckpt_buf_add(struct ckpt_buf *b, const void *data, size_t n)
{
	if (!ckpt_buf_reserve(b, n))
		return;
	if (n > 0)
		memcpy(b->data + b->len, data, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void ckpt_buf_adds(struct ckpt_buf *b, const char *s)
{
	ckpt_buf_add(b, s, strlen(s));
}

void ckpt_buf_addc(struct ckpt_buf *b, char c)
{
	ckpt_buf_add(b, &c, 1);
}

void ckpt_buf_vaddf(struct ckpt_buf *b, const char *fmt, va_list ap)
{
	va_list again;
	size_t room;
	int n;

	if (!ckpt_buf_reserve(b, CAP_MIN))
		return;
	va_copy(again, ap);
	room = b->cap - b->len;
	n = vsnprintf(b->data + b->len, room, fmt, ap);
	if (n < 0)
		b->failed = true;
	else if ((size_t)n >= room && ckpt_buf_reserve(b, (size_t)n))
		vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
	va_end(again);
	if (b->failed)
		b->data[b->len] = '\0';
	else
		b->len += (size_t)n;
}

void ckpt_buf_addf(struct ckpt_buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	ckpt_buf_vaddf(b, fmt, ap);
	va_end(ap);
}

size_t ckpt_utf8_len(const char *s, size_t n)
{
	const unsigned char *u = (const unsigned char *)s;
	unsigned char low = 0x80, high = 0xbf; /* what the second byte may be */
	size_t len, i;

	if (n == 0)
		return 0;
	if (u[0] < 0x80)
		return 1;
	if (u[0] < 0xc2 || u[0] > 0xf4)
		return 0;
	len = u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
	if (len > n)
		return 0;
	if (u[0] == 0xe0)
		low = 0xa0; /* below: overlong */
	else if (u[0] == 0xed)
		high = 0x9f; /* above: surrogates */
	else if (u[0] == 0xf0)
		low = 0x90; /* below: overlong */
	else if (u[0] == 0xf4)
		high = 0x8f; /* above U+10FFFF */
	if (u[1] < low || u[1] > high)
		return 0;
	for (i = 2; i < len; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

static void add_json_ascii(struct ckpt_buf *b, char c)
{
	static const char special[] = "\"\\\b\f\n\r\t";
	static const char letter[] = "\"\\bfnrt";
	const char *p = c ? strchr(special, c) : NULL;

	if (p) {
		ckpt_buf_addc(b, '\\');
		ckpt_buf_addc(b, letter[p - special]);
	} else if ((unsigned char)c < 0x20) {
		ckpt_buf_addf(b, "\\u%04x", (unsigned)c);
	} else {
		ckpt_buf_addc(b, c);
	}
}

static size_t plain_len(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && s[i] >= ' ' && s[i] <= '~' && s[i] != '"' && s[i] != '\\')
		i++;
	return i;
}

void ckpt_buf_add_json(struct ckpt_buf *b, const char *s, size_t n)
{
	size_t len;

	ckpt_buf_addc(b, '"');
	for (; n > 0; s += len, n -= len) {
		len = plain_len(s, n); /* nearly always all of it */
		if (len > 0) {
			ckpt_buf_add(b, s, len);
			continue;
		}
		len = ckpt_utf8_len(s, n);
		if (len == 1) {
			add_json_ascii(b, *s);
		} else if (len > 1) {
			ckpt_buf_add(b, s, len);
		} else {
			ckpt_buf_adds(b, "\xef\xbf\xbd");
			len = 1;
		}
	}
	ckpt_buf_addc(b, '"');
}
