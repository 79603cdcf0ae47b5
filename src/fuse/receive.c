#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "fuse/inside.h"
#include "fuse/receive.h"

/* How often the second looks: what takes longer is worth the switch to another thread. */
#define LOOK_NS 1000000

/* Looks in a row that found more to do, until one more thread receives; or that did not,
 * until one fewer.  A single reader has two requests there at times, but not so often. */
#define CROWDED 16

/* Looks in a row without anything new, until the second sleeps, and one receives again. */
#define QUIET 4

struct place {
	const void *whose;
	bool busy;		 /* with what was received */
	unsigned received, seen; /* seen: by the second, when it looked last */
};

struct ckpt_receive {
	int fd;
	pthread_mutex_t lock;
	pthread_cond_t line;   /* those behind the second */
	pthread_cond_t second; /* waited at by the second alone */
	size_t most, allowed;  /* places that may be taken, ever and now */
	struct place places[CKPT_FUSE_THREADS];
	bool has_second, asleep; /* asleep: the next request wakes it */
	int crowded;		 /* looks in a row that found more, or, below 0, did not */
	unsigned quiet;
};

/* Its address is the thread's name. */
static __thread char self;

static size_t processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > CKPT_FUSE_THREADS ? CKPT_FUSE_THREADS : (size_t)n;
}

struct ckpt_receive *ckpt_receive_new(int fd)
{
	struct ckpt_receive *r = calloc(1, sizeof(*r));
	pthread_condattr_t attr;

	if (!r)
		return NULL;
	r->fd = fd;
	r->allowed = 1;
	r->most = processors();
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->line, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&r->second, &attr);
	pthread_condattr_destroy(&attr);
	return r;
}

void ckpt_receive_free(struct ckpt_receive *r)
{
	if (!r)
		return;
	pthread_cond_destroy(&r->second);
	pthread_cond_destroy(&r->line);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

/* whose NULL: one that is free. */
static struct place *place_of(struct ckpt_receive *r, const void *whose)
{
	for (size_t i = 0; i < r->most; i++) {
		if (r->places[i].whose == whose)
			return &r->places[i];
	}
	return NULL;
}

static size_t taken(const struct ckpt_receive *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->most; i++)
		n += r->places[i].whose != NULL;
	return n;
}

static bool has_more(const struct ckpt_receive *r)
{
	struct pollfd p = { .fd = r->fd, .events = POLLIN };

	return poll(&p, 1, 0) != 0;
}

/* --- the second ---------------------------------------------------------- */

static void wake_second(struct ckpt_receive *r)
{
	r->asleep = false;
	r->quiet = 0;
	pthread_cond_signal(&r->second);
}

static void sleep_until_look(struct ckpt_receive *r)
{
	struct timespec t;

	if (r->quiet >= QUIET) {
		r->allowed = 1;
		r->asleep = true;
		while (r->asleep)
			pthread_cond_wait(&r->second, &r->lock);
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += LOOK_NS;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	pthread_cond_timedwait(&r->second, &r->lock, &t);
}

static void decide_how_many(struct ckpt_receive *r, bool more)
{
	if (more)
		r->crowded = r->crowded < 0 ? 1 : r->crowded + 1;
	else
		r->crowded = r->crowded > 0 ? -1 : r->crowded - 1;
	if (r->crowded > -CROWDED && r->crowded < CROWDED)
		return;
	if (more && r->allowed < r->most)
		r->allowed++;
	else if (!more && r->allowed > 1)
		r->allowed--;
	r->crowded = 0;
}

static void look(struct ckpt_receive *r)
{
	r->quiet++;
	for (size_t i = 0; i < r->most; i++) {
		struct place *p = &r->places[i];

		if (p->received != p->seen)
			r->quiet = 0;
		else if (p->busy)
			p->whose = NULL;
		p->seen = p->received;
	}
	decide_how_many(r, has_more(r));
}

static void stand_by(struct ckpt_receive *r)
{
	if (r->has_second) {
		pthread_cond_wait(&r->line, &r->lock);
		return;
	}
	r->has_second = true;
	sleep_until_look(r);
	look(r);
	r->has_second = false;
}

/* --- the one that receives ------------------------------------------------ */

static void unlock(void *lock)
{
	pthread_mutex_unlock(lock);
}

static struct place *take_place(struct ckpt_receive *r)
{
	struct place *p = place_of(r, &self);

	if (p && taken(r) <= r->allowed)
		return p;
	if (p)
		p->whose = NULL;
	while (taken(r) >= r->allowed)
		stand_by(r);
	p = place_of(r, NULL);
	p->whose = &self;
	pthread_cond_signal(&r->line);
	return p;
}

void ckpt_receive_begin(struct ckpt_receive *r)
{
	struct place *p;

	pthread_mutex_lock(&r->lock);
	pthread_cleanup_push(unlock, &r->lock);
	p = take_place(r);
	p->busy = false;
	pthread_cleanup_pop(1);
}

void ckpt_receive_end(struct ckpt_receive *r)
{
	struct place *p;

	pthread_mutex_lock(&r->lock);
	p = place_of(r, &self);
	p->busy = true;
	p->received++;
	if (r->asleep)
		wake_second(r);
	pthread_mutex_unlock(&r->lock);
}

void ckpt_receive_long(struct ckpt_receive *r)
{
	struct place *p;

	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	p = place_of(r, &self);
	if (p) {
		p->whose = NULL;
		wake_second(r);
	}
	pthread_mutex_unlock(&r->lock);
}
