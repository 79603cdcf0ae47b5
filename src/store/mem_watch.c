#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "store/limits.h"
#include "store/mem.h"

/* One hint: the top-level name, or dir and name in one allocation. */
struct hint {
	char *dir; /* NULL: the root */
	char *name;
};

struct mem_watch {
	struct ckpt_watch base;
	int fd; /* an eventfd, readable while the queue has something */
	/* All below is guarded by the root's lock. */
	struct mem_watch *next;
	bool in_dir;
	char dir[CKPT_NAME_MAX + 1];
	bool lost;
	size_t n;
	struct hint queue[CKPT_WATCH_QUEUE];
};

static void release(struct hint *h)
{
	free(h->dir);
	free(h->name);
}

static void push(struct mem_watch *w, const char *dir, const char *name)
{
	struct hint h = { .dir = dir ? strdup(dir) : NULL, .name = strdup(name) };

	if (w->n < CKPT_WATCH_QUEUE && h.name && (h.dir || !dir)) {
		w->queue[w->n++] = h;
	} else {
		release(&h);
		w->lost = true;
	}
	eventfd_write(w->fd, 1);
}

void ckpt_mem_changed(struct ckpt_mem *m, const char *dir, const char *name)
{
	struct mem_watch *w;

	for (w = m->watches; w; w = w->next)
		if (!dir || (w->in_dir && strcmp(w->dir, dir) == 0))
			push(w, dir, name);
}

int ckpt_mem_watch(struct ckpt_store *s, struct ckpt_watch **out, struct ckpt_err *err)
{
	struct ckpt_mem *m = ckpt_mem_of(s);
	struct mem_watch *w = calloc(1, sizeof(*w));
	int rc;

	if (!w)
		return ckpt_fail_nomem(err);
	w->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (w->fd < 0) {
		rc = ckpt_fail_errno(err, ENOTSUP, "can't watch %s: no event descriptor", s->label);
		free(w);
		return rc;
	}
	pthread_mutex_lock(&m->lock);
	w->next = m->watches;
	m->watches = w;
	pthread_mutex_unlock(&m->lock);
	*out = &w->base;
	return 0;
}

int ckpt_mem_watch_fd(struct ckpt_watch *watch)
{
	return ((struct mem_watch *)watch)->fd;
}

int ckpt_mem_watch_dir(struct ckpt_watch *watch, const char *dir, struct ckpt_err *err)
{
	struct mem_watch *w = (struct mem_watch *)watch;
	struct ckpt_mem *m = ckpt_mem_of(watch->store);
	int rc = 0;

	pthread_mutex_lock(&m->lock);
	w->in_dir = dir && ckpt_mem_dir(m, dir, &rc);
	if (w->in_dir)
		memcpy(w->dir, dir, strlen(dir) + 1);
	pthread_mutex_unlock(&m->lock);
	return rc ? ckpt_place_fail(watch->store, rc, "watch", dir, NULL, err) : 0;
}

/* Take the oldest hint out.  False: there is none. */
static bool pop(struct mem_watch *w, struct hint *h, bool *lost)
{
	struct ckpt_mem *m = ckpt_mem_of(w->base.store);
	bool some;

	pthread_mutex_lock(&m->lock);
	*lost = w->lost;
	some = w->lost || w->n > 0;
	*h = (struct hint){ 0 };
	if (w->n > 0) {
		*h = w->queue[0];
		memmove(w->queue, w->queue + 1, --w->n * sizeof(*h));
	}
	w->lost = false;
	pthread_mutex_unlock(&m->lock);
	return some;
}

int ckpt_mem_watch_next(struct ckpt_watch *watch, ckpt_watch_fn *fn, void *ctx, struct ckpt_err *err)
{
	struct mem_watch *w = (struct mem_watch *)watch;
	eventfd_t ignored;
	struct hint h;
	size_t i;
	bool lost;

	(void)err;
	/* First: what is pushed from now on makes it readable again. */
	eventfd_read(w->fd, &ignored);
	for (i = 0; i <= CKPT_WATCH_QUEUE && pop(w, &h, &lost); i++) {
		if (lost)
			fn(ctx, NULL, NULL);
		if (h.name)
			fn(ctx, h.dir, h.name);
		release(&h);
	}
	return 0;
}

void ckpt_mem_watch_close(struct ckpt_watch *watch)
{
	struct mem_watch *w = (struct mem_watch *)watch, **at;
	struct ckpt_mem *m = ckpt_mem_of(watch->store);
	size_t i;

	pthread_mutex_lock(&m->lock);
	for (at = &m->watches; *at != w; at = &(*at)->next)
		;
	*at = w->next;
	pthread_mutex_unlock(&m->lock);
	for (i = 0; i < w->n; i++)
		release(&w->queue[i]);
	close(w->fd);
	free(w);
}
