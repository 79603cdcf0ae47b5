#include "cmd/table.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/when.h"

void ckpt_table_init(struct ckpt_table *t, const char *align)
{
	*t = (struct ckpt_table){ .align = align };
}

void ckpt_table_cell(struct ckpt_table *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	ckpt_buf_vaddf(&t->cells, fmt, ap);
	va_end(ap);
	ckpt_buf_addc(&t->cells, '\0');
}

void ckpt_table_shown(struct ckpt_table *t, const char *s, size_t len)
{
	ckpt_buf_add_shown(&t->cells, s, len);
	ckpt_buf_addc(&t->cells, '\0');
}

/* Characters, not bytes; escaped text holds nothing of another width that
 * would matter for more than the looks of a line. */
static size_t width(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		if (((unsigned char)*s & 0xc0) != 0x80)
			n++;
	return n;
}

static void pad(struct ckpt_buf *out, size_t n)
{
	while (n--)
		ckpt_buf_addc(out, ' ');
}

void ckpt_table_end(struct ckpt_table *t, struct ckpt_buf *out)
{
	size_t wide[CKPT_TABLE_COLUMNS] = { 0 }, n = strlen(t->align), col = 0, w;
	const char *s, *end = t->cells.data;

	if (t->cells.failed)
		out->failed = true;
	else if (t->cells.len && n <= CKPT_TABLE_COLUMNS)
		end += t->cells.len;
	for (s = t->cells.data; s < end; s += strlen(s) + 1, col = (col + 1) % n) {
		w = width(s);
		if (w > wide[col])
			wide[col] = w;
	}
	for (s = t->cells.data, col = 0; s < end; s += strlen(s) + 1, col = (col + 1) % n) {
		w = width(s);
		if (t->align[col] == 'r')
			pad(out, wide[col] - w);
		ckpt_buf_adds(out, s);
		if (t->align[col] == 'l' && col + 1 < n)
			pad(out, wide[col] - w);
		ckpt_buf_adds(out, col + 1 < n ? "  " : "\n");
	}
	ckpt_buf_release(&t->cells);
}

char *ckpt_size_text(uint64_t bytes, char text[CKPT_TEXT_MAX])
{
	static const char *const unit[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double v = (double)bytes / 1024;
	size_t i = 0;

	if (bytes < 1024) {
		snprintf(text, CKPT_TEXT_MAX, "%" PRIu64 " B", bytes);
		return text;
	}
	/* 1023.95 would be printed as 1024.0. */
	for (; v >= 1023.95 && i + 1 < sizeof(unit) / sizeof(unit[0]); i++)
		v /= 1024;
	snprintf(text, CKPT_TEXT_MAX, "%.1f %s", v, unit[i]);
	return text;
}

char *ckpt_date_text(int64_t ms, char text[CKPT_TEXT_MAX])
{
	char when[CKPT_WHEN_TEXT], *t, *dot;

	ckpt_when_text(ms, when);
	t = strchr(when, 'T');
	dot = strchr(when, '.');
	if (ms == 0 || !t || !dot) {
		snprintf(text, CKPT_TEXT_MAX, "unknown");
		return text;
	}
	*t = ' ';
	*dot = '\0';
	snprintf(text, CKPT_TEXT_MAX, "%.*sZ", CKPT_TEXT_MAX - 2, when);
	return text;
}

const char *ckpt_plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}
