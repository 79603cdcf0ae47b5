/* table.h - columns of text for people
 *
 * Cells are added row by row; at the end each column is as wide as its widest
 * cell, in columns of a terminal (width.h).  What came from outside (an
 * identifier) is added by ckpt_table_shown(), so that it can neither begin a line
 * nor speak to a terminal.
 *
 * On a terminal a line that is too long would be wrapped, and the columns with
 * it.  So there, and only there, what does not fit is cut off: first in the
 * columns that may be narrower, then at the end of the line.
 */
#ifndef CKPT_CMD_TABLE_H
#define CKPT_CMD_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define CKPT_TABLE_COLUMNS 20

struct ckpt_table {
	const char *align;     /* a letter a column: 'l' or 'r'; 'L': may be narrower */
	size_t room;	       /* columns of the terminal; 0: as wide as it is */
	struct ckpt_buf cells; /* one after the other, each with its NUL */
};

void ckpt_table_init(struct ckpt_table *t, const char *align);
void ckpt_table_cell(struct ckpt_table *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void ckpt_table_shown(struct ckpt_table *t, const char *s, size_t len);
/* How wide the lines are at their narrowest, with nothing cut off at their end. */
size_t ckpt_table_width(const struct ckpt_table *t);
/* Append the lines to out, and release the table. */
void ckpt_table_end(struct ckpt_table *t, struct ckpt_buf *out);

#define CKPT_TEXT_MAX 32

/* "712 B", "1.2 KiB", "3.4 MiB". */
char *ckpt_size_text(uint64_t bytes, char text[CKPT_TEXT_MAX]);
/* "2026-11-24 19:36:39Z"; "unknown" for 0. */
char *ckpt_date_text(int64_t ms, char text[CKPT_TEXT_MAX]);
/* "42s", "12min", "3h", "40d", "3y"; "-42s" for what is yet to come. */
char *ckpt_age_text(int64_t ms, char text[CKPT_TEXT_MAX]);
/* "", or the plural's s. */
const char *ckpt_plural(uint64_t n);

#endif
