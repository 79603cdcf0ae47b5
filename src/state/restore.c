#include "ckptfs/restore.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "base/reserved.h"
#include "engine/root.h"
#include "state/choose.h"
#include "state/envelope.h"
#include "state/limits.h"
#include "state/names.h"

struct ckpt_restore {
	struct ckpt_store *store;
	struct ckpt_entry *entry;
	struct ckpt_lease *lease;
	struct ckpt_deps deps;
	char dir[CKPT_UUID_TEXT];
};

/* --- choosing ------------------------------------------------------------ */

int ckpt_restore_new(struct ckpt_root *root, const struct ckpt_restore_opts *opts, struct ckpt_restore **out,
		     struct ckpt_err *err)
{
	struct ckpt_restore *r = calloc(1, sizeof(*r));
	int rc;

	*out = NULL;
	if (!r)
		return ckpt_fail_nomem(err);
	r->store = root->store;
	rc = CKPT_REFUSE_RESERVED(opts, "the options of a restore", err);
	if (!rc)
		rc = ckpt_choose(root, opts, &r->entry, &r->lease, err);
	if (!rc) {
		ckpt_uuid_text(&r->entry->uuid, r->dir);
		rc = ckpt_deps_read(r->store, &r->entry->uuid, &r->deps, err);
	}
	if (!rc && opts->fingerprint && *opts->fingerprint != r->entry->fingerprint)
		rc = ckpt_fail(err, EINVAL,
			       "checkpoint %s: its fingerprint %" PRIu64 " is not this program's %" PRIu64
			       "; it was written by another version of it",
			       r->dir, r->entry->fingerprint, *opts->fingerprint);
	if (rc)
		ckpt_restore_free(r);
	else
		*out = r;
	return rc;
}

void ckpt_restore_free(struct ckpt_restore *r)
{
	if (!r)
		return;
	ckpt_lease_release(r->lease);
	ckpt_deps_release(&r->deps);
	ckpt_entry_unref(r->entry);
	free(r);
}

const struct ckpt_entry *ckpt_restore_entry(const struct ckpt_restore *r)
{
	return r->entry;
}

/* --- states -------------------------------------------------------------- */

static int read_file(struct ckpt_restore *r, const char *name, struct ckpt_blob *blob, struct ckpt_err *err)
{
	char file[CKPT_NAME_MAX + 1];
	int rc = ckpt_state_file_name(name, file, err);

	if (!rc)
		rc = ckpt_store_read(r->store, r->dir, file, CKPT_STATE_FILE_MAX, blob, err);
	if (rc == -ENOENT)
		ckpt_fail(err, ENOENT, "checkpoint %s has no state '%s' (%s/%s/%s is not there)", r->dir,
			  name, ckpt_store_label(r->store), r->dir, file);
	return rc;
}

static int read_state(struct ckpt_restore *r, const struct ckpt_state *state, void **read,
		      struct ckpt_err *err)
{
	char what[CKPT_ERR_MAX / 2];
	struct ckpt_blob blob;
	int rc = read_file(r, state->name, &blob, err);

	if (rc)
		return rc;
	snprintf(what, sizeof(what), "state '%s' of checkpoint %s", state->name, r->dir);
	rc = ckpt_state_read(state->type, blob.data, blob.len, what, read, err);
	free(blob.data);
	return rc;
}

struct wanted {
	const struct ckpt_names *files;
	char extra[CKPT_NAME_MAX + 1];
};

static int look_for_extra(void *ctx, const char *name, const struct ckpt_stat *st)
{
	const size_t suffix = strlen(CKPT_STATE_SUFFIX);
	struct wanted *w = ctx;
	size_t len = strlen(name);

	if (st->kind != CKPT_KIND_FILE || len <= suffix ||
	    strcmp(name + len - suffix, CKPT_STATE_SUFFIX) != 0)
		return 0;
	if (ckpt_names_find(w->files, name) >= 0)
		return 0;
	snprintf(w->extra, sizeof(w->extra), "%.*s", (int)(len - suffix), name);
	return 1;
}

/* A state that nobody asks for would be lost without a word at the next
 * checkpoint. */
static int refuse_extra(struct ckpt_restore *r, const struct ckpt_state *states, size_t n,
			struct ckpt_err *err)
{
	struct ckpt_names files = CKPT_NAMES_INIT;
	struct wanted w = { .files = &files };
	char file[CKPT_NAME_MAX + 1];
	int rc = 0;

	for (size_t i = 0; !rc && i < n; i++) {
		rc = ckpt_state_file_name(states[i].name, file, err);
		ckpt_names_add(&files, file, rc ? 0 : strlen(file));
	}
	if (!rc && !ckpt_names_seal(&files))
		rc = ckpt_fail_nomem(err);
	if (!rc)
		rc = ckpt_store_list(r->store, r->dir, false, look_for_extra, &w, err);
	ckpt_names_release(&files);
	if (w.extra[0])
		rc = ckpt_fail(err, EINVAL, "checkpoint %s has a state '%s' that this program does not have",
			       r->dir, w.extra);
	return rc;
}

int ckpt_restore_states(struct ckpt_restore *r, const struct ckpt_state *states, size_t n,
			struct ckpt_err *err)
{
	void **read = calloc(n ? n : 1, sizeof(*read));
	size_t i;
	int rc = read ? refuse_extra(r, states, n, err) : ckpt_fail_nomem(err);

	for (i = 0; !rc && i < n; i++)
		rc = read_state(r, &states[i], &read[i], err);
	for (i = 0; read && i < n; i++) {
		if (rc)
			ckpt_state_discard(states[i].type, read[i]);
		else
			ckpt_state_take(states[i].type, states[i].object, read[i]);
	}
	free(read);
	return rc;
}

/* --- batches ------------------------------------------------------------- */

const struct ckpt_names *ckpt_restore_batches(const struct ckpt_restore *r)
{
	return r->deps.batches;
}

int ckpt_restore_batch(struct ckpt_restore *r, const char *batch, struct ckpt_file **out,
		       struct ckpt_err *err)
{
	*out = NULL;
	if (ckpt_names_find(r->deps.batches, batch) < 0)
		return ckpt_fail(err, ENOENT, "checkpoint %s needs no batch '%s'", r->dir, batch);
	return ckpt_store_open(r->store, NULL, batch, out, err);
}
