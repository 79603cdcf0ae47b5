#include "engine/archive_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "engine/limits.h"

/* --- is it the same? ---------------------------------------------------- */

static int same_bytes(struct ckpt_file *a, struct ckpt_file *b, bool *same, struct ckpt_err *err)
{
	char *chunk = malloc(2 * CKPT_ARCHIVE_CHUNK);
	uint64_t off = 0;
	ssize_t n = 1, m = 1;

	*same = true;
	if (!chunk)
		return ckpt_fail_nomem(err);
	while (*same && n > 0) {
		n = ckpt_file_pread(a, chunk, CKPT_ARCHIVE_CHUNK, off, err);
		m = n < 0 ? 0 : ckpt_file_pread(b, chunk + CKPT_ARCHIVE_CHUNK, CKPT_ARCHIVE_CHUNK, off, err);
		if (n < 0 || m < 0)
			break;
		*same = n == m && !memcmp(chunk, chunk + CKPT_ARCHIVE_CHUNK, (size_t)n);
		off += (uint64_t)n;
	}
	free(chunk);
	return n < 0 ? (int)n : m < 0 ? (int)m : 0;
}

static int compare_bytes(struct ckpt_store *archive, struct ckpt_held *h, const struct ckpt_held_file *f,
			 bool *same, struct ckpt_err *err)
{
	struct ckpt_file *mine = NULL, *theirs = f->file;
	int rc = ckpt_store_open(archive, f->dir, f->name, &mine, err);

	if (!rc && !theirs)
		rc = ckpt_store_open(h->source->store, f->dir, f->name, &theirs, err);
	if (!rc)
		rc = same_bytes(mine, theirs, same, err);
	else if (mine && rc == -ENOENT)
		rc = ckpt_fail(err, EAGAIN, "gone meanwhile");
	ckpt_file_close(mine);
	if (theirs != f->file)
		ckpt_file_close(theirs);
	return rc;
}

/* Batches are immutable and their names unique, so size and time settle it; a
 * doubt is worth reading both. */
static int check_same(struct ckpt_store *archive, struct ckpt_held *h, const struct ckpt_held_file *f,
		      const struct ckpt_stat *there, struct ckpt_err *err)
{
	bool same = there->kind == CKPT_KIND_FILE && there->size == f->size;
	int rc = 0;

	if (same && (there->mtime.tv_sec != f->mtime.tv_sec || there->mtime.tv_nsec != f->mtime.tv_nsec))
		rc = compare_bytes(archive, h, f, &same, err);
	if (rc || same)
		return rc;
	return ckpt_fail(
		err, EEXIST,
		"%s/%s%s%s is there already and is not the file of that name in %s; neither was touched, and "
		"checkpoint %s was not added: use another archive for this root",
		ckpt_store_label(archive), f->dir ? f->dir : "", f->dir ? "/" : "", f->name,
		ckpt_store_label(h->source->store), h->dir);
}

/* --- adding it ---------------------------------------------------------- */

/* From the open file: it has no name any more. */
static int copy_held(struct ckpt_store *archive, const struct ckpt_held_file *f, struct ckpt_err *err)
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
	return rc ? rc : ckpt_writer_commit(w, err);
}

/* Leases are locks on CHECKPOINT: were it one file in both, whoever reads the
 * checkpoint here would keep it from being removed there.  Only where its mtime
 * is the checkpoint's time must it be the same. */
static bool must_be_own(const struct ckpt_held *h, const struct ckpt_held_file *f)
{
	int64_t ms;

	return f->dir && f->file && !strcmp(f->name, CKPT_MARKER) && ckpt_uuid_time_ms(&h->entry->uuid, &ms);
}

static int adopt(struct ckpt_store *archive, struct ckpt_held *h, struct ckpt_held_file *f,
		 struct ckpt_archived *counted, struct ckpt_err *err)
{
	enum ckpt_adopted how = CKPT_ADOPTED_COPY;
	int rc;

	if (must_be_own(h, f)) {
		rc = copy_held(archive, f, err);
	} else {
		rc = ckpt_store_adopt(archive, f->dir, f->name, h->source->store, f->dir, f->name, &how, err);
		if (rc == -ENOENT && f->file)
			rc = copy_held(archive, f, err);
		else if (rc == -ENOENT || rc == -ESTALE)
			rc = ckpt_fail(err, EAGAIN, "gone meanwhile");
	}
	if (rc)
		return rc;
	counted->linked += how == CKPT_ADOPTED_LINK;
	counted->cloned += how == CKPT_ADOPTED_CLONE;
	counted->copied += how == CKPT_ADOPTED_COPY && f->size > 0;
	counted->copied_bytes += how == CKPT_ADOPTED_COPY ? f->size : 0;
	return 0;
}

int ckpt_put_check(struct ckpt_store *archive, struct ckpt_held *h, struct ckpt_err *err)
{
	struct ckpt_stat st;
	int rc = 0;

	for (size_t i = 0; !rc && i < h->n_file; i++)
		if (!ckpt_store_stat(archive, h->file[i].dir, h->file[i].name, &st, NULL))
			rc = check_same(archive, h, &h->file[i], &st, err);
	return rc;
}

int ckpt_put_file(struct ckpt_store *archive, struct ckpt_held *h, struct ckpt_held_file *f, bool *added,
		  struct ckpt_archived *counted, struct ckpt_err *err)
{
	struct ckpt_stat st;
	int rc = ckpt_store_stat(archive, f->dir, f->name, &st, err);

	if (!rc)
		rc = check_same(archive, h, f, &st, err);
	else if (rc == -ENOENT) {
		rc = adopt(archive, h, f, counted, err);
		*added = !rc;
	}
	/* What is open keeps the disk of the pipeline full. */
	ckpt_file_close(f->file);
	f->file = NULL;
	return rc;
}

/* --- a state.json that came late ------------------------------------------ */

bool ckpt_put_lacks_state(struct ckpt_store *archive, struct ckpt_store *source, const char *dir)
{
	struct ckpt_stat st;

	return ckpt_store_stat(archive, dir, CKPT_STATE, &st, NULL) == -ENOENT &&
	       ckpt_store_stat(source, dir, CKPT_STATE, &st, NULL) == 0 && st.kind == CKPT_KIND_FILE;
}

int ckpt_put_state(struct ckpt_store *archive, struct ckpt_store *source, const char *dir,
		   struct ckpt_err *err)
{
	int rc = ckpt_store_adopt(archive, dir, CKPT_STATE, source, dir, CKPT_STATE, NULL, err);

	if (rc == -ENOENT || rc == -EEXIST)
		return 0; /* removed there, or here already */
	return rc ? rc : ckpt_store_sync_dir(archive, dir, err);
}
