#include "tests/store_fault_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct ckpt_store *inner(struct ckpt_store *s)
{
	return fault_self(s)->inner;
}

static bool befalls(int code, enum fault_act act)
{
	switch (code) {
	case EUCLEAN:
		return act == FAULT_REPLACE;
	case ENOSPC:
	case EDQUOT:
	case EROFS:
		return act != FAULT_LOOK;
	default:
		return true;
	}
}

static int fail(struct ckpt_store *s, const char *what, const char *dir, const char *name,
		struct ckpt_err *err)
{
	struct fault *f = fault_self(s)->fault;
	struct ckpt_err e;

	f->hits++;
	ckpt_fail_errno(&e, f->code, "cannot %s %s%s%s%s%s", what, ckpt_store_label(s), dir ? "/" : "",
			dir ? dir : "", name ? "/" : "", name ? name : "");
	memcpy(f->last, e.msg, sizeof(f->last));
	if (err)
		*err = e;
	return -f->code;
}

static bool is_asked(struct ckpt_store *s, enum fault_act act)
{
	struct fault *f = fault_self(s)->fault;

	if (!befalls(f->code, act))
		return false;
	f->asked++;
	return f->ask_at && (f->for_good ? f->asked >= f->ask_at : f->asked == f->ask_at);
}

int fault_hit(struct ckpt_store *s, enum fault_act act, const char *what, const char *dir, const char *name,
	      struct ckpt_err *err)
{
	struct fault *f = fault_self(s)->fault;
	bool now = is_asked(s, act);

	if (f->next && f->hits) {
		f->code = f->next;
		f->next = 0;
		now = true;
	}
	if (act != FAULT_LOOK)
		now |= ++f->done == f->fail_at;
	return now ? fail(s, what, dir, name, err) : 0;
}

static int opened(struct ckpt_store *s, int rc)
{
	fault_self(s)->fault->open += !rc;
	return rc;
}

static void look(struct ckpt_store *s, const char *dir)
{
	struct fault *f = fault_self(s)->fault;

	if (dir && ++f->looks == f->at_look)
		f->meanwhile();
}

static void f_free(struct ckpt_store *s)
{
	ckpt_store_free(inner(s));
	free(s);
}

static int f_stat(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_stat *st,
		  struct ckpt_err *err)
{
	int rc;

	look(s, dir);
	rc = fault_hit(s, FAULT_LOOK, "look at", dir, name, err);
	return rc ? rc : inner(s)->ops->stat(inner(s), dir, name, st, err);
}

struct listing {
	struct ckpt_store *s;
	const char *dir;
	ckpt_list_fn *fn;
	void *ctx;
	struct ckpt_err *err;
	size_t n;
};

static int f_list_name(void *ctx, const char *name, const struct ckpt_stat *st)
{
	struct listing *l = ctx;
	int rc = l->n++ == 1 ? fault_hit(l->s, FAULT_LOOK, "list", l->dir, NULL, l->err) : 0;

	return rc ? rc : l->fn(l->ctx, name, st);
}

static int f_list(struct ckpt_store *s, const char *dir, bool with_stat, ckpt_list_fn *fn, void *ctx,
		  struct ckpt_err *err)
{
	struct listing l = { s, dir, fn, ctx, err, 0 };
	int rc;

	look(s, dir);
	rc = fault_hit(s, FAULT_LOOK, "list", dir, NULL, err);
	return rc ? rc : inner(s)->ops->list(inner(s), dir, with_stat, f_list_name, &l, err);
}

static int f_numbers(struct ckpt_store *s, size_t max, ckpt_number_fn *fn, void *ctx, struct ckpt_err *err)
{
	int rc = fault_hit(s, FAULT_LOOK, "list", NULL, NULL, err);

	return rc ? rc : inner(s)->ops->numbers(inner(s), max, fn, ctx, err);
}

static int f_open(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_file **out,
		  struct ckpt_stat *st, struct ckpt_err *err)
{
	int rc;

	look(s, dir);
	rc = fault_hit(s, FAULT_LOOK, "open", dir, name, err);
	return opened(s, rc ? rc : inner(s)->ops->open(inner(s), dir, name, out, st, err));
}

static int f_space(struct ckpt_store *s, struct ckpt_space *out, struct ckpt_err *err)
{
	int rc = fault_hit(s, FAULT_LOOK, "ask for the space of", NULL, NULL, err);

	return rc ? rc : inner(s)->ops->space(inner(s), out, err);
}

static int f_create(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_writer **out,
		    struct ckpt_err *err)
{
	int rc = fault_hit(s, FAULT_WRITE, "create", dir, name, err);

	return opened(s, rc ? rc : inner(s)->ops->create(inner(s), dir, name, out, err));
}

/* EUCLEAN says that the new content may be visible. */
static int f_replace(struct ckpt_store *s, const char *name, const void *data, size_t len,
		     const struct ckpt_version *expect, struct ckpt_err *err)
{
	int rc = fault_hit(s, FAULT_REPLACE, "replace", NULL, name, err);

	if (!rc || rc == -EUCLEAN) {
		int rc2 = inner(s)->ops->replace(inner(s), name, data, len, expect, rc ? NULL : err);

		rc = rc ? rc : rc2;
	}
	return rc;
}

static int f_mkdir(struct ckpt_store *s, const char *dir, struct ckpt_err *err)
{
	int rc = fault_hit(s, FAULT_WRITE, "make the directory", dir, NULL, err);

	return rc ? rc : inner(s)->ops->mkdir(inner(s), dir, err);
}

static int f_adopt(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_file *from,
		   bool durable, enum ckpt_adopted *how, struct ckpt_err *err)
{
	int rc = fault_hit(s, FAULT_WRITE, "adopt", dir, name, err);

	return rc ? rc : inner(s)->ops->adopt(inner(s), dir, name, from, durable, how, err);
}

static int f_sync_file(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err)
{
	int rc = fault_hit(s, FAULT_WRITE, "sync", dir, name, err);

	fault_self(s)->fault->syncs++;
	return rc ? rc : inner(s)->ops->sync_file(inner(s), dir, name, err);
}

static int f_sync_dir(struct ckpt_store *s, const char *dir, struct ckpt_err *err)
{
	int rc = fault_hit(s, FAULT_WRITE, "sync the directory", dir, NULL, err);

	fault_self(s)->fault->syncs++;
	return rc ? rc : inner(s)->ops->sync_dir(inner(s), dir, err);
}

static int f_sync_all(struct ckpt_store *s, size_t n, int begun, ckpt_stop_fn *stop, void *ctx,
		      struct ckpt_err *err)
{
	int rc = fault_hit(s, FAULT_WRITE, "sync all of", NULL, NULL, err);

	fault_self(s)->fault->syncs++;
	if (rc && begun >= 0)
		close(begun);
	return rc ? rc : inner(s)->ops->sync_all(inner(s), n, begun, stop, ctx, err);
}

static int f_sync_ready(struct ckpt_store *s)
{
	return ckpt_store_sync_ready(inner(s));
}

static int f_remove(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err)
{
	int rc = fault_hit(s, FAULT_REMOVE, "remove", dir, name, err);

	return rc ? rc : inner(s)->ops->remove(inner(s), dir, name, err);
}

static int f_measure(struct ckpt_store *s, const char *dir, struct ckpt_tree *out, struct ckpt_err *err)
{
	int rc;

	look(s, dir);
	rc = fault_hit(s, FAULT_LOOK, "measure", dir, NULL, err);
	return rc ? rc : inner(s)->ops->measure(inner(s), dir, out, err);
}

static int f_remove_tree(struct ckpt_store *s, const char *dir, uint64_t max, struct ckpt_err *err)
{
	int rc = fault_hit(s, FAULT_REMOVE, "remove the directory", dir, NULL, err);

	return rc ? rc : inner(s)->ops->remove_tree(inner(s), dir, max, err);
}

/* Writes the holder's pid, but is none of the changes that are counted. */
static int f_lock(struct ckpt_store *s, struct ckpt_lock **out, long *holder, struct ckpt_err *err)
{
	int rc = is_asked(s, FAULT_WRITE) ? fail(s, "lock", NULL, NULL, err) : 0;

	fault_self(s)->fault->locks++;
	return opened(s, rc ? rc : inner(s)->ops->lock(inner(s), out, holder, err));
}

static int f_lease(struct ckpt_store *s, const char *dir, enum ckpt_lease_mode mode, struct ckpt_lease **out,
		   struct ckpt_err *err)
{
	int rc = fault_hit(s, FAULT_LOOK, "lease", dir, NULL, err);

	if (!rc)
		rc = inner(s)->ops->lease(inner(s), dir, mode, out, err);
	fault_self(s)->fault->open += !rc && *out;
	return rc;
}

static int f_watch(struct ckpt_store *s, struct ckpt_watch **out, struct ckpt_err *err)
{
	int rc = fault_hit(s, FAULT_LOOK, "watch", NULL, NULL, err);

	return opened(s, rc ? rc : inner(s)->ops->watch(inner(s), out, err));
}

static struct ckpt_store_ops fault_ops = {
	.type = "fault",
	.free = f_free,
	.stat = f_stat,
	.list = f_list,
	.numbers = f_numbers,
	.open = f_open,
	.space = f_space,
	.create = f_create,
	.replace = f_replace,
	.mkdir = f_mkdir,
	.adopt = f_adopt,
	.sync_file = f_sync_file,
	.sync_dir = f_sync_dir,
	.sync_all = f_sync_all,
	.sync_ready = f_sync_ready,
	.remove = f_remove,
	.measure = f_measure,
	.remove_tree = f_remove_tree,
	.lock = f_lock,
	.lease = f_lease,
	.watch = f_watch,
};

struct ckpt_store *store_fault_new(struct ckpt_store *in, struct fault *f)
{
	struct fault_store *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	fault_handles(&fault_ops);
	s->base.ops = &fault_ops;
	s->base.label = strdup(ckpt_store_label(in));
	s->inner = in;
	s->fault = f;
	return &s->base;
}
