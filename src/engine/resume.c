#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "engine/format.h"
#include "engine/root.h"

int ckpt_resume_read(struct ckpt_store *store, struct ckpt_resume *out, struct ckpt_err *err)
{
	struct ckpt_entry *circuit = NULL;
	char what[CKPT_ERR_MAX / 2];
	struct ckpt_blob blob;
	int rc = ckpt_store_read(store, NULL, CKPT_STATE, CKPT_STATE_BYTES_MAX, &blob, err);

	memset(out, 0, sizeof(*out));
	out->version = blob.version;
	if (rc == -ENOENT)
		return 0;
	out->has_state = true;
	if (rc)
		return rc;
	snprintf(what, sizeof(what), "%s/%s", ckpt_store_label(store), CKPT_STATE);
	rc = ckpt_state_parse(blob.data, blob.len, what, &circuit, err);
	free(blob.data);
	if (!rc && circuit) {
		out->names = true;
		out->uuid = circuit->uuid;
	}
	ckpt_entry_unref(circuit);
	return rc;
}

int ckpt_is_finished(struct ckpt_store *store, const struct ckpt_catalog *c, const struct ckpt_resume *r,
		     size_t i, bool *finished, struct ckpt_err *err)
{
	char dir[CKPT_UUID_TEXT];
	struct ckpt_stat st;
	int rc;

	*finished = !r->has_state;
	if (*finished)
		return 0;
	if (r->names) {
		ptrdiff_t named = ckpt_catalog_find(c, &r->uuid);

		/* The controller writes the root's state.json last, so the one
		 * that it names is finished too. */
		*finished = named >= 0 && i <= (size_t)named;
		if (*finished)
			return 0;
	}
	rc = ckpt_store_stat(store, ckpt_uuid_text(&c->entry[i]->uuid, dir), CKPT_STATE, &st, err);
	*finished = !rc && st.kind == CKPT_KIND_FILE;
	return rc == -ENOENT ? 0 : rc;
}

int ckpt_newest_finished(struct ckpt_root *root, ptrdiff_t *index, struct ckpt_err *err)
{
	struct ckpt_resume resume;
	bool finished;
	int rc = ckpt_resume_read(root->store, &resume, err);

	*index = -1;
	if (!rc)
		rc = ckpt_root_refresh(root, err);
	for (size_t i = rc ? 0 : root->catalog->n; !rc && *index < 0 && i-- > 0;) {
		rc = ckpt_is_finished(root->store, root->catalog, &resume, i, &finished, err);
		if (!rc && finished)
			*index = (ptrdiff_t)i;
	}
	return rc;
}
