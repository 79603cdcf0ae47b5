/* store.c - the contract's calls that look, lock and watch */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/check.h"
#include "store/limits.h"

void ckpt_store_free(struct ckpt_store *s)
{
	char *label;

	if (!s)
		return;
	label = s->label;
	s->ops->free(s);
	free(label);
}

const char *ckpt_store_label(const struct ckpt_store *s)
{
	return s->label;
}

int ckpt_store_stat(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_stat *st,
		    struct ckpt_err *err)
{
	int rc = ckpt_check_name(s, dir, true, err);

	if (!rc)
		rc = ckpt_check_name(s, name, true, err);
	return rc ? rc : s->ops->stat(s, dir, name, st, err);
}

int ckpt_store_list(struct ckpt_store *s, const char *dir, bool with_stat, ckpt_list_fn *fn, void *ctx,
		    struct ckpt_err *err)
{
	int rc = ckpt_check_name(s, dir, true, err);

	return rc ? rc : s->ops->list(s, dir, with_stat, fn, ctx, err);
}

int ckpt_store_numbers(struct ckpt_store *s, size_t max, ckpt_number_fn *fn, void *ctx, struct ckpt_err *err)
{
	return s->ops->numbers(s, max, fn, ctx, err);
}

int ckpt_store_open_seen(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_file **out,
			 struct ckpt_stat *st, struct ckpt_err *err)
{
	int rc = ckpt_check_place(s, dir, name, err);

	*out = NULL;
	if (!rc)
		rc = s->ops->open(s, dir, name, out, st, err);
	if (!rc)
		(*out)->store = s;
	return rc;
}

ssize_t ckpt_file_pread(struct ckpt_file *f, void *buf, size_t len, uint64_t off, struct ckpt_err *err)
{
	return f->store->ops->pread(f, buf, len, off, err);
}

int ckpt_file_stat(struct ckpt_file *f, struct ckpt_stat *st, struct ckpt_err *err)
{
	return f->store->ops->fstat(f, st, err);
}

int ckpt_file_size(struct ckpt_file *f, uint64_t *bytes, struct ckpt_err *err)
{
	struct ckpt_stat st;
	int rc = ckpt_file_stat(f, &st, err);

	*bytes = rc ? 0 : st.size;
	return rc;
}

int ckpt_file_fd(struct ckpt_file *f)
{
	return f->store->ops->fd(f);
}

void ckpt_file_close(struct ckpt_file *f)
{
	if (f)
		f->store->ops->close(f);
}

int ckpt_store_space(struct ckpt_store *s, struct ckpt_space *out, struct ckpt_err *err)
{
	memset(out, 0, sizeof(*out));
	return s->ops->space(s, out, err);
}

int ckpt_store_lock(struct ckpt_store *s, struct ckpt_lock **out, long *holder, struct ckpt_err *err)
{
	long ignored;
	int rc;

	*out = NULL;
	if (!holder)
		holder = &ignored;
	*holder = 0;
	rc = s->ops->lock(s, out, holder, err);
	if (!rc)
		(*out)->store = s;
	return rc;
}

void ckpt_lock_release(struct ckpt_lock *l)
{
	if (l)
		l->store->ops->unlock(l);
}

int ckpt_store_lease(struct ckpt_store *s, const char *dir, enum ckpt_lease_mode mode,
		     struct ckpt_lease **out, struct ckpt_err *err)
{
	struct ckpt_lease *lease = NULL;
	int rc = ckpt_check_name(s, dir, false, err);

	if (!rc)
		rc = s->ops->lease(s, dir, mode, &lease, err);
	if (lease)
		lease->store = s;
	if (out)
		*out = lease;
	return rc;
}

void ckpt_lease_release(struct ckpt_lease *l)
{
	if (l)
		l->store->ops->unlease(l);
}

int ckpt_store_watch(struct ckpt_store *s, struct ckpt_watch **out, struct ckpt_err *err)
{
	int rc;

	*out = NULL;
	rc = s->ops->watch(s, out, err);
	if (!rc)
		(*out)->store = s;
	return rc;
}

int ckpt_watch_fd(struct ckpt_watch *w)
{
	return w->store->ops->watch_fd(w);
}

int ckpt_watch_dir(struct ckpt_watch *w, const char *dir, struct ckpt_err *err)
{
	int rc = ckpt_check_name(w->store, dir, true, err);

	return rc ? rc : w->store->ops->watch_dir(w, dir, err);
}

int ckpt_watch_next(struct ckpt_watch *w, ckpt_watch_fn *fn, void *ctx, struct ckpt_err *err)
{
	return w->store->ops->watch_next(w, fn, ctx, err);
}

void ckpt_watch_close(struct ckpt_watch *w)
{
	if (w)
		w->store->ops->watch_close(w);
}
