#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "cmd/archive_job.h"
#include "cmd/table.h"

/* A checkpoint that can't be had makes room for others, and a catalog that lost
 * one meanwhile is read anew: so often, then the next run goes on. */
#define ROUNDS 8

/* --- who is wanted -------------------------------------------------------- */

/* The archive as it would be with some more, oldest first. */
struct would_be {
	struct ckpt_moment *moment;
	ptrdiff_t *asked; /* which of those that are asked about; -1: in the archive */
	size_t n;
};

static void would_be_release(struct would_be *w)
{
	free(w->moment);
	free(w->asked);
}

static int would_be_put(struct would_be *w, size_t at, struct ckpt_store *s, const struct ckpt_entry *e,
			ptrdiff_t asked, struct ckpt_err *err)
{
	w->moment[at] =
		(struct ckpt_moment){ .identifier = e->identifier, .identifier_len = e->identifier_len };
	w->asked[at] = asked;
	return ckpt_time_read(s, &e->uuid, &w->moment[at].ms, err);
}

/* Whether entry a of the archive is newer than entry s of the source, as where
 * it would be put: of two that the source has, its order says it. */
static int is_newer(const struct ckpt_archive_job *job, const struct ckpt_entry *a, ptrdiff_t s, bool *newer,
		    struct ckpt_err *err)
{
	const struct ckpt_catalog *source = ckpt_root_catalog(job->cmd->root);
	ptrdiff_t both = ckpt_catalog_find(source, &a->uuid);
	int64_t ms = 0, source_ms = 0;
	int rc;

	*newer = both > s;
	if (both >= 0)
		return 0;
	rc = ckpt_time_read(ckpt_root_store(job->archive), &a->uuid, &ms, err);
	if (!rc)
		rc = ckpt_time_read(job->cmd->store, &source->entry[s]->uuid, &source_ms, err);
	*newer = !rc && ms > source_ms;
	return rc;
}

static int would_be_make(const struct ckpt_archive_job *job, const struct ckpt_uuid *uuid, size_t n,
			 struct would_be *w, struct ckpt_err *err)
{
	const struct ckpt_catalog *source = ckpt_root_catalog(job->cmd->root);
	const struct ckpt_catalog *archive = ckpt_root_catalog(job->archive);
	size_t at = archive->n + n, left = archive->n;
	struct ckpt_store *store = ckpt_root_store(job->archive);
	int rc = 0;

	*w = (struct would_be){ .moment = calloc(at + 1, sizeof(*w->moment)),
				.asked = calloc(at + 1, sizeof(*w->asked)) };
	if (!w->moment || !w->asked)
		return ckpt_fail_nomem(err);
	/* Both are in order, so they are merged, from the newest on. */
	for (size_t i = n; !rc && i-- > 0;) {
		ptrdiff_t s = ckpt_catalog_find(source, &uuid[i]);
		bool newer = true;

		if (s < 0 || ckpt_catalog_find(archive, &uuid[i]) >= 0)
			continue;
		while (!rc && newer && left) {
			rc = is_newer(job, archive->entry[left - 1], s, &newer, err);
			if (!rc && newer)
				rc = would_be_put(w, --at, store, archive->entry[--left], -1, err);
		}
		if (!rc)
			rc = would_be_put(w, --at, job->cmd->store, source->entry[s], (ptrdiff_t)i, err);
	}
	for (; !rc && left; left--)
		rc = would_be_put(w, --at, store, archive->entry[left - 1], -1, err);
	if (rc)
		return rc;
	w->n = archive->n + n - at;
	memmove(w->moment, w->moment + at, w->n * sizeof(*w->moment));
	memmove(w->asked, w->asked + at, w->n * sizeof(*w->asked));
	return 0;
}

int ckpt_archive_wanted(const struct ckpt_archive_job *job, const struct ckpt_uuid *uuid, size_t n,
			bool *wanted, struct ckpt_err *err)
{
	const struct ckpt_env *env = &job->cmd->env;
	int64_t now = env->now_ms ? env->now_ms(env->ctx) : ckpt_when_now();
	struct would_be w;
	unsigned *reasons = NULL;
	int rc = would_be_make(job, uuid, n, &w, err);

	if (!rc)
		reasons = calloc(w.n + 1, sizeof(*reasons));
	if (!rc && !reasons)
		rc = ckpt_fail_nomem(err);
	if (!rc)
		rc = ckpt_retention_decide(job->keep, w.moment, w.n, now, reasons, err);
	for (size_t i = 0; !rc && i < n; i++)
		wanted[i] = true;
	for (size_t i = 0; !rc && i < w.n; i++)
		if (w.asked[i] >= 0)
			wanted[w.asked[i]] = reasons[i] || i + CKPT_MIN_CHECKPOINTS >= w.n;
	free(reasons);
	would_be_release(&w);
	return rc;
}

/* --- adding them ---------------------------------------------------------- */

static bool was_skipped(const struct ckpt_archived *a, const struct ckpt_uuid *u)
{
	for (size_t i = 0; i < a->n_skipped; i++)
		if (ckpt_uuid_cmp(&a->skipped[i].uuid, u) == 0)
			return true;
	return false;
}

/* Of all that are finished those to be archived.  Those that are there already
 * are named in the first round: their state.json may have come later. */
static int choose(const struct ckpt_archive_job *job, bool first, struct ckpt_archive_result *r,
		  struct ckpt_uuid **out, size_t *n_out, struct ckpt_err *err)
{
	const struct ckpt_catalog *c = ckpt_root_catalog(job->cmd->root);
	struct ckpt_uuid *u = calloc(c->n + 1, sizeof(*u));
	bool *wanted = calloc(c->n + 1, sizeof(*wanted));
	struct ckpt_resume resume;
	bool finished;
	size_t n = 0;
	int rc = u && wanted ? ckpt_resume_read(job->cmd->store, &resume, err) : ckpt_fail_nomem(err);

	for (size_t i = 0; !rc && i < c->n; i++) {
		rc = ckpt_is_finished(job->cmd->store, c, &resume, i, &finished, err);
		if (!rc && finished && !was_skipped(&r->archived, &c->entry[i]->uuid) &&
		    (first || ckpt_catalog_find(ckpt_root_catalog(job->archive), &c->entry[i]->uuid) < 0))
			u[n++] = c->entry[i]->uuid;
	}
	if (!rc)
		rc = ckpt_archive_wanted(job, u, n, wanted, err);
	*n_out = 0;
	for (size_t i = 0; !rc && i < n; i++)
		if (wanted[i])
			u[(*n_out)++] = u[i];
	if (!rc)
		r->n_unwanted = n - *n_out;
	free(wanted);
	*out = u;
	return rc;
}

/* Move all of from to the end of to. */
static int merge(struct ckpt_archived *to, struct ckpt_archived *from, struct ckpt_err *err)
{
	struct ckpt_uuid *added = reallocarray(to->added, to->n_added + from->n_added + 1, sizeof(*added));
	struct ckpt_archive_skip *skipped;

	if (added)
		to->added = added;
	skipped = reallocarray(to->skipped, to->n_skipped + from->n_skipped + 1, sizeof(*skipped));
	if (skipped)
		to->skipped = skipped;
	if (!added || !skipped)
		return ckpt_fail_nomem(err);
	for (size_t i = 0; i < from->n_added; i++)
		added[to->n_added++] = from->added[i];
	for (size_t i = 0; i < from->n_skipped; i++)
		skipped[to->n_skipped++] = from->skipped[i];
	from->n_skipped = 0;
	to->n_present += from->n_present;
	to->linked += from->linked;
	to->cloned += from->cloned;
	to->copied += from->copied;
	to->copied_bytes += from->copied_bytes;
	return 0;
}

/* *more: another round may find others, since not all of this one could be had. */
static int add_round(const struct ckpt_archive_job *job, bool first, bool *more,
		     struct ckpt_archive_result *out, struct ckpt_err *err)
{
	struct ckpt_archive_opts o = { 0 };
	struct ckpt_archived a = { 0 };
	struct ckpt_uuid *u = NULL;
	int rc, rc2;

	*more = false;
	rc = ckpt_root_refresh(job->cmd->root, err);
	if (!rc)
		rc = ckpt_root_refresh(job->archive, err);
	if (!rc)
		rc = choose(job, first, out, &u, &o.n_uuid, err);
	o.uuid = u;
	if (!rc && o.n_uuid)
		rc = ckpt_archive(job->cmd->root, job->archive, &o, &a, err);
	*more = rc == -ENOENT || (!rc && a.n_skipped);
	rc2 = merge(&out->archived, &a, rc ? NULL : err);
	ckpt_archived_release(&a);
	free(u);
	return rc ? rc : rc2;
}

static int add_all(const struct ckpt_archive_job *job, struct ckpt_archive_result *out, struct ckpt_err *err)
{
	bool more = true, first = true;
	int rc = 0;

	for (unsigned round = 0; more && round < ROUNDS; round++) {
		rc = add_round(job, first, &more, out, err);
		first = first && rc;
	}
	return rc;
}

int ckpt_archive_add_wanted(const struct ckpt_archive_job *job, bool all, struct ckpt_archive_result *out,
			    struct ckpt_err *err)
{
	const struct ckpt_archive_opts newest = { 0 };
	bool wanted = true;
	ptrdiff_t i;
	int rc;

	if (all)
		return add_all(job, out, err);
	rc = ckpt_newest_finished(job->cmd->root, &i, err);
	if (!rc)
		rc = ckpt_root_refresh(job->archive, err);
	if (!rc && i >= 0)
		rc = ckpt_archive_wanted(job, &ckpt_root_catalog(job->cmd->root)->entry[i]->uuid, 1, &wanted,
					 err);
	if (rc)
		return rc;
	out->n_unwanted = !wanted;
	return wanted ? ckpt_archive(job->cmd->root, job->archive, &newest, &out->archived, err) : 0;
}

/* --- removing ------------------------------------------------------------- */

static int prune(const struct ckpt_archive_job *job, struct ckpt_gc_opts *o, struct ckpt_plan *gc,
		 struct ckpt_err *err)
{
	int rc;

	/* Asking locks nothing, and mostly there is nothing to be done. */
	o->dry_run = true;
	rc = ckpt_gc(job->archive, o, gc, err);
	if (!rc && !gc->n_removed)
		return 0;
	ckpt_plan_release(gc);
	*gc = (struct ckpt_plan)CKPT_PLAN_INIT;
	if (rc)
		return rc;
	o->dry_run = false;
	rc = ckpt_gc(job->archive, o, gc, err);
	if (gc->n_left)
		ckpt_cmd_warn(job->cmd, "%s: %zu name%s could not be removed; 'ckptfs sweep' finishes it",
			      ckpt_store_label(ckpt_root_store(job->archive)), gc->n_left,
			      ckpt_plural(gc->n_left));
	return rc;
}

int ckpt_archive_prune(const struct ckpt_archive_job *job, struct ckpt_plan *gc, struct ckpt_err *err)
{
	const struct ckpt_args *args = job->args;
	struct ckpt_uuid *except = calloc(args->n_uuid + 1, sizeof(*except));
	struct ckpt_gc_opts o = { .except = except, .retention = job->keep };
	int rc = except ? ckpt_root_refresh(job->archive, err) : ckpt_fail_nomem(err);

	*gc = (struct ckpt_plan)CKPT_PLAN_INIT;
	/* One that was named may have been skipped. */
	for (size_t i = 0; !rc && i < args->n_uuid; i++)
		if (ckpt_catalog_find(ckpt_root_catalog(job->archive), &args->uuid[i]) >= 0)
			except[o.n_except++] = args->uuid[i];
	if (!rc && ckpt_root_catalog(job->archive)->n)
		rc = prune(job, &o, gc, err);
	free(except);
	return rc;
}
