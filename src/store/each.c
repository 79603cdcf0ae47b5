#include <errno.h>
#include <pthread.h>

#include "base/thread.h"
#include "store/limits.h"
#include "store/ops.h"

/* Which failure ends it; WANT: of descriptors, where all others would fail too. */
enum until { ANY, WANT, NONE };

/* The threads that share one call's work, the caller's among them. */
struct crew {
	struct ckpt_store *store;
	const struct ckpt_each *each;
	size_t n, grain; /* grain: how many one takes at a time */
	size_t next;	 /* atomic */
	int (*work)(const struct crew *c, const struct ckpt_each *e, struct ckpt_err *err);
	uint64_t max;		 /* remove */
	struct ckpt_store *from; /* adopt */
	bool durable;		 /* the same */
	enum ckpt_adopted *how;
	struct ckpt_file **file; /* open, adopt */
	struct ckpt_stat *st;	 /* open, stat */
	enum until until;
	pthread_mutex_t telling;
	ckpt_each_fn *failed; /* under telling */
	void *ctx;
};

static bool ends(const struct crew *c, int rc)
{
	return c->until == ANY || (c->until == WANT && (rc == -EMFILE || rc == -ENFILE));
}

static void tell(struct crew *c, size_t i, int rc, const struct ckpt_err *why)
{
	pthread_mutex_lock(&c->telling);
	c->failed(c->ctx, i, rc, why);
	pthread_mutex_unlock(&c->telling);
	if (ends(c, rc))
		__atomic_store_n(&c->next, c->n, __ATOMIC_RELAXED);
}

static void *take_part(void *crew)
{
	struct crew *c = crew;
	struct ckpt_err why;
	size_t i, end;
	int rc = 0;

	while ((i = __atomic_fetch_add(&c->next, c->grain, __ATOMIC_RELAXED)) < c->n) {
		end = c->n - i < c->grain ? c->n : i + c->grain;
		for (; i < end && !(rc && ends(c, rc)); i++) {
			rc = c->work(c, &c->each[i], &why);
			if (rc)
				tell(c, i, rc, &why);
		}
	}
	return NULL;
}

static unsigned start(struct crew *c, pthread_t *thread, unsigned wanted)
{
	unsigned started = 0;

	while (started < wanted && !ckpt_thread_start(&thread[started], take_part, c))
		started++;
	return started;
}

/* As many threads as there is work for, but no more than abreast; fewer where
 * the system gives no more. */
static void work_together(struct crew *c, unsigned abreast)
{
	pthread_t thread[CKPT_EACH_THREADS_MAX];
	size_t shares = c->n / c->grain;
	unsigned n = 0;

	if (abreast > CKPT_EACH_THREADS_MAX)
		abreast = CKPT_EACH_THREADS_MAX;
	if (abreast > shares)
		abreast = (unsigned)shares;
	pthread_mutex_init(&c->telling, NULL);
	if (abreast > 1)
		n = start(c, thread, abreast - 1);
	take_part(c);
	while (n > 0)
		pthread_join(thread[--n], NULL);
	pthread_mutex_destroy(&c->telling);
}

bool ckpt_store_is_abreast(const struct ckpt_store *s)
{
	return s->ops->open_abreast > 1;
}

/* --- open, stat --------------------------------------------------------- */

static int open_one(const struct crew *c, const struct ckpt_each *e, struct ckpt_err *err)
{
	size_t i = (size_t)(e - c->each);

	return ckpt_store_open_seen(c->store, e->dir, e->name, &c->file[i], &c->st[i], err);
}

static int stat_one(const struct crew *c, const struct ckpt_each *e, struct ckpt_err *err)
{
	return ckpt_store_stat(c->store, e->dir, e->name, &c->st[e - c->each], err);
}

/* file NULL: they are only looked at. */
static void look_each(struct ckpt_store *s, const struct ckpt_each *each, size_t n, struct ckpt_file **file,
		      struct ckpt_stat *st, ckpt_each_fn *failed, void *ctx)
{
	struct crew c = { .store = s,
			  .each = each,
			  .n = n,
			  .grain = CKPT_EACH_GRAIN,
			  .work = file ? open_one : stat_one,
			  .file = file,
			  .st = st,
			  .until = WANT,
			  .failed = failed,
			  .ctx = ctx };

	work_together(&c, s->ops->open_abreast);
}

void ckpt_store_open_each(struct ckpt_store *s, const struct ckpt_each *each, size_t n,
			  struct ckpt_file **file, struct ckpt_stat *st, ckpt_each_fn *failed, void *ctx)
{
	look_each(s, each, n, file, st, failed, ctx);
}

void ckpt_store_stat_each(struct ckpt_store *s, const struct ckpt_each *each, size_t n, struct ckpt_stat *st,
			  ckpt_each_fn *failed, void *ctx)
{
	look_each(s, each, n, NULL, st, failed, ctx);
}

/* --- sync --------------------------------------------------------------- */

struct first {
	int rc;
	struct ckpt_err *err;
};

static void keep_first(void *ctx, size_t i, int rc, const struct ckpt_err *why)
{
	struct first *f = ctx;

	(void)i;
	if (!f->rc && f->err)
		*f->err = *why;
	f->rc = f->rc ? f->rc : rc;
}

static int sync_one(const struct crew *c, const struct ckpt_each *e, struct ckpt_err *err)
{
	return ckpt_store_sync_file(c->store, e->dir, e->name, err);
}

int ckpt_store_sync_each(struct ckpt_store *s, const struct ckpt_each *each, size_t n, struct ckpt_err *err)
{
	struct first first = { .err = err };
	struct crew c = { .store = s,
			  .each = each,
			  .n = n,
			  .grain = 1,
			  .work = sync_one,
			  .failed = keep_first,
			  .ctx = &first };

	work_together(&c, s->ops->sync_abreast);
	return first.rc;
}

/* --- adopt -------------------------------------------------------------- */

static int adopt_one(const struct crew *c, const struct ckpt_each *e, struct ckpt_err *err)
{
	const ptrdiff_t i = e - c->each;

	return c->file[i] ? ckpt_store_adopt_open(c->store, e->dir, e->name, c->file[i], c->durable,
						  &c->how[i], err)
			  : ckpt_store_adopt(c->store, e->dir, e->name, c->from, e->dir, e->name, c->durable,
					     &c->how[i], err);
}

/* Most of it is waiting for syncs, or else for the directory's lock. */
void ckpt_store_adopt_each(struct ckpt_store *s, struct ckpt_store *from, const struct ckpt_each *each,
			   struct ckpt_file **file, size_t n, bool durable, enum ckpt_adopted *how,
			   ckpt_each_fn *failed, void *ctx)
{
	struct crew c = { .store = s,
			  .each = each,
			  .file = file,
			  .n = n,
			  .grain = durable ? CKPT_EACH_GRAIN : 1,
			  .work = adopt_one,
			  .from = from,
			  .durable = durable,
			  .how = how,
			  .until = NONE,
			  .failed = failed,
			  .ctx = ctx };
	unsigned abreast = durable ? s->ops->change_abreast : s->ops->sync_abreast;

	work_together(&c, abreast < from->ops->sync_abreast ? abreast : from->ops->sync_abreast);
}

/* --- remove ------------------------------------------------------------- */

static int remove_one(const struct crew *c, const struct ckpt_each *e, struct ckpt_err *err)
{
	return e->name ? ckpt_store_remove(c->store, e->dir, e->name, err)
		       : ckpt_store_remove_tree(c->store, e->dir, c->max, err);
}

void ckpt_store_remove_each(struct ckpt_store *s, const struct ckpt_each *each, size_t n, uint64_t max,
			    ckpt_each_fn *failed, void *ctx)
{
	struct crew c = { .store = s,
			  .each = each,
			  .n = n,
			  .grain = CKPT_EACH_GRAIN,
			  .work = remove_one,
			  .max = max,
			  .until = NONE,
			  .failed = failed,
			  .ctx = ctx };

	work_together(&c, s->ops->change_abreast);
}

/* --- numbers ------------------------------------------------------------ */

struct listing {
	struct ckpt_store *store;
	void *ctx;
	size_t max;
	ckpt_number_fn *fn;
	struct ckpt_err err;
	int rc;
};

static void *list(void *listing)
{
	struct listing *l = listing;

	l->rc = ckpt_store_numbers(l->store, l->max, l->fn, l->ctx, &l->err);
	return NULL;
}

int ckpt_store_numbers_of_both(struct ckpt_store *a, void *a_ctx, struct ckpt_store *b, void *b_ctx,
			       size_t max, ckpt_number_fn *fn, struct ckpt_err *err)
{
	struct listing one = { .store = a, .ctx = a_ctx, .max = max, .fn = fn };
	struct listing other = { .store = b, .ctx = b_ctx, .max = max, .fn = fn };
	const struct listing *bad;
	pthread_t thread;
	bool beside = a->ops->change_abreast > 1 && !ckpt_thread_start(&thread, list, &one);

	list(&other);
	if (beside)
		pthread_join(thread, NULL);
	else
		list(&one);
	bad = one.rc < 0 ? &one : &other;
	if (bad->rc < 0 && err)
		*err = bad->err;
	return bad->rc < 0 ? bad->rc : one.rc || other.rc;
}
