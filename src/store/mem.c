#include "store/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void unref(struct ckpt_mem *m)
{
	bool last;

	pthread_mutex_lock(&m->lock);
	last = --m->refs == 0;
	pthread_mutex_unlock(&m->lock);
	if (!last)
		return;
	ckpt_mem_clear(&m->root);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

struct ckpt_mem *ckpt_mem_new(void)
{
	struct ckpt_mem *m = calloc(1, sizeof(*m));

	if (!m || pthread_mutex_init(&m->lock, NULL)) {
		free(m);
		return NULL;
	}
	m->refs = 1;
	m->root.ino = ckpt_mem_number(m);
	m->root.mtime = ckpt_mem_now();
	return m;
}

void ckpt_mem_free(struct ckpt_mem *m)
{
	if (m)
		unref(m);
}

static void mem_free(struct ckpt_store *store)
{
	struct ckpt_mem_store *s = (struct ckpt_mem_store *)store;

	unref(s->mem);
	free(s);
}

static const struct ckpt_store_ops mem_ops = {
	.type = "mem",
	.free = mem_free,
	.stat = ckpt_mem_stat,
	.list = ckpt_mem_list,
	.numbers = ckpt_mem_numbers,
	.open = ckpt_mem_open,
	.pread = ckpt_mem_pread,
	.fstat = ckpt_mem_fstat,
	.fd = ckpt_mem_fd,
	.version = ckpt_mem_version,
	.close = ckpt_mem_close,
	.space = ckpt_mem_space,
	.create = ckpt_mem_create,
	.append = ckpt_mem_append,
	.commit = ckpt_mem_commit,
	.publish = ckpt_mem_commit,
	.abort = ckpt_mem_abort,
	.replace = ckpt_mem_replace,
	.mkdir = ckpt_mem_mkdir,
	.adopt = ckpt_mem_adopt,
	.sync_file = ckpt_mem_sync_file,
	.sync_dir = ckpt_mem_sync_dir,
	.sync_all = ckpt_mem_sync_all,
	.remove = ckpt_mem_remove,
	.measure = ckpt_mem_measure,
	.remove_tree = ckpt_mem_remove_tree,
	.lock = ckpt_mem_lock,
	.unlock = ckpt_mem_unlock,
	.lease = ckpt_mem_lease,
	.unlease = ckpt_mem_unlease,
	.watch = ckpt_mem_watch,
	.watch_fd = ckpt_mem_watch_fd,
	.watch_dir = ckpt_mem_watch_dir,
	.watch_next = ckpt_mem_watch_next,
	.watch_close = ckpt_mem_watch_close,
};

int ckpt_store_open_mem(struct ckpt_mem *m, struct ckpt_store **out, struct ckpt_err *err)
{
	struct ckpt_mem_store *s = calloc(1, sizeof(*s));

	*out = NULL;
	if (s)
		s->base.label = strdup("memory");
	if (!s || !s->base.label) {
		free(s);
		return ckpt_fail_nomem(err);
	}
	s->base.ops = &mem_ops;
	s->mem = m;
	pthread_mutex_lock(&m->lock);
	m->refs++;
	pthread_mutex_unlock(&m->lock);
	*out = &s->base;
	return 0;
}
