#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "engine/format.h"
#include "engine/json.h"
#include "engine/plain.h"
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

/* Fill in by_uuid; a uuid twice is damage. */
static int catalog_index(struct ckpt_catalog *c, const char *label, struct ckpt_err *err)
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

/* --- reading ------------------------------------------------------------ */

struct reading {
	struct ckpt_catalog *c;
	size_t cap;
	const struct ckpt_catalog *before;
	size_t next; /* where in before the next unchanged entry is expected */
	const char *label;
};

/* What the text of an entry begins with, as Feldera writes it. */
#define ENTRY_BEGIN "{\"uuid\":\""

static bool begins_with(const char *text, size_t len, const struct ckpt_entry *e)
{
	return len >= e->text_len && !memcmp(text, e->text, e->text_len);
}

/* The index in before of the entry that text begins with; before->n: none.  The
 * catalog changes by an entry at its end and by entries that go, so an unchanged
 * one is the next of before, or is found by its uuid. */
static size_t find_unchanged(struct reading *r, const char *text, size_t len)
{
	const size_t begin = sizeof(ENTRY_BEGIN) - 1;
	const struct ckpt_catalog *before = r->before;
	char uuid[CKPT_UUID_TEXT];
	struct ckpt_uuid u;
	ptrdiff_t i;

	if (r->next < before->n && begins_with(text, len, before->entry[r->next]))
		return r->next;
	if (len < begin + sizeof(uuid) || memcmp(text, ENTRY_BEGIN, begin))
		return before->n;
	memcpy(uuid, text + begin, sizeof(uuid) - 1);
	uuid[sizeof(uuid) - 1] = '\0';
	i = ckpt_uuid_parse(uuid, &u) ? ckpt_catalog_find(before, &u) : -1;
	return i >= 0 && begins_with(text, len, before->entry[i]) ? (size_t)i : before->n;
}

/* Takes the reference over, also if it fails. */
static int add_entry(struct reading *r, struct ckpt_entry *e, struct ckpt_err *err)
{
	struct ckpt_catalog *c = r->c;

	if (c->n == r->cap) {
		size_t cap = r->cap ? 2 * r->cap : 64;
		void *grown = realloc(c->entry, cap * sizeof(*c->entry));

		if (!grown) {
			ckpt_entry_unref(e);
			return ckpt_fail_nomem(err);
		}
		c->entry = grown;
		r->cap = cap;
	}
	c->entry[c->n++] = e;
	return 0;
}

/* An entry that is the same as before, or plain: without cutting it out first. */
static ssize_t add_quick(void *ctx, const char *text, size_t len, struct ckpt_err *err)
{
	struct reading *r = ctx;
	size_t i = r->before ? find_unchanged(r, text, len) : 0, n = 0;
	struct ckpt_entry_values v;
	struct ckpt_entry *e = NULL;
	int rc = 0;

	if (r->before && i < r->before->n)
		n = r->before->entry[i]->text_len;
	else
		n = ckpt_plain_entry(text, len, &v);
	/* The text has a NUL at its end. */
	if (!n || (text[n] != ',' && text[n] != ']'))
		return 0;
	if (r->before && i < r->before->n) {
		r->next = i + 1;
		e = ckpt_entry_ref(r->before->entry[i]);
	} else {
		rc = ckpt_entry_new(&v, text, n, &e, err);
	}
	if (!rc)
		rc = add_entry(r, e, err);
	return rc ? rc : (ssize_t)n;
}

static int add_element(void *ctx, size_t index, const char *text, size_t len, struct ckpt_err *err)
{
	struct reading *r = ctx;
	size_t i = r->before ? find_unchanged(r, text, len) : 0;
	struct ckpt_entry *e;
	char what[CKPT_ERR_MAX / 2];
	int rc;

	if (r->before && i < r->before->n && r->before->entry[i]->text_len == len) {
		r->next = i + 1;
		return add_entry(r, ckpt_entry_ref(r->before->entry[i]), err);
	}
	snprintf(what, sizeof(what), "entry %zu of %s/%s", index, r->label, CKPT_CATALOG);
	rc = ckpt_entry_parse(text, len, what, &e, err);
	return rc ? rc : add_entry(r, e, err);
}

/* The array grew by doubling. */
static void give_back_spare(struct reading *r)
{
	struct ckpt_entry **less = r->c->n ? realloc(r->c->entry, r->c->n * sizeof(*r->c->entry)) : NULL;

	if (less)
		r->c->entry = less;
}

int ckpt_catalog_read(struct ckpt_store *store, struct ckpt_catalog *before, struct ckpt_catalog **out,
		      struct ckpt_err *err)
{
	const char *label = ckpt_store_label(store);
	char name[CKPT_ERR_MAX / 2];
	struct ckpt_blob blob;
	struct reading r = { .before = before, .label = label };
	int rc = ckpt_store_read_changed(store, NULL, CKPT_CATALOG, CKPT_CATALOG_BYTES_MAX,
					 before ? &before->version : NULL, &blob, err);

	*out = NULL;
	if (rc && rc != -ENOENT)
		return rc;
	if (before && !memcmp(&before->version, &blob.version, sizeof(blob.version))) {
		free(blob.data);
		*out = ckpt_catalog_ref(before);
		return 0;
	}
	r.c = calloc(1, sizeof(*r.c));
	if (!r.c) {
		free(blob.data);
		return ckpt_fail_nomem(err);
	}
	r.c->refs = 1;
	r.c->absent = rc == -ENOENT;
	r.c->version = blob.version;
	snprintf(name, sizeof(name), "%s/%s", label, CKPT_CATALOG);
	rc = r.c->absent ? 0
			 : ckpt_json_split_quick(blob.data, blob.len, name, add_quick, add_element, &r, err);
	free(blob.data);
	if (!rc)
		rc = catalog_index(r.c, label, err);
	if (!rc)
		give_back_spare(&r);
	if (rc)
		ckpt_catalog_unref(r.c);
	else
		*out = r.c;
	return rc;
}

/* --- lost --------------------------------------------------------------- */

struct orphans {
	const struct ckpt_uuid *but;
	size_t n;
	char first[CKPT_UUID_TEXT];
};

static int count_orphan(void *ctx, const char *name, const struct ckpt_stat *st)
{
	struct orphans *o = ctx;
	struct ckpt_uuid u;

	if (st->kind != CKPT_KIND_DIR || !ckpt_uuid_parse(name, &u))
		return 0;
	if (o->but && !ckpt_uuid_cmp(&u, o->but))
		return 0;
	if (!o->n++)
		ckpt_uuid_text(&u, o->first);
	return 0;
}

int ckpt_catalog_lost(struct ckpt_store *store, const struct ckpt_catalog *c, const struct ckpt_uuid *but,
		      struct ckpt_err *err)
{
	const char *label = ckpt_store_label(store);
	struct orphans o = { .but = but };
	int rc;

	if (!c->absent)
		return 0;
	rc = ckpt_store_list(store, NULL, false, count_orphan, &o, err);
	if (rc || !o.n)
		return rc;
	return ckpt_fail(
		err, EUCLEAN,
		"%s: the catalog %s is missing while %zu checkpoint directories remain (%s, ...); nothing "
		"is changed before it is back: restore it from a backup, or write it anew with "
		"'ckptfs rebuild %s'",
		label, CKPT_CATALOG, o.n, o.first, label);
}

int ckpt_catalog_lacks(struct ckpt_store *store, const struct ckpt_uuid *u, const char *so,
		       struct ckpt_err *err)
{
	const char *label = ckpt_store_label(store);
	char text[CKPT_UUID_TEXT];

	return ckpt_fail(err, ENOENT,
			 "%s: checkpoint %s is not in the catalog%s ('ckptfs list %s' shows those that are)",
			 label, ckpt_uuid_text(u, text), so, label);
}

/* --- writing ------------------------------------------------------------ */

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
	rc = catalog_index(c, "new catalog", err);
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
