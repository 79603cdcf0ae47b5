#include <errno.h>
#include <string.h>

#include "base/name.h"
#include "base/names.h"
#include "engine/catalog.h"

static int add_state(void *ctx, const char *name, const struct ckpt_stat *st)
{
	struct ckpt_details *d = ctx;

	(void)name;
	if (st->kind == CKPT_KIND_FILE)
		d->state_bytes += st->size;
	return 0;
}

/* One file that the checkpoint needs; *size is 0 where it is not there. */
static int look_for(struct ckpt_store *store, const char *dir, const char *name, struct ckpt_details *d,
		    uint64_t *size, struct ckpt_err *err)
{
	struct ckpt_stat st;
	int rc = ckpt_store_stat(store, dir, name, &st, err);
	bool there = !rc && st.kind == CKPT_KIND_FILE;

	*size = there ? st.size : 0;
	d->complete &= there;
	return rc == -ENOENT ? 0 : rc;
}

int ckpt_details_read(struct ckpt_store *store, const struct ckpt_uuid *u, struct ckpt_details *out,
		      struct ckpt_err *err)
{
	struct ckpt_details d = { .readable = true, .complete = true };
	char dir[CKPT_UUID_TEXT];
	struct ckpt_deps deps;
	uint64_t size;
	int rc = ckpt_deps_read(store, u, &deps, err);

	memset(out, 0, sizeof(*out));
	ckpt_uuid_text(u, dir);
	if (!rc)
		rc = ckpt_store_list(store, dir, true, add_state, &d, err);
	for (size_t i = 0; !rc && i < deps.batches->n; i++) {
		rc = look_for(store, NULL, ckpt_names_at(deps.batches, i), &d, &size, err);
		d.batch_bytes += size;
	}
	for (size_t i = 0; !rc && i < deps.state_files->n; i++)
		rc = look_for(store, dir, ckpt_names_at(deps.state_files, i), &d, &size, err);
	if (!rc)
		rc = look_for(store, dir, CKPT_MARKER, &d, &size, err);
	if (!rc) {
		d.version = deps.version;
		d.batches = deps.batches->n;
		*out = d;
	}
	ckpt_deps_release(&deps);
	return rc;
}
