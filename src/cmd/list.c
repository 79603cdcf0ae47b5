#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/columns.h"
#include "cmd/jsonout.h"
#include "cmd/pins.h"
#include "engine/glob.h"

static const struct ckpt_opt_spec opts[] = {
	{ .name = "long",
	  .letter = 'l',
	  .kind = CKPT_OPT_FLAG,
	  .help = "look at every file: state, batches, bytes" },
	{ .name = "columns",
	  .letter = 'o',
	  .kind = CKPT_OPT_TEXT,
	  .value = "NAME,...",
	  .help = "show these columns (see ckptfs(1)): uuid,age,marks" },
	{ .name = "sort",
	  .kind = CKPT_OPT_TEXT,
	  .value = "COLUMN",
	  .help = "sort by a column, instead of oldest first" },
	{ .name = "reverse", .letter = 'r', .kind = CKPT_OPT_FLAG, .help = "the last one first" },
	{ .name = "identifier",
	  .kind = CKPT_OPT_TEXT,
	  .repeat = true,
	  .value = "GLOB",
	  .help = "only those whose identifier matches" },
	{ .name = "no-header", .kind = CKPT_OPT_FLAG, .help = "no line with the names of the columns" },
	{ 0 },
};

static const struct ckpt_column *sorted_by(const struct ckpt_args *args)
{
	const struct ckpt_opt *o = ckpt_args_opt(args, "sort");

	return o ? ckpt_column_find(o->text, strlen(o->text)) : NULL;
}

static int check(const struct ckpt_args *args, struct ckpt_err *err)
{
	const struct ckpt_opt *columns = ckpt_args_opt(args, "columns"), *sort = ckpt_args_opt(args, "sort");
	struct ckpt_columns c;
	int rc = columns ? ckpt_columns_parse(columns->text, &c, err) : 0;

	/* For its sentence: a list of columns may be a list of one, but not to
	 * sort by. */
	if (rc == 0 && sort && !sorted_by(args))
		rc = ckpt_columns_parse(sort->text, &c, err);
	if (rc == 0 && sort && !sorted_by(args))
		rc = ckpt_fail(err, EINVAL, "list: --sort '%s' takes one column", sort->text);
	if (rc == 0 && columns && args->json)
		rc = ckpt_fail(err, EINVAL, "list: --columns and --json contradict each other: JSON has all");
	return rc;
}

/* What is shown, and what was looked up for it. */
struct list {
	struct ckpt_cmd *cmd;
	const struct ckpt_args *args;
	struct ckpt_catalog *catalog;
	struct ckpt_resume resume;
	struct ckpt_marks marks;
	struct ckpt_more *more; /* one for each row */
	struct ckpt_row *row;
	size_t n;
	struct ckpt_columns columns; /* those that were asked for; n 0: none */
	bool is_long;
};

static void release(struct list *l)
{
	ckpt_marks_release(&l->marks);
	free(l->more);
	free(l->row);
}

/* --- which -------------------------------------------------------------------- */

static bool is_wanted(const struct ckpt_args *args, const struct ckpt_entry *e)
{
	bool asked = false;

	for (size_t i = 0; i < args->n_opt; i++) {
		if (strcmp(args->opt[i].spec->name, "identifier") != 0)
			continue;
		asked = true;
		if (e->identifier && ckpt_glob_match(args->opt[i].text, e->identifier, e->identifier_len))
			return true;
	}
	return !asked;
}

static int choose(struct list *l, struct ckpt_err *err)
{
	const struct ckpt_catalog *c = l->catalog;

	l->row = calloc(c->n + 1, sizeof(*l->row));
	if (!l->row)
		return ckpt_fail_nomem(err);
	for (size_t i = 0; i < c->n; i++)
		if (is_wanted(l->args, c->entry[i]))
			l->row[l->n++] =
				(struct ckpt_row){ .entry = c->entry[i],
						   .nth = i,
						   .ms = ckpt_time_ms(l->cmd->store, &c->entry[i]->uuid),
						   .now_ms = ckpt_cmd_now_ms(l->cmd) };
	return 0;
}

/* --- looking ------------------------------------------------------------------ */

static unsigned needs(const struct list *l)
{
	const struct ckpt_column *sort = sorted_by(l->args);
	unsigned n = ckpt_columns_need(&l->columns) | (sort ? sort->needs : 0);

	if (l->is_long)
		n |= CKPT_NEEDS_FILES;
	/* Where nothing else is asked for, they are shown if there are any. */
	if (!l->columns.n && (l->is_long || !l->args->json))
		n |= CKPT_NEEDS_MARKS;
	return n;
}

static int look_at_files(struct list *l, const struct ckpt_resume *resume, struct ckpt_err *err)
{
	const struct ckpt_env *env = &l->cmd->env;
	int rc = 0;

	l->more = calloc(l->n + 1, sizeof(*l->more));
	if (!l->more)
		return ckpt_fail_nomem(err);
	for (size_t i = 0; rc == 0 && i < l->n; i++) {
		if (env->stop && env->stop(env->ctx))
			return ckpt_fail(err, EINTR, "%s: interrupted while looking at the checkpoints",
					 ckpt_store_label(l->cmd->store));
		if (env->progress)
			env->progress(env->ctx, "checkpoints looked at", i, l->n);
		rc = ckpt_more_read(l->cmd, l->catalog, resume, l->row[i].nth, &l->more[i], err);
		l->row[i].more = &l->more[i];
	}
	return rc;
}

static int look(struct list *l, struct ckpt_err *err)
{
	const unsigned need = needs(l);
	const struct ckpt_resume *resume = need ? ckpt_more_resume(l->cmd, &l->resume) : NULL;
	int rc = 0;

	if (need & CKPT_NEEDS_MARKS)
		rc = ckpt_marks_read(l->cmd, l->catalog, resume, &l->marks, err);
	for (size_t i = 0; rc == 0 && need & CKPT_NEEDS_MARKS && i < l->n; i++)
		l->row[i].marks = &l->marks;
	if (rc == 0 && need & CKPT_NEEDS_FILES)
		rc = look_at_files(l, resume, err);
	return rc;
}

/* --- in which order ------------------------------------------------------------ */

static int by_column(const void *a, const void *b, void *column)
{
	const struct ckpt_row *x = a, *y = b;
	int order = ((const struct ckpt_column *)column)->cmp(x, y);

	return order ? order : x->nth < y->nth ? -1 : x->nth > y->nth;
}

static void sort(struct list *l)
{
	const struct ckpt_column *column = sorted_by(l->args);
	struct ckpt_row other;

	if (column && l->n)
		qsort_r(l->row, l->n, sizeof(*l->row), by_column, (void *)(uintptr_t)column);
	for (size_t i = 0; ckpt_args_has(l->args, "reverse") && i < l->n / 2; i++) {
		other = l->row[i];
		l->row[i] = l->row[l->n - 1 - i];
		l->row[l->n - 1 - i] = other;
	}
}

/* --- printing ------------------------------------------------------------------ */

static void print_json(struct list *l)
{
	struct ckpt_buf *out = &l->cmd->out;

	ckpt_jo_open(out, NULL, '{');
	ckpt_jo_open(out, "checkpoints", '[');
	for (size_t i = 0; i < l->n; i++) {
		const struct ckpt_row *r = &l->row[i];

		ckpt_entry_json(l->cmd, r->entry, l->is_long ? r->more : NULL, l->is_long ? r->marks : NULL,
				r->marks ? r->marks->mark[r->nth] : 0, out);
	}
	ckpt_jo_close(out, ']');
	ckpt_jo_close(out, '}');
}

static void print_text(struct list *l)
{
	const bool head = !ckpt_args_has(l->args, "no-header"), asked = l->columns.n;

	if (l->n == 0 && head) {
		ckpt_buf_adds(&l->cmd->out,
			      l->catalog->n ? "no checkpoint has such an identifier\n" : "no checkpoints\n");
		return;
	}
	if (!asked)
		ckpt_columns_choose(l->row, l->n, l->is_long, &l->columns);
	ckpt_columns_print(&l->columns, l->row, l->n, head, !asked, l->cmd->room, &l->cmd->out);
}

/* Reading a root whose catalog was lost shows nothing, and must not look as if
 * there were nothing. */
static void warn_if_lost(struct ckpt_cmd *cmd, const struct ckpt_catalog *c)
{
	struct ckpt_err err = { 0 };

	if (ckpt_catalog_lost(cmd->store, c, NULL, &err) != 0)
		ckpt_cmd_warn(cmd, "%s", err.msg);
}

static int run(struct ckpt_cmd *cmd, const struct ckpt_args *args, struct ckpt_err *err)
{
	struct list l = { .cmd = cmd,
			  .args = args,
			  .catalog = ckpt_root_catalog(cmd->root),
			  .is_long = ckpt_args_has(args, "long") };
	const struct ckpt_opt *columns = ckpt_args_opt(args, "columns");
	int rc = columns ? ckpt_columns_parse(columns->text, &l.columns, err) : 0;

	warn_if_lost(cmd, l.catalog);
	if (rc == 0)
		rc = choose(&l, err);
	if (rc == 0)
		rc = look(&l, err);
	if (rc == 0) {
		sort(&l);
		if (args->json)
			print_json(&l);
		else
			print_text(&l);
	}
	release(&l);
	return rc;
}

const struct ckpt_verb ckpt_verb_list = {
	.name = "list",
	.operands = "",
	.summary = "list the checkpoints, oldest first",
	.example = "list /data --columns uuid,age,steps,marks,identifier --sort age",
	.opts = opts,
	.check = check,
	.run = run,
};
