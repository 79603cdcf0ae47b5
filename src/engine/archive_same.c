/* Which batches of a checkpoint the archive has as the very same file, or lacks. */
#include <stdlib.h>
#include <string.h>

#include "base/siphash.h"
#include "engine/archive.h"
#include "engine/limits.h"

/* A table of the batches by name, and the numbers that one listing told. */
struct table {
	const struct ckpt_held *h;
	uint32_t *bucket; /* numbers of batches + 1, 0 empty */
	size_t mask;
	uint64_t *number; /* by batch; the archive's, then the source's behind */
};

/* The bucket that holds name, or the empty one where it belongs. */
static uint32_t *find(const struct table *t, const char *name)
{
	size_t i = ckpt_siphash(ckpt_siphash_secret(), name, strlen(name)) & t->mask;

	while (t->bucket[i] && strcmp(t->h->file[t->bucket[i] - 1].name, name) != 0)
		i = (i + 1) & t->mask;
	return &t->bucket[i];
}

static bool make(struct table *t, const struct ckpt_held *h)
{
	size_t n = 1;

	while (n < 2 * h->n_batch)
		n *= 2;
	*t = (struct table){ .h = h,
			     .bucket = calloc(n, sizeof(*t->bucket)),
			     .mask = n - 1,
			     .number = calloc(2 * h->n_batch, sizeof(*t->number)) };
	if (!t->bucket || !t->number)
		return false;
	for (size_t i = 0; i < h->n_batch; i++)
		*find(t, h->file[i].name) = (uint32_t)i + 1;
	return true;
}

/* One of the two listings. */
struct side {
	const struct table *t;
	uint64_t *number; /* by batch; 0: it is not there */
};

static void take(void *ctx, const char *name, uint64_t ino)
{
	struct side *s = ctx;
	uint32_t i = *find(s->t, name);

	if (i)
		s->number[i - 1] = ino;
}

/* A root whose listing fails is looked at file by file, and then it is said. */
static bool list_both(const struct table *t, struct ckpt_store *archive)
{
	struct side there = { t, t->number }, here = { t, t->number + t->h->n_batch };

	return !ckpt_store_numbers_of_both(archive, &there, t->h->source->store, &here,
					   t->h->n_batch * CKPT_ARCHIVE_LIST_FACTOR, take, NULL);
}

static void mark(struct ckpt_held *h, const struct table *t)
{
	for (size_t i = 0; i < h->n_batch; i++) {
		const uint64_t there = t->number[i], here = t->number[h->n_batch + i];

		if (!here || here == CKPT_NO_FILE || (there && there != here))
			continue;
		h->file[i].same = there == here;
		h->file[i].missing = !there;
		h->file[i].ino = here;
	}
}

int ckpt_held_share(struct ckpt_held *h, struct ckpt_store *archive, struct ckpt_err *err)
{
	struct table t;
	int rc = 0;

	if (!h->near || !h->n_batch)
		return 0;
	if (!make(&t, h))
		rc = ckpt_fail_nomem(err);
	else if (list_both(&t, archive))
		mark(h, &t);
	free(t.bucket);
	free(t.number);
	return rc;
}
