#include "engine/uses.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "base/siphash.h"
#include "engine/plain.h"
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
	free(u->seen);
	free(u->bucket);
	memset(u, 0, sizeof(*u));
}

const char *ckpt_uses_name(const struct ckpt_uses *u, uint32_t batch)
{
	return u->text.data + u->start[batch];
}

/* --- the names ---------------------------------------------------------- */

static bool is_called(const struct ckpt_uses *u, uint32_t batch, const char *name, size_t len)
{
	const char *known = ckpt_uses_name(u, batch);

	/* strncmp stops at a name's NUL, which is within the text. */
	return !strncmp(known, name, len) && !known[len];
}

/* The bucket that holds name, or the empty one where it belongs. */
static uint32_t *find_bucket(const struct ckpt_uses *u, const char *name, size_t len)
{
	size_t i = ckpt_siphash_bucket(ckpt_siphash_secret(), name, len) & (u->n_buckets - 1);

	while (u->bucket[i] && !is_called(u, u->bucket[i] - 1, name, len))
		i = (i + 1) & (u->n_buckets - 1);
	return &u->bucket[i];
}

static bool grow(struct ckpt_uses *u)
{
	uint32_t cap = u->cap ? 2 * u->cap : 1024;
	uint32_t *start = realloc(u->start, cap * sizeof(*start));
	uint32_t *count, *seen, *bucket;

	if (start)
		u->start = start;
	count = realloc(u->count, cap * sizeof(*count));
	if (count)
		u->count = count;
	seen = realloc(u->seen, cap * sizeof(*seen));
	if (seen)
		u->seen = seen;
	bucket = calloc(2 * (size_t)cap, sizeof(*bucket));
	if (!start || !count || !seen || !bucket) {
		free(bucket);
		return false;
	}
	free(u->bucket);
	u->bucket = bucket;
	u->n_buckets = 2 * (size_t)cap;
	u->cap = cap;
	for (uint32_t i = 0; i < u->n; i++)
		*find_bucket(u, ckpt_uses_name(u, i), strlen(ckpt_uses_name(u, i))) = i + 1;
	return true;
}

static int intern(struct ckpt_uses *u, const char *name, size_t len, uint32_t *batch)
{
	uint32_t *bucket;

	if (u->n == u->cap && !grow(u))
		return -ENOMEM;
	bucket = find_bucket(u, name, len);
	if (!*bucket) {
		if (u->text.len + len + 1 > UINT32_MAX)
			return -ENOMEM;
		/* What is in the table is valid, so it is asked once of a name. */
		if (!ckpt_name_is_batch(name, len))
			return -EUCLEAN;
		u->start[u->n] = (uint32_t)u->text.len;
		u->count[u->n] = 0;
		u->seen[u->n] = 0;
		if (!ckpt_buf_reserve(&u->text, len + 1))
			return -ENOMEM;
		ckpt_buf_add(&u->text, name, len);
		ckpt_buf_addc(&u->text, '\0');
		*bucket = ++u->n;
	}
	*batch = *bucket - 1;
	return 0;
}

bool ckpt_uses_needs(const struct ckpt_uses *u, const char *name, uint32_t *batch)
{
	const uint32_t *bucket = u->n ? find_bucket(u, name, strlen(name)) : NULL;

	if (!bucket || !*bucket || !u->count[*bucket - 1])
		return false;
	if (batch)
		*batch = *bucket - 1;
	return true;
}

/* --- following the catalog ---------------------------------------------- */

static void forget_use(struct ckpt_uses *u, struct ckpt_use *use)
{
	for (size_t i = 0; i < use->n; i++)
		u->count[use->batch[i]]--;
	use_release(use);
}

/* Another batch of the checkpoint that is being loaded; use->batch has room.
 * A name that it has twice counts once. */
static int add_batch(struct ckpt_uses *u, struct ckpt_use *use, const char *name, size_t len)
{
	uint32_t batch;
	int rc = intern(u, name, len, &batch);

	if (rc || u->seen[batch] == u->loads)
		return rc;
	u->seen[batch] = u->loads;
	u->count[batch]++;
	use->batch[use->n++] = batch;
	return 0;
}

static int begin_use(struct ckpt_uses *u, struct ckpt_use *use, int version, size_t n)
{
	u->loads++;
	use->version = version;
	use->batch = malloc((n + 1) * sizeof(*use->batch));
	return use->batch ? 0 : -ENOMEM;
}

/* From a file as Feldera writes it, without making a sorted set first.
 * -EUCLEAN, with *use as it was: for the parser, which also says what is
 * wrong. */
static int load_plain(struct ckpt_uses *u, const struct ckpt_blob *blob, struct ckpt_use *use)
{
	struct ckpt_plain_deps d;
	int rc = ckpt_plain_deps(blob->data, blob->len, &d) ? 0 : -EUCLEAN;

	for (size_t i = d.n_batches; !rc && i < d.n; i++)
		rc = ckpt_name_is_state_file(d.name[i].s, d.name[i].len) ? 0 : -EUCLEAN;
	if (!rc)
		rc = begin_use(u, use, d.version, d.n_batches);
	for (size_t i = 0; !rc && i < d.n_batches; i++)
		rc = add_batch(u, use, d.name[i].s, d.name[i].len);
	free(d.name);
	if (rc) {
		forget_use(u, use);
		*use = (struct ckpt_use){ 0 };
	}
	return rc;
}

static int load_parsed(struct ckpt_uses *u, struct ckpt_store *store, const struct ckpt_uuid *uuid,
		       struct ckpt_use *use, struct ckpt_err *why)
{
	struct ckpt_deps deps;
	int rc = ckpt_deps_read(store, uuid, &deps, why);

	if (rc == -ENOMEM || rc == -EMFILE || rc == -ENFILE) {
		/* Our own want, not damage of the checkpoint. */
		ckpt_deps_release(&deps);
		return rc;
	}
	if (rc) {
		use->damage_code = -rc;
		use->damage = strdup(why->msg);
		rc = use->damage ? 0 : ckpt_fail_nomem(why);
	} else {
		size_t n = ckpt_names_count(deps.batches);

		rc = begin_use(u, use, deps.version, n);
		for (size_t i = 0; !rc && i < n; i++) {
			const char *name = ckpt_names_get(deps.batches, i);

			rc = add_batch(u, use, name, strlen(name));
		}
		rc = rc ? ckpt_fail_nomem(why) : 0;
	}
	ckpt_deps_release(&deps);
	return rc;
}

static int load_use(struct ckpt_uses *u, struct ckpt_store *store, const struct ckpt_uuid *uuid,
		    struct ckpt_use *use, struct ckpt_err *err)
{
	char dir[CKPT_UUID_TEXT];
	struct ckpt_err why = { 0 };
	struct ckpt_blob blob;
	int rc = ckpt_store_read(store, ckpt_uuid_text(uuid, dir), CKPT_DEPENDENCIES, CKPT_DEPS_BYTES_MAX,
				 &blob, NULL);

	if (!rc) {
		rc = load_plain(u, &blob, use);
		free(blob.data);
	}
	if (rc)
		rc = load_parsed(u, store, uuid, use, &why);
	if (rc && err)
		*err = why;
	return rc;
}

/* What stays moves over to *use, and is marked by version -1 in the old place, as
 * what is new is in the new one. */
static void move_over(struct ckpt_uses *u, const struct ckpt_catalog *now, struct ckpt_use *use)
{
	const struct ckpt_catalog *before = u->catalog;

	for (size_t i = 0; i < now->n; i++) {
		ptrdiff_t old = before ? ckpt_catalog_find(before, &now->entry[i]->uuid) : -1;

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
}

/* After an error what is new is empty, but whole. */
static int load_new(struct ckpt_uses *u, struct ckpt_root *root, struct ckpt_err *err)
{
	const struct ckpt_catalog *now = u->catalog;
	int rc = 0;

	for (size_t i = 0; i < now->n; i++) {
		if (u->use[i].version != -1)
			continue;
		u->use[i].version = 0;
		if (rc)
			continue;
		if (ckpt_root_stopped(root))
			rc = ckpt_fail(err, EINTR,
				       "%s: interrupted while reading what the checkpoints need; nothing "
				       "was changed by this step",
				       ckpt_store_label(root->store));
		else
			rc = load_use(u, root->store, &now->entry[i]->uuid, &u->use[i], err);
		ckpt_root_progress(root, "checkpoints read", i + 1, now->n);
	}
	return rc;
}

int ckpt_uses_follow(struct ckpt_uses *u, struct ckpt_root *root, struct ckpt_err *err)
{
	struct ckpt_use *use = calloc(root->catalog->n + 1, sizeof(*use));
	struct ckpt_catalog *before;
	int rc;

	if (!use)
		return ckpt_fail_nomem(err);
	move_over(u, root->catalog, use);
	free(u->use);
	u->use = use;
	before = u->catalog;
	u->catalog = ckpt_catalog_ref(root->catalog);
	ckpt_catalog_unref(before);
	rc = load_new(u, root, err);
	if (rc) /* a half-filled table must never be taken for the truth */
		ckpt_uses_release(u);
	return rc;
}
