/* sweep.c - what a sweep reads, and its rounds
 *
 * Race 4.  A checkpoint that left the catalog may still be read under a lease
 * (its directory is then unknown to the catalog).  As in a gc the exclusive
 * lease of an unknown directory is taken before it goes; one that can't be had
 * leaves the directory, and the batches that it names.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "base/names.h"
#include "engine/limits.h"
#include "engine/plan.h"

struct sweep {
	struct ckpt_root *root;
	bool dry_run;
	struct ckpt_uses uses;
	struct ckpt_top *top;
	size_t n_top, cap;
	struct ckpt_lease **lease; /* of unknown directories */
	size_t n_lease;
	struct ckpt_names held;
	bool hold_all;
	bool more;			/* directories were put off to the next round */
	const struct ckpt_plan *before; /* what the earlier rounds came to */
	uint64_t pidlock;		/* its size while nobody of ours held it */
};

static void round_release(struct sweep *s)
{
	for (size_t i = 0; i < s->n_lease; i++)
		ckpt_lease_release(s->lease[i]);
	for (size_t i = 0; i < s->n_top; i++)
		free(s->top[i].name);
	free(s->lease);
	free(s->top);
	ckpt_names_release(&s->held);
	s->lease = NULL;
	s->top = NULL;
	s->n_lease = s->n_top = s->cap = 0;
	s->hold_all = s->more = false;
}

static int add_top(void *ctx, const char *name, const struct ckpt_stat *st)
{
	struct sweep *s = ctx;
	struct ckpt_top *t;

	if (s->n_top == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 256;

		t = reallocarray(s->top, cap, sizeof(*t));
		if (!t)
			return -ENOMEM;
		s->top = t;
		s->cap = cap;
	}
	t = &s->top[s->n_top];
	*t = (struct ckpt_top){ .name = strdup(name), .kind = st->kind, .size = st->size, .ino = st->ino };
	if (!t->name)
		return -ENOMEM;
	/* While it is ours the lock file holds our pid: no part of the root. */
	if (!strcmp(name, CKPT_PIDLOCK))
		t->size = s->pidlock;
	s->n_top++;
	return 0;
}

static int cmp_top(const void *a, const void *b)
{
	return strcmp(((const struct ckpt_top *)a)->name, ((const struct ckpt_top *)b)->name);
}

static bool is_sorted(const struct sweep *s)
{
	for (size_t i = 1; i < s->n_top; i++)
		if (cmp_top(&s->top[i - 1], &s->top[i]) > 0)
			return false;
	return true;
}

/* A directory that is read stays, and so do the batches that it names. */
static int hold_leased(struct sweep *s, struct ckpt_top *t, struct ckpt_err *err)
{
	struct ckpt_uuid u;
	struct ckpt_deps deps;
	int rc = -EUCLEAN;

	t->leave = "being read";
	if (ckpt_uuid_parse(t->name, &u)) {
		rc = ckpt_deps_read(s->root->store, &u, &deps, err);
		for (size_t i = 0; !rc && i < ckpt_names_count(deps.batches); i++) {
			const char *batch = ckpt_names_get(deps.batches, i);

			ckpt_names_add(&s->held, batch, strlen(batch));
		}
		ckpt_deps_release(&deps);
	}
	s->hold_all |= rc != 0;
	return rc == -ENOMEM || s->held.failed ? ckpt_fail_nomem(err) : 0;
}

static int look_into(struct sweep *s, struct ckpt_top *t, struct ckpt_err *err)
{
	struct ckpt_lease *lease = NULL;
	struct ckpt_err why;
	struct ckpt_tree tree;
	int rc;

	if (t->kind != CKPT_KIND_DIR || ckpt_name_is_own(t->name) ||
	    ckpt_catalog_has_dir(s->root->catalog, t->name))
		return 0;
	/* Each lease is a descriptor: beyond so many, ask now and remove in the
	 * next round. */
	t->later = !s->dry_run && s->n_lease >= CKPT_GC_ROUND;
	s->more |= t->later;
	rc = ckpt_store_lease(s->root->store, t->name,
			      s->dry_run || t->later ? CKPT_LEASE_ASK : CKPT_LEASE_EXCLUSIVE, &lease, &why);
	if (rc == -EBUSY)
		return hold_leased(s, t, err);
	if (rc && rc != -ENOENT) { /* a CHECKPOINT that can't be locked: not ours to judge */
		t->leave = "its CHECKPOINT can't be leased";
		ckpt_root_event(s->root, CKPT_EVENT_WARNING, "%s; so it is left", why.msg);
		return 0;
	}
	if (lease)
		s->lease[s->n_lease++] = lease;
	rc = ckpt_store_measure(s->root->store, t->name, &tree, err);
	if (rc == -ENOENT)
		return 0;
	if (rc)
		return rc;
	t->tree_files = tree.files;
	t->tree_bytes = tree.bytes;
	if (tree.has_mount)
		t->leave = "a file system is mounted in it";
	return 0;
}

static int read_top(struct sweep *s, struct ckpt_err *err)
{
	int rc = ckpt_store_list(s->root->store, NULL, true, add_top, s, err);

	if (rc == -ENOMEM)
		return ckpt_fail_nomem(err);
	if (rc)
		return rc;
	if (!is_sorted(s)) /* a store may list in no order */
		qsort(s->top, s->n_top, sizeof(*s->top), cmp_top);
	s->lease = calloc(s->n_top + 1, sizeof(*s->lease));
	if (!s->lease)
		return ckpt_fail_nomem(err);
	for (size_t i = 0; !rc && i < s->n_top; i++) {
		ckpt_root_progress(s->root, "names looked at", i, s->n_top);
		rc = ckpt_root_stopped(s->root)
			     ? ckpt_fail(
				       err, EINTR,
				       "%s: interrupted while looking at what is to go; nothing was changed "
				       "by this step",
				       ckpt_store_label(s->root->store))
			     : look_into(s, &s->top[i], err);
	}
	if (!rc && !ckpt_names_seal(&s->held))
		rc = ckpt_fail_nomem(err);
	return rc;
}

static void read_pidlock(struct sweep *s)
{
	struct ckpt_stat st;

	s->pidlock = 0;
	if (!ckpt_store_stat(s->root->store, NULL, CKPT_PIDLOCK, &st, NULL) && st.kind == CKPT_KIND_FILE)
		s->pidlock = st.size;
}

static int one_round(struct sweep *s, struct ckpt_plan *plan, bool *more, struct ckpt_err *err)
{
	struct ckpt_sweep_input in = { .uses = &s->uses };
	struct ckpt_lock *lock = NULL;
	int64_t deadline = 0;
	int rc;

	rc = ckpt_root_refresh(s->root, err);
	if (!rc)
		rc = ckpt_uses_follow(&s->uses, s->root, err);
	if (rc)
		return rc;
	read_pidlock(s);
	rc = s->dry_run ? ckpt_catalog_lost(s->root->store, s->root->catalog, NULL, err)
			: ckpt_root_lock(s->root, NULL, &lock, err);
	if (rc)
		return rc;
	if (lock)
		deadline = ckpt_root_monotonic_ms(s->root) + CKPT_LOCK_HOLD_MS;
	rc = ckpt_uses_follow(&s->uses, s->root, err);
	if (!rc)
		rc = read_top(s, err);
	if (!rc) {
		in.top = s->top;
		in.n_top = s->n_top;
		in.held = &s->held;
		in.hold_all = s->hold_all;
		if (!s->before->failed) {
			in.left = s->before->left;
			in.n_left = s->before->n_left;
		}
		rc = ckpt_sweep_plan(&in, plan, err);
	}
	if (!rc && lock) {
		ckpt_sweep_apply(&in, plan, s->root, deadline, more);
		*more |= s->more;
		*more &= plan->n_items || plan->n_left; /* a round must get on */
	}
	round_release(s);
	ckpt_lock_release(lock);
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
