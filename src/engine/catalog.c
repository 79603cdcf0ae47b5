#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "engine/root.h"

struct ckpt_catalog *ckpt_catalog_ref(struct ckpt_catalog *c)
{
	__atomic_add_fetch(&c->refs, 1, __ATOMIC_RELAXED);
	return c;
}

void ckpt_catalog_unref(struct ckpt_catalog *c)
{
	if (!c || __atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL))
		return;
	for (size_t i = 0; i < c->n; i++)
		ckpt_entry_unref(c->entry[i]);
	free(c->entry);
	free(c->by_uuid);
	free(c);
}

size_t ckpt_catalog_count(const struct ckpt_catalog *c)
{
	return c->n;
}

struct ckpt_entry *ckpt_catalog_get(const struct ckpt_catalog *c, size_t i)
{
	return c->entry[i];
}

static int cmp_index(const void *a, const void *b, void *ctx)
{
	struct ckpt_entry **entry = ctx;

	return ckpt_uuid_cmp(&entry[*(const uint32_t *)a]->uuid, &entry[*(const uint32_t *)b]->uuid);
}

int ckpt_catalog_index(struct ckpt_catalog *c, const char *label, struct ckpt_err *err)
{
	char text[CKPT_UUID_TEXT];
	bool sorted = true;

	for (size_t i = 1; i < c->n; i++)
		sorted &= ckpt_uuid_cmp(&c->entry[i - 1]->uuid, &c->entry[i]->uuid) < 0;
	/* They mostly are, since a uuid begins with its time. */
	if (sorted)
		return 0;
	c->by_uuid = malloc(c->n * sizeof(*c->by_uuid));
	if (!c->by_uuid)
		return ckpt_fail_nomem(err);
	for (size_t i = 0; i < c->n; i++)
		c->by_uuid[i] = (uint32_t)i;
	qsort_r(c->by_uuid, c->n, sizeof(*c->by_uuid), cmp_index, c->entry);
	for (size_t i = 1; i < c->n; i++) {
		const struct ckpt_uuid *u = &c->entry[c->by_uuid[i]]->uuid;

		if (!ckpt_uuid_cmp(&c->entry[c->by_uuid[i - 1]]->uuid, u))
			return ckpt_fail(err, EUCLEAN,
					 "%s/%s: checkpoint %s is there twice (entries %u and %u)", label,
					 CKPT_CATALOG, ckpt_uuid_text(u, text), c->by_uuid[i - 1],
					 c->by_uuid[i]);
	}
	return 0;
}

ptrdiff_t ckpt_catalog_find(const struct ckpt_catalog *c, const struct ckpt_uuid *u)
{
	size_t lo = 0, hi = c->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2, at = c->by_uuid ? c->by_uuid[mid] : mid;
		int order = ckpt_uuid_cmp(&c->entry[at]->uuid, u);

		if (!order)
			return (ptrdiff_t)at;
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return -1;
}

bool ckpt_catalog_has_dir(const struct ckpt_catalog *c, const char *name)
{
	char text[CKPT_UUID_TEXT];
	struct ckpt_uuid u;

	return ckpt_uuid_parse(name, &u) && !strcmp(ckpt_uuid_text(&u, text), name) &&
	       ckpt_catalog_find(c, &u) >= 0;
}

/* --- made in memory -------------------------------------------------------- */

int ckpt_catalog_make(struct ckpt_entry *const *entry, size_t n, struct ckpt_catalog **out,
		      struct ckpt_err *err)
{
	struct ckpt_catalog *c = calloc(1, sizeof(*c));
	int rc;

	*out = NULL;
	if (!c)
		return ckpt_fail_nomem(err);
	c->refs = 1;
	c->entry = malloc((n + 1) * sizeof(*c->entry));
	if (!c->entry) {
		free(c);
		return ckpt_fail_nomem(err);
	}
	for (; c->n < n; c->n++)
		c->entry[c->n] = ckpt_entry_ref(entry[c->n]);
	rc = ckpt_catalog_index(c, "new catalog", err);
	if (rc)
		ckpt_catalog_unref(c);
	else
		*out = c;
	return rc;
}

int ckpt_catalog_derive(const struct ckpt_catalog *c, const bool *gone, struct ckpt_entry *added,
			struct ckpt_catalog **out, struct ckpt_err *err)
{
	struct ckpt_entry **entry = malloc((c->n + 1) * sizeof(*entry));
	size_t n = 0;
	int rc;

	if (!entry)
		return ckpt_fail_nomem(err);
	for (size_t i = 0; i < c->n; i++)
		if (!gone || !gone[i])
			entry[n++] = c->entry[i];
	if (added)
		entry[n++] = added;
	rc = ckpt_catalog_make(entry, n, out, err);
	free(entry);
	return rc;
}
