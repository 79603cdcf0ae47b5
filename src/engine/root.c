#include "engine/root.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/buf.h"
#include "base/name.h"
#include "base/reserved.h"
#include "base/vfail.h"
#include "base/when.h"

static int64_t system_now(void *ctx)
{
	(void)ctx;
	return ckpt_when_now();
}

static int64_t system_monotonic(void *ctx)
{
	(void)ctx;
	return ckpt_when_monotonic();
}

static int system_random(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	return getrandom(buf, len, 0) == (ssize_t)len ? 0 : -EIO;
}

static void no_event(void *ctx, enum ckpt_event level, const char *sentence)
{
	(void)ctx, (void)level, (void)sentence;
}

static void no_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	(void)ctx, (void)what, (void)done, (void)total;
}

static bool never(void *ctx)
{
	(void)ctx;
	return false;
}

int ckpt_root_open(struct ckpt_store *store, const struct ckpt_env *env, struct ckpt_root **out,
		   struct ckpt_err *err)
{
	struct ckpt_root *root = calloc(1, sizeof(*root));
	int rc;

	*out = NULL;
	if (!root)
		return ckpt_fail_nomem(err);
	root->store = store;
	if (env && CKPT_REFUSE_RESERVED(env, "the surroundings of a root", err)) {
		free(root);
		return -EINVAL;
	}
	if (env)
		root->env = *env;
	if (!root->env.now_ms)
		root->env.now_ms = system_now;
	if (!root->env.monotonic_ms)
		root->env.monotonic_ms = system_monotonic;
	if (!root->env.random)
		root->env.random = system_random;
	if (!root->env.event)
		root->env.event = no_event;
	if (!root->env.stop)
		root->env.stop = never;
	if (!root->env.progress)
		root->env.progress = no_progress;
	rc = ckpt_catalog_read(store, NULL, &root->catalog, err);
	if (rc)
		free(root);
	else
		*out = root;
	return rc;
}

int ckpt_root_open_dir(const char *path, const struct ckpt_env *env, struct ckpt_root **out,
		       struct ckpt_err *err)
{
	struct ckpt_store *store;
	int rc = ckpt_store_open_posix(path, &store, err);

	*out = NULL;
	if (rc)
		return rc;
	rc = ckpt_root_open(store, env, out, err);
	if (rc)
		ckpt_store_free(store);
	else
		(*out)->own_store = store;
	return rc;
}

void ckpt_root_free(struct ckpt_root *root)
{
	if (!root)
		return;
	ckpt_catalog_unref(root->catalog);
	ckpt_store_free(root->own_store);
	free(root);
}

struct ckpt_store *ckpt_root_store(struct ckpt_root *root)
{
	return root->store;
}

struct ckpt_catalog *ckpt_root_catalog(struct ckpt_root *root)
{
	return root->catalog;
}

int ckpt_root_refresh(struct ckpt_root *root, struct ckpt_err *err)
{
	struct ckpt_catalog *fresh;
	int rc = ckpt_catalog_read(root->store, root->catalog, &fresh, err);

	if (rc)
		return rc;
	ckpt_catalog_unref(root->catalog);
	root->catalog = fresh;
	return 0;
}

int ckpt_root_replace(struct ckpt_root *root, const struct ckpt_catalog *next, struct ckpt_err *err)
{
	struct ckpt_buf text = CKPT_BUF_INIT;
	struct ckpt_catalog *fresh;
	int rc;

	ckpt_buf_addc(&text, '[');
	for (size_t i = 0; i < next->n; i++) {
		if (i)
			ckpt_buf_addc(&text, ',');
		ckpt_buf_add(&text, next->entry[i]->text, next->entry[i]->text_len);
	}
	ckpt_buf_addc(&text, ']');
	if (text.failed)
		rc = ckpt_fail_nomem(err);
	else
		rc = ckpt_store_replace(root->store, CKPT_CATALOG, text.data, text.len,
					&root->catalog->version, err);
	ckpt_buf_release(&text);
	if (rc)
		return rc;
	/* From here on the change is durable, whatever reading it back says. */
	if (ckpt_catalog_read(root->store, (struct ckpt_catalog *)next, &fresh, NULL))
		fresh = ckpt_catalog_ref((struct ckpt_catalog *)next);
	ckpt_catalog_unref(root->catalog);
	root->catalog = fresh;
	return 0;
}

static int lock(struct ckpt_root *root, bool to_remove, const struct ckpt_uuid *but, struct ckpt_lock **lock,
		struct ckpt_err *err)
{
	int rc = ckpt_store_lock(root->store, lock, NULL, err);

	if (rc)
		return rc;
	/* A process that was killed may have left a catalog or a state.json that
	 * is there but not durable; what is removed because of it must not be
	 * needed again when a power loss brings the one before back. */
	if (to_remove)
		rc = ckpt_store_sync_dir(root->store, NULL, err);
	if (!rc)
		rc = ckpt_root_refresh(root, err);
	if (!rc)
		rc = ckpt_catalog_lost(root->store, root->catalog, but, err);
	if (rc) {
		ckpt_lock_release(*lock);
		*lock = NULL;
	}
	return rc;
}

int ckpt_root_lock(struct ckpt_root *root, const struct ckpt_uuid *but, struct ckpt_lock **out,
		   struct ckpt_err *err)
{
	return lock(root, true, but, out, err);
}

int ckpt_root_lock_to_add(struct ckpt_root *root, const struct ckpt_uuid *but, struct ckpt_lock **out,
			  struct ckpt_err *err)
{
	return lock(root, false, but, out, err);
}

/* Where it can't be seen what is visible, it may be the new one. */
static bool put_back(struct ckpt_root *root, const struct ckpt_catalog *before, const struct ckpt_uuid *u)
{
	if (ckpt_root_refresh(root, NULL))
		return false;
	return ckpt_catalog_find(root->catalog, u) < 0 || !ckpt_root_replace(root, before, NULL);
}

int ckpt_root_replace_adding(struct ckpt_root *root, const struct ckpt_catalog *next,
			     const struct ckpt_uuid *u, bool *stays, struct ckpt_err *err)
{
	struct ckpt_catalog *before = ckpt_catalog_ref(root->catalog);
	char text[CKPT_UUID_TEXT];
	struct ckpt_err why = { 0 };
	int rc = ckpt_root_replace(root, next, &why);

	*stays = rc == -EUCLEAN && !put_back(root, before, u);
	ckpt_catalog_unref(before);
	if (rc == -EUCLEAN && !*stays)
		return ckpt_fail(err, EUCLEAN, "%s; it was put back, and checkpoint %s was not added",
				 why.msg, ckpt_uuid_text(u, text));
	if (rc && err)
		*err = why;
	return rc;
}

bool ckpt_root_moved(struct ckpt_root *root)
{
	struct ckpt_catalog *seen = ckpt_catalog_ref(root->catalog);
	bool moved = !ckpt_root_refresh(root, NULL) && root->catalog != seen;

	ckpt_catalog_unref(seen);
	return moved;
}

bool ckpt_root_has_lost(struct ckpt_root *root, const struct ckpt_uuid *u)
{
	return !ckpt_root_refresh(root, NULL) && !root->catalog->absent &&
	       ckpt_catalog_find(root->catalog, u) < 0;
}

void ckpt_root_event(struct ckpt_root *root, enum ckpt_event level, const char *fmt, ...)
{
	struct ckpt_err sentence;
	va_list ap;

	/* An event is a sentence as an error is, escaped in the same place. */
	va_start(ap, fmt);
	ckpt_vfail(&sentence, EIO, fmt, ap);
	va_end(ap);
	root->env.event(root->env.ctx, level, sentence.msg);
}

bool ckpt_root_stopped(const struct ckpt_root *root)
{
	return root->env.stop(root->env.ctx);
}

bool ckpt_root_is_stoppable(const struct ckpt_root *root)
{
	return root->env.stop != never;
}

void ckpt_root_progress(struct ckpt_root *root, const char *what, uint64_t done, uint64_t total)
{
	root->env.progress(root->env.ctx, what, done, total);
}

int64_t ckpt_root_now_ms(struct ckpt_root *root)
{
	return root->env.now_ms(root->env.ctx);
}

int64_t ckpt_root_monotonic_ms(struct ckpt_root *root)
{
	return root->env.monotonic_ms(root->env.ctx);
}
