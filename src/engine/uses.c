#include "engine/uses.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/root.h"

static void use_release(struct ckpt_use *use)
{
	free(use->batch);
	free(use->damage);
}

void ckpt_uses_release(struct ckpt_uses *u)
{
	for (size_t i = 0; u->catalog && i < u->catalog->n; i++)
		use_release(&u->use[i]);
	ckpt_catalog_unref(u->catalog);
	ckpt_buf_release(&u->text);
	free(u->use);
	free(u->start);
	free(u->count);
	free(u->bucket);
	memset(u, 0, sizeof(*u));
}

const char *ckpt_uses_name(const struct ckpt_uses *u, uint32_t batch)
{
	return u->text.data + u->start[batch];
}

/* --- the names ---------------------------------------------------------- */

static uint64_t hash_name(const char *name)
{
	uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */

	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * UINT64_C(1099511628211);
	return h ^ h >> 32;
}

/* The bucket that holds name, or the empty one where it belongs. */
static uint32_t *find_bucket(const struct ckpt_uses *u, const char *name)
{
	size_t i = hash_name(name) & (u->n_buckets - 1);

	while (u->bucket[i] && strcmp(ckpt_uses_name(u, u->bucket[i] - 1), name))
		i = (i + 1) & (u->n_buckets - 1);
	return &u->bucket[i];
}

static bool grow(struct ckpt_uses *u)
{
	uint32_t cap = u->cap ? 2 * u->cap : 1024;
	uint32_t *start = realloc(u->start, cap * sizeof(*start));
	uint32_t *count, *bucket;

	if (start)
		u->start = start;
	count = realloc(u->count, cap * sizeof(*count));
	if (count)
		u->count = count;
	bucket = calloc(2 * (size_t)cap, sizeof(*bucket));
	if (!start || !count || !bucket) {
		free(bucket);
		return false;
	}
	free(u->bucket);
	u->bucket = bucket;
	u->n_buckets = 2 * (size_t)cap;
	u->cap = cap;
	for (uint32_t i = 0; i < u->n; i++)
		*find_bucket(u, ckpt_uses_name(u, i)) = i + 1;
	return true;
}

static int intern(struct ckpt_uses *u, const char *name, uint32_t *batch)
{
	uint32_t *bucket;

	if (u->n == u->cap && !grow(u))
		return -ENOMEM;
	bucket = find_bucket(u, name);
	if (!*bucket) {
		if (u->text.len + strlen(name) + 1 > UINT32_MAX)
			return -ENOMEM;
		u->start[u->n] = u->text.len;
		u->count[u->n] = 0;
		ckpt_buf_add(&u->text, name, strlen(name) + 1);
		if (u->text.failed)
			return -ENOMEM;
		*bucket = ++u->n;
	}
	*batch = *bucket - 1;
	return 0;
}

bool ckpt_uses_needs(const struct ckpt_uses *u, const char *name, uint32_t *batch)
{
	const uint32_t *bucket = u->n ? find_bucket(u, name) : NULL;

	if (!bucket || !*bucket || !u->count[*bucket - 1])
		return false;
	if (batch)
		*batch = *bucket - 1;
	return true;
}

/* --- following the catalog ---------------------------------------------- */

static int load_use(struct ckpt_uses *u, struct ckpt_store *store, const struct ckpt_uuid *uuid,
		    struct ckpt_use *use, struct ckpt_err *err)
{
	struct ckpt_err why = { 0 };
	struct ckpt_deps deps;
	int rc = ckpt_deps_read(store, uuid, &deps, &why);

	if (rc == -ENOMEM || rc == -EMFILE || rc == -ENFILE) {
		/* Our own want, not damage of the checkpoint. */
		ckpt_deps_release(&deps);
		return err ? (*err = why, rc) : rc;
	}
	if (rc) {
		use->damage_code = -rc;
		use->damage = strdup(why.msg);
		rc = use->damage ? 0 : -ENOMEM;
	} else {
		size_t n = ckpt_names_count(deps.batches);

		use->version = deps.version;
		use->batch = malloc((n + 1) * sizeof(*use->batch));
		rc = use->batch ? 0 : -ENOMEM;
		for (; !rc && use->n < n; use->n++) {
			rc = intern(u, ckpt_names_get(deps.batches, use->n), &use->batch[use->n]);
			if (rc)
				break;
			u->count[use->batch[use->n]]++;
		}
	}
	ckpt_deps_release(&deps);
	return rc ? ckpt_fail_nomem(err) : 0;
}

static void forget_use(struct ckpt_uses *u, struct ckpt_use *use)
{
	for (size_t i = 0; i < use->n; i++)
		u->count[use->batch[i]]--;
	use_release(use);
}

int ckpt_uses_follow(struct ckpt_uses *u, struct ckpt_root *root, struct ckpt_err *err)
{
	struct ckpt_catalog *now = root->catalog, *before = u->catalog;
	struct ckpt_use *use = calloc(now->n + 1, sizeof(*use));
	int rc = 0;

	if (!use)
		return ckpt_fail_nomem(err);
	/* What stays moves over (and is marked by version -1 in the old place). */
	for (size_t i = 0; before && i < now->n; i++) {
		ptrdiff_t old = ckpt_catalog_find(before, &now->entry[i]->uuid);

		if (old >= 0 && !u->use[old].damage) {
			use[i] = u->use[old];
			u->use[old] = (struct ckpt_use){ .version = -1 };
		} else {
			use[i].version = -1;
		}
	}
	for (size_t i = 0; before && i < before->n; i++)
		if (u->use[i].version != -1)
			forget_use(u, &u->use[i]);
	free(u->use);
	u->use = use;
	u->catalog = ckpt_catalog_ref(now);
	for (size_t i = 0; i < now->n; i++) {
		if (before && use[i].version != -1)
			continue;
		use[i].version = 0;
		if (rc)
			continue; /* leave the rest empty, but whole */
		if (ckpt_root_stopped(root))
			rc = ckpt_fail(err, EINTR,
				       "%s: interrupted while reading what the checkpoints need; nothing "
				       "was changed by this step",
				       ckpt_store_label(root->store));
		else
			rc = load_use(u, root->store, &now->entry[i]->uuid, &use[i], err);
	}
	ckpt_catalog_unref(before);
	if (rc) /* a half-filled table must never be taken for the truth */
		ckpt_uses_release(u);
	return rc;
}
