/* racer_victim.c - whoever works on the root meanwhile */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/name.h"
#include "ckptfs/archive.h"
#include "engine/catalog.h"
#include "racer.h"

#define N(array) (sizeof(array) / sizeof(*(array)))
#define OPS 64

struct victim {
	struct world *w;
	struct tally *t;
	struct ckpt_store *store, *archive, *far;
	int last[OPS]; /* what became of each operation the time before */
	char buf[4 * BATCH_SIZE];
};

static void strange(struct victim *v, const char *what, const char *more)
{
	if (v->t->strange++ == 0)
		snprintf(v->t->first, sizeof(v->t->first), "%s: %.1000s", what, more);
}

/* What was read: none of it may come from outside. */
static void saw(struct victim *v, const void *data, size_t len, const char *what)
{
	v->t->bytes += len;
	if (len && memchr(data, CANARY, len)) {
		if (v->t->from_outside++ == 0 && !v->t->first[0])
			snprintf(v->t->first, sizeof(v->t->first), "bytes from outside: %s", what);
	}
}

/* What became of operation op.  The same op twice with two results: somebody
 * was in between. */
static bool note(struct victim *v, unsigned op, const char *what, long rc, const struct ckpt_err *e)
{
	int code = rc < 0 ? (int)-rc : 0;

	if (code >= ERRNOS)
		strange(v, what, "its code is no errno");
	else if (code)
		v->t->failed[code]++;
	else
		v->t->ok++;
	if (code && (e->code != code || !e->msg[0]))
		strange(v, what, "an error without a sentence");
	if (code)
		saw(v, e->msg, strlen(e->msg), e->msg);
	v->t->flips += v->last[op] != code;
	v->last[op] = code;
	return code == 0;
}

struct victim *victim_new(struct world *w, struct tally *t)
{
	struct victim *v = calloc(1, sizeof(*v));
	struct ckpt_err e;

	if (!v || ckpt_store_open_posix(w->root, &v->store, &e) ||
	    ckpt_store_open_posix(w->archive, &v->archive, &e) || ckpt_store_open_posix(w->far, &v->far, &e))
		die("cannot open", w->root);
	v->w = w;
	v->t = t;
	return v;
}

void victim_free(struct victim *v)
{
	ckpt_store_free(v->store);
	ckpt_store_free(v->archive);
	ckpt_store_free(v->far);
	free(v);
}

/* --- by the store ------------------------------------------------------- */

struct listed {
	struct victim *v;
	unsigned n;
};

static int saw_name(void *ctx, const char *name, const struct ckpt_stat *st)
{
	struct listed *l = ctx;

	(void)st;
	l->n++;
	saw(l->v, name, strlen(name), "a name");
	return 0;
}

static void look(struct victim *v, unsigned op, const char *dir, const char *name)
{
	struct ckpt_err e = { 0 };
	struct ckpt_stat st;
	struct ckpt_file *f;
	struct ckpt_blob blob;

	if (note(v, op, "stat", ckpt_store_stat(v->store, dir, name, &st, &e), &e) && st.nlink > 1)
		v->t->links += st.kind == CKPT_KIND_FILE;
	if (note(v, op + 1, "open", ckpt_store_open(v->store, dir, name, &f, &e), &e)) {
		ssize_t n = ckpt_file_pread(f, v->buf, sizeof(v->buf), 0, &e);

		if (note(v, op + 2, "pread", n < 0 ? n : 0, &e)) {
			saw(v, v->buf, (size_t)n, name);
			v->t->shorts += strcmp(name, v->w->batch) == 0 && n < BATCH_SIZE;
		}
		if (note(v, op + 4, "fstat", ckpt_file_stat(f, &st, &e), &e) && st.kind != CKPT_KIND_FILE)
			strange(v, "open", "what is open is no regular file");
		/* By the descriptor, as splice has it. */
		n = pread(ckpt_file_fd(f), v->buf, sizeof(v->buf), 0);
		saw(v, v->buf, n > 0 ? (size_t)n : 0, name);
		ckpt_file_close(f);
	}
	if (note(v, op + 3, "read whole", ckpt_store_read(v->store, dir, name, 1 << 20, &blob, &e), &e))
		saw(v, blob.data, blob.len, name);
	free(blob.data);
}

static void look_at_dir(struct victim *v, unsigned op, const char *dir)
{
	struct listed l = { v, 0 };
	struct ckpt_err e = { 0 };
	struct ckpt_tree tree;
	struct ckpt_lease *lease;

	note(v, op, "list", ckpt_store_list(v->store, dir, op % 2, saw_name, &l, &e), &e);
	if (!dir)
		return;
	note(v, op + 1, "measure", ckpt_store_measure(v->store, dir, &tree, &e), &e);
	if (note(v, op + 2, "lease", ckpt_store_lease(v->store, dir, CKPT_LEASE_SHARED, &lease, &e), &e))
		ckpt_lease_release(lease);
	note(v, op + 3, "sync_dir", ckpt_store_sync_dir(v->store, dir, &e), &e);
}

/* A tree that is written and removed. */
static void change_tree(struct victim *v, unsigned op)
{
	struct ckpt_err e = { 0 };
	char text[40] = "of the root";

	note(v, op, "mkdir", ckpt_store_mkdir(v->store, TREE, &e), &e);
	note(v, op + 1, "write", ckpt_store_write(v->store, TREE, "file", text, strlen(text), &e), &e);
	note(v, op + 2, "write", ckpt_store_write(v->store, TREE, "sub", text, strlen(text), &e), &e);
	note(v, op + 3, "remove", ckpt_store_remove(v->store, TREE, "file", &e), &e);
	note(v, op + 4, "write", ckpt_store_write(v->store, TREE, "file", text, strlen(text), &e), &e);
	for (unsigned i = 0; i < 3; i++)
		note(v, op + 5, "remove_tree", ckpt_store_remove_tree(v->store, TREE, 1000, &e), &e);
}

static void change_names(struct victim *v, unsigned op)
{
	struct ckpt_err e = { 0 };
	struct ckpt_lock *lock;
	enum ckpt_adopted how;

	if (note(v, op, "lock", ckpt_store_lock(v->store, &lock, NULL, &e), &e))
		ckpt_lock_release(lock);
	note(v, op + 1, "write", ckpt_store_write(v->store, NULL, "gone.feldera", "of the root", 11, &e), &e);
	note(v, op + 2, "sync_file", ckpt_store_sync_file(v->store, NULL, "gone.feldera", &e), &e);
	note(v, op + 3, "remove", ckpt_store_remove(v->store, NULL, "gone.feldera", &e), &e);
	/* What is taken over to the archives must not come from outside either. */
	if (note(v, op + 4, "adopt",
		 ckpt_store_adopt(v->archive, NULL, "adopted", v->store, NULL, v->w->batch, false, &how, &e),
		 &e))
		ckpt_store_remove(v->archive, NULL, "adopted", NULL);
	if (note(v, op + 5, "adopt",
		 ckpt_store_adopt(v->far, NULL, "adopted", v->store, v->w->uuid[1], STATE_FILE, false, &how,
				  &e),
		 &e)) {
		struct ckpt_blob blob;

		if (!ckpt_store_read(v->far, NULL, "adopted", 1 << 20, &blob, NULL))
			saw(v, blob.data, blob.len, "adopted");
		free(blob.data);
		ckpt_store_remove(v->far, NULL, "adopted", NULL);
	}
}

void victim_store_round(struct victim *v, unsigned i)
{
	switch (i % 5) {
	case 0:
		look(v, 0, NULL, v->w->batch);
		look(v, 5, v->w->uuid[1], STATE_FILE);
		look_at_dir(v, 10, v->w->uuid[0]);
		break;
	case 1:
	case 3:
		change_tree(v, 14);
		break;
	case 2:
		change_names(v, 20);
		look_at_dir(v, 26, NULL);
		break;
	default:
		look(v, 30, v->w->uuid[0], CKPT_DEPENDENCIES);
		look(v, 35, NULL, CKPT_CATALOG);
		look_at_dir(v, 41, v->w->uuid[1]);
	}
}

/* --- by the engine ------------------------------------------------------ */

static void check_catalog(struct victim *v, struct ckpt_root *root)
{
	struct ckpt_catalog *c = ckpt_root_catalog(root);

	for (size_t i = 0; i < c->n; i++)
		if (c->entry[i]->identifier)
			v->t->from_outside++;
}

static void archive_to(struct victim *v, unsigned op, struct ckpt_root *root, struct ckpt_store *to)
{
	struct ckpt_archive_opts o = { .all = true };
	struct ckpt_archived out = { 0 };
	struct ckpt_root *archive;
	struct ckpt_err e = { 0 };

	if (!note(v, op, "archive", ckpt_root_open(to, NULL, &archive, &e), &e))
		return;
	if (note(v, op + 1, "archive", ckpt_archive(root, archive, &o, &out, &e), &e))
		v->t->engine_ok += out.n_added > 0;
	for (size_t i = 0; i < out.n_skipped; i++)
		saw(v, out.skipped[i].why, strlen(out.skipped[i].why), "why it was skipped");
	ckpt_archived_release(&out);
	ckpt_root_free(archive);
}

/* Those that are attacked, as far as they are there. */
static size_t attacked(struct victim *v, struct ckpt_root *root, struct ckpt_uuid *uuid)
{
	size_t n = 0;

	for (unsigned i = 0; i < 2; i++)
		if (ckpt_uuid_parse(v->w->uuid[i], &uuid[n]) &&
		    ckpt_catalog_find(ckpt_root_catalog(root), &uuid[n]) >= 0)
			n++;
	return n;
}

/* Every fourth time the attacked checkpoints go, too. */
static void prune(struct victim *v, unsigned op, struct ckpt_root *root, bool all)
{
	struct ckpt_uuid keep[2];
	struct ckpt_plan plan = CKPT_PLAN_INIT;
	struct ckpt_gc_opts o = { .except = keep, .n_except = all ? 0 : attacked(v, root, keep) };
	struct ckpt_commit_opts c = { 0 };
	struct ckpt_err e = { 0 };

	v->t->engine_ok += note(v, op, "commit", ckpt_commit(root, &c, NULL, &e), &e);
	if (note(v, op + 1, "gc", ckpt_gc(root, &o, &plan, &e), &e))
		v->t->engine_ok += plan.n_removed > 0;
	ckpt_plan_release(&plan);
	plan = (struct ckpt_plan)CKPT_PLAN_INIT;
	/* Something to remove: a directory that nobody knows, with what is in it. */
	ckpt_store_mkdir(v->store, TREE, NULL);
	ckpt_store_write(v->store, TREE, "file", "x", 1, NULL);
	ckpt_store_write(v->store, NULL, "gone.feldera", "x", 1, NULL);
	if (note(v, op + 2, "sweep", ckpt_sweep(root, false, &plan, &e), &e))
		v->t->engine_ok += plan.n_items > 0;
	ckpt_plan_release(&plan);
}

void victim_engine_round(struct victim *v, unsigned i)
{
	struct ckpt_problems problems = { 0 };
	struct ckpt_root *root;
	struct ckpt_err e = { 0 };

	if (!note(v, 45, "open the root", ckpt_root_open(v->store, NULL, &root, &e), &e))
		return;
	check_catalog(v, root);
	note(v, 46, "verify", ckpt_verify(root, NULL, 0, NULL, &problems, &e), &e);
	for (size_t p = 0; p < problems.n; p++)
		saw(v, problems.problem[p].what, strlen(problems.problem[p].what), "a problem's sentence");
	ckpt_problems_release(&problems);
	archive_to(v, i % 2 ? 47 : 49, root, i % 2 ? v->archive : v->far);
	prune(v, 51, root, i % 4 == 3);
	check_catalog(v, root);
	ckpt_root_free(root);
}
