/* gc.c - gc: who goes, and the rounds
 *
 * Race 1.  Between "nobody reads it" and "it is removed" a reader could come.
 * So the exclusive lease of each checkpoint that goes is taken before the
 * catalog loses it, and held until its directory is gone: a reader that comes
 * later finds the lease taken, or the checkpoint gone, and reads nothing.
 *
 * Race 2.  A crash at any moment leaves garbage, never a hole: the catalog
 * without the checkpoints is durable before the first of their files goes.
 *
 * Race 3.  A commit by another process between two rounds: each round reads
 * the catalog again under the lock, and counts the batches of what came.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "engine/limits.h"
#include "engine/plan.h"

/* One gc, over its rounds. */
struct gc {
	struct ckpt_root *root;
	const struct ckpt_gc_opts *opts;
	const struct ckpt_uuid *only; /* remove: this one; gc: NULL */
	struct ckpt_uses uses;
	struct ckpt_fate *fate;	   /* of this round */
	struct ckpt_lease **lease; /* of those that go, by catalog index */
	size_t n;		   /* of the catalog of this round */
	size_t n_go, n_later;
};

static void round_release(struct gc *g)
{
	for (size_t i = 0; g->lease && i < g->n; i++)
		ckpt_lease_release(g->lease[i]);
	free(g->lease);
	ckpt_fates_free(g->fate, g->n);
	g->lease = NULL;
	g->fate = NULL;
}

/* Take (or in a dry run ask for) the exclusive lease of candidate i. */
static int decide_lease(struct gc *g, size_t i, struct ckpt_err *err)
{
	char dir[CKPT_UUID_TEXT];
	int rc =
		ckpt_store_lease(g->root->store, ckpt_uuid_text(&g->root->catalog->entry[i]->uuid, dir),
				 g->opts->dry_run ? CKPT_LEASE_ASK : CKPT_LEASE_EXCLUSIVE, &g->lease[i], err);

	if (rc == -EBUSY)
		return ckpt_fate_because(&g->fate[i], err, "being read");
	/* Without a CHECKPOINT nobody can have a lease on it. */
	if (rc && rc != -ENOENT)
		return rc;
	g->fate[i].goes = true;
	g->n_go++;
	return 0;
}

/* Of the candidates the first so many go now, the others later.  Damaged ones
 * come first: what they need is not known, so it must not be a later round
 * that finds them still in the catalog. */
static int decide_candidates(struct gc *g, int64_t deadline, struct ckpt_err *err)
{
	size_t limit = g->opts->dry_run ? SIZE_MAX : CKPT_GC_ROUND;

	for (int damaged = 1; damaged >= 0; damaged--) {
		for (size_t i = 0; i < g->n; i++) {
			bool late = g->n_go >= limit ||
				    (deadline && g->n_go && ckpt_root_monotonic_ms(g->root) >= deadline);
			int rc;

			if (g->fate[i].why || (g->uses.use[i].damage != NULL) != damaged)
				continue;
			if (late) {
				g->fate[i].later = true;
				g->n_later++;
				continue;
			}
			rc = decide_lease(g, i, err);
			if (rc)
				return rc;
		}
	}
	return 0;
}

static int decide(struct gc *g, int64_t deadline, struct ckpt_err *err)
{
	int rc;

	g->n = g->root->catalog->n;
	g->n_go = g->n_later = 0;
	g->fate = calloc(g->n + 1, sizeof(*g->fate));
	g->lease = calloc(g->n + 1, sizeof(*g->lease));
	if (!g->fate || !g->lease)
		return ckpt_fail_nomem(err);
	/* Everybody has a fate after this; those without a reason to stay are
	 * candidates. */
	rc = ckpt_gc_rules(g->root, g->opts, g->only, g->fate, err);
	return rc ? rc : decide_candidates(g, deadline, err);
}

/* The catalog first, then the files. */
static int carry_out(struct gc *g, struct ckpt_plan *plan, int64_t deadline, struct ckpt_err *err)
{
	struct ckpt_catalog *next;
	bool *gone = calloc(g->n + 1, sizeof(*gone));
	struct ckpt_err why = { 0 };
	bool more;
	int rc;

	if (!gone)
		return ckpt_fail_nomem(err);
	for (size_t i = 0; i < g->n; i++)
		gone[i] = g->fate[i].goes;
	/* What state.json names stays; the one before may name what goes. */
	rc = ckpt_store_sync_file(g->root->store, NULL, CKPT_STATE, err);
	if (!rc || rc == -ENOENT)
		rc = ckpt_catalog_derive(g->root->catalog, gone, NULL, &next, err);
	free(gone);
	if (rc)
		return rc;
	rc = ckpt_root_replace(g->root, next, &why);
	ckpt_catalog_unref(next);
	if (rc)
		return ckpt_fail(err, -rc, "%s%s", why.msg,
				 rc == -EUCLEAN ? "; the files of those that went are still there, and "
						  "a sweep removes them"
						: "");
	/* From here on the gc has succeeded; what can't be removed is left. */
	ckpt_plan_apply(plan, g->root, deadline, "there was no time left; a sweep finishes it", NULL, &more);
	return 0;
}

/* Under the lock, or in a dry run without.  *cold: there was no time to look at all that
 * goes. */
static int decide_and_act(struct gc *g, struct ckpt_lock *lock, struct ckpt_plan *plan, bool *cold,
			  struct ckpt_err *err)
{
	const int64_t until = lock ? ckpt_root_monotonic_ms(g->root) + CKPT_LOCK_HOLD_MS : 0;
	int rc = ckpt_uses_follow(&g->uses, g->root, err);
	int64_t deadline;

	if (!rc)
		rc = decide(g, until ? until - CKPT_LOCK_HOLD_MS / 2 : 0, err);
	if (!rc)
		rc = ckpt_gc_plan(&g->uses, g->fate, plan, err);
	if (!rc) {
		rc = ckpt_plan_measure(plan, g->root, until, err);
		*cold = rc == -EAGAIN;
	}
	/* However long that took, some of it can go. */
	deadline = lock ? ckpt_root_monotonic_ms(g->root) + CKPT_LOCK_HOLD_MS / 2 : 0;
	if (!rc && lock && g->n_go)
		rc = carry_out(g, plan, deadline > until ? deadline : until, err);
	round_release(g);
	return rc;
}

static int try_round(struct gc *g, struct ckpt_plan *plan, bool *cold, struct ckpt_err *err)
{
	struct ckpt_lock *lock = NULL;
	int rc;

	*cold = false;
	/* What the checkpoints need is read before the lock is taken: under it
	 * only what changed meanwhile. */
	rc = ckpt_root_refresh(g->root, err);
	if (!rc)
		rc = ckpt_uses_follow(&g->uses, g->root, err);
	if (!rc)
		rc = g->opts->dry_run ? ckpt_catalog_lost(g->root->store, g->root->catalog, NULL, err)
				      : ckpt_root_lock(g->root, NULL, &lock, err);
	if (!rc)
		rc = decide_and_act(g, lock, plan, cold, err);
	ckpt_lock_release(lock);
	return rc;
}

/* What took too long is looked at without the lock: as long as it takes, and to no other
 * end than that the system has it in its memory then. */
static int one_round(struct gc *g, struct ckpt_plan *plan, struct ckpt_err *err)
{
	bool cold;
	int rc = try_round(g, plan, &cold, err);

	for (unsigned i = 1; cold && i < CKPT_LOOK_TRIES; i++) {
		ckpt_plan_measure(plan, g->root, 0, NULL);
		ckpt_plan_release(plan);
		rc = try_round(g, plan, &cold, err);
	}
	return rc;
}

/* Race 6, in a dry run. */
static int one_look(struct gc *g, struct ckpt_plan *plan, struct ckpt_err *err)
{
	int rc = one_round(g, plan, err);

	for (unsigned look = 1;
	     g->opts->dry_run && (rc || plan->n_notes) && look < CKPT_LOOKS_MAX && ckpt_root_moved(g->root);
	     look++) {
		ckpt_plan_release(plan);
		rc = one_round(g, plan, err);
	}
	return rc;
}

static int run(struct gc *g, struct ckpt_plan *plan, struct ckpt_err *err)
{
	int rc;

	do {
		struct ckpt_plan this = CKPT_PLAN_INIT;

		if (plan->n_removed && ckpt_root_stopped(g->root)) {
			rc = ckpt_fail(err, EINTR,
				       "%s: interrupted; %zu checkpoints were removed, %zu more were to go",
				       ckpt_store_label(g->root->store), plan->n_removed, g->n_later);
			break;
		}
		g->n_later = 0;
		rc = one_look(g, &this, err);
		if (!rc)
			ckpt_plan_merge(plan, &this);
		else
			ckpt_plan_release(&this);
	} while (!rc && g->n_later);
	ckpt_uses_release(&g->uses);
	if (!rc && plan->failed)
		rc = ckpt_plan_untold(g->root, g->opts->dry_run, err);
	for (size_t i = 0; i < plan->n_notes; i++)
		ckpt_root_event(g->root, CKPT_EVENT_WARNING, "%s", plan->notes[i]);
	return rc;
}

int ckpt_gc_run(struct ckpt_root *root, const struct ckpt_gc_opts *opts, const struct ckpt_uuid *only,
		struct ckpt_plan *plan, struct ckpt_err *err)
{
	struct gc g = { .root = root, .opts = opts, .only = only, .uses = CKPT_USES_INIT };

	return run(&g, plan, err);
}
