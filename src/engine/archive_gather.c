/* What a checkpoint consists of that is to be archived. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "engine/archive.h"
#include "engine/format.h"
#include "engine/limits.h"
/* All regular files of its directory, whatever its dependencies.json says: of
 * versions before 2 that is the only list. */
static int add_own(void *ctx, const char *name, const struct ckpt_stat *st)
{
	struct ckpt_held *h = ctx;

	if (st->kind != CKPT_KIND_FILE || ckpt_name_is_temporary(name))
		return 0;
	if (h->own.n >= CKPT_DIR_NAMES_MAX)
		h->own.failed = true;
	ckpt_names_add(&h->own, name, strlen(name));
	return h->own.failed ? -ENOMEM : 0;
}

/* What must be among them. */
static int check_own(struct ckpt_held *h, struct ckpt_err *err)
{
	const char *label = ckpt_store_label(h->source->store), *missing = NULL;

	for (size_t i = 0; !missing && i < h->deps.state_files->n; i++)
		if (ckpt_names_find(&h->own, ckpt_names_at(h->deps.state_files, i)) < 0)
			missing = ckpt_names_at(h->deps.state_files, i);
	if (!missing && ckpt_names_find(&h->own, CKPT_MARKER) < 0)
		missing = CKPT_MARKER;
	if (missing)
		return ckpt_fail(err, ENOENT,
				 "%s/%s/%s: checkpoint %s needs it, and it is no file there, so the "
				 "checkpoint can't be archived",
				 label, h->dir, missing, h->dir);
	return 0;
}

int ckpt_held_gather(struct ckpt_held *h, struct ckpt_err *err)
{
	struct ckpt_store *source = h->source->store;
	int rc = ckpt_deps_read_listed(source, &h->entry->uuid, &h->deps, &h->text, err);

	if (!rc)
		rc = ckpt_store_list(source, h->dir, false, add_own, h, err);
	if (rc && rc != -ENOMEM)
		return rc;
	if (rc || !ckpt_names_seal(&h->own) || !ckpt_index_make(&h->index, h->deps.batches))
		return ckpt_fail_nomem(err);
	rc = check_own(h, err);
	if (rc)
		return rc;
	h->n_batch = h->deps.batches->n;
	h->n_file = h->n_batch + h->own.n;
	h->file = calloc(h->n_file + 1, sizeof(*h->file));
	if (!h->file)
		return ckpt_fail_nomem(err);
	for (size_t i = 0; i < h->n_batch; i++)
		h->file[i].name = ckpt_names_at(h->deps.batches, i);
	for (size_t i = 0; i < h->own.n; i++) {
		h->file[h->n_batch + i].dir = h->dir;
		h->file[h->n_batch + i].name = ckpt_names_at(&h->own, i);
	}
	return 0;
}
