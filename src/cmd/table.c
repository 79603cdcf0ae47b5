#include "cmd/table.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/when.h"
#include "cmd/width.h"

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

#define GAP "  "
#define ELLIPSIS "\xe2\x80\xa6"
/* Below this a column says nothing any more. */
#define NARROW 12

/* As wide as the widest cell of each. */
static void measure(const struct ckpt_table *t, size_t wide[CKPT_TABLE_COLUMNS])
{
	size_t n = strlen(t->align), col = 0, w;
	const char *s, *end = t->cells.data;

	memset(wide, 0, CKPT_TABLE_COLUMNS * sizeof(*wide));
	if (!t->cells.failed && t->cells.len && n <= CKPT_TABLE_COLUMNS)
		end += t->cells.len;
	for (s = t->cells.data; s < end; s += strlen(s) + 1, col = (col + 1) % n) {
		w = ckpt_width(s);
		if (w > wide[col])
			wide[col] = w;
	}
}

static size_t sum(const struct ckpt_table *t, const size_t wide[CKPT_TABLE_COLUMNS])
{
	size_t n = strlen(t->align), all = 0;

	for (size_t i = 0; i < n && i < CKPT_TABLE_COLUMNS; i++)
		all += wide[i] + (i ? strlen(GAP) : 0);
	return all;
}

size_t ckpt_table_width(const struct ckpt_table *t)
{
	size_t wide[CKPT_TABLE_COLUMNS];

	measure(t, wide);
	for (size_t i = 0; i < CKPT_TABLE_COLUMNS && t->align[i]; i++)
		if (t->align[i] == 'L' && wide[i] > NARROW)
			wide[i] = NARROW;
	return sum(t, wide);
}

static void narrow(const struct ckpt_table *t, size_t wide[CKPT_TABLE_COLUMNS])
{
	size_t all = sum(t, wide), less;

	for (size_t i = strlen(t->align); t->room && i-- > 0 && all > t->room;) {
		if (t->align[i] != 'L' || wide[i] <= NARROW)
			continue;
		less = wide[i] - NARROW < all - t->room ? wide[i] - NARROW : all - t->room;
		wide[i] -= less;
		all -= less;
	}
}

static void pad(struct ckpt_buf *out, size_t n)
{
	while (n--)
		ckpt_buf_addc(out, ' ');
}

/* As much of it as there is room for, and a sign that it is not all. */
static void add_cut(struct ckpt_buf *out, const char *s, size_t room)
{
	if (ckpt_width(s) <= room) {
		ckpt_buf_adds(out, s);
	} else if (room) {
		ckpt_buf_add(out, s, ckpt_width_fits(s, room - 1));
		ckpt_buf_adds(out, ELLIPSIS);
	}
}

/* The column that begins at *s, of this width; *s: the next one. */
static void add_cell(const struct ckpt_table *t, const char **s, size_t col, size_t wide,
		     struct ckpt_buf *line)
{
	const bool last = t->align[col + 1] == '\0';
	size_t w = ckpt_width(*s), before = line->len;

	if (t->align[col] == 'r' && w < wide)
		pad(line, wide - w);
	add_cut(line, *s, wide);
	*s += strlen(*s) + 1;
	if (last || line->failed)
		return;
	/* A wide character that was cut off leaves a column empty. */
	w = ckpt_width(line->data + before);
	if (w < wide)
		pad(line, wide - w);
	ckpt_buf_adds(line, GAP);
}

void ckpt_table_end(struct ckpt_table *t, struct ckpt_buf *out)
{
	size_t wide[CKPT_TABLE_COLUMNS], n = strlen(t->align);
	const char *s = t->cells.data, *end = s;
	struct ckpt_buf line = CKPT_BUF_INIT;

	if (t->cells.failed)
		out->failed = true;
	else if (t->cells.len && n <= CKPT_TABLE_COLUMNS)
		end += t->cells.len;
	measure(t, wide);
	narrow(t, wide);
	while (s < end) {
		ckpt_buf_clear(&line);
		for (size_t col = 0; col < n; col++)
			add_cell(t, &s, col, wide[col], &line);
		out->failed |= line.failed;
		if (line.failed)
			break;
		if (t->room)
			add_cut(out, line.data, t->room);
		else
			ckpt_buf_add(out, line.data, line.len);
		ckpt_buf_addc(out, '\n');
	}
	ckpt_buf_release(&line);
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

char *ckpt_age_text(int64_t ms, char text[CKPT_TEXT_MAX])
{
	static const struct {
		int64_t upto, seconds;
		const char *unit;
	} unit[] = { { 60, 1, "s" },
		     { 3600, 60, "min" },
		     { 48 * 3600, 3600, "h" },
		     { 730 * 86400, 86400, "d" },
		     { INT64_MAX, 365 * 86400 + 86400 / 4, "y" } };
	const int64_t s = (ms < 0 ? -ms : ms) / 1000;
	size_t i = 0;

	while (s >= unit[i].upto)
		i++;
	snprintf(text, CKPT_TEXT_MAX, "%s%" PRId64 "%s", ms <= -1000 ? "-" : "", s / unit[i].seconds,
		 unit[i].unit);
	return text;
}

const char *ckpt_plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}
