#include "engine/archive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/reserved.h"
#include "engine/limits.h"

struct run {
	struct ckpt_root *source, *archive;
	struct ckpt_archived *out;
	bool one; /* only one is to be added: how far its files are is told */
};

/* --- the answer --------------------------------------------------------- */

void ckpt_archived_release(struct ckpt_archived *a)
{
	for (size_t i = 0; i < a->n_skipped; i++)
		free(a->skipped[i].why);
	free(a->skipped);
	free(a->added);
	memset(a, 0, sizeof(*a));
}

static int add_skipped(struct run *r, const struct ckpt_uuid *u, const char *why, bool gone,
		       struct ckpt_err *err)
{
	struct ckpt_archived *a = r->out;
	struct ckpt_archive_skip *grown = reallocarray(a->skipped, a->n_skipped + 1, sizeof(*grown));
	char *copy = strdup(gone ? "gone meanwhile" : why);

	if (grown)
		a->skipped = grown;
	if (!grown || !copy) {
		free(copy);
		return ckpt_fail_nomem(err);
	}
	grown[a->n_skipped++] = (struct ckpt_archive_skip){ .uuid = *u, .why = copy, .gone = gone };
	return 0;
}

/* Room first: what was added can't go unsaid. */
static int reserve_added(struct run *r, struct ckpt_err *err)
{
	struct ckpt_archived *a = r->out;
	struct ckpt_uuid *grown = reallocarray(a->added, a->n_added + 1, sizeof(*grown));

	if (!grown)
		return ckpt_fail_nomem(err);
	a->added = grown;
	return 0;
}

/* --- one checkpoint ----------------------------------------------------- */

static int put_held(struct run *r, struct ckpt_held *h, struct ckpt_err *err)
{
	struct ckpt_lock *lock;
	int rc = reserve_added(r, err);

	if (!rc)
		rc = ckpt_put_check(r->archive->store, h, err);
	if (!rc)
		rc = ckpt_put_sync(r->archive, h, err);
	if (!rc)
		rc = ckpt_root_lock(r->archive, NULL, &lock, err);
	if (rc)
		return rc;
	if (ckpt_catalog_find(r->archive->catalog, &h->entry->uuid) >= 0) {
		r->out->n_present++; /* another archiver was quicker */
	} else {
		rc = ckpt_put(r->archive, h, r->out, err);
		if (!rc)
			r->out->added[r->out->n_added++] = h->entry->uuid;
	}
	ckpt_lock_release(lock);
	return rc;
}

static int add(struct run *r, const struct ckpt_uuid *u, struct ckpt_err *err)
{
	struct ckpt_err why = { 0 };
	struct ckpt_held h;
	bool gone = false;
	int rc = ckpt_hold(r->source, r->archive, u, &h, &gone, &why);

	h.tells = r->one;
	if (!rc) {
		rc = put_held(r, &h, &why);
		gone = rc == -EAGAIN && ckpt_root_has_lost(r->source, u);
	}
	ckpt_held_release(&h);
	if (rc == -EAGAIN)
		return add_skipped(r, u, why.msg, gone, err);
	if (rc && err)
		*err = why;
	return rc;
}

/* In the archive already; perhaps its state.json came later. */
static int complete(struct run *r, const struct ckpt_uuid *u, struct ckpt_err *err)
{
	struct ckpt_store *archive = r->archive->store, *source = r->source->store;
	char dir[CKPT_UUID_TEXT];
	struct ckpt_lock *lock;
	bool lacks;
	int rc;

	r->out->n_present++;
	rc = ckpt_put_lacks_state(archive, source, ckpt_uuid_text(u, dir), &lacks, err);
	if (rc || !lacks)
		return rc;
	rc = ckpt_root_lock(r->archive, NULL, &lock, err);
	if (rc)
		return rc;
	if (ckpt_catalog_find(r->archive->catalog, u) >= 0)
		rc = ckpt_put_state(archive, source, dir, err);
	ckpt_lock_release(lock);
	return rc;
}

static int add_or_complete(struct run *r, const struct ckpt_uuid *u, struct ckpt_err *err)
{
	if (ckpt_root_stopped(r->archive))
		return ckpt_fail(err, EINTR, "%s: interrupted after %zu checkpoint%s added",
				 ckpt_store_label(r->archive->store), r->out->n_added,
				 r->out->n_added == 1 ? " was" : "s were");
	return ckpt_catalog_find(r->archive->catalog, u) >= 0 ? complete(r, u, err) : add(r, u, err);
}

/* --- which -------------------------------------------------------------- */

static int add_newest(struct run *r, struct ckpt_err *err)
{
	int rc = 0;

	for (unsigned tries = 0; !rc && tries < CKPT_ARCHIVE_TRIES; tries++) {
		struct ckpt_archived *a = r->out;
		struct ckpt_uuid u;
		ptrdiff_t i;

		rc = ckpt_newest_finished(r->source, &i, err);
		if (rc || i < 0)
			break;
		/* The one that was the newest before is gone, and was not asked
		 * for by its name. */
		if (a->n_skipped)
			free(a->skipped[--a->n_skipped].why);
		u = r->source->catalog->entry[i]->uuid;
		rc = add_or_complete(r, &u, err);
		if (!a->n_skipped || !a->skipped[0].gone)
			break;
	}
	return rc;
}

/* All of the catalog as it is now: what is committed meanwhile was not there
 * when we were asked. */
static int add_all(struct run *r, const struct ckpt_resume *resume, struct ckpt_err *err)
{
	struct ckpt_catalog *c = ckpt_catalog_ref(r->source->catalog);
	bool finished;
	int rc = 0;

	for (size_t i = 0; !rc && i < c->n; i++) {
		rc = ckpt_is_finished(r->source->store, c, resume, i, &finished, err);
		if (!rc && finished)
			rc = add_or_complete(r, &c->entry[i]->uuid, err);
		ckpt_root_progress(r->archive, "checkpoints archived", i + 1, c->n);
	}
	ckpt_catalog_unref(c);
	return rc;
}

static int check_named(struct run *r, const struct ckpt_archive_opts *o, struct ckpt_err *err)
{
	for (size_t k = 0; k < o->n_uuid; k++)
		if (ckpt_catalog_find(r->source->catalog, &o->uuid[k]) < 0 &&
		    ckpt_catalog_find(r->archive->catalog, &o->uuid[k]) < 0)
			return ckpt_catalog_lacks(r->source->store, &o->uuid[k], "; nothing was archived",
						  err);
	return 0;
}

static int add_named(struct run *r, const struct ckpt_archive_opts *o, const struct ckpt_resume *resume,
		     struct ckpt_err *err)
{
	int rc = check_named(r, o, err);

	for (size_t k = 0; !rc && k < o->n_uuid; k++) {
		const struct ckpt_catalog *c = r->source->catalog;
		ptrdiff_t i = ckpt_catalog_find(c, &o->uuid[k]);
		bool finished = true;

		if (i >= 0 && ckpt_catalog_find(r->archive->catalog, &o->uuid[k]) < 0)
			rc = ckpt_is_finished(r->source->store, c, resume, (size_t)i, &finished, err);
		if (rc)
			break;
		if (!finished)
			rc = add_skipped(r, &o->uuid[k], "it is not finished yet: it has no state.json",
					 false, err);
		else
			rc = add_or_complete(r, &o->uuid[k], err);
		if (o->n_uuid > 1)
			ckpt_root_progress(r->archive, "checkpoints archived", k + 1, o->n_uuid);
	}
	return rc;
}

/* --- all of it ---------------------------------------------------------- */

static int follow(struct run *r, struct ckpt_err *err)
{
	struct ckpt_lock *lock;
	bool todo;
	int rc = ckpt_put_follow(r->archive, r->source, false, &todo, err);

	if (rc || !todo)
		return rc;
	rc = ckpt_root_lock(r->archive, NULL, &lock, err);
	if (rc)
		return rc;
	rc = ckpt_put_follow(r->archive, r->source, true, &todo, err);
	ckpt_lock_release(lock);
	return rc;
}

static int begin(struct run *r, struct ckpt_resume *resume, struct ckpt_err *err)
{
	int rc = ckpt_root_refresh(r->source, err);

	if (!rc)
		rc = ckpt_catalog_lost(r->source->store, r->source->catalog, NULL, err);
	if (!rc)
		rc = ckpt_resume_read(r->source->store, resume, err);
	if (!rc)
		rc = ckpt_root_refresh(r->archive, err);
	return rc ? rc : ckpt_catalog_lost(r->archive->store, r->archive->catalog, NULL, err);
}

int ckpt_archive(struct ckpt_root *source, struct ckpt_root *archive, const struct ckpt_archive_opts *opts,
		 struct ckpt_archived *out, struct ckpt_err *err)
{
	struct run r = { source, archive, out, .one = !opts->all && opts->n_uuid <= 1 };
	struct ckpt_resume resume;
	int rc, rc2;

	memset(out, 0, sizeof(*out));
	rc = CKPT_REFUSE_RESERVED(opts, "the options of an archive", err);
	if (!rc)
		rc = begin(&r, &resume, err);
	if (rc)
		return rc;
	if (opts->n_uuid)
		rc = add_named(&r, opts, &resume, err);
	else if (opts->all)
		rc = add_all(&r, &resume, err);
	else
		rc = add_newest(&r, err);
	if (rc && !out->n_added)
		return rc;
	/* Also after a failure: what was added is to be of use. */
	rc2 = follow(&r, rc ? NULL : err);
	if (rc || rc2)
		return rc ? rc : rc2;
	/* "It is there already" is an answer that a power loss must not undo,
	 * also where a process was killed before it could sync what it added;
	 * what is read-only can't get any more durable. */
	if (out->n_present)
		rc = ckpt_store_sync_dir(archive->store, NULL, err);
	return rc == -EROFS ? 0 : rc;
}
