/* sweep.c - the rounds of a sweep */
#include <errno.h>

#include "base/name.h"
#include "engine/limits.h"
#include "engine/sweep_look.h"

struct sweep {
	struct ckpt_root *root;
	bool dry_run;
	struct ckpt_uses uses;
	const struct ckpt_plan *before; /* what the earlier rounds came to */
};

static uint64_t pidlock_size(struct ckpt_root *root)
{
	struct ckpt_stat st;

	return !ckpt_store_stat(root->store, NULL, CKPT_PIDLOCK, &st, NULL) && st.kind == CKPT_KIND_FILE
		       ? st.size
		       : 0;
}

/* What was seen becomes a plan, which is carried out under the lock. */
static int plan_and_apply(struct sweep *s, const struct ckpt_sweep_look *l, int64_t deadline,
			  struct ckpt_plan *plan, bool *more, struct ckpt_err *err)
{
	struct ckpt_sweep_input in = {
		.uses = &s->uses,
		.top = l->top,
		.n_top = l->n_top,
		.held = &l->held,
		.hold_all = l->hold_all,
	};
	int rc;

	if (!s->before->failed) {
		in.left = s->before->left;
		in.n_left = s->before->n_left;
	}
	rc = ckpt_sweep_plan(&in, plan, err);
	if (rc || s->dry_run)
		return rc;
	ckpt_sweep_apply(&in, plan, s->root, deadline, more);
	*more |= l->more;
	*more &= plan->n_items || plan->n_left; /* a round must get on */
	return 0;
}

/* Under the lock, or in a dry run without.  *cold: there was no time to look at all of
 * it. */
static int look_and_act(struct sweep *s, struct ckpt_lock *lock, uint64_t pidlock, struct ckpt_plan *plan,
			bool *cold, bool *more, struct ckpt_err *err)
{
	const int64_t until = lock ? ckpt_root_monotonic_ms(s->root) + CKPT_LOCK_HOLD_MS : 0;
	struct ckpt_sweep_look l = {
		.root = s->root, .asks = s->dry_run, .until = until, .pidlock = pidlock
	};
	int rc = ckpt_uses_follow(&s->uses, s->root, err);
	int64_t deadline;

	if (!rc) {
		rc = ckpt_sweep_look(&l, err);
		*cold = rc == -EAGAIN;
	}
	/* However long that took, some of it can go. */
	deadline = lock ? ckpt_root_monotonic_ms(s->root) + CKPT_LOCK_HOLD_MS / 2 : 0;
	if (!rc)
		rc = plan_and_apply(s, &l, deadline > until ? deadline : until, plan, more, err);
	ckpt_sweep_look_release(&l);
	return rc;
}

/* What it finds is of no use without the lock, also an error. */
static void warm_up(struct sweep *s)
{
	struct ckpt_sweep_look l = { .root = s->root, .asks = true };

	ckpt_sweep_look(&l, NULL);
	ckpt_sweep_look_release(&l);
}

static int try_round(struct sweep *s, struct ckpt_plan *plan, bool *cold, bool *more, struct ckpt_err *err)
{
	struct ckpt_lock *lock = NULL;
	uint64_t pidlock;
	int rc = ckpt_root_refresh(s->root, err);

	*cold = false;
	if (!rc)
		rc = ckpt_uses_follow(&s->uses, s->root, err);
	if (rc)
		return rc;
	pidlock = pidlock_size(s->root);
	rc = s->dry_run ? ckpt_catalog_lost(s->root->store, s->root->catalog, NULL, err)
			: ckpt_root_lock(s->root, NULL, &lock, err);
	if (!rc)
		rc = look_and_act(s, lock, pidlock, plan, cold, more, err);
	ckpt_lock_release(lock);
	return rc;
}

static int one_round(struct sweep *s, struct ckpt_plan *plan, bool *more, struct ckpt_err *err)
{
	bool cold;
	int rc = try_round(s, plan, &cold, more, err);

	for (unsigned i = 1; cold && i < CKPT_LOOK_TRIES; i++) {
		warm_up(s);
		rc = try_round(s, plan, &cold, more, err);
	}
	return rc;
}

/* Race 6, in a dry run. */
static int one_look(struct sweep *s, struct ckpt_plan *plan, bool *more, struct ckpt_err *err)
{
	int rc = one_round(s, plan, more, err);

	for (unsigned look = 1;
	     s->dry_run && (rc || plan->n_missing) && look < CKPT_LOOKS_MAX && ckpt_root_moved(s->root);
	     look++) {
		ckpt_plan_release(plan);
		rc = one_round(s, plan, more, err);
	}
	return rc;
}

int ckpt_sweep(struct ckpt_root *root, bool dry_run, struct ckpt_plan *plan, struct ckpt_err *err)
{
	struct sweep s = { .root = root, .dry_run = dry_run, .uses = CKPT_USES_INIT, .before = plan };
	bool more;
	int rc;

	*plan = (struct ckpt_plan)CKPT_PLAN_INIT;
	do {
		struct ckpt_plan this = CKPT_PLAN_INIT;

		more = false;
		rc = one_look(&s, &this, &more, err);
		if (!rc)
			ckpt_plan_merge(plan, &this);
		else
			ckpt_plan_release(&this);
		ckpt_plan_sort_left(plan);
		if (!rc && more && ckpt_root_stopped(root))
			rc = ckpt_fail(
				err, EINTR,
				"%s: interrupted; the sweep removed %zu names and may have left others",
				ckpt_store_label(root->store), plan->n_items);
	} while (!rc && more);
	ckpt_uses_release(&s.uses);
	if (!rc && plan->failed)
		rc = ckpt_plan_untold(root, dry_run, err);
	for (size_t i = 0; !dry_run && i < plan->n_missing; i++)
		ckpt_root_event(root, CKPT_EVENT_WARNING, "%s/%s: a checkpoint needs it, and it is gone",
				ckpt_store_label(root->store), plan->missing[i]);
	return rc;
}
