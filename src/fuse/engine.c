#include "fuse/engine.h"

#include <stdlib.h>

#include "fuse/inside.h"

struct ckpt_engine {
	pthread_t thread[2];
	size_t threads; /* that run */
	pthread_mutex_t lock;
	pthread_cond_t work;
	/* Under lock. */
	struct ckpt_job *first, *last;
	size_t waiting;
	struct ckpt_job *running; /* its command; NULL: none runs */
	bool ending;
};

static bool is_stopped(const struct ckpt_job *job)
{
	return __atomic_load_n(&job->stop, __ATOMIC_ACQUIRE);
}

bool ckpt_job_stopped(void *job)
{
	return is_stopped(job);
}

static void stop(struct ckpt_job *job)
{
	__atomic_store_n(&job->stop, true, __ATOMIC_RELEASE);
}

/* --- the queue; under the lock ------------------------------------------- */

static void take_out(struct ckpt_engine *e, struct ckpt_job *job, struct ckpt_job *before)
{
	*(before ? &before->next : &e->first) = job->next;
	if (e->last == job)
		e->last = before;
	e->waiting--;
}

/* A job that nobody waits for any more; or NULL. */
static struct ckpt_job *take_cancelled(struct ckpt_engine *e)
{
	struct ckpt_job *job, *before = NULL;

	for (job = e->first; job; before = job, job = job->next) {
		if (e->ending || is_stopped(job)) {
			take_out(e, job, before);
			return job;
		}
	}
	return NULL;
}

static struct ckpt_job *take_next(struct ckpt_engine *e)
{
	struct ckpt_job *job = e->first;

	if (!job || e->running)
		return NULL;
	take_out(e, job, NULL);
	e->running = job;
	return job;
}

/* --- the threads --------------------------------------------------------- */

static void run_unlocked(struct ckpt_engine *e, struct ckpt_job *job)
{
	pthread_mutex_unlock(&e->lock);
	job->run(job);
	pthread_mutex_lock(&e->lock);
	/* Until now the end of the mount may have stopped it. */
	e->running = NULL;
	free(job);
	pthread_cond_broadcast(&e->work);
}

static void cancel_unlocked(struct ckpt_engine *e, struct ckpt_job *job)
{
	pthread_mutex_unlock(&e->lock);
	job->cancel(job);
	free(job);
	pthread_mutex_lock(&e->lock);
}

static void *serve(void *arg)
{
	struct ckpt_engine *e = arg;
	struct ckpt_job *job;

	pthread_mutex_lock(&e->lock);
	for (;;) {
		if ((job = take_cancelled(e)))
			cancel_unlocked(e, job);
		else if ((job = take_next(e)))
			run_unlocked(e, job);
		else if (e->ending)
			break;
		else
			pthread_cond_wait(&e->work, &e->lock);
	}
	pthread_mutex_unlock(&e->lock);
	return NULL;
}

void ckpt_engine_stop(struct ckpt_engine *e)
{
	if (!e)
		return;
	pthread_mutex_lock(&e->lock);
	e->ending = true;
	if (e->running)
		stop(e->running);
	pthread_cond_broadcast(&e->work);
	pthread_mutex_unlock(&e->lock);
	while (e->threads > 0)
		pthread_join(e->thread[--e->threads], NULL);
}

void ckpt_engine_free(struct ckpt_engine *e)
{
	if (!e)
		return;
	ckpt_engine_stop(e);
	pthread_cond_destroy(&e->work);
	pthread_mutex_destroy(&e->lock);
	free(e);
}

struct ckpt_engine *ckpt_engine_new(void)
{
	struct ckpt_engine *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	pthread_mutex_init(&e->lock, NULL);
	pthread_cond_init(&e->work, NULL);
	for (; e->threads < 2; e->threads++) {
		if (ckpt_thread_start(&e->thread[e->threads], serve, e)) {
			ckpt_engine_free(e);
			return NULL;
		}
	}
	return e;
}

/* --- jobs ---------------------------------------------------------------- */

static void on_interrupt(fuse_req_t req, void *data)
{
	struct ckpt_job *job = data;
	struct ckpt_engine *e = job->engine;

	(void)req;
	stop(job);
	pthread_mutex_lock(&e->lock);
	pthread_cond_broadcast(&e->work);
	pthread_mutex_unlock(&e->lock);
}

bool ckpt_engine_add(struct ckpt_engine *e, struct ckpt_job *job)
{
	bool room;

	job->engine = e;
	job->next = NULL;
	/* First this: once it is in the queue it may be gone at any time. */
	fuse_req_interrupt_func(job->req, on_interrupt, job);
	pthread_mutex_lock(&e->lock);
	room = e->waiting < CKPT_ENGINE_QUEUE && !e->ending;
	if (room) {
		*(e->last ? &e->last->next : &e->first) = job;
		e->last = job;
		e->waiting++;
		pthread_cond_broadcast(&e->work);
	}
	pthread_mutex_unlock(&e->lock);
	if (!room)
		ckpt_job_settle(job);
	return room;
}

void ckpt_job_settle(struct ckpt_job *job)
{
	fuse_req_interrupt_func(job->req, NULL, NULL);
}
