/* Whatever the quick readers of plain JSON accept, the parser behind them reads
 * as the same: each text is read as it is, and once more with a blank in front,
 * which only the parser takes.  Texts are one of Feldera's, and all that differ
 * from it by one byte. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "engine/format.h"
#include "engine/plain.h"
#include "store/contract.h"
#include "tests/suite.h"

static const char entry[] = "{\"uuid\":\"0199f0c2-25cd-786f-901a-66bdfec8ed80\",\"identifier\":\"a b\","
			    "\"fingerprint\":18446744073709551615,\"size\":null,\"steps\":10,"
			    "\"processed_records\":0}";
static const char deps2[] =
	"{\"batches\":[\"w0-a.feldera\",\"w1-b.feldera\"],\"state_files\":[\"CHECKPOINT\"]}";
static const char deps1[] = "[\"w0-a.feldera\",\"w1-b.feldera\"]";

typedef void compare_fn(const char *quick, const char *slow, size_t len);

/* Copies that end where the text ends, so that a sanitizer sees who reads on. */
static void compare(compare_fn *fn, const char *text, size_t len)
{
	char *quick = malloc(len + 1), *slow = malloc(len + 2);

	memcpy(quick, text, len);
	slow[0] = ' ';
	memcpy(slow + 1, text, len);
	quick[len] = slow[len + 1] = '\0';
	fn(quick, slow, len);
	free(quick);
	free(slow);
}

static void compare_all(compare_fn *fn, const char *text, size_t len)
{
	static const char bytes[] = "\"\\{}[]:,0919-+.eEn \n\t\001\037\176\177\303\200a/w";
	char *t = malloc(len + 1);

	for (size_t at = 0; at < len; at++) {
		compare(fn, text, at); /* cut off */
		for (size_t b = 0; b < sizeof(bytes); b++) {
			memcpy(t, text, len);
			t[at] = bytes[b]; /* another byte */
			compare(fn, t, len);
			memmove(t + at + 1, text + at, len - at); /* one more */
			compare(fn, t, len + 1);
		}
		memcpy(t, text, at); /* one less */
		memcpy(t + at, text + at + 1, len - at - 1);
		compare(fn, t, len - 1);
	}
	compare(fn, text, len);
	free(t);
}

static size_t n_same;

static void same_u64(struct ckpt_u64 a, struct ckpt_u64 b)
{
	ck_assert_int_eq(a.present, b.present);
	ck_assert_uint_eq(a.value, b.value);
}

static void compare_entry(const char *quick, const char *slow, size_t len)
{
	struct ckpt_entry *a = NULL, *b = NULL;
	int rc = ckpt_entry_parse(quick, len, "q", &a, NULL);

	ck_assert_msg(rc == ckpt_entry_parse(slow, len + 1, "s", &b, NULL), "not the same: %s", quick);
	if (rc)
		return;
	n_same++;
	ck_assert_int_eq(ckpt_uuid_cmp(&a->uuid, &b->uuid), 0);
	ck_assert_uint_eq(a->fingerprint, b->fingerprint);
	same_u64(a->size, b->size);
	same_u64(a->steps, b->steps);
	same_u64(a->processed_records, b->processed_records);
	ck_assert_int_eq(!a->identifier, !b->identifier);
	ck_assert_mem_eq(a->identifier ? a->identifier : "", b->identifier ? b->identifier : "",
			 a->identifier_len + 1);
	ck_assert_str_eq(a->text, b->text);
	ckpt_entry_unref(a);
	ckpt_entry_unref(b);
}

static void same_names(const struct ckpt_names *a, const struct ckpt_names *b)
{
	ck_assert_uint_eq(a->n, b->n);
	for (size_t i = 0; i < a->n; i++)
		ck_assert_str_eq(ckpt_names_at(a, i), ckpt_names_at(b, i));
}

static void compare_deps(const char *quick, const char *slow, size_t len)
{
	struct ckpt_deps a, b;
	int rc = ckpt_deps_parse(quick, len, "q", &a, NULL);

	ck_assert_msg(rc == ckpt_deps_parse(slow, len + 1, "s", &b, NULL), "not the same: %s", quick);
	if (!rc) {
		n_same++;
		ck_assert_int_eq(a.version, b.version);
		same_names(a.batches, b.batches);
		same_names(a.state_files, b.state_files);
	}
	ckpt_deps_release(&a);
	ckpt_deps_release(&b);
}

START_TEST(quick_entries_mean_what_the_parser_says)
{
	struct ckpt_entry_values v;

	ck_assert_uint_eq(ckpt_plain_entry(entry, sizeof(entry) - 1, &v), sizeof(entry) - 1);
	n_same = 0;
	compare_all(compare_entry, entry, sizeof(entry) - 1);
	ck_assert_uint_gt(n_same, 50);
}
END_TEST

START_TEST(quick_dependencies_mean_what_the_parser_says)
{
	struct ckpt_plain_deps d;

	ck_assert(ckpt_plain_deps(deps2, sizeof(deps2) - 1, &d));
	ck_assert_uint_eq(d.n_batches, 2);
	ck_assert_uint_eq(d.n, 3);
	free(d.name);
	n_same = 0;
	compare_all(compare_deps, deps2, sizeof(deps2) - 1);
	compare_all(compare_deps, deps1, sizeof(deps1) - 1);
	ck_assert_uint_gt(n_same, 50);
}
END_TEST

/* --- a catalog that was read before -------------------------------------- */

#define N 40

struct world {
	struct ckpt_mem *mem;
	struct ckpt_store *store;
};

static void put_catalog(struct world *w, const bool *there, const char *between, const char *odd)
{
	char text[N * 256], *p = text;

	*p++ = '[';
	for (int i = 0; i < N; i++) {
		if (!there[i])
			continue;
		if (p > text + 1)
			p += sprintf(p, ",%s", between);
		p += sprintf(p,
			     "{\"uuid\":\"0199f0c2-%04x-786f-901a-66bdfec8ed80\",\"identifier\":null,"
			     "\"fingerprint\":%d,\"size\":1,\"steps\":null,\"processed_records\":3%s}",
			     (i * 7) % N, i, odd);
	}
	strcpy(p, "]");
	ck_assert_int_eq(ckpt_store_write(w->store, NULL, "checkpoints.feldera", text, strlen(text), NULL),
			 0);
}

static void same_as_read_anew(struct world *w, struct ckpt_catalog **before)
{
	struct ckpt_catalog *now, *anew;

	ck_assert_int_eq(ckpt_catalog_read(w->store, *before, &now, NULL), 0);
	ck_assert_int_eq(ckpt_catalog_read(w->store, NULL, &anew, NULL), 0);
	ck_assert_uint_eq(now->n, anew->n);
	for (size_t i = 0; i < now->n; i++) {
		ck_assert_str_eq(now->entry[i]->text, anew->entry[i]->text);
		ck_assert_int_eq(ckpt_catalog_find(now, &anew->entry[i]->uuid), (ptrdiff_t)i);
		ck_assert_int_eq(ckpt_catalog_find(now, &now->entry[i]->uuid), (int)i);
	}
	ckpt_catalog_unref(anew);
	ckpt_catalog_unref(*before);
	*before = now;
}

START_TEST(a_catalog_read_after_another_is_the_same_as_read_anew)
{
	struct world w = { .mem = ckpt_mem_new() };
	struct ckpt_catalog *before = NULL;
	bool there[N];

	ck_assert_int_eq(ckpt_store_open_mem(w.mem, &w.store, NULL), 0);
	srand(1);
	for (int round = 0; round < 300; round++) {
		for (int i = 0; i < N; i++)
			there[i] = i >= round % N && rand() % (1 + round % 5) == 0;
		put_catalog(&w, there, round % 7 ? "" : " ", round % 11 ? "" : ",\"x\":[1,2]");
		same_as_read_anew(&w, &before);
	}
	ckpt_catalog_unref(before);
	ckpt_store_free(w.store);
	ckpt_mem_free(w.mem);
}
END_TEST

START_TEST(unchanged_entries_are_shared_whatever_went)
{
	struct world w = { .mem = ckpt_mem_new() };
	struct ckpt_catalog *before, *now;
	bool there[N];

	ck_assert_int_eq(ckpt_store_open_mem(w.mem, &w.store, NULL), 0);
	memset(there, true, sizeof(there));
	put_catalog(&w, there, "", "");
	ck_assert_int_eq(ckpt_catalog_read(w.store, NULL, &before, NULL), 0);
	for (int i = 0; i < N; i++)
		there[i] = i % 3 == 1;
	put_catalog(&w, there, "", "");
	ck_assert_int_eq(ckpt_catalog_read(w.store, before, &now, NULL), 0);
	ck_assert_uint_eq(now->n, N / 3);
	for (size_t i = 0; i < now->n; i++)
		ck_assert_ptr_eq(now->entry[i], before->entry[3 * i + 1]);
	ckpt_catalog_unref(before);
	ckpt_catalog_unref(now);
	ckpt_store_free(w.store);
	ckpt_mem_free(w.mem);
}
END_TEST

int main(void)
{
	const TTest *tests[] = {
		quick_entries_mean_what_the_parser_says,
		quick_dependencies_mean_what_the_parser_says,
		a_catalog_read_after_another_is_the_same_as_read_anew,
		unchanged_entries_are_shared_whatever_went,
	};
	TCase *tc = tcase_create("plain");

	tcase_set_timeout(tc, 60);
	suite_add_all(tc, tests);
	return suite_run_one("plain", tc);
}
