/* What the archive's newest checkpoint needs of one that is held.
 *
 * Its names are read beside those of the source, before the archive is locked.
 * What a checkpoint needs never changes, so if it is still the newest under the
 * lock, none of that was removed since; else it is read again.  One that can't be
 * read only means more to look at, and to sync.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "base/thread.h"
#include "engine/archive.h"
#include "engine/format.h"
#include "engine/plain.h"

static void mark(struct ckpt_held *h, const struct ckpt_slice *name, size_t names)
{
	ptrdiff_t found[CKPT_INDEX_SOME];

	for (size_t at = 0, n; at < names; at += n) {
		n = names - at < CKPT_INDEX_SOME ? names - at : CKPT_INDEX_SOME;
		ckpt_index_find_some(&h->index, name + at, n, found);
		for (size_t k = 0; k < n; k++)
			if (found[k] >= 0)
				h->file[found[k]].kept = true;
	}
}

/* What the newest needs, as slices of what holds them. */
struct newest {
	struct ckpt_plain_deps plain;
	struct ckpt_blob text;
	struct ckpt_deps deps; /* what is not plain */
};

static void newest_release(struct newest *n)
{
	free(n->plain.name);
	free(n->text.data);
	ckpt_deps_release(&n->deps);
}

static bool read_parsed(struct ckpt_store *archive, const struct ckpt_uuid *u, struct newest *n)
{
	const struct ckpt_names *batches;
	struct ckpt_blob text = { 0 };
	int rc = ckpt_deps_read_listed(archive, u, &n->deps, &text, NULL);

	free(text.data);
	batches = n->deps.batches;
	free(n->plain.name);
	n->plain.name = rc ? NULL : calloc(batches->n + 1, sizeof(*n->plain.name));
	for (size_t i = 0; n->plain.name && i < batches->n; i++) {
		const char *name = ckpt_names_at(batches, i);

		n->plain.name[i] = (struct ckpt_slice){ name, strlen(name) };
	}
	n->plain.n_batches = n->plain.name ? batches->n : 0;
	return n->plain.name != NULL;
}

/* As it is written nearly always, its names need not be copied. */
static bool read_newest(struct ckpt_store *archive, const struct ckpt_uuid *u, struct newest *n)
{
	char dir[CKPT_UUID_TEXT];

	*n = (struct newest){ 0 };
	if (!ckpt_store_read(archive, ckpt_uuid_text(u, dir), CKPT_DEPENDENCIES, CKPT_DEPS_BYTES_MAX,
			     &n->text, NULL) &&
	    ckpt_plain_deps(n->text.data, n->text.len, &n->plain))
		return true;
	return read_parsed(archive, u, n);
}

static void *run(void *kept)
{
	struct ckpt_kept_reader *k = kept;
	struct newest newest;
	bool read = read_newest(k->archive, &k->newest, &newest);

	while (sem_wait(&k->listed) && errno == EINTR)
		;
	k->done = read && k->h->file;
	if (k->done)
		mark(k->h, newest.plain.name, newest.plain.n_batches);
	newest_release(&newest);
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
	struct newest newest;

	if (u && h->kept_known && !ckpt_uuid_cmp(u, &h->kept_of))
		return;
	for (size_t i = 0; i < h->n_batch; i++)
		h->file[i].kept = false;
	if (!u)
		return;
	if (read_newest(archive->store, u, &newest))
		mark(h, newest.plain.name, newest.plain.n_batches);
	newest_release(&newest);
}
