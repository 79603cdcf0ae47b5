#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/names.h"
#include "base/thread.h"
#include "engine/layer.h"
#include "engine/limits.h"
#include "engine/problems.h"
#include "engine/root.h"

/* What was found of one batch; code 0: it is whole. */
struct found {
	int code;
	char *why;
	uint64_t bytes;
};

/* Several threads take the next batch each. */
struct pool {
	struct ckpt_store *store;
	const struct ckpt_names *batches;
	struct found *found;  /* one a batch, written by who took it */
	pthread_mutex_t lock; /* for all below */
	pthread_cond_t ended;
	size_t next, done;
	unsigned running;
	bool stop;
};

static void check_one(struct pool *p, size_t i)
{
	const char *name = ckpt_names_at(p->batches, i);
	struct found *found = &p->found[i];
	char label[CKPT_ERR_MAX / 2];
	struct ckpt_file *f;
	struct ckpt_err why;

	snprintf(label, sizeof(label), "%s/%s", ckpt_store_label(p->store), name);
	found->code = -ckpt_store_open(p->store, NULL, name, &f, &why);
	if (!found->code) {
		found->code = -ckpt_layer_check(f, label, &found->bytes, &why);
		ckpt_file_close(f);
	}
	if (found->code)
		found->why = strdup(why.msg);
}

static void *work(void *arg)
{
	struct pool *p = arg;
	size_t i;

	pthread_mutex_lock(&p->lock);
	while (!p->stop && p->next < p->batches->n) {
		i = p->next++;
		pthread_mutex_unlock(&p->lock);
		check_one(p, i);
		pthread_mutex_lock(&p->lock);
		p->done++;
	}
	p->running--;
	pthread_cond_signal(&p->ended);
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* Until all have ended: tell how far they are, and hear whether to stop. */
static void wait_for(struct pool *p, struct ckpt_root *root)
{
	const long tick_ns = 100000000;
	struct timespec until;
	size_t done;

	pthread_mutex_lock(&p->lock);
	while (p->running) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += tick_ns;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&p->ended, &p->lock, &until);
		done = p->done;
		pthread_mutex_unlock(&p->lock);
		ckpt_root_progress(root, "batches checked", done, p->batches->n);
		done = ckpt_root_stopped(root);
		pthread_mutex_lock(&p->lock);
		p->stop |= done;
	}
	pthread_mutex_unlock(&p->lock);
}

static size_t threads_for(size_t files)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	size_t n = cpus > 1 ? (size_t)cpus : 1;

	n = n < CKPT_VERIFY_THREADS ? n : CKPT_VERIFY_THREADS;
	return n < files ? n : files;
}

static int check_all(struct pool *p, struct ckpt_root *root, struct ckpt_err *err)
{
	pthread_t thread[CKPT_VERIFY_THREADS];
	size_t wanted = threads_for(p->batches->n), n;

	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->ended, NULL);
	pthread_mutex_lock(&p->lock);
	for (n = 0; n < wanted && ckpt_thread_start(&thread[n], work, p) == 0; n++)
		p->running++;
	pthread_mutex_unlock(&p->lock);
	wait_for(p, root);
	for (size_t i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
	pthread_cond_destroy(&p->ended);
	pthread_mutex_destroy(&p->lock);
	if (wanted && !n)
		return ckpt_fail(
			err, EAGAIN,
			"%s: can't start a thread to check batches; try again when fewer run (ulimit -u)",
			ckpt_store_label(p->store));
	if (p->done < p->batches->n)
		return ckpt_fail(err, EINTR, "%s: interrupted after %zu of %zu batches",
				 ckpt_store_label(p->store), p->done, p->batches->n);
	return 0;
}

/* --- which, and what of it --------------------------------------------------- */

struct chosen {
	struct ckpt_root *root;
	const struct ckpt_uuid *uuids; /* n 0: all */
	size_t n;
};

static size_t count(const struct chosen *c)
{
	return c->n ? c->n : c->root->catalog->n;
}

static const struct ckpt_uuid *nth(const struct chosen *c, size_t i)
{
	return c->n ? &c->uuids[i] : &c->root->catalog->entry[i]->uuid;
}

/* Call fn for each batch of each checkpoint; one that can't be read is a
 * problem already. */
static void each_batch(const struct chosen *c,
		       void (*fn)(void *ctx, const struct ckpt_uuid *u, const char *name), void *ctx)
{
	struct ckpt_deps deps;

	for (size_t i = 0; i < count(c); i++) {
		if (!ckpt_deps_read(c->root->store, nth(c, i), &deps, NULL))
			for (size_t k = 0; k < deps.batches->n; k++)
				fn(ctx, nth(c, i), ckpt_names_at(deps.batches, k));
		ckpt_deps_release(&deps);
	}
}

static void collect(void *ctx, const struct ckpt_uuid *u, const char *name)
{
	(void)u;
	ckpt_names_add(ctx, name, strlen(name));
}

struct reporting {
	const struct pool *pool;
	struct ckpt_problems *out;
};

static void report(void *ctx, const struct ckpt_uuid *u, const char *name)
{
	struct reporting *r = ctx;
	ptrdiff_t i = ckpt_names_find(r->pool->batches, name);
	const struct found *found = i < 0 ? NULL : &r->pool->found[i];

	/* Whether it is there was looked at before. */
	if (found && found->code && found->code != ENOENT)
		ckpt_problems_add(r->out, u, name, "%s", found->why ? found->why : "");
}

static void sum_up(const struct pool *p, struct ckpt_deep *deep)
{
	for (size_t i = 0; i < p->batches->n; i++) {
		const struct found *f = &p->found[i];

		if (f->code == ENOENT)
			continue;
		deep->files++;
		deep->bytes += f->bytes;
		deep->not_checked += f->code && f->code != EUCLEAN;
		deep->damaged += f->code == EUCLEAN;
	}
}

static int look_at(const struct chosen *c, const struct ckpt_names *batches, struct ckpt_problems *out,
		   struct ckpt_deep *deep, struct ckpt_err *err)
{
	struct pool p = { .store = c->root->store,
			  .batches = batches,
			  .found = calloc(batches->n + 1, sizeof(*p.found)) };
	struct reporting r = { &p, out };
	int rc = p.found ? check_all(&p, c->root, err) : ckpt_fail_nomem(err);

	if (!rc) {
		each_batch(c, report, &r);
		sum_up(&p, deep);
	}
	for (size_t i = 0; p.found && i < batches->n; i++)
		free(p.found[i].why);
	free(p.found);
	return !rc && out->failed ? ckpt_fail_nomem(err) : rc;
}

int ckpt_verify_deep(struct ckpt_root *root, const struct ckpt_uuid *uuids, size_t n,
		     const uint64_t *fingerprint, struct ckpt_problems *out, struct ckpt_deep *deep,
		     struct ckpt_err *err)
{
	const struct chosen c = { root, uuids, n };
	struct ckpt_names batches = CKPT_NAMES_INIT;
	int rc = ckpt_verify(root, uuids, n, fingerprint, out, err);

	memset(deep, 0, sizeof(*deep));
	if (rc)
		return rc;
	each_batch(&c, collect, &batches);
	rc = ckpt_names_seal(&batches) ? look_at(&c, &batches, out, deep, err) : ckpt_fail_nomem(err);
	ckpt_names_release(&batches);
	return rc;
}
