#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "base/when.h"
#include "view/picture.h"

static int read_catalog(struct ckpt_picture *p, struct ckpt_store *store, struct ckpt_picture *before,
			bool force, struct ckpt_err *err)
{
	int rc;

	ckpt_stamp_take(store, NULL, CKPT_CATALOG, &p->catalog_stamp);
	if (before && !force && !p->catalog_stamp.rc &&
	    ckpt_stamp_equal(&p->catalog_stamp, &before->catalog_stamp)) {
		p->catalog = ckpt_catalog_ref(before->catalog);
		return 0;
	}
	rc = ckpt_catalog_read(store, before ? before->catalog : NULL, &p->catalog, err);
	if (rc || !p->catalog->absent)
		return rc;
	/* Without this an unmounted disk would look like "no checkpoints" to
	 * a mirroring tool. */
	if (before && !before->catalog->absent)
		return ckpt_fail(err, EUCLEAN,
				 "%s: the catalog %s is gone; what it last said (%zu checkpoints) is shown "
				 "on; bring it "
				 "back, or write it anew by ckptfs rebuild",
				 ckpt_store_label(store), CKPT_CATALOG, before->catalog->n);
	return ckpt_catalog_lost(store, p->catalog, NULL, err);
}

/* A state.json that can't be read says nothing about which are finished: then
 * what it said before still holds, and at the start only those are finished
 * that have one themselves. */
static int read_resume(struct ckpt_picture *p, struct ckpt_store *store, const struct ckpt_picture *before)
{
	struct ckpt_err e;
	int rc;

	ckpt_stamp_take(store, NULL, CKPT_STATE, &p->state_stamp);
	if (before && ckpt_stamp_equal(&p->state_stamp, &before->state_stamp) && !before->resume_problem) {
		p->resume = before->resume;
		return 0;
	}
	rc = ckpt_resume_read(store, &p->resume, &e);
	if (!rc)
		return 0;
	p->resume_problem = strdup(e.msg);
	if (before)
		p->resume = before->resume;
	p->resume.has_state = true;
	return p->resume_problem ? 0 : -ENOMEM;
}

/* A file that changed twice within a tick can have the stamp that it had: with
 * force, one that changed just now is read again. */
static bool pins_unchanged(const struct ckpt_pinned *then, const struct ckpt_stamp *now, bool force)
{
	return !then->problem && ckpt_stamp_equal(now, &then->stamp) &&
	       (!force || now->rc == -ENOENT || ckpt_stamp_quiet(now, ckpt_when_now()));
}

static int read_pins(struct ckpt_picture *p, struct ckpt_store *store, const struct ckpt_picture *before,
		     bool force)
{
	struct ckpt_pinned *k;
	struct ckpt_stamp now;
	struct ckpt_err e;

	ckpt_stamp_take(store, NULL, CKPT_PINS, &now);
	if (before && pins_unchanged(before->pinned, &now, force)) {
		p->pinned = before->pinned;
		__atomic_add_fetch(&p->pinned->refs, 1, __ATOMIC_RELAXED);
		return 0;
	}
	k = p->pinned = calloc(1, sizeof(*k));
	if (!k)
		return -ENOMEM;
	k->refs = 1;
	k->stamp = now;
	if (!ckpt_pins_read(store, &k->pins, &e))
		return 0;
	k->problem = strdup(e.msg);
	return k->problem ? 0 : -ENOMEM;
}

static int is_there(struct ckpt_store *store, const char *dir, const char *name, enum ckpt_kind kind,
		    bool *there, struct ckpt_err *err)
{
	struct ckpt_stat st;
	int rc = ckpt_store_stat(store, dir, name, &st, err);

	*there = !rc && st.kind == kind;
	return rc == -ENOENT ? 0 : rc;
}

static int read_modes(struct ckpt_picture *p, struct ckpt_store *store, struct ckpt_err *err)
{
	char newest[CKPT_UUID_TEXT];
	int rc = ckpt_store_stat(store, NULL, NULL, &p->dir, err);

	if (!rc)
		rc = ckpt_store_stat(store, NULL, CKPT_CATALOG, &p->file, err);
	if (rc && rc != -ENOENT)
		return rc;
	if (rc || p->file.kind != CKPT_KIND_FILE) {
		p->file = p->dir;
		p->file.mode = 0644;
	}
	rc = is_there(store, NULL, CKPT_STEPS, CKPT_KIND_DIR, &p->steps, err);
	if (rc || !p->catalog->n)
		return rc;
	ckpt_uuid_text(&p->catalog->entry[p->catalog->n - 1]->uuid, newest);
	return is_there(store, newest, CKPT_STATE, CKPT_KIND_FILE, &p->newest_state, err);
}

int ckpt_picture_read(struct ckpt_store *store, struct ckpt_picture *before, bool force,
		      struct ckpt_picture **out, struct ckpt_err *err)
{
	struct ckpt_picture *p = calloc(1, sizeof(*p));
	int rc;

	*out = NULL;
	if (!p)
		return ckpt_fail_nomem(err);
	p->refs = 1;
	p->latest = -1;
	rc = read_catalog(p, store, before, force, err);
	if (!rc)
		rc = read_resume(p, store, before) ? ckpt_fail_nomem(err) : 0;
	if (!rc)
		rc = read_pins(p, store, before, force) ? ckpt_fail_nomem(err) : 0;
	if (!rc)
		rc = read_modes(p, store, err);
	if (rc)
		ckpt_picture_unref(p);
	else
		*out = p;
	return rc;
}
