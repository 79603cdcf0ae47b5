#include "engine/alone.h"

#include <errno.h>

#include "engine/root.h"
#include "engine/uses.h"

static int count(struct ckpt_root *root, const struct ckpt_uses *uses, const struct ckpt_use *use,
		 struct ckpt_alone *out, struct ckpt_err *err)
{
	struct ckpt_stat st;
	int rc = 0;

	for (size_t i = 0; i < uses->catalog->n; i++)
		if (uses->use[i].damage) {
			ckpt_fail(&out->why, uses->use[i].damage_code, "%s", uses->use[i].damage);
			return 0;
		}
	out->known = true;
	for (size_t k = 0; !rc && k < use->n; k++) {
		if (uses->count[use->batch[k]] != 1)
			continue;
		rc = ckpt_store_stat(root->store, NULL, ckpt_uses_name(uses, use->batch[k]), &st, err);
		out->batches++;
		out->bytes += !rc && st.kind == CKPT_KIND_FILE ? st.size : 0;
		if (rc == -ENOENT)
			rc = 0;
	}
	return rc;
}

int ckpt_alone_read(struct ckpt_root *root, const struct ckpt_uuid *u, struct ckpt_alone *out,
		    struct ckpt_err *err)
{
	struct ckpt_uses uses = CKPT_USES_INIT;
	char text[CKPT_UUID_TEXT];
	int rc = ckpt_root_refresh(root, err);
	ptrdiff_t i;

	*out = (struct ckpt_alone){ 0 };
	if (!rc)
		rc = ckpt_uses_follow(&uses, root, err);
	if (!rc) {
		i = ckpt_catalog_find(uses.catalog, u);
		if (i >= 0)
			rc = count(root, &uses, &uses.use[i], out, err);
		else
			rc = ckpt_fail(err, ENOENT, "%s: checkpoint %s was removed while it was looked at",
				       ckpt_store_label(root->store), ckpt_uuid_text(u, text));
	}
	ckpt_uses_release(&uses);
	return rc;
}
