/* shown.c - text that reaches a person's terminal (buf.h) */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"

/* Whether a whole character could move a cursor, end a line, or turn the
 * direction of the text around it. */
static bool is_control(const unsigned char *u, size_t len)
{
	switch (len) {
	case 1:
		return u[0] < 0x20 || u[0] == 0x7f;
	case 2: /* C1: U+0080 to U+009F */
		return u[0] == 0xc2 && u[1] < 0xa0;
	case 3: /* U+2028 to U+202E and U+2066 to U+2069 */
		return u[0] == 0xe2 && ((u[1] == 0x80 && u[2] >= 0xa8 && u[2] <= 0xae) ||
					(u[1] == 0x81 && u[2] >= 0xa6 && u[2] <= 0xa9));
	default:
		return false;
	}
}

size_t ckpt_shown(const char *s, size_t n, char out[CKPT_SHOWN_MAX], size_t *used)
{
	static const char hex[] = "0123456789abcdef";
	size_t len, i;

	*used = 1;
	if (n > 0 && *s >= 0x20 && *s < 0x7f) { /* nearly all */
		out[0] = *s;
		return 1;
	}
	len = ckpt_utf8_len(s, n);
	if (len > 0)
		*used = len;
	if (len > 0 && !is_control((const unsigned char *)s, len)) {
		memcpy(out, s, len);
		return len;
	}
	for (i = 0; i < *used; i++) {
		out[i * 4] = '\\';
		out[i * 4 + 1] = 'x';
		out[i * 4 + 2] = hex[(unsigned char)s[i] >> 4];
		out[i * 4 + 3] = hex[s[i] & 0xf];
	}
	return *used * 4;
}

void ckpt_buf_add_shown(struct ckpt_buf *b, const char *s, size_t n)
{
	char shown[CKPT_SHOWN_MAX];
	size_t used, len;

	ckpt_buf_add(b, NULL, 0);
	for (; n > 0; s += used, n -= used) {
		len = ckpt_shown(s, n, shown, &used);
		ckpt_buf_add(b, shown, len);
	}
}

/* --- at the border ------------------------------------------------------- */

/* Whether a character has to be replaced; *len: its bytes, 1 if it is none. */
static bool is_harmful(const char *s, size_t n, size_t *len)
{
	*len = ckpt_utf8_len(s, n);
	if (*len == 0) {
		*len = 1;
		return true;
	}
	return *s != '\n' && is_control((const unsigned char *)s, *len);
}

static void add_text(struct ckpt_buf *b, const char *s, size_t len)
{
	ckpt_buf_add_shown(b, s, len);
}

/* is_control() knows none above U+FFFF. */
static void add_json(struct ckpt_buf *b, const char *s, size_t len)
{
	const unsigned char *u = (const unsigned char *)s;
	unsigned c = 0xfffd;

	if (len == 3)
		c = (u[0] & 0x0fU) << 12 | (u[1] & 0x3fU) << 6 | (u[2] & 0x3fU);
	else if (len == 2)
		c = (u[0] & 0x1fU) << 6 | (u[1] & 0x3fU);
	else if (u[0] < 0x80)
		c = u[0];
	ckpt_buf_addf(b, "\\u%04x", c);
}

static void replace(struct ckpt_buf *b, size_t from,
		    void (*add)(struct ckpt_buf *b, const char *s, size_t len))
{
	struct ckpt_buf out = CKPT_BUF_INIT;
	size_t at = from, kept = from, len;

	if (b->failed)
		return;
	for (; at < b->len; at += len) {
		if (!is_harmful(b->data + at, b->len - at, &len))
			continue;
		ckpt_buf_add(&out, b->data + kept, at - kept);
		add(&out, b->data + at, len);
		kept = at + len;
	}
	if (kept == from)
		return;
	ckpt_buf_add(&out, b->data + kept, b->len - kept);
	b->len = from;
	ckpt_buf_add(b, out.data, out.len);
	b->failed |= out.failed;
	ckpt_buf_release(&out);
}

void ckpt_buf_show_text(struct ckpt_buf *b, size_t from)
{
	replace(b, from, add_text);
}

void ckpt_buf_show_json(struct ckpt_buf *b, size_t from)
{
	replace(b, from, add_json);
}

const char *ckpt_quote(const char *s, size_t len, char out[CKPT_QUOTE_MAX])
{
	char shown[CKPT_SHOWN_MAX];
	size_t at = 0, used, n;

	for (; len > 0; s += used, len -= used) {
		n = ckpt_shown(s, len, shown, &used);
		if (at + n + sizeof("...") > CKPT_QUOTE_MAX) {
			memcpy(out + at, "...", 3);
			at += 3;
			break;
		}
		memcpy(out + at, shown, n);
		at += n;
	}
	out[at] = '\0';
	return out;
}
