#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "engine/archive_file.h"
#include "engine/archive_put.h"
#include "engine/limits.h"

static void take_back(struct ckpt_putting *p)
{
	struct ckpt_store *store = p->archive->store;

	for (size_t i = p->h->n_file; i-- > 0;)
		if (p->added[i])
			ckpt_store_remove(store, p->h->file[i].dir, p->h->file[i].name, NULL);
	if (p->made_dir)
		ckpt_store_remove_tree(store, p->h->dir, CKPT_REMOVE_CHUNK, NULL);
	/* For good before the catalog goes, as in a commit. */
	if (!ckpt_store_sync_dir(store, NULL, NULL) && p->made_catalog) {
		ckpt_store_remove(store, NULL, CKPT_CATALOG, NULL);
		ckpt_store_sync_dir(store, NULL, NULL);
	}
	if (p->made_catalog)
		ckpt_root_refresh(p->archive, NULL);
}

/* --- the files ---------------------------------------------------------- */

/* What is there already may be what somebody else copied, and not durable.  All was
 * synced with what a listing had told before (f->ino); at the others we looked since. */
static int sync_present(struct ckpt_putting *p, size_t from, size_t to, struct ckpt_err *err)
{
	struct ckpt_each each[CKPT_ARCHIVE_CHUNK_FILES];
	size_t n = 0;

	for (size_t i = from; i < to; i++) {
		const struct ckpt_held_file *f = &p->h->file[i];

		if (!p->added[i] && !f->kept && !(p->h->durable && !f->missing && f->ino))
			each[n++] = (struct ckpt_each){ f->dir, f->name };
	}
	return ckpt_store_sync_each(p->archive->store, each, n, err);
}

static int put_files(struct ckpt_putting *p, size_t from, size_t to, struct ckpt_err *err)
{
	int rc = 0;

	for (size_t i = from, end; !rc && i < to; i = end) {
		/* Between them somebody may stop us: a copy takes its time. */
		size_t chunk = p->counted.linked ? CKPT_ARCHIVE_CHUNK_FILES : CKPT_ARCHIVE_CHUNK_COPIES;

		end = to - i < chunk ? to : i + chunk;
		rc = ckpt_put_chunk(p->archive, p->h, i, end, p->added, &p->counted, err);
		if (!rc)
			rc = sync_present(p, i, end, err);
		if (p->h->tells)
			ckpt_root_progress(p->archive, "files archived", end, p->h->n_file);
	}
	return rc;
}

/* As in a commit: a directory without a catalog would look like a catalog that
 * was lost. */
static int begin(struct ckpt_putting *p, struct ckpt_err *err)
{
	struct ckpt_root *archive = p->archive;
	int rc;

	if (!archive->catalog->absent)
		return 0;
	rc = ckpt_store_replace(archive->store, CKPT_CATALOG, "[]", 2, &archive->catalog->version, err);
	p->made_catalog = !rc || rc == -EUCLEAN;
	return rc ? rc : ckpt_root_refresh(archive, err);
}

static int make_dir(struct ckpt_putting *p, struct ckpt_err *err)
{
	struct ckpt_stat st;
	int rc = ckpt_store_stat(p->archive->store, NULL, p->h->dir, &st, err);

	if (rc == -ENOENT) {
		rc = ckpt_store_mkdir(p->archive->store, p->h->dir, err);
		p->made_dir = !rc;
	} else if (!rc && st.kind != CKPT_KIND_DIR) {
		rc = ckpt_fail(err, ENOTDIR,
			       "%s/%s: it is no directory of this file system, so checkpoint %s can't "
			       "be archived there",
			       ckpt_store_label(p->archive->store), p->h->dir, p->h->dir);
	}
	return rc;
}

struct foreign {
	struct ckpt_putting *p;
	struct ckpt_err *err;
};

static int remove_foreign(void *ctx, const char *name, const struct ckpt_stat *st)
{
	struct foreign *f = ctx;

	if (st->kind == CKPT_KIND_DIR || st->kind == CKPT_KIND_MOUNT ||
	    ckpt_names_find(&f->p->h->own, name) >= 0)
		return 0;
	return ckpt_store_remove(f->p->archive->store, f->p->h->dir, name, f->err);
}

/* A directory that was there without being in the catalog is what a run that
 * was killed has left.  Its files were taken for what they are; what else is in
 * it must not become part of the checkpoint. */
static int put_own(struct ckpt_putting *p, struct ckpt_err *err)
{
	struct foreign f = { p, err };
	int rc = make_dir(p, err);

	if (!rc)
		rc = put_files(p, p->h->n_batch, p->h->n_file, err);
	if (!rc && !p->made_dir)
		rc = ckpt_store_list(p->archive->store, p->h->dir, false, remove_foreign, &f, err);
	/* After all others have their names: one commit of a journal has them all. */
	if (!rc && p->added[p->h->n_batch + (size_t)ckpt_names_find(&p->h->own, CKPT_MARKER)])
		rc = ckpt_store_sync_file(p->archive->store, p->h->dir, CKPT_MARKER, err);
	if (!rc)
		rc = ckpt_store_sync_dir(p->archive->store, p->h->dir, err);
	return rc ? rc : ckpt_store_sync_dir(p->archive->store, NULL, err);
}

/* --- the catalog -------------------------------------------------------- */

/* Whether e of the archive is newer than what is added.  Where the source has
 * both, its order counts: clocks can be set back. */
static int is_newer(struct ckpt_putting *p, const struct ckpt_entry *e, bool *newer, struct ckpt_err *err)
{
	const struct ckpt_entry *added = p->h->entry;
	const struct ckpt_catalog *c = p->h->source->catalog;
	ptrdiff_t a = ckpt_catalog_find(c, &added->uuid), b = ckpt_catalog_find(c, &e->uuid);
	int64_t added_ms = 0, ms = 0;
	int rc;

	*newer = b > a;
	if (a >= 0 && b >= 0)
		return 0;
	rc = ckpt_time_read(p->archive->store, &added->uuid, &added_ms, err);
	if (!rc)
		rc = ckpt_time_read(p->archive->store, &e->uuid, &ms, err);
	*newer = !rc && ms > added_ms;
	return rc;
}

static int next_catalog(struct ckpt_putting *p, struct ckpt_catalog **next, struct ckpt_err *err)
{
	const struct ckpt_catalog *c = p->archive->catalog;
	struct ckpt_entry **entry = malloc((c->n + 1) * sizeof(*entry));
	bool newer = true;
	size_t at = c->n;
	int rc = 0;

	if (!entry)
		return ckpt_fail_nomem(err);
	while (!rc && newer && at > 0) {
		rc = is_newer(p, c->entry[at - 1], &newer, err);
		at -= newer;
	}
	for (size_t i = 0; i < at; i++)
		entry[i] = c->entry[i];
	entry[at] = p->h->entry;
	for (size_t i = at; i < c->n; i++)
		entry[i + 1] = c->entry[i];
	if (!rc)
		rc = ckpt_catalog_make(entry, c->n + 1, next, err);
	free(entry);
	return rc;
}

static int publish(struct ckpt_putting *p, bool *stays, struct ckpt_err *err)
{
	struct ckpt_catalog *next;
	int rc = next_catalog(p, &next, err);

	if (!rc) {
		rc = ckpt_root_replace_adding(p->archive, next, &p->h->entry->uuid, stays, err);
		ckpt_catalog_unref(next);
	}
	return rc;
}

int ckpt_put(struct ckpt_root *archive, struct ckpt_held *h, struct ckpt_archived *out, struct ckpt_err *err)
{
	struct ckpt_putting p = { .archive = archive, .h = h };
	bool stays = false;
	int rc;

	p.added = calloc(h->n_file + 1, sizeof(*p.added));
	if (!p.added)
		return ckpt_fail_nomem(err);
	ckpt_held_kept(h, archive);
	rc = begin(&p, err);
	if (!rc)
		rc = put_files(&p, 0, h->n_batch, err);
	if (!rc)
		rc = put_own(&p, err);
	if (!rc)
		rc = ckpt_putting_check(&p, err);
	if (!rc)
		rc = publish(&p, &stays, err);
	if (rc && !stays)
		take_back(&p);
	free(p.added);
	if (rc)
		return rc;
	out->linked += p.counted.linked;
	out->cloned += p.counted.cloned;
	out->copied += p.counted.copied;
	out->copied_bytes += p.counted.copied_bytes;
	return 0;
}
