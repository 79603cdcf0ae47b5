#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/columns.h"
#include "cmd/pins.h"

/* --- which ------------------------------------------------------------------ */

static int unknown(const char *name, size_t len, struct ckpt_err *err)
{
	struct ckpt_buf names = CKPT_BUF_INIT;
	int rc;

	ckpt_columns_names(&names);
	rc = names.failed ? ckpt_fail_nomem(err)
			  : ckpt_fail(err, EINVAL, "list: there is no column '%.*s'; there are %s", (int)len,
				      name, names.data);
	ckpt_buf_release(&names);
	return rc;
}

int ckpt_columns_parse(const char *list, struct ckpt_columns *out, struct ckpt_err *err)
{
	const struct ckpt_column *column;
	const char *end;

	*out = (struct ckpt_columns){ .n = 0 };
	for (;; list = end + 1) {
		end = strchrnul(list, ',');
		column = ckpt_column_find(list, (size_t)(end - list));
		if (!column)
			return unknown(list, end - list < 64 ? (size_t)(end - list) : 64, err);
		if (out->n == CKPT_TABLE_COLUMNS)
			return ckpt_fail(err, EINVAL, "list: more than %d columns are asked for",
					 CKPT_TABLE_COLUMNS);
		out->column[out->n++] = column;
		if (!*end)
			return 0;
	}
}

unsigned ckpt_columns_need(const struct ckpt_columns *c)
{
	unsigned needs = 0;

	for (size_t i = 0; i < c->n; i++)
		needs |= c->column[i]->needs;
	return needs;
}

static void add(struct ckpt_columns *c, const char *name)
{
	c->column[c->n++] = ckpt_column_find(name, strlen(name));
}

void ckpt_columns_choose(const struct ckpt_row *row, size_t n, bool is_long, struct ckpt_columns *out)
{
	static const char *const brief[] = { "age", "size", NULL };
	static const char *const files[] = { "state", "batches", "batch_bytes", "state_bytes", NULL };
	bool differ = false, marked = false;

	for (size_t i = 0; i < n; i++) {
		differ |= row[i].entry->fingerprint != row[0].entry->fingerprint;
		marked |= ckpt_row_marks(&row[i]) != 0;
	}
	*out = (struct ckpt_columns){ .n = 0 };
	add(out, "uuid");
	add(out, "created");
	for (const char *const *name = is_long ? files : brief; *name; name++)
		add(out, *name);
	add(out, "steps");
	add(out, "records");
	if (differ)
		add(out, "fingerprint");
	if (marked)
		add(out, "marks");
	add(out, "identifier");
}

/* --- lines ------------------------------------------------------------------ */

static void fill(const struct ckpt_columns *c, const struct ckpt_row *row, size_t n, bool head,
		 struct ckpt_table *t)
{
	for (size_t k = 0; head && k < c->n; k++)
		ckpt_table_cell(t, "%s", c->column[k]->head);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < c->n; k++)
			c->column[k]->cell(t, &row[i]);
}

/* The date can be told from the age, and the rest is looked up by show. */
static bool drop_one(struct ckpt_columns *c)
{
	static const char *const first[] = { "size",	"state_bytes", "batch_bytes", "batches",
					     "created", "records",     "steps" };

	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++)
		for (size_t k = 0; k < c->n; k++)
			if (strcmp(c->column[k]->name, first[i]) == 0) {
				c->n--;
				memmove(&c->column[k], &c->column[k + 1], (c->n - k) * sizeof(c->column[0]));
				return true;
			}
	return false;
}

void ckpt_columns_print(const struct ckpt_columns *columns, const struct ckpt_row *row, size_t n, bool head,
			bool droppable, size_t room, struct ckpt_buf *out)
{
	struct ckpt_columns c = *columns;
	char align[CKPT_TABLE_COLUMNS + 1];
	struct ckpt_table t;

	for (;;) {
		for (size_t k = 0; k < c.n; k++)
			align[k] = c.column[k]->align;
		align[c.n] = '\0';
		ckpt_table_init(&t, align);
		t.room = room;
		fill(&c, row, n, head, &t);
		if (!droppable || !room || ckpt_table_width(&t) <= room || !drop_one(&c))
			break;
		ckpt_buf_release(&t.cells);
	}
	ckpt_table_end(&t, out);
}

void ckpt_entries_table(struct ckpt_cmd *cmd, const struct ckpt_catalog *c, struct ckpt_buf *out)
{
	struct ckpt_row *row = calloc(c->n + 1, sizeof(*row));
	struct ckpt_columns columns;

	for (size_t i = 0; row && i < c->n; i++)
		row[i] = (struct ckpt_row){ .entry = c->entry[i],
					    .nth = i,
					    .ms = ckpt_time_ms(cmd->store, &c->entry[i]->uuid),
					    .now_ms = ckpt_cmd_now_ms(cmd) };
	if (row) {
		ckpt_columns_choose(row, c->n, false, &columns);
		ckpt_columns_print(&columns, row, c->n, true, true, cmd->room, out);
	}
	out->failed |= !row;
	free(row);
}
