#include "engine/sweep_look.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "engine/limits.h"

void ckpt_sweep_look_release(struct ckpt_sweep_look *l)
{
	for (size_t i = 0; i < l->n_lease; i++)
		ckpt_lease_release(l->lease[i]);
	for (size_t i = 0; i < l->n_top; i++)
		free(l->top[i].name);
	free(l->lease);
	free(l->top);
	ckpt_names_release(&l->held);
}

/* --- how long ------------------------------------------------------------ */

/* 0, EINTR or EAGAIN: it has to end. */
static int check_end(const struct ckpt_sweep_look *l)
{
	if (ckpt_root_stopped(l->root))
		return -EINTR;
	return l->until && ckpt_root_monotonic_ms(l->root) >= l->until ? -EAGAIN : 0;
}

static int say_end(const struct ckpt_sweep_look *l, int rc, struct ckpt_err *err)
{
	if (rc == -EINTR)
		return ckpt_fail(
			err, EINTR,
			"%s: interrupted while looking at what is to go; nothing was changed by this step",
			ckpt_store_label(l->root->store));
	return ckpt_look_late(l->root, err);
}

/* --- directories that the catalog does not know ---------------------------- */

/* A directory that is read stays, and so do the batches that it names. */
static int hold_leased(struct ckpt_sweep_look *l, struct ckpt_top *t, struct ckpt_err *err)
{
	struct ckpt_uuid u;
	struct ckpt_deps deps;
	int rc = -EUCLEAN;

	t->leave = "being read";
	if (ckpt_uuid_parse(t->name, &u)) {
		rc = ckpt_deps_read(l->root->store, &u, &deps, err);
		for (size_t i = 0; !rc && i < ckpt_names_count(deps.batches); i++) {
			const char *batch = ckpt_names_get(deps.batches, i);

			ckpt_names_add(&l->held, batch, strlen(batch));
		}
		ckpt_deps_release(&deps);
	}
	l->hold_all |= rc != 0;
	return rc == -ENOMEM || l->held.failed ? ckpt_fail_nomem(err) : 0;
}

static int measure(struct ckpt_sweep_look *l, struct ckpt_top *t, struct ckpt_err *err)
{
	struct ckpt_tree tree;
	int rc = ckpt_store_measure(l->root->store, t->name, &tree, err);

	if (rc)
		return rc == -ENOENT ? 0 : rc;
	t->tree_files = tree.files;
	t->tree_bytes = tree.bytes;
	if (tree.has_mount)
		t->leave = "a file system is mounted in it";
	return 0;
}

static int look_into(struct ckpt_sweep_look *l, struct ckpt_top *t, struct ckpt_err *err)
{
	struct ckpt_lease *lease = NULL;
	struct ckpt_err why;
	int rc;

	if (t->kind != CKPT_KIND_DIR || ckpt_name_is_own(t->name) ||
	    ckpt_catalog_has_dir(l->root->catalog, t->name))
		return 0;
	/* Each lease is a descriptor: beyond so many, ask now and remove in the
	 * next round. */
	t->later = !l->asks && l->n_lease >= CKPT_GC_ROUND;
	l->more |= t->later;
	rc = ckpt_store_lease(l->root->store, t->name,
			      l->asks || t->later ? CKPT_LEASE_ASK : CKPT_LEASE_EXCLUSIVE, &lease, &why);
	if (rc == -EBUSY)
		return hold_leased(l, t, err);
	if (rc && rc != -ENOENT) { /* a CHECKPOINT that can't be locked: not ours to judge */
		t->leave = "its CHECKPOINT can't be leased";
		ckpt_root_event(l->root, CKPT_EVENT_WARNING, "%s; so it is left", why.msg);
		return 0;
	}
	if (lease)
		l->lease[l->n_lease++] = lease;
	return t->later ? 0 : measure(l, t, err);
}

/* --- the root ------------------------------------------------------------ */

static int add_top(void *ctx, const char *name, const struct ckpt_stat *st)
{
	struct ckpt_sweep_look *l = ctx;
	struct ckpt_top *t;

	if (l->n_top == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 256;

		t = reallocarray(l->top, cap, sizeof(*t));
		if (!t)
			return -ENOMEM;
		l->top = t;
		l->cap = cap;
	}
	t = &l->top[l->n_top];
	*t = (struct ckpt_top){ .name = strdup(name), .kind = st->kind, .size = st->size, .ino = st->ino };
	if (!t->name)
		return -ENOMEM;
	/* While it is ours the lock file holds our pid: no part of the root. */
	if (!strcmp(name, CKPT_PIDLOCK))
		t->size = l->pidlock;
	l->n_top++;
	return check_end(l);
}

static int cmp_top(const void *a, const void *b)
{
	return strcmp(((const struct ckpt_top *)a)->name, ((const struct ckpt_top *)b)->name);
}

static bool is_sorted(const struct ckpt_sweep_look *l)
{
	for (size_t i = 1; i < l->n_top; i++)
		if (cmp_top(&l->top[i - 1], &l->top[i]) > 0)
			return false;
	return true;
}

int ckpt_sweep_look(struct ckpt_sweep_look *l, struct ckpt_err *err)
{
	int rc = ckpt_store_list(l->root->store, NULL, true, add_top, l, err);

	if (rc == -ENOMEM)
		return ckpt_fail_nomem(err);
	if (rc == -EINTR || rc == -EAGAIN)
		return say_end(l, rc, err);
	if (rc)
		return rc;
	if (!is_sorted(l)) /* a store may list in no order */
		qsort(l->top, l->n_top, sizeof(*l->top), cmp_top);
	l->lease = calloc(l->n_top + 1, sizeof(*l->lease));
	if (!l->lease)
		return ckpt_fail_nomem(err);
	for (size_t i = 0; !rc && i < l->n_top; i++) {
		ckpt_root_progress(l->root, "names looked at", i, l->n_top);
		rc = check_end(l);
		rc = rc ? say_end(l, rc, err) : look_into(l, &l->top[i], err);
	}
	if (!rc && !ckpt_names_seal(&l->held))
		rc = ckpt_fail_nomem(err);
	return rc;
}
