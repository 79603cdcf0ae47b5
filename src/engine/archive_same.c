/* Which batches of a checkpoint the archive has as the very same file, or lacks.
 *
 * A listing tells the file that a name leads to on the disk, also where another is
 * mounted over that name.  Mounted in the source, what the archive has is still the
 * batch, and what the mount hides is not looked at; mounted in the archive, the
 * batch is there and can't be read until it is unmounted, as verify says.  In
 * neither is anything added that is not the checkpoint's.
 *
 * Race 7.  The number that a listing told can be another file's when it is compared
 * (check_same).  What is missing is held open, so far as that goes, and keeps its
 * number.  What is the same has two names: both must have gone, the one by a gc of
 * the archive, and the one who has had the archive's lock since must have given the
 * number to a new file of this very name.  He took it from a checkpoint that needs
 * it, and names are unique: it is that batch again.  Nor is it one that is not durable:
 * whoever gives a batch a name in an archive syncs it before, and so does a run that is
 * killed then.
 */
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "engine/archive.h"
#include "engine/limits.h"

/* One of the two listings: some names are taken before they are found. */
struct side {
	const struct ckpt_index *index;
	uint64_t *number; /* by batch; 0: it is not there */
	size_t n;
	uint64_t ino[CKPT_INDEX_SOME];
	struct ckpt_slice taken[CKPT_INDEX_SOME]; /* in name */
	char name[CKPT_INDEX_SOME][CKPT_NAME_MAX];
};

static void find_taken(struct side *s)
{
	ptrdiff_t found[CKPT_INDEX_SOME];

	ckpt_index_find_some(s->index, s->taken, s->n, found);
	for (size_t k = 0; k < s->n; k++)
		if (found[k] >= 0)
			s->number[found[k]] = s->ino[k];
	s->n = 0;
}

static void take(void *ctx, const char *name, uint64_t ino)
{
	struct side *s = ctx;
	size_t len = strlen(name);

	if (len > CKPT_NAME_MAX) /* no batch */
		return;
	s->taken[s->n] = (struct ckpt_slice){ memcpy(s->name[s->n], name, len), len };
	s->ino[s->n++] = ino;
	if (s->n == CKPT_INDEX_SOME)
		find_taken(s);
}

/* A root whose listing fails is looked at file by file, and then it is said. */
static bool list_both(const struct ckpt_held *h, struct ckpt_store *archive, struct side *there,
		      struct side *here)
{
	int rc = ckpt_store_numbers_of_both(archive, there, h->source->store, here,
					    h->n_batch * CKPT_ARCHIVE_LIST_FACTOR, take, NULL);

	find_taken(there);
	find_taken(here);
	return !rc;
}

static void mark(struct ckpt_held *h, const uint64_t *there, const uint64_t *here)
{
	for (size_t i = 0; i < h->n_batch; i++) {
		if (!here[i] || here[i] == CKPT_NO_FILE || (there[i] && there[i] != here[i]))
			continue;
		h->file[i].same = there[i] == here[i];
		h->file[i].missing = !there[i];
		h->file[i].ino = here[i];
	}
}

int ckpt_held_share(struct ckpt_held *h, struct ckpt_store *archive, struct ckpt_err *err)
{
	struct side there = { .index = &h->index }, here = { .index = &h->index };
	int rc = 0;

	if (!h->near || !h->n_batch)
		return 0;
	there.number = calloc(h->n_batch, sizeof(*there.number));
	here.number = calloc(h->n_batch, sizeof(*here.number));
	if (!there.number || !here.number)
		rc = ckpt_fail_nomem(err);
	else if (list_both(h, archive, &there, &here))
		mark(h, there.number, here.number);
	free(there.number);
	free(here.number);
	return rc;
}
