/* commit.c - adding a checkpoint to the catalog
 *
 * The order is that of the format: what the checkpoint names is durable, then
 * its marker, its dependencies, its directory, the root, and last the catalog.
 * A crash before the last leaves a directory that no catalog names: garbage
 * for a sweep.  A failure takes back what was written, in reverse.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/reserved.h"
#include "engine/commit.h"
#include "engine/commit_plan.h"
#include "engine/format.h"
#include "engine/limits.h"
#include "engine/root.h"

struct commit {
	struct ckpt_commit_plan plan;
	/* What is to be taken back. */
	bool made_catalog, made_dir, made_marker, made_deps;
	struct ckpt_blob old_deps; /* data NULL: there was none */
};

static void take_back(struct commit *c)
{
	struct ckpt_store *store = c->plan.root->store;

	if (c->made_deps && c->old_deps.data)
		ckpt_store_write(store, c->plan.dir, CKPT_DEPENDENCIES, c->old_deps.data, c->old_deps.len,
				 NULL);
	else if (c->made_deps)
		ckpt_store_remove(store, c->plan.dir, CKPT_DEPENDENCIES, NULL);
	if (c->made_marker)
		ckpt_store_remove(store, c->plan.dir, CKPT_MARKER, NULL);
	if (c->made_dir)
		ckpt_store_remove_tree(store, c->plan.dir, CKPT_REMOVE_CHUNK, NULL);
	/* For good before the catalog goes: a power loss that brings only the
	 * directory back would leave what looks like a lost catalog. */
	if (c->made_dir && c->made_catalog && ckpt_store_sync_dir(store, NULL, NULL))
		return;
	if (c->made_catalog)
		ckpt_store_remove(store, NULL, CKPT_CATALOG, NULL);
	if (c->made_dir || c->made_catalog)
		ckpt_store_sync_dir(store, NULL, NULL);
}

static int sync_all(struct commit *c, struct ckpt_err *err)
{
	const struct ckpt_names *batches = c->plan.deps.batches, *own = c->plan.deps.state_files;
	struct ckpt_each *each = calloc(batches->n + own->n + 1, sizeof(*each));
	size_t n = 0;
	int rc = 0;

	if (!each)
		return ckpt_fail_nomem(err);
	for (size_t i = 0; i < batches->n; i++)
		each[n++].name = ckpt_names_at(batches, i);
	for (size_t i = 0; i < own->n; i++)
		each[n++] = (struct ckpt_each){ c->plan.dir, ckpt_names_at(own, i) };
	for (size_t i = 0, end; !rc && i < n; i = end) {
		end = n - i < CKPT_SYNC_CHUNK ? n : i + CKPT_SYNC_CHUNK;
		rc = ckpt_root_stopped(c->plan.root)
			     ? ckpt_fail(err, EINTR, "%s: interrupted; checkpoint %s was not committed",
					 ckpt_store_label(c->plan.root->store), c->plan.dir)
			     : ckpt_store_sync_each(c->plan.root->store, each + i, end - i, err);
		ckpt_root_progress(c->plan.root, "files made durable", end, n);
	}
	free(each);
	return rc;
}

/* A catalog before the directory: a directory without one would look like a
 * catalog that was lost. */
int ckpt_commit_begin(struct ckpt_root *root, bool *made, struct ckpt_err *err)
{
	int rc;

	if (!root->catalog->absent)
		return 0;
	rc = ckpt_store_replace(root->store, CKPT_CATALOG, "[]", 2, &root->catalog->version, err);
	*made = !rc || rc == -EUCLEAN;
	return rc ? rc : ckpt_root_refresh(root, err);
}

static int begin(struct commit *c, struct ckpt_err *err)
{
	struct ckpt_store *store = c->plan.root->store;
	struct ckpt_stat st;
	int rc = ckpt_commit_begin(c->plan.root, &c->made_catalog, err);

	if (rc)
		return rc;
	rc = ckpt_store_stat(store, NULL, c->plan.dir, &st, err);
	if (rc == -ENOENT) {
		rc = ckpt_store_mkdir(store, c->plan.dir, err);
		c->made_dir = !rc;
	} else if (!rc && st.kind != CKPT_KIND_DIR) {
		rc = ckpt_fail(err, ENOTDIR,
			       "%s/%s: it is no directory of this file system, so it can't be "
			       "committed as a checkpoint",
			       ckpt_store_label(store), c->plan.dir);
	}
	return rc;
}

static int write_marker(struct commit *c, struct ckpt_err *err)
{
	struct ckpt_stat st;
	int rc = ckpt_store_stat(c->plan.root->store, c->plan.dir, CKPT_MARKER, &st, err);

	if (rc != -ENOENT)
		return rc; /* what is there was synced with the state files */
	rc = ckpt_store_write(c->plan.root->store, c->plan.dir, CKPT_MARKER, "", 0, err);
	if (rc)
		return rc;
	c->made_marker = true;
	ckpt_names_add(c->plan.deps.state_files, CKPT_MARKER, strlen(CKPT_MARKER));
	return ckpt_names_seal(c->plan.deps.state_files) ? 0 : ckpt_fail_nomem(err);
}

static int write_deps(struct commit *c, struct ckpt_err *err)
{
	struct ckpt_store *store = c->plan.root->store;
	struct ckpt_buf text = CKPT_BUF_INIT;
	int rc = ckpt_store_read(store, c->plan.dir, CKPT_DEPENDENCIES, CKPT_DEPS_BYTES_MAX, &c->old_deps,
				 err);

	if (rc && rc != -ENOENT)
		return rc;
	c->plan.deps.version = ckpt_commit_plan_version(&c->plan);
	ckpt_deps_write(&c->plan.deps, &text);
	if (text.failed)
		rc = ckpt_fail_nomem(err);
	else
		rc = ckpt_store_write(store, c->plan.dir, CKPT_DEPENDENCIES, text.data, text.len, err);
	c->made_deps = !rc;
	ckpt_buf_release(&text);
	if (!rc)
		rc = ckpt_store_sync_dir(store, c->plan.dir, err);
	return rc ? rc : ckpt_store_sync_dir(store, NULL, err);
}

/* The last step. */
static int publish(struct commit *c, struct ckpt_entry *e, bool *stays, struct ckpt_err *err)
{
	struct ckpt_catalog *next;
	int rc = ckpt_catalog_derive(c->plan.root->catalog, NULL, e, &next, err);

	if (!rc) {
		rc = ckpt_root_replace_adding(c->plan.root, next, &c->plan.uuid, stays, err);
		ckpt_catalog_unref(next);
	}
	return rc;
}

static int commit_locked(struct commit *c, struct ckpt_entry **out, struct ckpt_err *err)
{
	const char *label = ckpt_store_label(c->plan.root->store);
	struct ckpt_entry *e = NULL;
	bool stays = false;
	int rc = 0;

	if (ckpt_catalog_find(c->plan.root->catalog, &c->plan.uuid) >= 0)
		return ckpt_fail(err, EEXIST, "%s: checkpoint %s is in the catalog already", label,
				 c->plan.dir);
	rc = ckpt_commit_plan_fingerprint(&c->plan, err);
	if (!rc)
		rc = begin(c, err);
	if (!rc)
		rc = ckpt_commit_plan_names(&c->plan, err);
	if (!rc)
		rc = sync_all(c, err);
	if (!rc)
		rc = write_marker(c, err);
	if (!rc)
		rc = write_deps(c, err);
	if (!rc)
		rc = ckpt_commit_plan_entry(&c->plan, &e, err);
	if (!rc)
		rc = publish(c, e, &stays, err);
	if (rc && !stays)
		take_back(c);
	if (!rc && out)
		*out = ckpt_entry_ref(e);
	ckpt_entry_unref(e);
	return rc;
}

static int check_opts(const struct ckpt_commit_opts *opts, struct ckpt_err *err)
{
	int version = opts->dependencies_version;

	if (version < 0 || version > 2)
		return ckpt_fail(err, EINVAL, "dependencies.json can be written in version 1 or 2, not %d",
				 version);
	return CKPT_REFUSE_RESERVED(opts, "the options of a commit", err);
}

static int commit_under_lock(struct commit *c, struct ckpt_entry **out, struct ckpt_err *err)
{
	int rc = commit_locked(c, out, err);

	if (rc && c->made_catalog)
		ckpt_root_refresh(c->plan.root, NULL);
	ckpt_deps_release(&c->plan.deps);
	free(c->old_deps.data);
	return rc;
}

int ckpt_commit_staged(struct ckpt_root *root, const struct ckpt_commit_opts *opts,
		       const struct ckpt_names *batches, struct ckpt_entry **out, struct ckpt_err *err)
{
	struct commit c = { .plan = { .root = root, .opts = opts, .staged = batches } };
	int rc = check_opts(opts, err);

	if (!rc)
		rc = ckpt_commit_plan_uuid(&c.plan, err);
	return rc ? rc : commit_under_lock(&c, out, err);
}

int ckpt_commit(struct ckpt_root *root, const struct ckpt_commit_opts *opts, struct ckpt_entry **out,
		struct ckpt_err *err)
{
	struct commit c = { .plan = { .root = root, .opts = opts } };
	struct ckpt_lock *lock;
	int rc = ckpt_commit_plan_uuid(&c.plan, err);

	if (!rc)
		rc = check_opts(opts, err);
	if (!rc)
		rc = ckpt_root_lock_to_add(root, &c.plan.uuid, &lock, err);
	if (rc)
		return rc;
	rc = commit_under_lock(&c, out, err);
	ckpt_lock_release(lock);
	return rc;
}
