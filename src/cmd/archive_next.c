#include <assert.h>
#include <errno.h>

#include "base/when.h"
#include "cmd/archive_watch.h"

/* Carry over to the catalog as it is now what was dealt with. */
static void follow_catalog(struct ckpt_watching *w)
{
	struct ckpt_catalog *now = ckpt_root_catalog(w->source);
	size_t done = 0;

	if (now == w->seen)
		return;
	for (size_t i = 0; w->seen && i < now->n; i++) {
		ptrdiff_t was = ckpt_catalog_find(w->seen, &now->entry[i]->uuid);

		if (was >= 0 && (size_t)was < w->done)
			done = i + 1;
	}
	ckpt_catalog_unref(w->seen);
	w->seen = ckpt_catalog_ref(now);
	w->done = done;
}

/* How long the next one has to wait.  The archive itself tells when the last
 * one came if that was before our time, so that to start anew is no reason to
 * archive; a clock that was set back is no reason never to. */
static int64_t wait_ms(const struct ckpt_watching *w)
{
	const struct ckpt_catalog *c = ckpt_root_catalog(w->archive);
	int64_t gone;

	if (!w->every)
		return 0;
	if (w->last)
		gone = ckpt_when_monotonic() - w->last;
	else if (c->n)
		gone = ckpt_when_now() - ckpt_time_ms(ckpt_root_store(w->archive), &c->entry[c->n - 1]->uuid);
	else
		return 0;
	return gone < 0 || gone >= w->every ? 0 : w->every - gone;
}

/* Each is judged alone: one that is only not wanted beside a newer one is added
 * nevertheless, since that one may be gone when its turn comes. */
static int add_one(struct ckpt_watching *w, const struct ckpt_uuid *u, struct ckpt_archive_result *r,
		   struct ckpt_err *err)
{
	const struct ckpt_archive_opts o = { .uuid = u, .n_uuid = 1 };
	bool wanted = true;
	int rc = w->job->keep ? ckpt_root_refresh(w->archive, err) : 0;

	if (!rc && w->job->keep)
		rc = ckpt_archive_wanted(w->job, u, 1, &wanted, err);
	if (rc)
		return rc;
	if (!wanted) {
		r->n_unwanted = 1;
		return 0;
	}
	return ckpt_archive(w->source, w->archive, &o, &r->archived, err);
}

/* Whatever comes of it but an error, it is dealt with. */
static int add_entry(struct ckpt_watching *w, size_t i, struct ckpt_err *err)
{
	struct ckpt_archive_result r = { 0 };
	const struct ckpt_uuid *u;
	int rc, rc2 = 0;

	assert(w->seen);
	u = &w->seen->entry[i]->uuid;
	rc = add_one(w, u, &r, err);
	if (rc == -ENOENT && ckpt_catalog_find(ckpt_root_catalog(w->source), u) < 0)
		rc = ckpt_watching_settle_gone(w, u, err);
	else
		rc2 = ckpt_watching_settle(w, &r, rc ? NULL : err);
	ckpt_archive_result_release(&r);
	rc = rc ? rc : rc2;
	if (rc == 0)
		w->done = i + 1;
	return rc;
}

int ckpt_watching_add_all(struct ckpt_watching *w, struct ckpt_err *err)
{
	const struct ckpt_archive_opts all = { .all = true };
	struct ckpt_archive_result r = { 0 };
	int rc = w->job->keep ? ckpt_archive_add_wanted(w->job, true, &r, err)
			      : ckpt_archive(w->source, w->archive, &all, &r.archived, err);
	int rc2 = ckpt_watching_settle(w, &r, rc ? NULL : err);

	ckpt_archive_result_release(&r);
	return rc ? rc : rc2;
}

int ckpt_watching_pass(struct ckpt_watching *w, int64_t *wait, struct ckpt_err *err)
{
	ptrdiff_t newest;
	bool first = !w->seen;
	int rc = ckpt_newest_finished(w->source, &newest, err);

	*wait = INT64_MAX;
	/* Between two writes of it there can be no catalog for a moment. */
	if (rc || ckpt_root_catalog(w->source)->absent)
		return rc;
	follow_catalog(w);
	if (first && newest > 0)
		w->done = (size_t)newest;
	if (newest < 0 || (size_t)newest < w->done)
		return 0;
	rc = ckpt_root_refresh(w->archive, err);
	if (rc)
		return rc;
	if (wait_ms(w) > 0) {
		*wait = wait_ms(w);
		return 0;
	}
	/* The oldest is the first to be removed. */
	for (size_t i = w->every ? (size_t)newest : w->done;
	     rc == 0 && i <= (size_t)newest && !ckpt_watching_stopped(w); i++)
		rc = add_entry(w, i, err);
	return rc;
}
