#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "engine/format.h"
#include "engine/json.h"
#include "engine/plain.h"
#include "engine/root.h"

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
		rc = ckpt_catalog_index(r.c, label, err);
	if (!rc)
		give_back_spare(&r);
	if (rc)
		ckpt_catalog_unref(r.c);
	else
		*out = r.c;
	return rc;
}
