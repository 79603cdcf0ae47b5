/* columns.h - the columns of a list of checkpoints
 *
 * One row of a table each: its name, how it is printed, and how it is sorted by.
 * What a column needs to be looked up is looked up only if it is asked for.
 */
#ifndef CKPT_CMD_COLUMNS_H
#define CKPT_CMD_COLUMNS_H

#include "cmd/entry.h"
#include "cmd/marks.h"
#include "cmd/table.h"

/* One checkpoint of a list. */
struct ckpt_row {
	const struct ckpt_entry *entry;
	size_t nth; /* in the catalog */
	int64_t ms; /* when it was made; 0: not known */
	int64_t now_ms;
	const struct ckpt_more *more;	/* if a column needs CKPT_NEEDS_FILES */
	const struct ckpt_marks *marks; /* if one needs CKPT_NEEDS_MARKS */
};

static inline unsigned ckpt_row_marks(const struct ckpt_row *r)
{
	return r->marks ? r->marks->mark[r->nth] & CKPT_MARKS : 0;
}

enum {
	CKPT_NEEDS_FILES = 1,
	CKPT_NEEDS_MARKS = 2,
};

struct ckpt_column {
	const char *name, *head;
	char align; /* table.h */
	unsigned needs;
	void (*cell)(struct ckpt_table *t, const struct ckpt_row *r);
	/* Of two rows; what is not known comes first. */
	int (*cmp)(const struct ckpt_row *a, const struct ckpt_row *b);
};

/* Those that are shown, in this order. */
struct ckpt_columns {
	const struct ckpt_column *column[CKPT_TABLE_COLUMNS];
	size_t n;
};

/* The column of that name, or NULL.  No NUL at its end is needed. */
const struct ckpt_column *ckpt_column_find(const char *name, size_t len);
/* "uuid, created, ...": all there are. */
void ckpt_columns_names(struct ckpt_buf *out);
/* Understand "uuid,created,...". */
int ckpt_columns_parse(const char *list, struct ckpt_columns *out, struct ckpt_err *err);
/* What is shown of these rows unless something else is asked for; is_long: with
 * what the files say.  A column that would say the same of all is left out:
 * fingerprints where there is only one, marks where there are none (or no one
 * looked). */
void ckpt_columns_choose(const struct ckpt_row *row, size_t n, bool is_long, struct ckpt_columns *out);
unsigned ckpt_columns_need(const struct ckpt_columns *c);

/* The rows as lines, under a head (or none).  room: see table.h.  Of columns
 * that nobody asked for (droppable) the least important are left out while there
 * is no room for all. */
void ckpt_columns_print(const struct ckpt_columns *c, const struct ckpt_row *row, size_t n, bool head,
			bool droppable, size_t room, struct ckpt_buf *out);

/* The entries of a catalog as rows under a head. */
void ckpt_entries_table(struct ckpt_cmd *cmd, const struct ckpt_catalog *c, struct ckpt_buf *out);

#endif
