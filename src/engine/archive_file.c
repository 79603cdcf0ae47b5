#include "engine/archive_file.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "engine/limits.h"

/* From the open file.  later: its name is synced by the caller, and without bytes there
 * is nothing that it could come before. */
static int copy_held(struct ckpt_store *archive, const struct ckpt_held_file *f, bool later,
		     struct ckpt_err *err)
{
	char *chunk = malloc(CKPT_ARCHIVE_CHUNK);
	struct ckpt_writer *w = NULL;
	uint64_t off = 0;
	ssize_t n = 1;
	int rc;

	if (!chunk)
		return ckpt_fail_nomem(err);
	rc = ckpt_store_create(archive, f->dir, f->name, &w, err);
	while (!rc && n > 0) {
		n = ckpt_file_pread(f->file, chunk, CKPT_ARCHIVE_CHUNK, off, err);
		if (n < 0)
			rc = (int)n;
		else if (n > 0)
			rc = ckpt_writer_append(w, chunk, (size_t)n, err);
		off += n > 0 ? (uint64_t)n : 0;
	}
	free(chunk);
	if (rc)
		ckpt_writer_abort(w);
	else
		rc = later && !off ? ckpt_writer_publish(w, err) : ckpt_writer_commit(w, err);
	return rc;
}

/* Leases are locks on CHECKPOINT: were it one file in both, whoever reads the
 * checkpoint here would keep it from being removed there.  Only where its mtime
 * is the checkpoint's time must it be the same. */
static bool must_be_own(const struct ckpt_held *h, const struct ckpt_held_file *f)
{
	int64_t ms;

	return f->dir && f->file && !strcmp(f->name, CKPT_MARKER) && ckpt_uuid_time_ms(&h->entry->uuid, &ms);
}

/* Files that are adopted at once. */
struct adopting {
	struct ckpt_each each[CKPT_ARCHIVE_CHUNK_FILES];
	struct ckpt_file *file[CKPT_ARCHIVE_CHUNK_FILES];
	size_t index[CKPT_ARCHIVE_CHUNK_FILES]; /* in the checkpoint's list */
	enum ckpt_adopted how[CKPT_ARCHIVE_CHUNK_FILES];
	int rc[CKPT_ARCHIVE_CHUNK_FILES];
	size_t n;
	struct ckpt_err why; /* of one that is not simply gone; code 0: none */
};

/* What the archive has by that name; -ENOENT: nothing. */
static int look_at_present(struct ckpt_store *archive, struct ckpt_held *h, struct ckpt_held_file *f,
			   struct ckpt_err *err)
{
	struct ckpt_stat st;
	int rc = ckpt_store_stat(archive, f->dir, f->name, &st, err);

	return rc ? rc : ckpt_put_check_same(archive, h, f, &st, err);
}

static void note_failure(void *ctx, size_t i, int rc, const struct ckpt_err *why)
{
	struct adopting *a = ctx;

	a->rc[i] = rc;
	if (!ckpt_put_is_gone(rc) && rc != -EEXIST && !a->why.code)
		a->why = *why;
}

static int count_adopted(struct ckpt_store *archive, const struct ckpt_held_file *f, enum ckpt_adopted how,
			 struct ckpt_archived *counted, struct ckpt_err *err)
{
	struct ckpt_stat st = { .size = f->size };
	int rc = how == CKPT_ADOPTED_COPY && f->ino ? ckpt_store_stat(archive, f->dir, f->name, &st, err) : 0;

	counted->linked += how == CKPT_ADOPTED_LINK;
	counted->cloned += how == CKPT_ADOPTED_CLONE;
	counted->copied += how == CKPT_ADOPTED_COPY && st.size > 0;
	counted->copied_bytes += how == CKPT_ADOPTED_COPY ? st.size : 0;
	return rc;
}

/* All that were adopted are in added, also if another was not. */
static int adopt_all(struct ckpt_store *archive, struct ckpt_held *h, struct adopting *a, bool *added,
		     struct ckpt_archived *counted, struct ckpt_err *err)
{
	int rc = 0;

	ckpt_store_adopt_each(archive, h->source->store, a->each, a->file, a->n, h->durable, a->how,
			      note_failure, a);
	for (size_t k = 0; k < a->n; k++) {
		struct ckpt_held_file *f = &h->file[a->index[k]];
		int rc2;

		if (a->rc[k] == -ENOENT && f->file && !rc) {
			a->how[k] = CKPT_ADOPTED_COPY;
			rc = a->rc[k] = copy_held(archive, f, false, err); /* it has no name any more */
		}
		if (a->rc[k] == -EEXIST && !rc) /* it came since it was looked for */
			rc = look_at_present(archive, h, f, err);
		if (a->rc[k]) {
			if (!rc && ckpt_put_is_gone(a->rc[k]))
				rc = ckpt_fail(err, EAGAIN, "gone meanwhile");
			continue;
		}
		added[a->index[k]] = true;
		rc2 = count_adopted(archive, f, a->how[k], counted, rc ? NULL : err);
		rc = rc ? rc : rc2;
	}
	if (a->why.code) { /* says more than that one is gone */
		rc = -a->why.code;
		if (err)
			*err = a->why;
	}
	return rc;
}

/* Look what the archive has of it, and note what is to be adopted. */
static int look_for(struct ckpt_store *archive, struct ckpt_held *h, size_t i, struct adopting *a,
		    bool *added, struct ckpt_archived *counted, struct ckpt_err *err)
{
	struct ckpt_held_file *f = &h->file[i];
	const bool own = must_be_own(h, f);
	int rc = -ENOENT;

	if (f->same && f->kept)
		return 0;
	if (!f->missing || own) /* a link or a copy takes no name that is taken */
		rc = look_at_present(archive, h, f, err);
	if (rc != -ENOENT)
		return rc;
	if (own) {
		rc = copy_held(archive, f, true, err);
		added[i] = !rc;
		counted->copied += !rc && f->size > 0;
		counted->copied_bytes += rc ? 0 : f->size;
		return rc;
	}
	a->index[a->n] = i;
	a->rc[a->n] = 0;
	a->file[a->n] = f->file;
	a->each[a->n++] = (struct ckpt_each){ f->dir, f->name };
	return 0;
}

int ckpt_put_chunk(struct ckpt_root *archive, struct ckpt_held *h, size_t from, size_t to, bool *added,
		   struct ckpt_archived *counted, struct ckpt_err *err)
{
	struct adopting *a = malloc(sizeof(*a)); /* large, and most of it is never touched */
	int rc = a ? 0 : ckpt_fail_nomem(err);

	assert(to - from <= CKPT_ARCHIVE_CHUNK_FILES);
	if (a)
		a->n = a->why.code = 0;
	for (size_t i = from; !rc && i < to; i++)
		rc = ckpt_root_stopped(archive) ? ckpt_held_interrupted(archive, h, err)
						: look_for(archive->store, h, i, a, added, counted, err);
	if (!rc)
		rc = adopt_all(archive->store, h, a, added, counted, err);
	/* What is open keeps the disk of the pipeline full. */
	for (size_t i = from; i < to; i++) {
		ckpt_file_close(h->file[i].file);
		h->file[i].file = NULL;
	}
	free(a);
	return rc;
}
