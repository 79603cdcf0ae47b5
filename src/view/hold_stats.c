/* hold_stats.c - what is held, for those who look */
#include <stdlib.h>

#include "view/hold.h"

/* A file that is held, perhaps by several checkpoints that share it. */
struct seen {
	uint64_t ino, size;
	bool deleted;
};

struct sums {
	struct seen *seen; /* one a descriptor */
	size_t files, missing;
	const char *why;
	bool failed; /* no memory */
};

static void add_file(struct sums *sums, struct ckpt_shared *f)
{
	struct ckpt_stat st;
	struct seen *grown;

	if (!f || ckpt_file_stat(f->file, &st, NULL))
		return;
	grown = reallocarray(sums->seen, sums->files + 1, sizeof(*grown));
	if (!grown) {
		sums->failed = true;
		return;
	}
	sums->seen = grown;
	sums->seen[sums->files++] = (struct seen){ st.ino, st.size, st.nlink == 0 };
}

static void add_hold(struct sums *sums, const struct ckpt_hold *h)
{
	for (size_t i = 0; i < h->lists->deps.batches->n; i++)
		add_file(sums, h->batch[i]);
	for (size_t i = 0; i < h->lists->files.n; i++)
		add_file(sums, h->file[i]);
	add_file(sums, h->state);
	sums->missing += h->wanted - h->n;
	if (h->why)
		sums->why = h->why;
}

static int by_ino(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	return (x->ino > y->ino) - (x->ino < y->ino);
}

static void add_sums(struct sums *sums, struct ckpt_view_stats *out)
{
	out->held.known = !sums->failed;
	out->held.files = sums->files;
	out->held.missing = sums->missing;
	out->held.why = sums->why;
	if (sums->files)
		qsort(sums->seen, sums->files, sizeof(*sums->seen), by_ino);
	for (size_t i = 0; i < sums->files; i++) {
		const struct seen *f = &sums->seen[i];

		out->held.deleted_files += f->deleted;
		if (i && f->ino == f[-1].ino)
			continue;
		out->held.bytes += f->size;
		out->held.deleted_bytes += f->deleted ? f->size : 0;
	}
}

/* References to all holds, so that files are looked at without the lock. */
static struct ckpt_hold **all_holds(struct ckpt_view *v, size_t *n, bool *failed)
{
	struct ckpt_hold **h = NULL;

	*n = 0;
	pthread_mutex_lock(&v->lease_lock);
	for (const struct ckpt_use *u = v->leased; u; u = u->next)
		*n += u->hold != NULL;
	if (*n)
		h = calloc(*n, sizeof(*h));
	*failed = *n && !h;
	*n = 0;
	for (const struct ckpt_use *u = v->leased; h && u; u = u->next) {
		if (u->hold) {
			__atomic_add_fetch(&u->hold->refs, 1, __ATOMIC_RELAXED);
			h[(*n)++] = u->hold;
		}
	}
	pthread_mutex_unlock(&v->lease_lock);
	return h;
}

void ckpt_hold_stats(struct ckpt_view *v, struct ckpt_view_stats *out)
{
	struct sums sums = { 0 };
	size_t n;
	struct ckpt_hold **h = all_holds(v, &n, &sums.failed);

	for (size_t i = 0; i < n; i++) {
		add_hold(&sums, h[i]);
		ckpt_hold_unref(h[i]);
	}
	free(h);
	add_sums(&sums, out);
	free(sums.seen);
}
