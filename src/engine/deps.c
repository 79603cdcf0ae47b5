#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "base/when.h"
#include "engine/format.h"
#include "engine/limits.h"

static int add_spine(void *ctx, const char *name, const struct ckpt_stat *st)
{
	struct ckpt_names *spines = ctx;

	if (!strncmp(name, CKPT_SPINE_PREFIX, strlen(CKPT_SPINE_PREFIX)) && st->kind != CKPT_KIND_DIR &&
	    !ckpt_name_is_temporary(name)) {
		if (spines->n >= CKPT_DIR_NAMES_MAX)
			spines->failed = true;
		ckpt_names_add(spines, name, strlen(name));
	}
	return spines->failed ? -ENOMEM : 0;
}

/* Checkpoints from before dependencies.json: the union of what their spines
 * name.  A directory that is gone fails in list(), with ENOENT: it is not a
 * checkpoint without batches. */
static int read_spines(struct ckpt_store *store, const char *dir, struct ckpt_deps *deps,
		       struct ckpt_err *err)
{
	struct ckpt_names spines = CKPT_NAMES_INIT;
	int rc = ckpt_store_list(store, dir, false, add_spine, &spines, err);

	if (!ckpt_names_seal(&spines))
		rc = ckpt_fail_nomem(err);
	for (size_t i = 0; !rc && i < spines.n; i++) {
		const char *name = ckpt_names_at(&spines, i);
		char label[CKPT_ERR_MAX / 2];
		struct ckpt_blob blob;

		rc = ckpt_store_read(store, dir, name, CKPT_DEPS_BYTES_MAX, &blob, err);
		if (rc)
			break;
		snprintf(label, sizeof(label), "%s/%s/%s", ckpt_store_label(store), dir, name);
		rc = ckpt_spine_parse(blob.data, blob.len, label, deps, err);
		free(blob.data);
	}
	ckpt_names_release(&spines);
	if (!rc && deps->batches->failed)
		rc = ckpt_fail_nomem(err);
	return rc;
}

int ckpt_deps_read_listed(struct ckpt_store *store, const struct ckpt_uuid *u, struct ckpt_deps *deps,
			  struct ckpt_blob *text, struct ckpt_err *err)
{
	char dir[CKPT_UUID_TEXT], label[CKPT_ERR_MAX / 2];
	int rc;

	memset(deps, 0, sizeof(*deps));
	ckpt_uuid_text(u, dir);
	rc = ckpt_store_read(store, dir, CKPT_DEPENDENCIES, CKPT_DEPS_BYTES_MAX, text, err);
	if (rc == -ENOENT) {
		rc = ckpt_deps_init(deps, err);
		return rc ? rc : read_spines(store, dir, deps, err);
	}
	if (rc)
		return rc;
	snprintf(label, sizeof(label), "%s/%s/%s", ckpt_store_label(store), dir, CKPT_DEPENDENCIES);
	return ckpt_deps_parse_listed(text->data, text->len, label, deps, err);
}

int ckpt_deps_read(struct ckpt_store *store, const struct ckpt_uuid *u, struct ckpt_deps *deps,
		   struct ckpt_err *err)
{
	struct ckpt_blob text = { 0 };
	int rc = ckpt_deps_read_listed(store, u, deps, &text, err);

	free(text.data);
	return rc ? rc : ckpt_deps_seal(deps, err);
}

bool ckpt_is_damage(int rc)
{
	return rc == -EUCLEAN || rc == -EFBIG || rc == -ENOENT || rc == -ENOTDIR || rc == -EISDIR ||
	       rc == -ELOOP || rc == -EXDEV || rc == -EINVAL;
}

int ckpt_time_read(struct ckpt_store *store, const struct ckpt_uuid *u, int64_t *ms, struct ckpt_err *err)
{
	char dir[CKPT_UUID_TEXT];
	struct ckpt_stat st;
	int rc;

	if (ckpt_uuid_time_ms(u, ms))
		return 0;
	rc = ckpt_store_stat(store, ckpt_uuid_text(u, dir), CKPT_MARKER, &st, err);
	*ms = rc ? 0 : ckpt_when_of(&st.mtime);
	return rc == -ENOENT ? 0 : rc;
}

int64_t ckpt_time_ms(struct ckpt_store *store, const struct ckpt_uuid *u)
{
	int64_t ms;

	return ckpt_time_read(store, u, &ms, NULL) ? 0 : ms;
}
