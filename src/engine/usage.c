#include "ckptfs/usage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/root.h"
#include "engine/uses.h"

void ckpt_usage_release(struct ckpt_usage *u)
{
	free(u->checkpoint);
	memset(u, 0, sizeof(*u));
}

/* The size of (dir, name), 0 where that is no regular file; *elsewhere: it has
 * another name. */
static int size_of(struct ckpt_store *store, const char *dir, const char *name, uint64_t *size,
		   bool *elsewhere, struct ckpt_err *err)
{
	struct ckpt_stat st;
	int rc = ckpt_store_stat(store, dir, name, &st, err);
	bool there = !rc && st.kind == CKPT_KIND_FILE;

	*size = there ? st.size : 0;
	*elsewhere = there && st.nlink > 1;
	return rc == -ENOENT ? 0 : rc;
}

/* --- the whole ------------------------------------------------------------ */

static int go_on(struct ckpt_root *root, struct ckpt_err *err)
{
	return ckpt_root_stopped(root) ? ckpt_fail(err, EINTR, "%s: interrupted while looking at its files",
						   ckpt_store_label(root->store))
				       : 0;
}

struct total {
	struct ckpt_root *root;
	uint64_t bytes;
	struct ckpt_err *err;
};

static int add_name(void *ctx, const char *name, const struct ckpt_stat *st)
{
	struct total *t = ctx;
	struct ckpt_tree tree;
	int rc;

	if (st->kind == CKPT_KIND_FILE)
		t->bytes += st->size;
	if (st->kind != CKPT_KIND_DIR)
		return 0;
	rc = go_on(t->root, t->err);
	if (rc)
		return rc;
	rc = ckpt_store_measure(t->root->store, name, &tree, t->err);
	if (rc == -ENOENT) /* removed meanwhile */
		return 0;
	t->bytes += tree.bytes;
	return rc;
}

/* --- the checkpoints ------------------------------------------------------ */

static void count_batches(const struct ckpt_uses *uses, const uint64_t *size, struct ckpt_usage *out)
{
	for (size_t i = 0; i < out->n; i++) {
		const struct ckpt_use *use = &uses->use[i];
		struct ckpt_usage_one *one = &out->checkpoint[i];

		one->readable = !use->damage;
		if (use->damage && !out->unreadable++)
			ckpt_fail(&out->unreadable_why, use->damage_code, "%s", use->damage);
		one->batches = use->n;
		for (size_t k = 0; k < use->n; k++) {
			one->batch_bytes += size[use->batch[k]];
			if (uses->count[use->batch[k]] == 1)
				one->batch_bytes_alone += size[use->batch[k]];
		}
		out->state_bytes += one->state_bytes;
		out->alone_bytes += one->batch_bytes_alone;
	}
	for (uint32_t b = 0; b < uses->n; b++)
		if (uses->count[b] > 1)
			out->shared_bytes += size[b];
}

static int count_checkpoints(struct ckpt_root *root, const struct ckpt_uses *uses, struct ckpt_usage *out,
			     struct ckpt_err *err)
{
	const struct ckpt_catalog *c = uses->catalog;
	uint64_t *size = calloc((size_t)uses->n + 1, sizeof(*size));
	bool elsewhere;
	int rc = 0;

	out->checkpoint = calloc(c->n + 1, sizeof(*out->checkpoint));
	if (!size || !out->checkpoint) {
		free(size);
		return ckpt_fail_nomem(err);
	}
	for (uint32_t b = 0; !rc && b < uses->n; b++) {
		ckpt_root_progress(root, "batches looked at", b, uses->n);
		rc = go_on(root, err);
		if (!rc)
			rc = size_of(root->store, NULL, ckpt_uses_name(uses, b), &size[b], &elsewhere, err);
	}
	for (; !rc && out->n < c->n; out->n++) {
		char dir[CKPT_UUID_TEXT];
		struct ckpt_tree tree = { 0 };

		ckpt_root_progress(root, "checkpoints looked at", out->n, c->n);
		out->checkpoint[out->n].uuid = c->entry[out->n]->uuid;
		rc = go_on(root, err);
		if (rc)
			break;
		rc = ckpt_store_measure(root->store, ckpt_uuid_text(&c->entry[out->n]->uuid, dir), &tree,
					err);
		if (rc == -ENOENT)
			rc = 0;
		out->checkpoint[out->n].state_bytes = tree.bytes;
	}
	if (!rc)
		count_batches(uses, size, out);
	free(size);
	return rc;
}

/* --- what would go -------------------------------------------------------- */

/* Our own want is no answer. */
static bool is_answer(int rc)
{
	return rc != -ENOMEM && rc != -EMFILE && rc != -ENFILE && rc != -EINTR;
}

static int count_garbage(struct ckpt_root *root, struct ckpt_usage *out, struct ckpt_err *err)
{
	struct ckpt_plan plan;
	int rc = ckpt_sweep(root, true, &plan, &out->garbage_why);

	out->garbage_known = !rc;
	out->garbage_bytes = rc ? 0 : plan.bytes;
	out->garbage_files = rc ? 0 : plan.files;
	ckpt_plan_release(&plan);
	if (rc && !is_answer(rc) && err)
		*err = out->garbage_why;
	return is_answer(rc) ? 0 : rc;
}

static int count_gc(struct ckpt_root *root, struct ckpt_usage *out, struct ckpt_err *err)
{
	const struct ckpt_gc_opts o = { .dry_run = true };
	struct ckpt_plan plan;
	int rc = ckpt_gc(root, &o, &plan, &out->gc_why);

	for (size_t i = 0; !rc && i < plan.n_items; i++) {
		const struct ckpt_item *item = &plan.items[i];
		bool elsewhere = false;
		uint64_t size;

		if (item->name)
			rc = size_of(root->store, item->dir, item->name, &size, &elsewhere, &out->gc_why);
		out->gc_bytes += item->bytes;
		out->gc_free_bytes += elsewhere ? 0 : item->bytes;
	}
	out->gc_known = !rc;
	out->gc_checkpoints = rc ? 0 : plan.n_removed;
	ckpt_plan_release(&plan);
	if (rc && !is_answer(rc) && err)
		*err = out->gc_why;
	return is_answer(rc) ? 0 : rc;
}

/* What is left when all else is named. */
static void count_rest(struct ckpt_usage *out)
{
	uint64_t named = out->state_bytes + out->alone_bytes + out->shared_bytes + out->garbage_bytes;

	out->other_bytes = out->total_bytes > named ? out->total_bytes - named : 0;
}

int ckpt_usage_read(struct ckpt_root *root, struct ckpt_usage *out, struct ckpt_err *err)
{
	struct total total = { .root = root, .err = err };
	struct ckpt_uses uses = CKPT_USES_INIT;
	int rc = ckpt_root_refresh(root, err);

	memset(out, 0, sizeof(*out));
	if (!rc)
		rc = ckpt_catalog_lost(root->store, root->catalog, NULL, err);
	if (!rc)
		rc = ckpt_uses_follow(&uses, root, err);
	if (!rc)
		rc = count_checkpoints(root, &uses, out, err);
	ckpt_uses_release(&uses);
	if (!rc)
		rc = ckpt_store_list(root->store, NULL, true, add_name, &total, err);
	out->total_bytes = total.bytes;
	if (!rc)
		rc = count_garbage(root, out, err);
	if (!rc)
		rc = count_gc(root, out, err);
	if (!rc)
		count_rest(out);
	return rc;
}
