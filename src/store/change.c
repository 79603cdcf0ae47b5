/* change.c - the contract's calls that change a root, or make it durable */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "store/check.h"
#include "store/limits.h"

int ckpt_store_create(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_writer **out,
		      struct ckpt_err *err)
{
	int rc = ckpt_check_new(s, dir, name, err);

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
	int rc = ckpt_check_new(s, NULL, name, err);

	return rc ? rc : s->ops->replace(s, name, data, len, expect, err);
}

int ckpt_store_mkdir(struct ckpt_store *s, const char *dir, struct ckpt_err *err)
{
	int rc = ckpt_check_name(s, dir, false, err);

	return rc ? rc : s->ops->mkdir(s, dir, err);
}

int ckpt_store_adopt(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_store *from,
		     const char *from_dir, const char *from_name, bool durable, enum ckpt_adopted *how,
		     struct ckpt_err *err)
{
	struct ckpt_file *f;
	struct ckpt_stat st;
	int rc = ckpt_check_new(s, dir, name, err);

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
	int rc = ckpt_check_new(s, dir, name, err);

	return rc ? rc : s->ops->adopt(s, dir, name, from, durable, how ? how : &ignored, err);
}

int ckpt_store_sync_file(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err)
{
	int rc = ckpt_check_place(s, dir, name, err);

	return rc ? rc : s->ops->sync_file(s, dir, name, err);
}

int ckpt_store_sync_dir(struct ckpt_store *s, const char *dir, struct ckpt_err *err)
{
	int rc = ckpt_check_name(s, dir, true, err);

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
	int rc = ckpt_check_place(s, dir, name, err);

	return rc ? rc : s->ops->remove(s, dir, name, err);
}

int ckpt_store_measure(struct ckpt_store *s, const char *dir, struct ckpt_tree *out, struct ckpt_err *err)
{
	int rc = ckpt_check_name(s, dir, false, err);

	memset(out, 0, sizeof(*out));
	return rc ? rc : s->ops->measure(s, dir, out, err);
}

int ckpt_store_remove_tree(struct ckpt_store *s, const char *dir, uint64_t max, struct ckpt_err *err)
{
	int rc = ckpt_check_name(s, dir, false, err);

	return rc ? rc : s->ops->remove_tree(s, dir, max, err);
}
