#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/mem.h"

struct mem_lease {
	struct ckpt_lease base;
	struct mem_inode *inode;
	bool exclusive;
};

int ckpt_mem_lock(struct ckpt_store *s, struct ckpt_lock **out, long *holder, struct ckpt_err *err)
{
	struct ckpt_mem *m = ckpt_mem_of(s);
	struct ckpt_lock *l = malloc(sizeof(*l));
	bool taken;

	if (!l)
		return ckpt_fail_nomem(err);
	pthread_mutex_lock(&m->lock);
	taken = m->locked;
	m->locked = true;
	pthread_mutex_unlock(&m->lock);
	if (!taken) {
		*out = l;
		return 0;
	}
	free(l);
	*holder = getpid();
	return ckpt_locked_fail(s, *holder, err);
}

void ckpt_mem_unlock(struct ckpt_lock *l)
{
	struct ckpt_mem *m = ckpt_mem_of(l->store);

	pthread_mutex_lock(&m->lock);
	m->locked = false;
	pthread_mutex_unlock(&m->lock);
	free(l);
}

static int take(struct ckpt_mem *m, const char *dir, enum ckpt_lease_mode mode, struct mem_lease *l)
{
	int rc;
	struct mem_inode *i = ckpt_mem_file(m, dir, CKPT_MARKER, &rc);

	if (!i)
		return rc;
	if (i->removing || (mode != CKPT_LEASE_SHARED && i->readers > 0))
		return -EBUSY;
	if (mode == CKPT_LEASE_ASK)
		return 0;
	l->inode = i;
	l->exclusive = mode == CKPT_LEASE_EXCLUSIVE;
	i->refs++;
	i->removing = l->exclusive;
	i->readers += !l->exclusive;
	return 0;
}

int ckpt_mem_lease(struct ckpt_store *s, const char *dir, enum ckpt_lease_mode mode, struct ckpt_lease **out,
		   struct ckpt_err *err)
{
	struct ckpt_mem *m = ckpt_mem_of(s);
	struct mem_lease *l = malloc(sizeof(*l));
	int rc;

	if (!l)
		return ckpt_fail_nomem(err);
	pthread_mutex_lock(&m->lock);
	rc = take(m, dir, mode, l);
	pthread_mutex_unlock(&m->lock);
	if (!rc && mode != CKPT_LEASE_ASK) {
		*out = &l->base;
		return 0;
	}
	free(l);
	if (rc == -EBUSY)
		return ckpt_leased_fail(s, dir, mode, err);
	return rc ? ckpt_place_fail(s, rc, "take a lease by", dir, CKPT_MARKER, err) : 0;
}

void ckpt_mem_unlease(struct ckpt_lease *lease)
{
	struct mem_lease *l = (struct mem_lease *)lease;
	struct ckpt_mem *m = ckpt_mem_of(lease->store);

	pthread_mutex_lock(&m->lock);
	if (l->exclusive)
		l->inode->removing = false;
	else
		l->inode->readers--;
	ckpt_mem_unref(l->inode);
	pthread_mutex_unlock(&m->lock);
	free(l);
}
