#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "engine/archive.h"
#include "engine/format.h"

/* Whether what a checkpoint's state.json says can be the archive's (EUCLEAN if
 * not): a damaged one would stop every gc there for good.  Said once, by the first
 * look. */
static int check_state(struct ckpt_root *archive, const char *dir, const struct ckpt_blob *blob, bool say,
		       struct ckpt_err *err)
{
	struct ckpt_entry *circuit;
	char what[CKPT_ERR_MAX / 2];
	struct ckpt_err why;
	int rc;

	snprintf(what, sizeof(what), "%s/%s/%s", ckpt_store_label(archive->store), dir, CKPT_STATE);
	rc = ckpt_state_parse(blob->data, blob->len, what, &circuit, &why);
	ckpt_entry_unref(circuit);
	if (rc == -ENOMEM)
		return ckpt_fail_nomem(err);
	if (rc && say)
		ckpt_root_event(archive, CKPT_EVENT_WARNING, "%s; the archive's own %s stays as it is",
				why.msg, CKPT_STATE);
	return rc ? -EUCLEAN : 0;
}

/* What a pipeline that is started on the archive resumes from.  A newest
 * checkpoint without a state.json that can be read leaves the one that is there:
 * without any, a pipeline would start afresh. */
static int follow_state(struct ckpt_root *archive, bool write, bool *todo, struct ckpt_err *err)
{
	const struct ckpt_catalog *c = archive->catalog;
	struct ckpt_blob newest = { 0 }, now = { 0 };
	char dir[CKPT_UUID_TEXT];
	int rc;

	if (c->n == 0)
		return 0;
	ckpt_uuid_text(&c->entry[c->n - 1]->uuid, dir);
	rc = ckpt_store_read(archive->store, dir, CKPT_STATE, CKPT_STATE_BYTES_MAX, &newest, err);
	if (rc)
		return rc == -ENOENT ? 0 : rc;
	rc = check_state(archive, dir, &newest, !write, err);
	if (rc) {
		free(newest.data);
		return rc == -EUCLEAN ? 0 : rc;
	}
	rc = ckpt_store_read(archive->store, NULL, CKPT_STATE, CKPT_STATE_BYTES_MAX, &now, err);
	if (rc == -ENOENT)
		rc = 0;
	if (!rc && (!now.data || now.len != newest.len || memcmp(now.data, newest.data, now.len))) {
		*todo = true;
		if (write)
			rc = ckpt_store_replace(archive->store, CKPT_STATE, newest.data, newest.len,
						&now.version, err);
	}
	free(newest.data);
	free(now.data);
	return rc;
}

/* The journal of a pipeline that does not start without it where it had one; an
 * empty one says that nothing is to be replayed after the checkpoint. */
static int follow_steps(struct ckpt_root *archive, struct ckpt_root *source, bool write, bool *todo,
			struct ckpt_err *err)
{
	struct ckpt_stat st;
	int rc = ckpt_store_stat(source->store, NULL, CKPT_STEPS, &st, err);

	if (rc || st.kind != CKPT_KIND_DIR)
		return rc == -ENOENT ? 0 : rc;
	rc = ckpt_store_stat(archive->store, NULL, CKPT_STEPS, &st, err);
	if (rc != -ENOENT)
		return rc;
	*todo = true;
	rc = write ? ckpt_store_mkdir(archive->store, CKPT_STEPS, err) : 0;
	return rc || !write ? rc : ckpt_store_sync_dir(archive->store, NULL, err);
}

int ckpt_put_follow(struct ckpt_root *archive, struct ckpt_root *source, bool write, bool *todo,
		    struct ckpt_err *err)
{
	int rc = 0;

	*todo = false;
	if (archive->catalog->n)
		rc = follow_steps(archive, source, write, todo, err);
	return rc ? rc : follow_state(archive, write, todo, err);
}

/* --- a state.json that came late ------------------------------------------ */

int ckpt_put_lacks_state(struct ckpt_store *archive, struct ckpt_store *source, const char *dir, bool *lacks,
			 struct ckpt_err *err)
{
	struct ckpt_stat st;
	int rc = ckpt_store_stat(archive, dir, CKPT_STATE, &st, err);

	*lacks = false;
	if (rc != -ENOENT)
		return rc;
	rc = ckpt_store_stat(source, dir, CKPT_STATE, &st, err);
	*lacks = !rc && st.kind == CKPT_KIND_FILE;
	return rc == -ENOENT ? 0 : rc;
}

int ckpt_put_state(struct ckpt_store *archive, struct ckpt_store *source, const char *dir,
		   struct ckpt_err *err)
{
	int rc = ckpt_store_adopt(archive, dir, CKPT_STATE, source, dir, CKPT_STATE, false, NULL, err);

	if (rc == -ENOENT || rc == -EEXIST)
		return 0; /* removed there, or here already */
	return rc ? rc : ckpt_store_sync_dir(archive, dir, err);
}
