/* catalog.c - a catalog: read, judged, written again, read again */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/name.h"
#include "engine/root.h"
#include "tests/fuzz/entry.h"
#include "tests/fuzz/fuzz.h"

static const int codes[] = { EUCLEAN, EFBIG, 0 };

/* --- the judge ------------------------------------------------------------- */

static bool same_uuid(const struct oj *a, const struct oj *b)
{
	unsigned char x[16], y[16];
	const struct oj *u = oj_get(a, "uuid"), *v = oj_get(b, "uuid");

	rule_uuid(u->s, u->len, x);
	rule_uuid(v->s, v->len, y);
	return memcmp(x, y, sizeof(x)) == 0;
}

static bool is_catalog(const struct oj *v)
{
	if (!v || v->kind != OJ_ARRAY)
		return false;
	for (const struct oj *e = v->first; e; e = e->next) {
		if (!is_entry(e))
			return false;
		for (const struct oj *other = v->first; other != e; other = other->next)
			if (same_uuid(e, other))
				return false;
	}
	return true;
}

/* --- what was read --------------------------------------------------------- */

static void must_be_number(const struct ckpt_u64 *got, const struct oj *entry, const char *name)
{
	const struct oj *v = oj_get(entry, name);
	uint64_t n = 0;

	MUST(got->present == oj_u64(v, &n), "%s", name);
	MUST(!got->present || got->value == n, "%s", name);
}

static void must_be_entry(const struct ckpt_entry *e, const struct oj *want)
{
	const struct oj *id = oj_get(want, "identifier"), *uuid = oj_get(want, "uuid");
	const struct ckpt_u64 fingerprint = { e->fingerprint, true };
	struct oj *text = oj_parse(e->text, e->text_len);
	unsigned char b[16];

	rule_uuid(uuid->s, uuid->len, b);
	MUST(memcmp(b, e->uuid.b, sizeof(b)) == 0, "uuid");
	must_be_number(&fingerprint, want, "fingerprint");
	must_be_number(&e->size, want, "size");
	must_be_number(&e->steps, want, "steps");
	must_be_number(&e->processed_records, want, "processed_records");
	MUST(!e->identifier == (!id || id->kind == OJ_NULL), "identifier");
	MUST(!e->identifier || (e->identifier_len == id->len && memcmp(e->identifier, id->s, id->len) == 0),
	     "identifier");
	/* All its members, known and unknown, with all their digits. */
	MUST(text && oj_equal(text, want), "%s", e->text);
	oj_free(text);
}

static void must_be_catalog(const struct ckpt_catalog *c, const struct oj *want)
{
	const struct oj *e = want->first;

	MUST(c->n == oj_count(want), "%zu entries", c->n);
	for (size_t i = 0; i < c->n; i++, e = e->next) {
		must_be_entry(c->entry[i], e);
		MUST(ckpt_catalog_find(c, &c->entry[i]->uuid) == (ptrdiff_t)i, "entry %zu is not found", i);
	}
}

/* The same file, read beside an earlier generation that lacks every other
 * entry: what is shared with that one must not make a difference. */
static void read_beside_half(struct ckpt_root *root, const struct oj *want)
{
	struct ckpt_catalog *c = root->catalog, *half, *again;
	bool *gone = calloc(c->n + 1, sizeof(*gone));

	MUST(gone, "no memory");
	for (size_t i = 0; i < c->n; i++)
		gone[i] = i % 2;
	MUST(ckpt_catalog_derive(c, gone, NULL, &half, NULL) == 0, "derive");
	MUST(ckpt_catalog_read(root->store, half, &again, NULL) == 0, "read");
	must_be_catalog(again, want);
	ckpt_catalog_unref(again);
	ckpt_catalog_unref(half);
	free(gone);
}

/* What is written is what was read, and once written it does not change. */
static void write_again(struct ckpt_root *root, const struct oj *want)
{
	struct ckpt_blob one, two;
	struct oj *v;

	for (int i = 0; i < 2; i++) {
		struct ckpt_blob *blob = i ? &two : &one;

		MUST(ckpt_root_replace(root, root->catalog, NULL) == 0, "replace");
		must_be_catalog(root->catalog, want);
		MUST(ckpt_store_read(root->store, NULL, CKPT_CATALOG, CKPT_CATALOG_BYTES_MAX, blob, NULL) ==
			     0,
		     "read");
	}
	MUST(one.len == two.len && memcmp(one.data, two.data, one.len) == 0, "%s became %s", one.data,
	     two.data);
	v = oj_parse(one.data, one.len);
	MUST(v && oj_equal(v, want), "%s", one.data);
	oj_free(v);
	free(one.data);
	free(two.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct ckpt_store *store;
	struct oj *want = oj_parse((const char *)data, len);
	struct ckpt_err err = { 0 };
	struct ckpt_root *root;
	int rc;

	if (!store) {
		struct ckpt_mem *mem = ckpt_mem_new();

		MUST(mem && ckpt_store_open_mem(mem, &store, NULL) == 0, "no memory");
		ckpt_mem_free(mem);
	}
	MUST(ckpt_store_write(store, NULL, CKPT_CATALOG, len ? (const void *)data : "", len, NULL) == 0,
	     "write");
	rc = ckpt_root_open(store, NULL, &root, &err);
	MUST((rc == 0) == is_catalog(want), "%d: %s", rc, err.msg);
	if (rc == 0) {
		must_be_catalog(root->catalog, want);
		read_beside_half(root, want);
		write_again(root, want);
		ckpt_root_free(root);
	} else {
		must_be_error(rc, &err, codes);
	}
	oj_free(want);
	return 0;
}
