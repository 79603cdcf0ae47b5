#include <errno.h>
#include <stdlib.h>

#include "store/mem.h"

static int make_dir(struct ckpt_mem *m, const char *dir)
{
	struct mem_dir *sub;

	if (ckpt_mem_find(&m->root, dir))
		return -EEXIST;
	sub = calloc(1, sizeof(*sub));
	if (!sub)
		return -ENOMEM;
	sub->ino = ckpt_mem_number(m);
	sub->mtime = ckpt_mem_now();
	if (!ckpt_mem_add(&m->root, dir, NULL, sub)) {
		free(sub);
		return -ENOMEM;
	}
	ckpt_mem_changed(m, NULL, dir);
	return 0;
}

int ckpt_mem_mkdir(struct ckpt_store *s, const char *dir, struct ckpt_err *err)
{
	struct ckpt_mem *m = ckpt_mem_of(s);
	int rc;

	pthread_mutex_lock(&m->lock);
	rc = make_dir(m, dir);
	pthread_mutex_unlock(&m->lock);
	return rc ? ckpt_place_fail(s, rc, "make the directory", dir, NULL, err) : 0;
}

/* Nothing to sync, but what is not there can't be. */
int ckpt_mem_sync_file(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err)
{
	struct ckpt_mem *m = ckpt_mem_of(s);
	int rc;

	pthread_mutex_lock(&m->lock);
	ckpt_mem_file(m, dir, name, &rc);
	pthread_mutex_unlock(&m->lock);
	return rc ? ckpt_place_fail(s, rc, "sync", dir, name, err) : 0;
}

int ckpt_mem_sync_dir(struct ckpt_store *s, const char *dir, struct ckpt_err *err)
{
	struct ckpt_mem *m = ckpt_mem_of(s);
	int rc;

	pthread_mutex_lock(&m->lock);
	ckpt_mem_dir(m, dir, &rc);
	pthread_mutex_unlock(&m->lock);
	return rc ? ckpt_place_fail(s, rc, "sync", dir, NULL, err) : 0;
}

int ckpt_mem_sync_all(struct ckpt_store *s, size_t n, int begun, ckpt_stop_fn *stop, void *ctx,
		      struct ckpt_err *err)
{
	(void)s, (void)n, (void)begun, (void)stop, (void)ctx, (void)err;
	return 0;
}

int ckpt_mem_remove(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err)
{
	struct ckpt_mem *m = ckpt_mem_of(s);
	struct mem_dir *d;
	int rc;

	pthread_mutex_lock(&m->lock);
	if (ckpt_mem_file(m, dir, name, &rc)) {
		d = ckpt_mem_dir(m, dir, &rc);
		ckpt_mem_drop(d, ckpt_mem_find(d, name));
		ckpt_mem_changed(m, dir, name);
	}
	pthread_mutex_unlock(&m->lock);
	return rc ? ckpt_place_fail(s, rc, "remove", dir, name, err) : 0;
}

int ckpt_mem_measure(struct ckpt_store *s, const char *dir, struct ckpt_tree *out, struct ckpt_err *err)
{
	struct ckpt_mem *m = ckpt_mem_of(s);
	struct mem_dir *d;
	size_t i;
	int rc;

	pthread_mutex_lock(&m->lock);
	d = ckpt_mem_dir(m, dir, &rc);
	for (i = 0; d && i < d->n; i++) {
		out->files++;
		out->bytes += d->names[i].file->len;
	}
	pthread_mutex_unlock(&m->lock);
	return rc ? ckpt_place_fail(s, rc, "add up the sizes in", dir, NULL, err) : 0;
}

static int remove_tree(struct ckpt_mem *m, const char *dir, uint64_t max)
{
	int rc;
	struct mem_dir *d = ckpt_mem_dir(m, dir, &rc);

	for (; d && d->n > 0 && max > 0; max--) {
		ckpt_mem_changed(m, dir, d->names[d->n - 1].name);
		ckpt_mem_drop(d, &d->names[d->n - 1]);
	}
	if (!d)
		return rc == -ENOENT ? 0 : rc;
	if (max == 0)
		return -EAGAIN;
	ckpt_mem_drop(&m->root, ckpt_mem_find(&m->root, dir));
	ckpt_mem_changed(m, NULL, dir);
	return 0;
}

int ckpt_mem_remove_tree(struct ckpt_store *s, const char *dir, uint64_t max, struct ckpt_err *err)
{
	struct ckpt_mem *m = ckpt_mem_of(s);
	int rc;

	pthread_mutex_lock(&m->lock);
	rc = remove_tree(m, dir, max);
	pthread_mutex_unlock(&m->lock);
	if (rc == -EAGAIN)
		return ckpt_more_fail(s, dir, max, err);
	return rc ? ckpt_place_fail(s, rc, "remove", dir, NULL, err) : 0;
}
