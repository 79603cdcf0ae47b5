#include "tests/store_fault.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct fault_store {
	struct ckpt_store base;
	struct ckpt_store_ops ops;
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

static int hit(struct ckpt_store *s, const char *what, const char *name, struct ckpt_err *err)
{
	struct fault *f = self(s)->fault;

	if (++f->done != f->fail_at)
		return 0;
	return ckpt_fail_errno(err, f->code, "can't %s %s", what, name ? name : "the root");
}

static void f_free(struct ckpt_store *s)
{
	ckpt_store_free(inner(s));
	free(s);
}

static void look(struct ckpt_store *s, const char *dir)
{
	struct fault *f = self(s)->fault;

	if (dir && ++f->looks == f->at_look)
		f->meanwhile();
}

static int f_stat(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_stat *st,
		  struct ckpt_err *err)
{
	look(s, dir);
	return inner(s)->ops->stat(inner(s), dir, name, st, err);
}

static int f_list(struct ckpt_store *s, const char *dir, bool with_stat, ckpt_list_fn *fn, void *ctx,
		  struct ckpt_err *err)
{
	look(s, dir);
	return inner(s)->ops->list(inner(s), dir, with_stat, fn, ctx, err);
}

static int f_open(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_file **out,
		  struct ckpt_err *err)
{
	look(s, dir);
	return inner(s)->ops->open(inner(s), dir, name, out, err);
}

static int f_space(struct ckpt_store *s, struct ckpt_space *out, struct ckpt_err *err)
{
	return inner(s)->ops->space(inner(s), out, err);
}

/* The functions of store.h give every handle out as this store's; while one
 * works, it is its maker's. */
#define LEND(h) ((h)->store = inner((h)->store))
#define TAKE(h, s) ((h)->store = (s))

static ssize_t f_pread(struct ckpt_file *f, void *buf, size_t len, uint64_t off, struct ckpt_err *err)
{
	struct ckpt_store *s = f->store;
	ssize_t rc = LEND(f)->ops->pread(f, buf, len, off, err);

	TAKE(f, s);
	return rc;
}

static int f_fstat(struct ckpt_file *f, struct ckpt_stat *st, struct ckpt_err *err)
{
	struct ckpt_store *s = f->store;
	int rc = LEND(f)->ops->fstat(f, st, err);

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
	int rc = LEND(f)->ops->version(f, v, err);

	TAKE(f, s);
	return rc;
}

static void f_close(struct ckpt_file *f)
{
	LEND(f)->ops->close(f);
}

static void f_unlock(struct ckpt_lock *l)
{
	LEND(l)->ops->unlock(l);
}

static void f_unlease(struct ckpt_lease *l)
{
	LEND(l)->ops->unlease(l);
}

static int f_create(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_writer **out,
		    struct ckpt_err *err)
{
	int rc = hit(s, "create", name, err);

	if (!rc)
		rc = inner(s)->ops->create(inner(s), dir, name, out, err);
	return rc;
}

static int f_append(struct ckpt_writer *w, const void *data, size_t len, struct ckpt_err *err)
{
	struct ckpt_store *s = w->store;
	int rc = hit(s, "write to", "a new file", err);

	if (rc)
		return rc;
	rc = LEND(w)->ops->append(w, data, len, err);
	TAKE(w, s);
	return rc;
}

static void f_abort(struct ckpt_writer *w)
{
	LEND(w)->ops->abort(w);
}

static int f_commit(struct ckpt_writer *w, struct ckpt_err *err)
{
	int rc = hit(w->store, "complete", "a new file", err);

	if (rc) {
		f_abort(w);
		return rc;
	}
	return LEND(w)->ops->commit(w, err);
}

static int f_replace(struct ckpt_store *s, const char *name, const void *data, size_t len,
		     const struct ckpt_version *expect, struct ckpt_err *err)
{
	int rc = hit(s, "replace", name, err);

	return rc ? rc : inner(s)->ops->replace(inner(s), name, data, len, expect, err);
}

static int f_mkdir(struct ckpt_store *s, const char *dir, struct ckpt_err *err)
{
	int rc = hit(s, "make directory", dir, err);

	return rc ? rc : inner(s)->ops->mkdir(inner(s), dir, err);
}

static int f_adopt(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_store *from,
		   const char *from_dir, const char *from_name, enum ckpt_adopted *how, struct ckpt_err *err)
{
	int rc = hit(s, "adopt", name, err);

	return rc ? rc : inner(s)->ops->adopt(inner(s), dir, name, from, from_dir, from_name, how, err);
}

static int f_sync_file(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err)
{
	int rc = hit(s, "sync", name, err);

	self(s)->fault->syncs++;
	return rc ? rc : inner(s)->ops->sync_file(inner(s), dir, name, err);
}

static int f_sync_dir(struct ckpt_store *s, const char *dir, struct ckpt_err *err)
{
	int rc = hit(s, "sync directory", dir, err);

	self(s)->fault->syncs++;
	return rc ? rc : inner(s)->ops->sync_dir(inner(s), dir, err);
}

static int f_remove(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err)
{
	int rc = hit(s, "remove", name, err);

	return rc ? rc : inner(s)->ops->remove(inner(s), dir, name, err);
}

static int f_measure(struct ckpt_store *s, const char *dir, struct ckpt_tree *out, struct ckpt_err *err)
{
	look(s, dir);
	return inner(s)->ops->measure(inner(s), dir, out, err);
}

static int f_remove_tree(struct ckpt_store *s, const char *dir, uint64_t max, struct ckpt_err *err)
{
	int rc = hit(s, "remove directory", dir, err);

	return rc ? rc : inner(s)->ops->remove_tree(inner(s), dir, max, err);
}

static int f_lock(struct ckpt_store *s, struct ckpt_lock **out, long *holder, struct ckpt_err *err)
{
	self(s)->fault->locks++;
	return inner(s)->ops->lock(inner(s), out, holder, err);
}

static int f_lease(struct ckpt_store *s, const char *dir, enum ckpt_lease_mode mode, struct ckpt_lease **out,
		   struct ckpt_err *err)
{
	return inner(s)->ops->lease(inner(s), dir, mode, out, err);
}

/* Nothing that uses this store watches it. */
static int f_watch(struct ckpt_store *s, struct ckpt_watch **out, struct ckpt_err *err)
{
	(void)out;
	return ckpt_fail(err, ENOTSUP, "%s can't be watched", ckpt_store_label(s));
}

struct ckpt_store *store_fault_new(struct ckpt_store *in, struct fault *f)
{
	struct fault_store *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	s->ops = *in->ops;
	s->ops.type = "fault";
	s->ops.sync_abreast = s->ops.remove_abreast = 0; /* it counts */
	s->ops.free = f_free;
	s->ops.stat = f_stat;
	s->ops.list = f_list;
	s->ops.open = f_open;
	s->ops.pread = f_pread;
	s->ops.fstat = f_fstat;
	s->ops.fd = f_fd;
	s->ops.version = f_version;
	s->ops.close = f_close;
	s->ops.space = f_space;
	s->ops.create = f_create;
	s->ops.append = f_append;
	s->ops.commit = f_commit;
	s->ops.abort = f_abort;
	s->ops.replace = f_replace;
	s->ops.mkdir = f_mkdir;
	s->ops.adopt = f_adopt;
	s->ops.sync_file = f_sync_file;
	s->ops.sync_dir = f_sync_dir;
	s->ops.remove = f_remove;
	s->ops.measure = f_measure;
	s->ops.remove_tree = f_remove_tree;
	s->ops.lock = f_lock;
	s->ops.unlock = f_unlock;
	s->ops.lease = f_lease;
	s->ops.unlease = f_unlease;
	s->ops.watch = f_watch;
	s->base.ops = &s->ops;
	s->base.label = strdup(ckpt_store_label(in));
	s->inner = in;
	s->fault = f;
	return &s->base;
}
