#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "engine/archive_put.h"
#include "engine/format.h"

static int check_file(struct ckpt_putting *p, const char *dir, const char *name, struct ckpt_err *err)
{
	struct ckpt_stat st;
	int rc = ckpt_store_stat(p->archive->store, dir, name, &st, err);

	if ((rc && rc != -ENOENT) || (!rc && st.kind == CKPT_KIND_FILE))
		return rc;
	return ckpt_fail(err, EIO,
			 "%s/%s%s%s: checkpoint %s needs it, and it is not there although it was added; "
			 "does somebody else change the archive?",
			 ckpt_store_label(p->archive->store), dir ? dir : "", dir ? "/" : "", name,
			 p->h->dir);
}

/* One that it had already was looked at a moment ago, under the same lock; or it
 * was in the listing before, and what is the newest under the lock needs it (f->kept),
 * so that nobody has removed it since. */
static bool was_looked_at(const struct ckpt_putting *p, size_t i, const char *batch)
{
	return i < p->h->n_batch && !p->added[i] &&
	       (p->h->file[i].name == batch || !strcmp(p->h->file[i].name, batch));
}

static int check_deps(struct ckpt_putting *p, const struct ckpt_deps *deps, struct ckpt_err *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < deps->batches->n; i++)
		if (!was_looked_at(p, i, ckpt_names_at(deps->batches, i)))
			rc = check_file(p, NULL, ckpt_names_at(deps->batches, i), err);
	for (size_t i = 0; !rc && i < deps->state_files->n; i++)
		rc = check_file(p, p->h->dir, ckpt_names_at(deps->state_files, i), err);
	return rc ? rc : check_file(p, p->h->dir, CKPT_MARKER, err);
}

static bool is_file(const struct ckpt_stat *a, const struct ckpt_stat *b)
{
	return a->ino == b->ino && a->dev == b->dev && a->size == b->size &&
	       a->mtime.tv_sec == b->mtime.tv_sec && a->mtime.tv_nsec == b->mtime.tv_nsec;
}

/* The same bytes mean the same, and so does the same file. */
static bool has_text(const struct ckpt_putting *p)
{
	const struct ckpt_blob *text = &p->h->text;
	struct ckpt_blob blob;
	struct ckpt_stat st;
	bool same;

	if (!text->data)
		return false;
	if (p->h->text_file.ino &&
	    !ckpt_store_stat(p->archive->store, p->h->dir, CKPT_DEPENDENCIES, &st, NULL) &&
	    is_file(&st, &p->h->text_file))
		return true;
	if (ckpt_store_read(p->archive->store, p->h->dir, CKPT_DEPENDENCIES, text->len, &blob, NULL))
		return false;
	same = blob.len == text->len && !memcmp(blob.data, text->data, text->len);
	free(blob.data);
	return same;
}

int ckpt_putting_check(struct ckpt_putting *p, struct ckpt_err *err)
{
	struct ckpt_blob text = { 0 };
	struct ckpt_deps deps;
	int rc;

	if (has_text(p))
		return check_deps(p, &p->h->deps, err);
	rc = ckpt_deps_read_listed(p->archive->store, &p->h->entry->uuid, &deps, &text, err);
	rc = rc ? rc : check_deps(p, &deps, err);
	ckpt_deps_release(&deps);
	free(text.data);
	return rc;
}
