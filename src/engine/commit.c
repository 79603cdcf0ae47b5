/* commit.c - adding a checkpoint to the catalog
 *
 * The order is that of the format: what the checkpoint names is durable, then
 * its marker, its dependencies, its directory, the root, and last the catalog.
 * A crash before the last leaves a directory that no catalog names: garbage
 * for a sweep.  A failure takes back what was written, in reverse.
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "base/reserved.h"
#include "engine/commit.h"
#include "engine/format.h"
#include "engine/limits.h"
#include "engine/root.h"

struct commit {
	struct ckpt_root *root;
	const struct ckpt_commit_opts *opts;
	const struct ckpt_names *staged; /* NULL, or the batches */
	struct ckpt_uuid uuid;
	char dir[CKPT_UUID_TEXT];
	struct ckpt_deps deps; /* as written */
	uint64_t fingerprint;
	/* What is to be taken back. */
	bool made_catalog, made_dir, made_marker, made_deps;
	struct ckpt_blob old_deps; /* data NULL: there was none */
};

static void take_back(struct commit *c)
{
	struct ckpt_store *store = c->root->store;

	if (c->made_deps && c->old_deps.data)
		ckpt_store_write(store, c->dir, CKPT_DEPENDENCIES, c->old_deps.data, c->old_deps.len, NULL);
	else if (c->made_deps)
		ckpt_store_remove(store, c->dir, CKPT_DEPENDENCIES, NULL);
	if (c->made_marker)
		ckpt_store_remove(store, c->dir, CKPT_MARKER, NULL);
	if (c->made_dir)
		ckpt_store_remove_tree(store, c->dir, CKPT_REMOVE_CHUNK, NULL);
	/* For good before the catalog goes: a power loss that brings only the
	 * directory back would leave what looks like a lost catalog. */
	if (c->made_dir && c->made_catalog && ckpt_store_sync_dir(store, NULL, NULL))
		return;
	if (c->made_catalog)
		ckpt_store_remove(store, NULL, CKPT_CATALOG, NULL);
	if (c->made_dir || c->made_catalog)
		ckpt_store_sync_dir(store, NULL, NULL);
}

/* --- what it will be ---------------------------------------------------- */

static const struct ckpt_entry *newest(const struct commit *c)
{
	const struct ckpt_catalog *cat = c->root->catalog;

	return cat->n ? cat->entry[cat->n - 1] : NULL;
}

static int choose_uuid(struct commit *c, struct ckpt_err *err)
{
	struct ckpt_root *root = c->root;
	unsigned char random[10];

	if (c->opts->uuid) {
		c->uuid = *c->opts->uuid;
	} else {
		if (root->env.random(root->env.ctx, random, sizeof(random)))
			return ckpt_fail(
				err, EIO,
				"%s: can't make a uuid for the checkpoint: there are no random bytes",
				ckpt_store_label(root->store));
		ckpt_uuid_make(&c->uuid, ckpt_root_now_ms(root), random);
	}
	ckpt_uuid_text(&c->uuid, c->dir);
	return 0;
}

static int choose_fingerprint(struct commit *c, struct ckpt_err *err)
{
	const char *label = ckpt_store_label(c->root->store);
	const struct ckpt_entry *last = newest(c);

	if (!c->opts->fingerprint) {
		if (!last)
			return ckpt_fail(err, EINVAL,
					 "%s has no checkpoint yet whose fingerprint could be taken; give "
					 "one with --fingerprint",
					 label);
		c->fingerprint = last->fingerprint;
		return 0;
	}
	c->fingerprint = *c->opts->fingerprint;
	if (c->opts->check_fingerprint && last && last->fingerprint != c->fingerprint)
		return ckpt_fail(err, EINVAL,
				 "checkpoint %s: fingerprint %" PRIu64 " does not match %" PRIu64
				 " of the newest in %s; "
				 "Feldera would then refuse the whole root (--force commits it all the same)",
				 c->dir, c->fingerprint, last->fingerprint, label);
	return 0;
}

static int choose_version(struct commit *c)
{
	const struct ckpt_entry *last = newest(c);
	struct ckpt_deps deps;
	int version = c->opts->dependencies_version;

	if (version || !last)
		return version ? version : 2;
	/* One that can't be read tells nothing; a legacy one is of version 1. */
	version = ckpt_deps_read(c->root->store, &last->uuid, &deps, NULL) ? 2
		  : deps.version					   ? deps.version
									   : 1;
	ckpt_deps_release(&deps);
	return version;
}

/* --- what lies in its directory ----------------------------------------- */

struct own {
	struct ckpt_names *files;
	uint64_t bytes;
	char strange[CKPT_NAME_MAX + 1]; /* a name that can be no state file */
};

static int add_own(void *ctx, const char *name, const struct ckpt_stat *st)
{
	struct own *own = ctx;

	/* What a writer left behind is no part of the checkpoint. */
	if (st->kind == CKPT_KIND_DIR || ckpt_name_is_temporary(name))
		return 0;
	if (st->kind != CKPT_KIND_FILE || own->files->n >= CKPT_DIR_NAMES_MAX) {
		snprintf(own->strange, sizeof(own->strange), "%s", name);
		return -EINVAL;
	}
	own->bytes += st->size;
	/* state.json comes after the commit and is the controller's. */
	if (strcmp(name, CKPT_DEPENDENCIES) && strcmp(name, CKPT_STATE))
		ckpt_names_add(own->files, name, strlen(name));
	return 0;
}

static int list_own(struct commit *c, struct own *own, struct ckpt_err *err)
{
	int rc = ckpt_store_list(c->root->store, c->dir, true, add_own, own, err);

	if (own->strange[0])
		return ckpt_fail(err, EINVAL,
				 "%s/%s/%s: it is no regular file, so it can't be part of a checkpoint",
				 ckpt_store_label(c->root->store), c->dir, own->strange);
	if (!rc && !ckpt_names_seal(own->files))
		rc = ckpt_fail_nomem(err);
	return rc;
}

static int take_staged(struct commit *c, struct ckpt_err *err)
{
	int rc = ckpt_deps_init(&c->deps, err);

	for (size_t i = 0; !rc && i < c->staged->n; i++) {
		const char *name = ckpt_names_at(c->staged, i);

		ckpt_names_add(c->deps.batches, name, strlen(name));
	}
	return !rc && !ckpt_names_seal(c->deps.batches) ? ckpt_fail_nomem(err) : rc;
}

static int gather(struct commit *c, struct ckpt_err *err)
{
	struct own own = { 0 };
	int rc = c->staged ? take_staged(c, err) : ckpt_deps_read(c->root->store, &c->uuid, &c->deps, err);

	if (rc)
		return rc;
	own.files = c->deps.state_files;
	assert(own.files);
	ckpt_names_release(own.files);
	*own.files = (struct ckpt_names)CKPT_NAMES_INIT;
	rc = list_own(c, &own, err);
	if (rc)
		return rc;
	if (c->opts->check_empty && own.files->n == (ckpt_names_find(own.files, CKPT_MARKER) >= 0))
		return ckpt_fail(
			err, EINVAL,
			"checkpoint %s has no state file in %s/%s; two of them would make the next gc remove "
			"every real one (--allow-empty commits it all the same)",
			c->dir, ckpt_store_label(c->root->store), c->dir);
	return 0;
}

static int sync_all(struct commit *c, struct ckpt_err *err)
{
	const struct ckpt_names *batches = c->deps.batches, *own = c->deps.state_files;
	struct ckpt_each *each = calloc(batches->n + own->n + 1, sizeof(*each));
	size_t n = 0;
	int rc = 0;

	if (!each)
		return ckpt_fail_nomem(err);
	for (size_t i = 0; i < batches->n; i++)
		each[n++].name = ckpt_names_at(batches, i);
	for (size_t i = 0; i < own->n; i++)
		each[n++] = (struct ckpt_each){ c->dir, ckpt_names_at(own, i) };
	for (size_t i = 0, end; !rc && i < n; i = end) {
		end = n - i < CKPT_SYNC_CHUNK ? n : i + CKPT_SYNC_CHUNK;
		rc = ckpt_root_stopped(c->root)
			     ? ckpt_fail(err, EINTR, "%s: interrupted; checkpoint %s was not committed",
					 ckpt_store_label(c->root->store), c->dir)
			     : ckpt_store_sync_each(c->root->store, each + i, end - i, err);
		ckpt_root_progress(c->root, "files made durable", end, n);
	}
	free(each);
	return rc;
}

/* --- writing it --------------------------------------------------------- */

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
	struct ckpt_store *store = c->root->store;
	struct ckpt_stat st;
	int rc = ckpt_commit_begin(c->root, &c->made_catalog, err);

	if (rc)
		return rc;
	rc = ckpt_store_stat(store, NULL, c->dir, &st, err);
	if (rc == -ENOENT) {
		rc = ckpt_store_mkdir(store, c->dir, err);
		c->made_dir = !rc;
	} else if (!rc && st.kind != CKPT_KIND_DIR) {
		rc = ckpt_fail(err, ENOTDIR,
			       "%s/%s: it is no directory of this file system, so it can't be "
			       "committed as a checkpoint",
			       ckpt_store_label(store), c->dir);
	}
	return rc;
}

static int write_marker(struct commit *c, struct ckpt_err *err)
{
	struct ckpt_stat st;
	int rc = ckpt_store_stat(c->root->store, c->dir, CKPT_MARKER, &st, err);

	if (rc != -ENOENT)
		return rc; /* what is there was synced with the state files */
	rc = ckpt_store_write(c->root->store, c->dir, CKPT_MARKER, "", 0, err);
	if (rc)
		return rc;
	c->made_marker = true;
	ckpt_names_add(c->deps.state_files, CKPT_MARKER, strlen(CKPT_MARKER));
	return ckpt_names_seal(c->deps.state_files) ? 0 : ckpt_fail_nomem(err);
}

static int write_deps(struct commit *c, struct ckpt_err *err)
{
	struct ckpt_store *store = c->root->store;
	struct ckpt_buf text = CKPT_BUF_INIT;
	int rc = ckpt_store_read(store, c->dir, CKPT_DEPENDENCIES, CKPT_DEPS_BYTES_MAX, &c->old_deps, err);

	if (rc && rc != -ENOENT)
		return rc;
	c->deps.version = choose_version(c);
	ckpt_deps_write(&c->deps, &text);
	if (text.failed)
		rc = ckpt_fail_nomem(err);
	else
		rc = ckpt_store_write(store, c->dir, CKPT_DEPENDENCIES, text.data, text.len, err);
	c->made_deps = !rc;
	ckpt_buf_release(&text);
	if (!rc)
		rc = ckpt_store_sync_dir(store, c->dir, err);
	return rc ? rc : ckpt_store_sync_dir(store, NULL, err);
}

static int make_entry(struct commit *c, struct ckpt_entry **out, struct ckpt_err *err)
{
	const struct ckpt_commit_opts *o = c->opts;
	struct ckpt_names files = CKPT_NAMES_INIT;
	struct own own = { .files = &files };
	int rc = list_own(c, &own, err);

	ckpt_names_release(&files);
	if (rc)
		return rc;
	struct ckpt_entry_values v = {
		.uuid = c->uuid,
		.identifier = o->identifier,
		.identifier_len = o->identifier ? strlen(o->identifier) : 0,
		.fingerprint = c->fingerprint,
		.size = { own.bytes, true },
		.steps = o->steps,
		.processed_records = o->processed_records,
	};
	return ckpt_entry_make(&v, out, err);
}

/* The last step.  If its new content may be visible although it failed, the
 * old one is put back first: what the catalog names must not be taken back. */
static int publish(struct commit *c, struct ckpt_entry *e, bool *stays, struct ckpt_err *err)
{
	struct ckpt_root *root = c->root;
	struct ckpt_catalog *before = ckpt_catalog_ref(root->catalog), *next;
	int rc = ckpt_catalog_derive(before, NULL, e, &next, err);

	if (!rc) {
		rc = ckpt_root_replace(root, next, err);
		ckpt_catalog_unref(next);
	}
	if (rc == -EUCLEAN && !ckpt_root_refresh(root, NULL) &&
	    ckpt_catalog_find(root->catalog, &c->uuid) >= 0)
		*stays = ckpt_root_replace(root, before, NULL) != 0;
	ckpt_catalog_unref(before);
	return rc;
}

static int commit_locked(struct commit *c, struct ckpt_entry **out, struct ckpt_err *err)
{
	const char *label = ckpt_store_label(c->root->store);
	struct ckpt_entry *e = NULL;
	bool stays = false;
	int rc = 0;

	if (ckpt_catalog_find(c->root->catalog, &c->uuid) >= 0)
		return ckpt_fail(err, EEXIST, "%s: checkpoint %s is in the catalog already", label, c->dir);
	rc = choose_fingerprint(c, err);
	if (!rc)
		rc = begin(c, err);
	if (!rc)
		rc = gather(c, err);
	if (!rc)
		rc = sync_all(c, err);
	if (!rc)
		rc = write_marker(c, err);
	if (!rc)
		rc = write_deps(c, err);
	if (!rc)
		rc = make_entry(c, &e, err);
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
		ckpt_root_refresh(c->root, NULL);
	ckpt_deps_release(&c->deps);
	free(c->old_deps.data);
	return rc;
}

int ckpt_commit_staged(struct ckpt_root *root, const struct ckpt_commit_opts *opts,
		       const struct ckpt_names *batches, struct ckpt_entry **out, struct ckpt_err *err)
{
	struct commit c = { .root = root, .opts = opts, .staged = batches };
	int rc = check_opts(opts, err);

	if (!rc)
		rc = choose_uuid(&c, err);
	return rc ? rc : commit_under_lock(&c, out, err);
}

int ckpt_commit(struct ckpt_root *root, const struct ckpt_commit_opts *opts, struct ckpt_entry **out,
		struct ckpt_err *err)
{
	struct commit c = { .root = root, .opts = opts };
	struct ckpt_lock *lock;
	int rc = choose_uuid(&c, err);

	if (!rc)
		rc = check_opts(opts, err);
	if (!rc)
		rc = ckpt_root_lock_to_add(root, &c.uuid, &lock, err);
	if (rc)
		return rc;
	rc = commit_under_lock(&c, out, err);
	ckpt_lock_release(lock);
	return rc;
}
