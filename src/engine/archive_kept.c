/* What the archive's newest checkpoint needs of one that is held.
 *
 * Its names are read beside those of the source, before the archive is locked.
 * What a checkpoint needs never changes, so if it is still the newest under the
 * lock, none of that was removed since; else it is read again.  One that can't be
 * read only means more to look at, and to sync.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/thread.h"
#include "engine/archive.h"
#include "engine/format.h"

static int read_newest(struct ckpt_store *archive, const struct ckpt_uuid *u, struct ckpt_deps *newest)
{
	struct ckpt_blob text = { 0 };
	int rc = ckpt_deps_read_listed(archive, u, newest, &text, NULL);

	free(text.data);
	return rc;
}

static void mark(struct ckpt_held *h, const struct ckpt_deps *newest)
{
	const char *name[CKPT_INDEX_SOME];
	ptrdiff_t found[CKPT_INDEX_SOME];

	for (size_t at = 0, n; at < newest->batches->n; at += n) {
		for (n = 0; n < CKPT_INDEX_SOME && at + n < newest->batches->n; n++)
			name[n] = ckpt_names_at(newest->batches, at + n);
		ckpt_index_find_some(&h->index, name, n, found);
		for (size_t k = 0; k < n; k++)
			if (found[k] >= 0)
				h->file[found[k]].kept = true;
	}
}

static void *run(void *kept)
{
	struct ckpt_kept_reader *k = kept;
	struct ckpt_deps newest;
	int rc = read_newest(k->archive, &k->newest, &newest);

	while (sem_wait(&k->listed) && errno == EINTR)
		;
	k->done = !rc && k->h->file;
	if (k->done)
		mark(k->h, &newest);
	ckpt_deps_release(&newest);
	return NULL;
}

void ckpt_kept_begin(struct ckpt_kept_reader *k, struct ckpt_held *h, const struct ckpt_root *archive)
{
	const struct ckpt_catalog *c = archive->catalog;

	*k = (struct ckpt_kept_reader){ .h = h, .archive = archive->store };
	if (!c->n || !ckpt_store_is_abreast(archive->store) || sem_init(&k->listed, 0, 0))
		return;
	k->newest = c->entry[c->n - 1]->uuid;
	k->started = !ckpt_thread_start(&k->thread, run, k);
	if (!k->started)
		sem_destroy(&k->listed);
}

void ckpt_kept_listed(struct ckpt_kept_reader *k)
{
	if (k->started)
		sem_post(&k->listed);
}

void ckpt_kept_end(struct ckpt_kept_reader *k)
{
	if (!k->started)
		return;
	pthread_join(k->thread, NULL);
	sem_destroy(&k->listed);
	k->h->kept_known = k->done;
	k->h->kept_of = k->newest;
}

void ckpt_held_kept(struct ckpt_held *h, struct ckpt_root *archive)
{
	const struct ckpt_catalog *c = archive->catalog;
	const struct ckpt_uuid *u = c->n ? &c->entry[c->n - 1]->uuid : NULL;
	struct ckpt_deps newest;

	if (u && h->kept_known && !ckpt_uuid_cmp(u, &h->kept_of))
		return;
	for (size_t i = 0; i < h->n_batch; i++)
		h->file[i].kept = false;
	if (!u)
		return;
	if (!read_newest(archive->store, u, &newest))
		mark(h, &newest);
	ckpt_deps_release(&newest);
}
