/* measure.c - a gc's plan, with every file by name and size */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/limits.h"
#include "engine/plan.h"

struct measuring {
	struct ckpt_plan *out;
	struct ckpt_store *store;
	const char *dir;
	uint64_t files, bytes; /* of what is named */
	bool deep;	       /* there are directories in it */
};

static int add_file(void *ctx, const char *name, const struct ckpt_stat *st)
{
	struct measuring *m = ctx;
	uint64_t bytes = st->kind == CKPT_KIND_FILE ? st->size : 0;

	if (st->kind == CKPT_KIND_DIR || st->kind == CKPT_KIND_MOUNT) {
		m->deep = true;
		return 0;
	}
	ckpt_plan_add_item(m->out, m->dir, name, 1, bytes);
	m->files++;
	m->bytes += bytes;
	return m->out->failed ? -ENOMEM : 0;
}

/* The files of a directory, and the directory itself with what lies deeper
 * (a checkpoint's directory is flat; whatever else is in it goes with it). */
static int measure_dir(struct measuring *m, struct ckpt_err *err)
{
	struct ckpt_tree tree = { 0 };
	int rc = ckpt_store_list(m->store, m->dir, true, add_file, m, err);

	if (rc == -ENOENT) /* gone already */
		return 0;
	if (rc && m->out->failed)
		return ckpt_fail_nomem(err);
	if (!rc && m->deep) {
		rc = ckpt_store_measure(m->store, m->dir, &tree, err);
		if (rc == -ENOENT) /* it was there a moment ago */
			rc = 0;
	}
	if (rc)
		return rc;
	ckpt_plan_add_item(m->out, m->dir, NULL, tree.files > m->files ? tree.files - m->files : 0,
			   tree.bytes > m->bytes ? tree.bytes - m->bytes : 0);
	return 0;
}

static int measure_batch(struct measuring *m, const char *name, struct ckpt_err *err)
{
	struct ckpt_stat st;
	int rc = ckpt_store_stat(m->store, NULL, name, &st, err);

	if (rc == -ENOENT)
		return 0;
	if (rc)
		return rc;
	if (st.kind == CKPT_KIND_FILE)
		ckpt_plan_add_item(m->out, NULL, name, 1, st.size);
	else
		ckpt_plan_add_left(m->out, name, "it is no regular file");
	return 0;
}

int ckpt_look_late(struct ckpt_root *root, struct ckpt_err *err)
{
	return ckpt_fail(err, EAGAIN,
			 "%s: to look at all that is to go takes longer than the root may be locked (%d s), "
			 "so nothing was changed by this step; try again when its disk has less to do",
			 ckpt_store_label(root->store), CKPT_LOCK_HOLD_MS / 1000);
}

int ckpt_plan_measure(struct ckpt_plan *p, struct ckpt_root *root, int64_t until, struct ckpt_err *err)
{
	struct ckpt_plan out = CKPT_PLAN_INIT;
	int rc = 0;

	for (size_t i = 0; !rc && i < p->n_items; i++) {
		struct measuring m = { .out = &out, .store = root->store, .dir = p->items[i].dir };

		ckpt_root_progress(root, "names looked at", i, p->n_items);
		if (ckpt_root_stopped(root))
			rc = ckpt_fail(err, EINTR,
				       "%s: interrupted while looking at what is to go; nothing was changed "
				       "by this step",
				       ckpt_store_label(root->store));
		else if (until && ckpt_root_monotonic_ms(root) >= until)
			rc = ckpt_look_late(root, err);
		else
			rc = m.dir ? measure_dir(&m, err) : measure_batch(&m, p->items[i].name, err);
	}
	if (!rc && out.failed)
		rc = ckpt_fail_nomem(err);
	if (rc) {
		ckpt_plan_release(&out);
		return rc;
	}
	/* All but the items is as it was. */
	for (size_t i = 0; i < p->n_items; i++) {
		free(p->items[i].dir);
		free(p->items[i].name);
	}
	free(p->items);
	p->items = out.items;
	p->n_items = out.n_items;
	p->files = out.files;
	p->bytes = out.bytes;
	out.items = NULL;
	out.n_items = 0;
	for (size_t i = 0; i < out.n_left; i++)
		ckpt_plan_add_left(p, out.left[i].name, out.left[i].why);
	ckpt_plan_release(&out);
	return p->failed ? ckpt_fail_nomem(err) : 0;
}
