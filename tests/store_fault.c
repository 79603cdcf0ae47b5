#include "tests/store_fault.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct fault_store {
	struct ckpt_store base;
	struct ckpt_store *inner;
	struct fault *fault;
};

static struct fault_store *self(struct ckpt_store *s)
{
	return (struct fault_store *)s;
}

static struct ckpt_store *inner(struct ckpt_store *s)
{
	return self(s)->inner;
}

/* What an operation does, and so which failures can befall it. */
enum act { LOOK, WRITE, REMOVE, REPLACE };

static bool befalls(int code, enum act act)
{
	switch (code) {
	case EUCLEAN:
		return act == REPLACE;
	case ENOSPC:
	case EDQUOT:
	case EROFS:
		return act != LOOK;
	default:
		return true;
	}
}

static int fail(struct ckpt_store *s, const char *what, const char *dir, const char *name,
		struct ckpt_err *err)
{
	struct fault *f = self(s)->fault;
	struct ckpt_err e;

	f->hits++;
	ckpt_fail_errno(&e, f->code, "cannot %s %s%s%s%s%s", what, ckpt_store_label(s), dir ? "/" : "",
			dir ? dir : "", name ? "/" : "", name ? name : "");
	memcpy(f->last, e.msg, sizeof(f->last));
	if (err)
		*err = e;
	return -f->code;
}

static bool is_asked(struct ckpt_store *s, enum act act)
{
	struct fault *f = self(s)->fault;

	if (!befalls(f->code, act))
		return false;
	f->asked++;
	return f->ask_at && (f->for_good ? f->asked >= f->ask_at : f->asked == f->ask_at);
}

static int hit(struct ckpt_store *s, enum act act, const char *what, const char *dir, const char *name,
	       struct ckpt_err *err)
{
	struct fault *f = self(s)->fault;
	bool now = is_asked(s, act);

	if (act != LOOK)
		now |= ++f->done == f->fail_at;
	return now ? fail(s, what, dir, name, err) : 0;
}

static int opened(struct ckpt_store *s, int rc)
{
	self(s)->fault->open += !rc;
	return rc;
}

static void look(struct ckpt_store *s, const char *dir)
{
	struct fault *f = self(s)->fault;

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
	rc = hit(s, LOOK, "look at", dir, name, err);
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
	int rc = l->n++ == 1 ? hit(l->s, LOOK, "list", l->dir, NULL, l->err) : 0;

	return rc ? rc : l->fn(l->ctx, name, st);
}

static int f_list(struct ckpt_store *s, const char *dir, bool with_stat, ckpt_list_fn *fn, void *ctx,
		  struct ckpt_err *err)
{
	struct listing l = { s, dir, fn, ctx, err, 0 };
	int rc;

	look(s, dir);
	rc = hit(s, LOOK, "list", dir, NULL, err);
	return rc ? rc : inner(s)->ops->list(inner(s), dir, with_stat, f_list_name, &l, err);
}

static int f_numbers(struct ckpt_store *s, size_t max, ckpt_number_fn *fn, void *ctx, struct ckpt_err *err)
{
	int rc = hit(s, LOOK, "list", NULL, NULL, err);

	return rc ? rc : inner(s)->ops->numbers(inner(s), max, fn, ctx, err);
}

static int f_open(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_file **out,
		  struct ckpt_err *err)
{
	int rc;

	look(s, dir);
	rc = hit(s, LOOK, "open", dir, name, err);
	return opened(s, rc ? rc : inner(s)->ops->open(inner(s), dir, name, out, err));
}

static int f_space(struct ckpt_store *s, struct ckpt_space *out, struct ckpt_err *err)
{
	int rc = hit(s, LOOK, "ask for the space of", NULL, NULL, err);

	return rc ? rc : inner(s)->ops->space(inner(s), out, err);
}

/* The functions of the contract give every handle out as this store's; while one
 * works, it is its maker's. */
#define LEND(h) ((h)->store = inner((h)->store))
#define TAKE(h, s) ((h)->store = (s))

static ssize_t f_pread(struct ckpt_file *f, void *buf, size_t len, uint64_t off, struct ckpt_err *err)
{
	struct ckpt_store *s = f->store;
	ssize_t rc = hit(s, LOOK, "read", NULL, "an open file", err);

	if (rc)
		return rc;
	rc = LEND(f)->ops->pread(f, buf, len, off, err);
	TAKE(f, s);
	return rc;
}

static int f_fstat(struct ckpt_file *f, struct ckpt_stat *st, struct ckpt_err *err)
{
	struct ckpt_store *s = f->store;
	int rc = hit(s, LOOK, "look at", NULL, "an open file", err);

	if (rc)
		return rc;
	rc = LEND(f)->ops->fstat(f, st, err);
	TAKE(f, s);
	return rc;
}

static int f_fd(struct ckpt_file *f)
{
	struct ckpt_store *s = f->store;
	int rc = LEND(f)->ops->fd(f);

	TAKE(f, s);
	return rc;
}

static int f_version(struct ckpt_file *f, struct ckpt_version *v, struct ckpt_err *err)
{
	struct ckpt_store *s = f->store;
	int rc = hit(s, LOOK, "look at", NULL, "an open file", err);

	if (rc)
		return rc;
	rc = LEND(f)->ops->version(f, v, err);
	TAKE(f, s);
	return rc;
}

static void f_close(struct ckpt_file *f)
{
	self(f->store)->fault->open--;
	LEND(f)->ops->close(f);
}

static void f_unlock(struct ckpt_lock *l)
{
	self(l->store)->fault->open--;
	LEND(l)->ops->unlock(l);
}

static void f_unlease(struct ckpt_lease *l)
{
	self(l->store)->fault->open--;
	LEND(l)->ops->unlease(l);
}

static int f_create(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_writer **out,
		    struct ckpt_err *err)
{
	int rc = hit(s, WRITE, "create", dir, name, err);

	return opened(s, rc ? rc : inner(s)->ops->create(inner(s), dir, name, out, err));
}

static int f_append(struct ckpt_writer *w, const void *data, size_t len, struct ckpt_err *err)
{
	struct ckpt_store *s = w->store;
	int rc = hit(s, WRITE, "write", NULL, "a new file", err);

	if (rc)
		return rc;
	rc = LEND(w)->ops->append(w, data, len, err);
	TAKE(w, s);
	return rc;
}

static void f_abort(struct ckpt_writer *w)
{
	self(w->store)->fault->open--;
	LEND(w)->ops->abort(w);
}

static int f_commit(struct ckpt_writer *w, struct ckpt_err *err)
{
	int rc = hit(w->store, WRITE, "complete", NULL, "a new file", err);

	if (rc) {
		f_abort(w);
		return rc;
	}
	self(w->store)->fault->open--;
	return LEND(w)->ops->commit(w, err);
}

static int f_publish(struct ckpt_writer *w, struct ckpt_err *err)
{
	int rc = hit(w->store, WRITE, "publish", NULL, "a new file", err);

	if (rc) {
		f_abort(w);
		return rc;
	}
	self(w->store)->fault->open--;
	return LEND(w)->ops->publish(w, err);
}

/* EUCLEAN says that the new content may be visible. */
static int f_replace(struct ckpt_store *s, const char *name, const void *data, size_t len,
		     const struct ckpt_version *expect, struct ckpt_err *err)
{
	int rc = hit(s, REPLACE, "replace", NULL, name, err);

	if (!rc || rc == -EUCLEAN) {
		int rc2 = inner(s)->ops->replace(inner(s), name, data, len, expect, rc ? NULL : err);

		rc = rc ? rc : rc2;
	}
	return rc;
}

static int f_mkdir(struct ckpt_store *s, const char *dir, struct ckpt_err *err)
{
	int rc = hit(s, WRITE, "make the directory", dir, NULL, err);

	return rc ? rc : inner(s)->ops->mkdir(inner(s), dir, err);
}

static int f_adopt(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_store *from,
		   const char *from_dir, const char *from_name, bool durable, enum ckpt_adopted *how,
		   struct ckpt_err *err)
{
	int rc = hit(s, WRITE, "adopt", dir, name, err);

	return rc ? rc
		  : inner(s)->ops->adopt(inner(s), dir, name, from, from_dir, from_name, durable, how, err);
}

static int f_sync_file(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err)
{
	int rc = hit(s, WRITE, "sync", dir, name, err);

	self(s)->fault->syncs++;
	return rc ? rc : inner(s)->ops->sync_file(inner(s), dir, name, err);
}

static int f_sync_dir(struct ckpt_store *s, const char *dir, struct ckpt_err *err)
{
	int rc = hit(s, WRITE, "sync the directory", dir, NULL, err);

	self(s)->fault->syncs++;
	return rc ? rc : inner(s)->ops->sync_dir(inner(s), dir, err);
}

static int f_sync_all(struct ckpt_store *s, size_t n, struct ckpt_err *err)
{
	int rc = hit(s, WRITE, "sync all of", NULL, NULL, err);

	self(s)->fault->syncs++;
	return rc ? rc : inner(s)->ops->sync_all(inner(s), n, err);
}

static int f_remove(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err)
{
	int rc = hit(s, REMOVE, "remove", dir, name, err);

	return rc ? rc : inner(s)->ops->remove(inner(s), dir, name, err);
}

static int f_measure(struct ckpt_store *s, const char *dir, struct ckpt_tree *out, struct ckpt_err *err)
{
	int rc;

	look(s, dir);
	rc = hit(s, LOOK, "measure", dir, NULL, err);
	return rc ? rc : inner(s)->ops->measure(inner(s), dir, out, err);
}

static int f_remove_tree(struct ckpt_store *s, const char *dir, uint64_t max, struct ckpt_err *err)
{
	int rc = hit(s, REMOVE, "remove the directory", dir, NULL, err);

	return rc ? rc : inner(s)->ops->remove_tree(inner(s), dir, max, err);
}

/* Writes the holder's pid, but is none of the changes that are counted. */
static int f_lock(struct ckpt_store *s, struct ckpt_lock **out, long *holder, struct ckpt_err *err)
{
	int rc = is_asked(s, WRITE) ? fail(s, "lock", NULL, NULL, err) : 0;

	self(s)->fault->locks++;
	return opened(s, rc ? rc : inner(s)->ops->lock(inner(s), out, holder, err));
}

static int f_lease(struct ckpt_store *s, const char *dir, enum ckpt_lease_mode mode, struct ckpt_lease **out,
		   struct ckpt_err *err)
{
	int rc = hit(s, LOOK, "lease", dir, NULL, err);

	if (!rc)
		rc = inner(s)->ops->lease(inner(s), dir, mode, out, err);
	self(s)->fault->open += !rc && *out;
	return rc;
}

static int f_watch(struct ckpt_store *s, struct ckpt_watch **out, struct ckpt_err *err)
{
	int rc = hit(s, LOOK, "watch", NULL, NULL, err);

	return opened(s, rc ? rc : inner(s)->ops->watch(inner(s), out, err));
}

static int f_watch_fd(struct ckpt_watch *w)
{
	struct ckpt_store *s = w->store;
	int rc = LEND(w)->ops->watch_fd(w);

	TAKE(w, s);
	return rc;
}

static int f_watch_dir(struct ckpt_watch *w, const char *dir, struct ckpt_err *err)
{
	struct ckpt_store *s = w->store;
	int rc = hit(s, LOOK, "watch", dir, NULL, err);

	if (rc)
		return rc;
	rc = LEND(w)->ops->watch_dir(w, dir, err);
	TAKE(w, s);
	return rc;
}

static int f_watch_next(struct ckpt_watch *w, ckpt_watch_fn *fn, void *ctx, struct ckpt_err *err)
{
	struct ckpt_store *s = w->store;
	int rc = hit(s, LOOK, "watch", NULL, NULL, err);

	if (rc)
		return rc;
	rc = LEND(w)->ops->watch_next(w, fn, ctx, err);
	TAKE(w, s);
	return rc;
}

static void f_watch_close(struct ckpt_watch *w)
{
	self(w->store)->fault->open--;
	LEND(w)->ops->watch_close(w);
}

static const struct ckpt_store_ops fault_ops = {
	.type = "fault",
	.free = f_free,
	.stat = f_stat,
	.list = f_list,
	.numbers = f_numbers,
	.open = f_open,
	.pread = f_pread,
	.fstat = f_fstat,
	.fd = f_fd,
	.version = f_version,
	.close = f_close,
	.space = f_space,
	.create = f_create,
	.append = f_append,
	.commit = f_commit,
	.publish = f_publish,
	.abort = f_abort,
	.replace = f_replace,
	.mkdir = f_mkdir,
	.adopt = f_adopt,
	.sync_file = f_sync_file,
	.sync_dir = f_sync_dir,
	.sync_all = f_sync_all,
	.remove = f_remove,
	.measure = f_measure,
	.remove_tree = f_remove_tree,
	.lock = f_lock,
	.unlock = f_unlock,
	.lease = f_lease,
	.unlease = f_unlease,
	.watch = f_watch,
	.watch_fd = f_watch_fd,
	.watch_dir = f_watch_dir,
	.watch_next = f_watch_next,
	.watch_close = f_watch_close,
};

struct ckpt_store *store_fault_new(struct ckpt_store *in, struct fault *f)
{
	struct fault_store *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->base.ops = &fault_ops;
	s->base.label = strdup(ckpt_store_label(in));
	s->inner = in;
	s->fault = f;
	return &s->base;
}
