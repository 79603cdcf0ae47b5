#include "ckptfs/stage.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "engine/commit.h"
#include "engine/limits.h"
#include "engine/root.h"
#include "state/envelope.h"
#include "state/names.h"

struct ckpt_stage {
	struct ckpt_root *root;
	struct ckpt_lock *lock;
	struct ckpt_uuid uuid;
	char dir[CKPT_UUID_TEXT];
	bool made_catalog, made_dir, committed;
	pthread_mutex_t mutex;		/* for those below; not held across I/O */
	struct ckpt_names made, shared; /* batches written here, and earlier ones; unsealed */
	unsigned writers;		/* batch writers that have not ended */
};

struct ckpt_batch_writer {
	struct ckpt_stage *stage;
	struct ckpt_writer *writer;
	char name[CKPT_NAME_MAX + 1];
};

static struct ckpt_store *store_of(struct ckpt_stage *s)
{
	return s->root->store;
}

/* --- beginning and ending ------------------------------------------------ */

static int new_uuid(struct ckpt_root *root, struct ckpt_uuid *out, struct ckpt_err *err)
{
	unsigned char random[10];

	if (root->env.random(root->env.ctx, random, sizeof(random)))
		return ckpt_fail(err, EIO,
				 "%s: can't make a uuid for the checkpoint: there are no random bytes",
				 ckpt_store_label(root->store));
	ckpt_uuid_make(out, ckpt_root_now_ms(root), random);
	return 0;
}

static int begin(struct ckpt_stage *s, struct ckpt_err *err)
{
	int rc = new_uuid(s->root, &s->uuid, err);

	if (!rc)
		rc = ckpt_root_lock(s->root, NULL, &s->lock, err);
	if (!rc)
		rc = ckpt_commit_begin(s->root, &s->made_catalog, err);
	ckpt_uuid_text(&s->uuid, s->dir);
	if (!rc)
		rc = ckpt_store_mkdir(store_of(s), s->dir, err);
	s->made_dir = !rc;
	return rc;
}

int ckpt_stage_new(struct ckpt_root *root, struct ckpt_stage **out, struct ckpt_err *err)
{
	struct ckpt_stage *s = calloc(1, sizeof(*s));
	int rc;

	*out = NULL;
	if (!s)
		return ckpt_fail_nomem(err);
	s->root = root;
	pthread_mutex_init(&s->mutex, NULL);
	rc = begin(s, err);
	if (rc)
		ckpt_stage_free(s);
	else
		*out = s;
	return rc;
}

const struct ckpt_uuid *ckpt_stage_uuid(const struct ckpt_stage *s)
{
	return &s->uuid;
}

/* What can't be removed is garbage for the next sweep. */
static void take_back(struct ckpt_stage *s)
{
	struct ckpt_store *store = store_of(s);

	/* A commit that failed at its last step may be visible all the same. */
	if (ckpt_root_refresh(s->root, NULL) || ckpt_catalog_find(s->root->catalog, &s->uuid) >= 0)
		return;
	for (size_t i = 0; ckpt_names_seal(&s->made) && i < s->made.n; i++)
		ckpt_store_remove(store, NULL, ckpt_names_at(&s->made, i), NULL);
	while (s->made_dir && ckpt_store_remove_tree(store, s->dir, CKPT_REMOVE_CHUNK, NULL) == -EAGAIN)
		;
	/* The directory goes for good before the catalog, which it would make
	 * look lost. */
	if (!s->made_catalog || ckpt_store_sync_dir(store, NULL, NULL))
		return;
	ckpt_store_remove(store, NULL, CKPT_CATALOG, NULL);
	ckpt_store_sync_dir(store, NULL, NULL);
	ckpt_root_refresh(s->root, NULL);
}

void ckpt_stage_free(struct ckpt_stage *s)
{
	if (!s)
		return;
	if (s->lock && !s->committed)
		take_back(s);
	ckpt_lock_release(s->lock);
	ckpt_names_release(&s->made);
	ckpt_names_release(&s->shared);
	pthread_mutex_destroy(&s->mutex);
	free(s);
}

/* --- states -------------------------------------------------------------- */

static int note(struct ckpt_stage *s, struct ckpt_names *names, const char *name, struct ckpt_err *err)
{
	bool failed;

	pthread_mutex_lock(&s->mutex);
	ckpt_names_add(names, name, strlen(name));
	failed = names->failed;
	pthread_mutex_unlock(&s->mutex);
	return failed ? ckpt_fail_nomem(err) : 0;
}

static int write_file(struct ckpt_stage *s, const char *name, const void *data, size_t len,
		      struct ckpt_err *err)
{
	char file[CKPT_NAME_MAX + 1];
	struct ckpt_writer *w;
	struct ckpt_stat st;
	int rc = ckpt_state_file_name(name, file, err);

	if (rc)
		return rc;
	if (!ckpt_store_stat(store_of(s), s->dir, file, &st, NULL))
		return ckpt_fail(err, EEXIST, "checkpoint %s has a state '%s' already", s->dir, name);
	rc = ckpt_store_create(store_of(s), s->dir, file, &w, err);
	if (rc)
		return rc;
	rc = ckpt_writer_append(w, data, len, err);
	if (!rc)
		return ckpt_writer_publish(w, err);
	ckpt_writer_abort(w);
	return rc;
}

int ckpt_stage_state(struct ckpt_stage *s, const struct ckpt_state *state, struct ckpt_err *err)
{
	struct ckpt_buf buf = CKPT_BUF_INIT;
	int rc = ckpt_state_write(state->type, state->object, &buf, err);

	if (!rc)
		rc = write_file(s, state->name, buf.data, buf.len, err);
	ckpt_buf_release(&buf);
	return rc;
}

/* --- batches ------------------------------------------------------------- */

static void count_writer(struct ckpt_stage *s, int by)
{
	pthread_mutex_lock(&s->mutex);
	s->writers += (unsigned)by;
	pthread_mutex_unlock(&s->mutex);
}

int ckpt_stage_batch(struct ckpt_stage *s, unsigned worker, struct ckpt_batch_writer **out,
		     struct ckpt_err *err)
{
	struct ckpt_batch_writer *w = calloc(1, sizeof(*w));
	char text[CKPT_UUID_TEXT];
	struct ckpt_uuid u;
	int rc;

	*out = NULL;
	if (!w)
		return ckpt_fail_nomem(err);
	w->stage = s;
	rc = new_uuid(s->root, &u, err);
	if (!rc) {
		snprintf(w->name, sizeof(w->name), "w%u-%s.feldera", worker, ckpt_uuid_text(&u, text));
		rc = ckpt_store_create(store_of(s), NULL, w->name, &w->writer, err);
	}
	if (rc) {
		free(w);
		return rc;
	}
	count_writer(s, 1);
	*out = w;
	return 0;
}

int ckpt_batch_append(struct ckpt_batch_writer *w, const void *data, size_t len, struct ckpt_err *err)
{
	return ckpt_writer_append(w->writer, data, len, err);
}

int ckpt_batch_finish(struct ckpt_batch_writer *w, char name[CKPT_NAME_MAX + 1], struct ckpt_err *err)
{
	struct ckpt_stage *s = w->stage;
	/* Noted before it is there, so that it is taken back in any case. */
	int rc = note(s, &s->made, w->name, err);

	if (rc)
		ckpt_writer_abort(w->writer);
	else
		rc = ckpt_writer_publish(w->writer, err);
	memcpy(name, w->name, sizeof(w->name));
	count_writer(s, -1);
	free(w);
	return rc;
}

void ckpt_batch_abort(struct ckpt_batch_writer *w)
{
	if (!w)
		return;
	ckpt_writer_abort(w->writer);
	count_writer(w->stage, -1);
	free(w);
}

int ckpt_stage_share(struct ckpt_stage *s, const char *batch, struct ckpt_err *err)
{
	const char *label = ckpt_store_label(store_of(s));
	struct ckpt_stat st;
	int rc;

	if (!ckpt_name_is_batch(batch, strlen(batch)))
		return ckpt_fail(err, EINVAL, "'%s' is no name of a batch (they end in .feldera)", batch);
	rc = ckpt_store_stat(store_of(s), NULL, batch, &st, err);
	if (!rc && st.kind != CKPT_KIND_FILE)
		rc = ckpt_fail(err, EINVAL, "%s/%s is no regular file, so it can't be a batch", label, batch);
	return rc ? rc : note(s, &s->shared, batch, err);
}

/* --- committing ---------------------------------------------------------- */

static void add_all(struct ckpt_names *to, const struct ckpt_names *from)
{
	for (size_t i = 0; i < from->n; i++)
		ckpt_names_add(to, ckpt_names_at(from, i), strlen(ckpt_names_at(from, i)));
}

int ckpt_stage_commit(struct ckpt_stage *s, const struct ckpt_commit_opts *opts, struct ckpt_entry **out,
		      struct ckpt_err *err)
{
	struct ckpt_commit_opts o = *opts;
	struct ckpt_names batches = CKPT_NAMES_INIT;
	int rc;

	if (s->committed)
		return ckpt_fail(err, EINVAL, "checkpoint %s is committed already; begin another stage",
				 s->dir);
	if (s->writers)
		return ckpt_fail(err, EINVAL, "checkpoint %s: %u of its batches are not finished", s->dir,
				 s->writers);
	o.uuid = &s->uuid;
	rc = ckpt_names_seal(&s->made) && ckpt_names_seal(&s->shared) ? 0 : ckpt_fail_nomem(err);
	add_all(&batches, &s->made);
	add_all(&batches, &s->shared);
	if (!rc && !ckpt_names_seal(&batches))
		rc = ckpt_fail_nomem(err);
	if (!rc)
		rc = ckpt_commit_staged(s->root, &o, &batches, out, err);
	s->committed = !rc;
	ckpt_names_release(&batches);
	return rc;
}
