#include "tests/faults_world.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fixture.h"

#define ROOT 0
#define SOURCE 1

/* --- roots in memory ------------------------------------------------------ */

static struct ckpt_mem *mem[2];

static struct ckpt_store *open_mem(void *ctx, int n)
{
	(void)ctx;
	if (!mem[n])
		mem[n] = ckpt_mem_new();
	return in_memory(mem[n]);
}

static void clear_mem(void *ctx)
{
	(void)ctx;
	for (int n = 0; n < 2; n++) {
		ckpt_mem_free(mem[n]);
		mem[n] = NULL;
	}
}

struct faults_place faults_place_mem(void)
{
	return (struct faults_place){ open_mem, clear_mem, NULL };
}

/* --- what lies in a root --------------------------------------------------- */

void faults_lines(struct ckpt_store *s, struct ckpt_names *out)
{
	struct ckpt_buf text = CKPT_BUF_INIT;
	char *line, *save;

	snapshot(s, &text);
	for (line = text.len ? strtok_r(text.data, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save))
		ckpt_names_add(out, line, strlen(line));
	ck_assert(ckpt_names_seal(out));
	ckpt_buf_release(&text);
}

bool faults_same(const struct ckpt_names *a, const struct ckpt_names *b)
{
	bool all = a->n == b->n;

	for (size_t i = 0; all && i < a->n; i++)
		all = !strcmp(ckpt_names_at(a, i), ckpt_names_at(b, i));
	return all;
}

static void open_plain(struct faults *f)
{
	f->place.clear(f->place.ctx);
	f->plain = f->place.open(f->place.ctx, ROOT);
	f->plain_source = f->place.open(f->place.ctx, SOURCE);
}

static void close_plain(struct faults *f)
{
	ckpt_store_free(f->plain);
	ckpt_store_free(f->plain_source);
	f->plain = f->plain_source = NULL;
}

/* --- the same beginning for each run ------------------------------------------ */

struct copying {
	struct ckpt_store *from, *to;
	const char *dir;
};

static int copy_name(void *ctx, const char *name, const struct ckpt_stat *st)
{
	struct copying *c = ctx, below = { c->from, c->to, name };
	struct ckpt_blob blob;
	struct ckpt_err e;

	int rc;

	/* No assertion for each: Check writes those down. */
	if (st->kind == CKPT_KIND_DIR) {
		rc = ckpt_store_mkdir(c->to, name, &e);
		return rc ? rc : ckpt_store_list(c->from, name, false, copy_name, &below, NULL);
	}
	rc = ckpt_store_read(c->from, c->dir, name, 1 << 20, &blob, &e);
	if (!rc)
		rc = ckpt_store_write(c->to, c->dir, name, blob.data, blob.len, &e);
	free(blob.data);
	return rc;
}

static void copy_all(struct ckpt_mem *made, struct ckpt_store *to)
{
	struct copying c = { .from = in_memory(made), .to = to };
	struct ckpt_err e;

	ok(ckpt_store_list(c.from, NULL, false, copy_name, &c, &e), &e);
	ckpt_store_free(c.from);
}

static struct ckpt_mem *make(void (*prepare)(struct ckpt_store *s))
{
	struct ckpt_mem *m = ckpt_mem_new();
	struct ckpt_store *s = in_memory(m);

	if (prepare)
		prepare(s);
	ckpt_store_free(s);
	return m;
}

void faults_begin(struct faults *f)
{
	/* Judged to be as it was. */
	if (f->plain && f->command->reads)
		return;
	if (f->plain)
		close_plain(f);
	open_plain(f);
	copy_all(f->made, f->plain);
	copy_all(f->made_source, f->plain_source);
}

/* --- the undisturbed run --------------------------------------------------- */

int faults_run_plain(struct faults *f, struct ckpt_buf *text, struct ckpt_err *err)
{
	return faults_run(f->command, f->plain, f->plain_source, text, err);
}

void faults_sweep(struct faults *f, struct ckpt_names *out)
{
	struct ckpt_plan plan = CKPT_PLAN_INIT;
	struct ckpt_root *root;
	struct ckpt_err e;

	ok(ckpt_root_open(f->plain, NULL, &root, &e), &e);
	ok(ckpt_sweep(root, false, &plan, &e), &e);
	ck_assert_uint_eq(plan.n_missing, 0);
	ckpt_plan_release(&plan);
	ckpt_root_free(root);
	faults_lines(f->plain, out);
}

void faults_init(struct faults *f, const struct faults_command *c, struct faults_place place)
{
	struct ckpt_err e;

	memset(f, 0, sizeof(*f));
	f->command = c;
	f->place = place;
	f->made = make(c->prepare);
	f->made_source = make(c->source);
	faults_begin(f);
	faults_lines(f->plain, &f->before);
	ck_assert_msg(!faults_run_plain(f, &f->right, &e), "%s fails without any reason: %s", c->line, e.msg);
	faults_lines(f->plain, &f->after);
	ck_assert(!c->reads || faults_same(&f->before, &f->after));
	if (!c->reads)
		faults_sweep(f, &f->swept);
}

void faults_release(struct faults *f)
{
	if (f->plain)
		close_plain(f);
	f->place.clear(f->place.ctx);
	ckpt_mem_free(f->made);
	ckpt_mem_free(f->made_source);
	ckpt_names_release(&f->before);
	ckpt_names_release(&f->after);
	ckpt_names_release(&f->swept);
	ckpt_buf_release(&f->right);
}
