#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/name.h"
#include "store/contract.h"
#include "store/limits.h"

/* One component, or NULL where that is allowed: what stands in the way of
 * "../../etc" in a dependencies file. */
static int check_name(struct ckpt_store *s, const char *name, bool optional, struct ckpt_err *err)
{
	if (name ? ckpt_name_ok(name, strlen(name)) : optional)
		return 0;
	return ckpt_fail(err, EINVAL,
			 "'%s' is not a name in storage root %s: it must be one component of 1 to %d "
			 "bytes, not a path",
			 name ? name : "", s->label, CKPT_NAME_MAX);
}

static int check_place(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err)
{
	int rc = check_name(s, dir, true, err);

	return rc ? rc : check_name(s, name, false, err);
}

/* A name that is to be written must leave room for ".mut", in every backend
 * alike, so that a root can move from one to another. */
static int check_new(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err)
{
	int rc = check_place(s, dir, name, err);

	if (!rc && strlen(name) + sizeof(CKPT_TEMP_SUFFIX) - 1 > CKPT_NAME_MAX)
		rc = ckpt_fail(
			err, ENAMETOOLONG,
			"can't write '%s' in storage root %s: the name is too long, with " CKPT_TEMP_SUFFIX
			" it would have more than %d bytes",
			name, s->label, CKPT_NAME_MAX);
	return rc;
}

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
	int rc = check_name(s, dir, true, err);

	if (!rc)
		rc = check_name(s, name, true, err);
	return rc ? rc : s->ops->stat(s, dir, name, st, err);
}

int ckpt_store_list(struct ckpt_store *s, const char *dir, bool with_stat, ckpt_list_fn *fn, void *ctx,
		    struct ckpt_err *err)
{
	int rc = check_name(s, dir, true, err);

	return rc ? rc : s->ops->list(s, dir, with_stat, fn, ctx, err);
}

int ckpt_store_numbers(struct ckpt_store *s, size_t max, ckpt_number_fn *fn, void *ctx, struct ckpt_err *err)
{
	return s->ops->numbers(s, max, fn, ctx, err);
}

int ckpt_store_open_seen(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_file **out,
			 struct ckpt_stat *st, struct ckpt_err *err)
{
	int rc = check_place(s, dir, name, err);

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

int ckpt_store_create(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_writer **out,
		      struct ckpt_err *err)
{
	int rc = check_new(s, dir, name, err);

	*out = NULL;
	if (!rc)
		rc = s->ops->create(s, dir, name, out, err);
	if (!rc)
		(*out)->store = s;
	return rc;
}

int ckpt_writer_append(struct ckpt_writer *w, const void *data, size_t len, struct ckpt_err *err)
{
	return w->store->ops->append(w, data, len, err);
}

int ckpt_writer_commit(struct ckpt_writer *w, struct ckpt_err *err)
{
	return w->store->ops->commit(w, err);
}

int ckpt_writer_publish(struct ckpt_writer *w, struct ckpt_err *err)
{
	return w->store->ops->publish(w, err);
}

void ckpt_writer_abort(struct ckpt_writer *w)
{
	if (w)
		w->store->ops->abort(w);
}

int ckpt_store_write(struct ckpt_store *s, const char *dir, const char *name, const void *data, size_t len,
		     struct ckpt_err *err)
{
	struct ckpt_writer *w;
	int rc = ckpt_store_create(s, dir, name, &w, err);

	if (rc)
		return rc;
	rc = ckpt_writer_append(w, data, len, err);
	if (rc) {
		ckpt_writer_abort(w);
		return rc;
	}
	return ckpt_writer_commit(w, err);
}

int ckpt_store_replace(struct ckpt_store *s, const char *name, const void *data, size_t len,
		       const struct ckpt_version *expect, struct ckpt_err *err)
{
	int rc = check_new(s, NULL, name, err);

	return rc ? rc : s->ops->replace(s, name, data, len, expect, err);
}

int ckpt_store_mkdir(struct ckpt_store *s, const char *dir, struct ckpt_err *err)
{
	int rc = check_name(s, dir, false, err);

	return rc ? rc : s->ops->mkdir(s, dir, err);
}

int ckpt_store_adopt(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_store *from,
		     const char *from_dir, const char *from_name, bool durable, enum ckpt_adopted *how,
		     struct ckpt_err *err)
{
	struct ckpt_file *f;
	struct ckpt_stat st;
	int rc = check_new(s, dir, name, err);

	if (!rc)
		rc = ckpt_store_open_seen(from, from_dir, from_name, &f, &st, err);
	if (rc)
		return rc;
	rc = ckpt_store_adopt_open(s, dir, name, f, durable, how, err);
	ckpt_file_close(f);
	return rc;
}

int ckpt_store_adopt_open(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_file *from,
			  bool durable, enum ckpt_adopted *how, struct ckpt_err *err)
{
	enum ckpt_adopted ignored;
	int rc = check_new(s, dir, name, err);

	return rc ? rc : s->ops->adopt(s, dir, name, from, durable, how ? how : &ignored, err);
}

int ckpt_store_sync_file(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err)
{
	int rc = check_place(s, dir, name, err);

	return rc ? rc : s->ops->sync_file(s, dir, name, err);
}

int ckpt_store_sync_dir(struct ckpt_store *s, const char *dir, struct ckpt_err *err)
{
	int rc = check_name(s, dir, true, err);

	return rc ? rc : s->ops->sync_dir(s, dir, err);
}

int ckpt_store_sync_all(struct ckpt_store *s, size_t n, int begun, ckpt_stop_fn *stop, void *ctx,
			struct ckpt_err *err)
{
	return s->ops->sync_all(s, n, begun, stop, ctx, err);
}

int ckpt_store_sync_ready(struct ckpt_store *s)
{
	return s->ops->sync_ready ? s->ops->sync_ready(s) : -1;
}

int ckpt_store_sync_begin(int ready, size_t n)
{
	if (ready < 0 || (n >= CKPT_SYNC_ALL_FROM && send(ready, "", 1, MSG_NOSIGNAL) == 1))
		return ready;
	close(ready);
	return -1;
}

int ckpt_store_remove(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err)
{
	int rc = check_place(s, dir, name, err);

	return rc ? rc : s->ops->remove(s, dir, name, err);
}

int ckpt_store_measure(struct ckpt_store *s, const char *dir, struct ckpt_tree *out, struct ckpt_err *err)
{
	int rc = check_name(s, dir, false, err);

	memset(out, 0, sizeof(*out));
	return rc ? rc : s->ops->measure(s, dir, out, err);
}

int ckpt_store_remove_tree(struct ckpt_store *s, const char *dir, uint64_t max, struct ckpt_err *err)
{
	int rc = check_name(s, dir, false, err);

	return rc ? rc : s->ops->remove_tree(s, dir, max, err);
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
	int rc = check_name(s, dir, false, err);

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
	int rc = check_name(w->store, dir, true, err);

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
