#include "fuse/notify.h"

#include <stdlib.h>
#include <string.h>

#include "fuse/inside.h"

struct news {
	enum ckpt_change what;
	uint64_t id;
	char name[64]; /* "latest", or a uuid */
};

struct ckpt_notify {
	struct fuse_session *se;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t more, room;
	/* Under lock. */
	struct news queue[CKPT_NOTIFY_QUEUE]; /* a ring */
	size_t first, n;
	bool ending;
	bool joined; /* of stop and free */
};

static void tell(struct ckpt_notify *n, const struct news *news)
{
	/* ENOENT: the kernel does not remember it; ENODEV: it is over. */
	if (news->what == CKPT_CHANGE_ENTRY)
		fuse_lowlevel_notify_inval_entry(n->se, news->id, news->name, strlen(news->name));
	else
		fuse_lowlevel_notify_inval_inode(n->se, news->id, 0, 0);
}

static void *run(void *arg)
{
	struct ckpt_notify *n = arg;
	struct news news;

	pthread_mutex_lock(&n->lock);
	while (!n->ending) {
		if (n->n == 0) {
			pthread_cond_wait(&n->more, &n->lock);
			continue;
		}
		news = n->queue[n->first];
		n->first = (n->first + 1) % CKPT_NOTIFY_QUEUE;
		n->n--;
		pthread_cond_signal(&n->room);
		pthread_mutex_unlock(&n->lock);
		tell(n, &news);
		pthread_mutex_lock(&n->lock);
	}
	pthread_mutex_unlock(&n->lock);
	return NULL;
}

struct ckpt_notify *ckpt_notify_new(struct fuse_session *se)
{
	struct ckpt_notify *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->se = se;
	pthread_mutex_init(&n->lock, NULL);
	pthread_cond_init(&n->more, NULL);
	pthread_cond_init(&n->room, NULL);
	if (!ckpt_thread_start(&n->thread, run, n))
		return n;
	n->joined = true;
	ckpt_notify_free(n);
	return NULL;
}

void ckpt_notify_stop(struct ckpt_notify *n)
{
	pthread_mutex_lock(&n->lock);
	n->ending = true;
	pthread_cond_broadcast(&n->more);
	pthread_cond_broadcast(&n->room);
	pthread_mutex_unlock(&n->lock);
	if (!n->joined)
		pthread_join(n->thread, NULL);
	n->joined = true;
}

void ckpt_notify_free(struct ckpt_notify *n)
{
	if (!n)
		return;
	ckpt_notify_stop(n);
	pthread_cond_destroy(&n->more);
	pthread_cond_destroy(&n->room);
	pthread_mutex_destroy(&n->lock);
	free(n);
}

void ckpt_notify_add(struct ckpt_notify *n, const struct ckpt_change_event *event)
{
	struct news news = { .what = event->what, .id = event->id };

	if (event->name)
		memcpy(news.name, event->name, strnlen(event->name, sizeof(news.name) - 1));
	pthread_mutex_lock(&n->lock);
	while (n->n == CKPT_NOTIFY_QUEUE && !n->ending)
		pthread_cond_wait(&n->room, &n->lock);
	if (!n->ending) {
		n->queue[(n->first + n->n) % CKPT_NOTIFY_QUEUE] = news;
		n->n++;
		pthread_cond_signal(&n->more);
	}
	pthread_mutex_unlock(&n->lock);
}
