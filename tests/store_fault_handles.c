#include "tests/store_fault_inside.h"

/* The functions of the contract give every handle out as this store's; while one
 * works, it is its maker's. */
#define LEND(h) ((h)->store = fault_self((h)->store)->inner)
/* What its maker says. */
#define ASKED(op, h, ...)                                                                                    \
	({                                                                                                   \
		struct ckpt_store *s = (h)->store;                                                           \
		__auto_type said = LEND(h)->ops->op(h, ##__VA_ARGS__);                                       \
                                                                                                             \
		(h)->store = s;                                                                              \
		said;                                                                                        \
	})

static ssize_t f_pread(struct ckpt_file *f, void *buf, size_t len, uint64_t off, struct ckpt_err *err)
{
	ssize_t rc = fault_hit(f->store, FAULT_LOOK, "read", NULL, "an open file", err);

	return rc ? rc : ASKED(pread, f, buf, len, off, err);
}

static int f_fstat(struct ckpt_file *f, struct ckpt_stat *st, struct ckpt_err *err)
{
	int rc = fault_hit(f->store, FAULT_LOOK, "look at", NULL, "an open file", err);

	return rc ? rc : ASKED(fstat, f, st, err);
}

static int f_fd(struct ckpt_file *f)
{
	return ASKED(fd, f);
}

static int f_version(struct ckpt_file *f, struct ckpt_version *v, struct ckpt_err *err)
{
	int rc = fault_hit(f->store, FAULT_LOOK, "look at", NULL, "an open file", err);

	return rc ? rc : ASKED(version, f, v, err);
}

static void f_close(struct ckpt_file *f)
{
	fault_self(f->store)->fault->open--;
	LEND(f)->ops->close(f);
}

static void f_unlock(struct ckpt_lock *l)
{
	fault_self(l->store)->fault->open--;
	LEND(l)->ops->unlock(l);
}

static void f_unlease(struct ckpt_lease *l)
{
	fault_self(l->store)->fault->open--;
	LEND(l)->ops->unlease(l);
}

static int f_append(struct ckpt_writer *w, const void *data, size_t len, struct ckpt_err *err)
{
	int rc = fault_hit(w->store, FAULT_WRITE, "write", NULL, "a new file", err);

	return rc ? rc : ASKED(append, w, data, len, err);
}

static void f_abort(struct ckpt_writer *w)
{
	fault_self(w->store)->fault->open--;
	LEND(w)->ops->abort(w);
}

static int f_commit(struct ckpt_writer *w, struct ckpt_err *err)
{
	int rc = fault_hit(w->store, FAULT_WRITE, "complete", NULL, "a new file", err);

	if (rc) {
		f_abort(w);
		return rc;
	}
	fault_self(w->store)->fault->open--;
	return LEND(w)->ops->commit(w, err);
}

static int f_publish(struct ckpt_writer *w, struct ckpt_err *err)
{
	int rc = fault_hit(w->store, FAULT_WRITE, "publish", NULL, "a new file", err);

	if (rc) {
		f_abort(w);
		return rc;
	}
	fault_self(w->store)->fault->open--;
	return LEND(w)->ops->publish(w, err);
}

static int f_watch_fd(struct ckpt_watch *w)
{
	return ASKED(watch_fd, w);
}

static int f_watch_dir(struct ckpt_watch *w, const char *dir, struct ckpt_err *err)
{
	int rc = fault_hit(w->store, FAULT_LOOK, "watch", dir, NULL, err);

	return rc ? rc : ASKED(watch_dir, w, dir, err);
}

static int f_watch_next(struct ckpt_watch *w, ckpt_watch_fn *fn, void *ctx, struct ckpt_err *err)
{
	int rc = fault_hit(w->store, FAULT_LOOK, "watch", NULL, NULL, err);

	return rc ? rc : ASKED(watch_next, w, fn, ctx, err);
}

static void f_watch_close(struct ckpt_watch *w)
{
	fault_self(w->store)->fault->open--;
	LEND(w)->ops->watch_close(w);
}

void fault_handles(struct ckpt_store_ops *ops)
{
	ops->pread = f_pread;
	ops->fstat = f_fstat;
	ops->fd = f_fd;
	ops->version = f_version;
	ops->close = f_close;
	ops->unlock = f_unlock;
	ops->unlease = f_unlease;
	ops->append = f_append;
	ops->abort = f_abort;
	ops->commit = f_commit;
	ops->publish = f_publish;
	ops->watch_fd = f_watch_fd;
	ops->watch_dir = f_watch_dir;
	ops->watch_next = f_watch_next;
	ops->watch_close = f_watch_close;
}
