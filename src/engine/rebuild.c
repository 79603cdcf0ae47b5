#include "engine/rebuild.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "engine/catalog_found.h"
#include "engine/root.h"

/* Where a damaged catalog is kept: no name that a sweep removes. */
#define DAMAGED CKPT_CATALOG ".damaged"

/* Keep what is there under another name, byte for byte, before it is replaced;
 * *version is that of what was kept. */
static int keep_damaged(struct ckpt_store *store, struct ckpt_version *version, struct ckpt_err *err)
{
	struct ckpt_blob blob;
	int rc = ckpt_store_read(store, NULL, CKPT_CATALOG, SIZE_MAX / 4, &blob, err);

	*version = blob.version;
	if (rc == -ENOENT)
		return 0;
	if (rc)
		return rc;
	rc = ckpt_store_write(store, NULL, DAMAGED, blob.data, blob.len, err);
	free(blob.data);
	return rc ? rc : ckpt_store_sync_dir(store, NULL, err);
}

/* --- what it will name, durable ------------------------------------------- */

struct syncing {
	struct ckpt_store *store;
	const char *dir; /* NULL: the root's batches */
	struct ckpt_err *err;
};

static int sync_name(void *ctx, const char *name, const struct ckpt_stat *st)
{
	struct syncing *s = ctx;
	int rc;

	if (st->kind != CKPT_KIND_FILE || (!s->dir && !ckpt_name_is_batch(name, strlen(name))))
		return 0;
	rc = ckpt_store_sync_file(s->store, s->dir, name, s->err);
	return rc == -ENOENT ? 0 : rc;
}

/* Whoever brought the files here (cp, a restored backup) may not have synced
 * them, and the new catalog is durable. */
static int sync_all(struct ckpt_store *store, const struct ckpt_catalog *c, struct ckpt_err *err)
{
	struct syncing s = { store, NULL, err };
	int rc = ckpt_store_list(store, NULL, false, sync_name, &s, err);

	for (size_t i = 0; !rc && i < c->n; i++) {
		char dir[CKPT_UUID_TEXT];

		s.dir = ckpt_uuid_text(&c->entry[i]->uuid, dir);
		rc = ckpt_store_list(store, dir, false, sync_name, &s, err);
		if (!rc)
			rc = ckpt_store_sync_dir(store, dir, err);
	}
	return rc ? rc : ckpt_store_sync_dir(store, NULL, err);
}

/* Fails where there is a catalog that can be read. */
static int must_be_lost(struct ckpt_store *store, struct ckpt_err *err)
{
	struct ckpt_catalog *now = NULL;
	int rc = ckpt_catalog_read(store, NULL, &now, err);
	bool readable = !rc && !now->absent;

	ckpt_catalog_unref(now);
	if (readable)
		return ckpt_fail(err, EEXIST, "%s/%s can be read; it is not rebuilt while it is there",
				 ckpt_store_label(store), CKPT_CATALOG);
	return rc == -EUCLEAN || rc == -EFBIG ? 0 : rc;
}

static int write_found(struct ckpt_root *root, struct ckpt_err *err)
{
	int rc = sync_all(root->store, root->catalog, err);

	if (!rc)
		rc = keep_damaged(root->store, &root->catalog->version, err);
	/* Replaces what was kept just now, nothing newer. */
	return rc ? rc : ckpt_root_replace(root, root->catalog, err);
}

int ckpt_rebuild(struct ckpt_store *store, const uint64_t *fingerprint, bool dry_run,
		 struct ckpt_catalog **out, struct ckpt_problems *problems, struct ckpt_err *err)
{
	return ckpt_rebuild_told(store, NULL, fingerprint, dry_run, out, problems, err);
}

int ckpt_rebuild_told(struct ckpt_store *store, const struct ckpt_env *env, const uint64_t *fingerprint,
		      bool dry_run, struct ckpt_catalog **out, struct ckpt_problems *problems,
		      struct ckpt_err *err)
{
	struct ckpt_root root = { .store = store };
	struct ckpt_lock *lock = NULL;
	int rc = dry_run ? 0 : ckpt_store_lock(store, &lock, NULL, err);

	memset(problems, 0, sizeof(*problems));
	if (out)
		*out = NULL;
	if (!rc)
		rc = must_be_lost(store, err);
	if (!rc)
		rc = ckpt_catalog_found(store, env, fingerprint, &root.catalog, problems, err);
	if (!rc && problems->failed) /* what is left out must be told before it counts */
		rc = ckpt_fail_nomem(err);
	if (!rc && !dry_run)
		rc = write_found(&root, err);
	if (!rc && out)
		*out = ckpt_catalog_ref(root.catalog);
	ckpt_catalog_unref(root.catalog);
	ckpt_lock_release(lock);
	return rc;
}
