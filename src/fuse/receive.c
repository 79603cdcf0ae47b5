#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "fuse/inside.h"
#include "fuse/receive.h"

/* How often the second looks: what takes longer is worth the switch to another thread. */
#define LOOK_NS 4000000

/* Of so many requests, each who made one counts as a reader. */
#define RECENT 32

/* Looks in a row without anything new, until the second sleeps. */
#define QUIET 4

struct place {
	const void *whose;
	bool busy;		 /* with what was received */
	unsigned received, seen; /* seen: by the second, when it looked last */
};

struct reader {
	uint32_t pid;
	uint64_t at; /* his last request's number, from 1; 0: nobody */
};

struct ckpt_receive {
	pthread_mutex_t lock;
	pthread_cond_t line;   /* those behind the second */
	pthread_cond_t second; /* waited at by the second alone */
	size_t most, allowed;  /* places that may be taken, ever and now */
	struct place places[CKPT_FUSE_THREADS];
	bool has_second, asleep; /* asleep: the next request wakes it */
	unsigned quiet;
	uint64_t requests; /* of readers */
	struct reader readers[CKPT_FUSE_THREADS];
};

/* Its address is the thread's name. */
static __thread char self;

static size_t processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > CKPT_FUSE_THREADS ? CKPT_FUSE_THREADS : (size_t)n;
}

struct ckpt_receive *ckpt_receive_new(void)
{
	struct ckpt_receive *r = calloc(1, sizeof(*r));
	pthread_condattr_t attr;

	if (!r)
		return NULL;
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

/* --- how many receive ------------------------------------------------------ */

static void note_reader(struct ckpt_receive *r, uint32_t pid)
{
	struct reader *at = r->readers;
	size_t n = 0;

	for (size_t i = 0; i < CKPT_FUSE_THREADS && at->pid != pid; i++) {
		if (r->readers[i].pid == pid || r->readers[i].at < at->at)
			at = &r->readers[i];
	}
	*at = (struct reader){ .pid = pid, .at = ++r->requests };
	for (size_t i = 0; i < CKPT_FUSE_THREADS; i++)
		n += r->readers[i].at && r->requests - r->readers[i].at < RECENT;
	r->allowed = n < r->most ? n : r->most;
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
	assert(p); /* no more are allowed than there are */
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

void ckpt_receive_end(struct ckpt_receive *r, uint32_t pid)
{
	struct place *p;

	pthread_mutex_lock(&r->lock);
	p = place_of(r, &self);
	assert(p); /* who waits for a request keeps it */
	p->busy = true;
	p->received++;
	if (pid)
		note_reader(r, pid);
	if (r->asleep || taken(r) < r->allowed)
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
