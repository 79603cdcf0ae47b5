#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/name.h"
#include "engine/archive.h"
#include "engine/format.h"
#include "engine/limits.h"

void ckpt_held_release(struct ckpt_held *h)
{
	for (size_t i = 0; h->file && i < h->n_file; i++)
		ckpt_file_close(h->file[i].file);
	free(h->file);
	ckpt_lease_release(h->lease);
	ckpt_names_release(&h->own);
	ckpt_index_release(&h->index);
	ckpt_deps_release(&h->deps);
	free(h->text.data);
	ckpt_entry_unref(h->entry);
	if (h->syncing >= 0)
		close(h->syncing);
	memset(h, 0, sizeof(*h));
	h->syncing = -1;
}

/* --- holding it --------------------------------------------------------- */

static int look_at(struct ckpt_held *h, struct ckpt_held_file *f, struct ckpt_stat *st, struct ckpt_err *err)
{
	struct ckpt_store *source = h->source->store;
	int rc = ckpt_store_stat(source, f->dir, f->name, st, err);

	if (!rc && st->kind != CKPT_KIND_FILE)
		rc = ckpt_fail(
			err, EINVAL,
			"%s/%s%s%s: checkpoint %s needs it, and %s, so the checkpoint can't be archived",
			ckpt_store_label(source), f->dir ? f->dir : "", f->dir ? "/" : "", f->name, h->dir,
			st->kind == CKPT_KIND_MOUNT ? "something is mounted there (unmount it first)"
						    : "it is no regular file");
	return rc;
}

int ckpt_held_look(struct ckpt_held *h, struct ckpt_held_file *f, struct ckpt_err *err)
{
	struct ckpt_stat st;
	int rc = f->file ? ckpt_file_stat(f->file, &st, err) : look_at(h, f, &st, err);

	if (rc)
		return rc;
	f->ino = 0;
	f->size = st.size;
	f->mtime = st.mtime;
	return 0;
}

bool ckpt_held_is_same(const struct ckpt_held_file *f, const struct ckpt_stat *there)
{
	if (f->ino)
		return there->kind == CKPT_KIND_FILE && there->ino == f->ino;
	return there->kind == CKPT_KIND_FILE && there->size == f->size &&
	       there->mtime.tv_sec == f->mtime.tv_sec && there->mtime.tv_nsec == f->mtime.tv_nsec;
}

/* Open what the archive lacks, so far as that goes; CHECKPOINT always, since it is
 * copied where all else may be linked. */
static int open_missing(struct ckpt_held *h, struct ckpt_held_file *f, struct ckpt_err *err)
{
	const bool marker = f->dir && !strcmp(f->name, CKPT_MARKER);
	int rc;

	if (!f->missing || (h->n_open >= CKPT_ARCHIVE_OPEN && !marker))
		return 0;
	rc = ckpt_store_open(h->source->store, f->dir, f->name, &f->file, err);
	if (rc && (marker || (rc != -EMFILE && rc != -ENFILE)))
		return rc;
	h->n_open = rc ? CKPT_ARCHIVE_OPEN : h->n_open + 1;
	return 0;
}

static int hold_file(struct ckpt_held *h, struct ckpt_store *archive, struct ckpt_held_file *f,
		     struct ckpt_err *err)
{
	struct ckpt_stat st, there = { 0 };
	int rc;

	if (f->ino) /* most batches of a checkpoint were in the one before */
		return open_missing(h, f, err);
	rc = ckpt_store_stat(archive, f->dir, f->name, &there, NULL);
	f->missing = rc == -ENOENT;
	f->same = !rc;
	rc = open_missing(h, f, err);
	if (!rc)
		rc = f->file ? ckpt_file_stat(f->file, &st, err) : look_at(h, f, &st, err);
	if (rc)
		return rc;
	f->size = st.size;
	f->mtime = st.mtime;
	f->same = f->same && ckpt_held_is_same(f, &there);
	return 0;
}

/* What is linked from here on needs no look whether it says the same. */
static void know_text(struct ckpt_held *h)
{
	ptrdiff_t i = ckpt_names_find(&h->own, CKPT_DEPENDENCIES);
	const struct ckpt_held_file *f = i < 0 ? NULL : &h->file[h->n_batch + (size_t)i];
	struct ckpt_stat st;

	if (h->text.data && f && f->file && ckpt_file_is(f->file, &h->text.version) &&
	    !ckpt_file_stat(f->file, &st, NULL))
		h->text_file = st;
}

static int look_where(struct ckpt_held *h, struct ckpt_store *archive, struct ckpt_err *err)
{
	struct ckpt_stat here = { 0 }, there = { 0 };
	int rc = ckpt_store_stat(h->source->store, NULL, NULL, &here, err);

	if (!rc)
		rc = ckpt_store_stat(archive, NULL, NULL, &there, err);
	h->near = !rc && here.dev == there.dev;
	h->links = h->near && here.mount == there.mount;
	return rc;
}

static int hold(struct ckpt_held *h, const struct ckpt_root *root, struct ckpt_err *err)
{
	struct ckpt_store *archive = root->store;
	struct ckpt_kept_reader kept;
	int rc = ckpt_store_lease(h->source->store, h->dir, CKPT_LEASE_SHARED, &h->lease, err);

	if (rc)
		return rc;
	rc = look_where(h, archive, err);
	if (rc)
		return rc;
	ckpt_put_sync_ready(root, h);
	ckpt_kept_begin(&kept, h, root);
	rc = ckpt_held_gather(h, err);
	ckpt_kept_listed(&kept);
	if (!rc)
		rc = ckpt_held_share(h, archive, err);
	ckpt_kept_end(&kept);
	if (!rc)
		ckpt_put_sync_begin(h);
	for (size_t i = 0; !rc && i < h->n_file; i++)
		rc = hold_file(h, archive, &h->file[i], err);
	if (!rc)
		know_text(h);
	return rc;
}

/* It says nothing about the checkpoint. */
static bool is_our_want(int rc)
{
	return rc == -ENOMEM || rc == -EMFILE || rc == -ENFILE;
}

int ckpt_hold(struct ckpt_root *source, const struct ckpt_root *archive, const struct ckpt_uuid *u,
	      struct ckpt_held *h, bool *gone, struct ckpt_err *err)
{
	ptrdiff_t i = ckpt_catalog_find(source->catalog, u);
	struct ckpt_err why;
	int rc, rc2;

	memset(h, 0, sizeof(*h));
	h->syncing = -1;
	h->source = source;
	ckpt_uuid_text(u, h->dir);
	*gone = i < 0;
	if (i < 0)
		return ckpt_fail(err, EAGAIN, "gone meanwhile");
	h->entry = ckpt_entry_ref(source->catalog->entry[i]);
	rc = hold(h, archive, err);
	if (is_our_want(rc))
		return rc;
	/* Race 5.  While its files were listed and opened, a pipeline may have
	 * begun to remove them; the catalog loses a checkpoint first. */
	rc2 = ckpt_root_refresh(source, &why);
	if (is_our_want(rc2)) {
		*err = why;
		return rc2;
	}
	if (rc2 || source->catalog->absent)
		return ckpt_fail(err, EAGAIN,
				 "%s: the catalog can't be read just now, so it is not known whether "
				 "checkpoint %s is still whole: %s",
				 ckpt_store_label(source->store), h->dir, rc2 ? why.msg : "it is not there");
	*gone = ckpt_catalog_find(source->catalog, u) < 0;
	if (*gone)
		return ckpt_fail(err, EAGAIN, "gone meanwhile");
	return rc ? -EAGAIN : 0; /* err says it already */
}
