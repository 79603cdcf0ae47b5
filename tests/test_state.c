/* States, kind by kind: what their bytes are, and what is refused. */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "ckptfs/state.h"
#include "state/limits.h"
#include "tests/fixture.h"
#include "tests/suite.h"

/* --- one object with everything in it ------------------------------------ */

struct word {
	char *text;
	uint64_t count;
};
static const struct ckpt_member word_members[] = {
	CKPT_MEMBER(struct word, text, &ckpt_type_string),
	CKPT_MEMBER(struct word, count, &ckpt_type_u64),
};
static const struct ckpt_type word = CKPT_RECORD("word", struct word, word_members);
static const struct ckpt_type words = CKPT_ARRAY_OF(&word);
static const struct ckpt_type maybe_double = CKPT_OPTIONAL_OF(&ckpt_type_double);
static const struct ckpt_type boxed_i32 = CKPT_BOXED_OF(&ckpt_type_i32);
static const struct ckpt_type three = CKPT_FIXED_OF(&ckpt_type_bool, sizeof(bool), 3);
static const struct ckpt_type *const any_list[] = { &ckpt_type_u64, &word };
static const struct ckpt_type any = CKPT_ANY_OF(any_list);
static const uint64_t seven = 7;
static const struct ckpt_type empty = CKPT_EMPTY(uint64_t, &seven);

static int write_twice(const void *o, struct ckpt_out *out, struct ckpt_err *err)
{
	(void)err;
	ckpt_out_i32(out, *(const int32_t *)o);
	ckpt_out_i32(out, *(const int32_t *)o);
	return 0;
}

static int read_twice(void *o, struct ckpt_in *in, struct ckpt_err *err)
{
	int32_t again;
	int rc = ckpt_in_i32(in, o, err);

	return rc ? rc : ckpt_in_i32(in, &again, err);
}

static const struct ckpt_custom twice_functions = { .write = write_twice, .read = read_twice };
static const struct ckpt_type twice = CKPT_CUSTOM("twice", int32_t, &twice_functions);

struct all {
	bool flag;
	int32_t i32;
	int64_t i64;
	uint64_t u64;
	ssize_t ssize;
	size_t size;
	double number;
	char *text;
	struct ckpt_bytes bytes;
	double *some, *none;
	int32_t *boxed;
	struct ckpt_array words;
	bool three[3];
	struct ckpt_any any;
	uint64_t empty;
	int32_t twice;
};
static const struct ckpt_member all_members[] = {
	CKPT_MEMBER(struct all, flag, &ckpt_type_bool),
	CKPT_MEMBER(struct all, i32, &ckpt_type_i32),
	CKPT_MEMBER(struct all, i64, &ckpt_type_i64),
	CKPT_MEMBER(struct all, u64, &ckpt_type_u64),
	CKPT_MEMBER(struct all, ssize, &ckpt_type_ssize),
	CKPT_MEMBER(struct all, size, &ckpt_type_size),
	CKPT_MEMBER(struct all, number, &ckpt_type_double),
	CKPT_MEMBER(struct all, text, &ckpt_type_string),
	CKPT_MEMBER(struct all, bytes, &ckpt_type_bytes),
	CKPT_MEMBER(struct all, some, &maybe_double),
	CKPT_MEMBER(struct all, none, &maybe_double),
	CKPT_MEMBER(struct all, boxed, &boxed_i32),
	CKPT_MEMBER(struct all, words, &words),
	CKPT_MEMBER(struct all, three, &three),
	CKPT_MEMBER(struct all, any, &any),
	CKPT_MEMBER(struct all, empty, &empty),
	CKPT_MEMBER(struct all, twice, &twice),
};
static const struct ckpt_type all = CKPT_RECORD("all", struct all, all_members);

static void *copy_of(const void *data, size_t len)
{
	void *p = malloc(len);

	ck_assert_ptr_nonnull(p);
	return memcpy(p, data, len);
}

static void make_all(struct all *a)
{
	const struct word two[] = { { strdup("be"), 2 }, { strdup("to"), 1 } };
	const double half = 0.5;
	const int32_t minus = -2;
	const uint64_t max = UINT64_MAX;

	*a = (struct all){ .flag = true,
			   .i32 = INT32_MIN,
			   .i64 = INT64_MIN,
			   .u64 = UINT64_MAX,
			   .ssize = -3,
			   .size = 5,
			   .number = -0.0,
			   .text = strdup("Gr\xc3\xbc\xc3\x9f"),
			   .bytes = { copy_of("\0\xff", 2), 2 },
			   .some = copy_of(&half, sizeof(half)),
			   .boxed = copy_of(&minus, sizeof(minus)),
			   .words = { copy_of(two, sizeof(two)), 2 },
			   .three = { true, false, true },
			   .any = { &ckpt_type_u64, copy_of(&max, sizeof(max)) },
			   .empty = 99,
			   .twice = 21 };
}

static void check_all(const struct all *a)
{
	const struct word *w = a->words.items;

	ck_assert(a->flag && a->i32 == INT32_MIN && a->i64 == INT64_MIN && a->u64 == UINT64_MAX);
	ck_assert(a->ssize == -3 && a->size == 5 && a->number == 0 && signbit(a->number));
	ck_assert_str_eq(a->text, "Gr\xc3\xbc\xc3\x9f");
	ck_assert(a->bytes.len == 2 && !memcmp(a->bytes.data, "\0\xff", 2));
	ck_assert(*a->some == 0.5 && !a->none && *a->boxed == -2);
	ck_assert_uint_eq(a->words.n, 2);
	ck_assert(!strcmp(w[0].text, "be") && w[0].count == 2 && !strcmp(w[1].text, "to") && w[1].count == 1);
	ck_assert(a->three[0] && !a->three[1] && a->three[2]);
	ck_assert(a->any.type == &ckpt_type_u64 && *(uint64_t *)a->any.value == UINT64_MAX);
	ck_assert_uint_eq(a->empty, 7); /* nothing was written: the default */
	ck_assert_int_eq(a->twice, 21);
}

START_TEST(every_kind_comes_back)
{
	struct ckpt_bytes b;
	struct ckpt_err e;
	struct all a, back;

	make_all(&a);
	ckpt_state_init(&all, &back);
	ok(ckpt_state_checkpoint(&all, &a, &b, &e), &e);
	ok(ckpt_state_restore(&all, &back, b.data, b.len, "it", &e), &e);
	check_all(&back);
	free(b.data);
	ckpt_state_release(&all, &a);
	ckpt_state_release(&all, &back);
}
END_TEST

/* The file of version 1, made once: it is read, and written the same, for ever.
 * With CKPTFS_WRITE_GOLDEN it is made. */
START_TEST(golden_file_of_version_1_is_read_and_written)
{
	CKPT_AUTO_FREE char *path = NULL;
	unsigned char golden[4096];
	const char *dir = getenv("srcdir");
	struct ckpt_bytes b;
	struct ckpt_err e;
	struct all a;
	size_t len;
	FILE *f;

	ck_assert_int_gt(asprintf(&path, "%s/tests/golden/state-v1.dat", dir ? dir : "."), 0);
	make_all(&a);
	ok(ckpt_state_checkpoint(&all, &a, &b, &e), &e);
	f = fopen(path, getenv("CKPTFS_WRITE_GOLDEN") ? "w+" : "r");
	ck_assert_ptr_nonnull(f);
	if (getenv("CKPTFS_WRITE_GOLDEN")) {
		ck_assert_uint_eq(fwrite(b.data, 1, b.len, f), b.len);
		rewind(f);
	}
	len = fread(golden, 1, sizeof(golden), f);
	fclose(f);
	ck_assert_uint_eq(len, b.len);
	ck_assert(!memcmp(golden, b.data, len));
	ok(ckpt_state_restore(&all, &a, golden, len, "it", &e), &e);
	check_all(&a);
	free(b.data);
	ckpt_state_release(&all, &a);
}
END_TEST

START_TEST(a_number_is_these_bytes)
{
	static const unsigned char want[] = { 'C', 'K', 'P', 'T', 'S', 'T', 'A', 'T', 1, 0, 0, 0,
					      3,   0,	0,   0,	  8,   0,   0,	 0,   0, 0, 0, 0,
					      'u', '6', '4', 2,	  1,   0,   0,	 0,   0, 0, 0 };
	const uint64_t v = 258;
	struct ckpt_bytes b;
	struct ckpt_err e;
	uint32_t crc;

	ok(ckpt_state_checkpoint(&ckpt_type_u64, &v, &b, &e), &e);
	ck_assert_uint_eq(b.len, sizeof(want) + 4);
	ck_assert(!memcmp(b.data, want, sizeof(want)));
	crc = (uint32_t)crc32(0, want, sizeof(want));
	for (int i = 0; i < 4; i++)
		ck_assert_uint_eq(((unsigned char *)b.data)[sizeof(want) + i], crc >> 8 * i & 0xff);
	free(b.data);
}
END_TEST

/* --- types --------------------------------------------------------------- */

struct node {
	uint64_t value;
	struct node *next;
};
extern const struct ckpt_type node;
static const struct ckpt_type next = CKPT_OPTIONAL_OF(&node);
static const struct ckpt_member node_members[] = {
	CKPT_MEMBER(struct node, value, &ckpt_type_u64),
	CKPT_MEMBER(struct node, next, &next),
};
const struct ckpt_type node = CKPT_RECORD("node", struct node, node_members);

static void check_text(const struct ckpt_type *t, const char *want)
{
	CKPT_AUTO_FREE char *text = ckpt_type_text(t, NULL);

	ck_assert_str_eq(text, want);
}

START_TEST(a_type_has_a_text)
{
	static const struct ckpt_type in_box = CKPT_BOXED_OF(&words);

	check_text(&words, "array<record word{text: string, count: u64}>");
	check_text(&in_box, "array<record word{text: string, count: u64}>");
	check_text(&three, "bool[3]");
	check_text(&any, "any<u64|record word{text: string, count: u64}>");
	check_text(&twice, "custom twice");
	check_text(&empty, "empty");
	check_text(&node, "record node{value: u64, next: optional<^2>}");
}
END_TEST

START_TEST(types_that_can_be_none_are_refused)
{
	static const struct ckpt_type of_nothing = CKPT_ARRAY_OF(NULL);
	static const struct ckpt_type slash = CKPT_CUSTOM("a/b", int, &twice_functions);
	static const struct ckpt_type nameless = CKPT_CUSTOM(NULL, int, &twice_functions);
	static const struct ckpt_member far[] = { { "far", 8, &ckpt_type_u64 } };
	static const struct ckpt_type outside = CKPT_RECORD("r", uint64_t, far);
	static const struct ckpt_type uneven = CKPT_FIXED_OF(&ckpt_type_u64, 4, 2);
	static struct ckpt_type itself = CKPT_BOXED_OF(&itself);
	static struct ckpt_type deep[CKPT_TYPE_DEPTH_MAX + 1];
	const struct ckpt_type *bad[] = { &of_nothing, &slash, &nameless, &outside, &uneven };
	struct ckpt_err e;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		ck_assert_ptr_null(ckpt_type_text(bad[i], &e));
		ck_assert_int_eq(e.code, EINVAL);
	}
	ck_assert_ptr_null(ckpt_type_text(&itself, &e));
	ck_assert_int_eq(e.code, ELOOP);
	for (size_t i = 0; i < CKPT_TYPE_DEPTH_MAX + 1; i++)
		deep[i] = (struct ckpt_type)CKPT_ARRAY_OF(i ? &deep[i - 1] : &ckpt_type_u64);
	ck_assert_ptr_null(ckpt_type_text(&deep[CKPT_TYPE_DEPTH_MAX - 1], &e));
	ck_assert_int_eq(e.code, ELOOP);
	free(ckpt_type_text(&deep[CKPT_TYPE_DEPTH_MAX - 2], &e));
	ck_assert_ptr_nonnull(deep[CKPT_TYPE_DEPTH_MAX - 2].of);
}
END_TEST

START_TEST(another_type_is_named_where_it_begins_to_differ)
{
	static const struct ckpt_member members[] = {
		CKPT_MEMBER(struct word, text, &ckpt_type_string),
		CKPT_MEMBER(struct word, count, &ckpt_type_i64),
	};
	static const struct ckpt_type other = CKPT_RECORD("word", struct word, members);
	struct word w = { NULL, 1 };
	struct ckpt_bytes b;
	struct ckpt_err e;

	ok(ckpt_state_checkpoint(&other, &w, &b, &e), &e);
	ck_assert_int_eq(ckpt_state_restore(&word, &w, b.data, b.len, "state 'word'", &e), -EINVAL);
	ck_assert_str_eq(e.msg,
			 "state 'word' is of another type: it has 'count: i64}' where this program has "
			 "'count: u64}'");
	free(b.data);
}
END_TEST

/* --- depth --------------------------------------------------------------- */

static struct node *list_of(size_t n)
{
	struct node *first = NULL, *one;

	while (n--) {
		one = calloc(1, sizeof(*one));
		ck_assert_ptr_nonnull(one);
		*one = (struct node){ n, first };
		first = one;
	}
	return first;
}

START_TEST(lists_are_nested_up_to_a_bound)
{
	/* A node, and the optional that holds the next one, are two. */
	struct node *fits = list_of(CKPT_STATE_DEPTH_MAX / 2),
		    *too_long = list_of(CKPT_STATE_DEPTH_MAX / 2 + 1);
	struct ckpt_bytes b;
	struct ckpt_err e;

	ok(ckpt_state_checkpoint(&node, fits, &b, &e), &e);
	ok(ckpt_state_restore(&node, fits, b.data, b.len, "it", &e), &e);
	ck_assert_uint_eq(fits->next->next->value, 2);
	free(b.data);
	ck_assert_int_eq(ckpt_state_checkpoint(&node, too_long, &b, &e), -ELOOP);
	ck_assert_ptr_null(b.data);
	ckpt_state_release(&node, fits);
	ckpt_state_release(&node, too_long);
	free(fits);
	free(too_long);
}
END_TEST

/* --- what can't be written, and hostile bytes ------------------------------ */

START_TEST(objects_that_hold_nothing_where_they_must_are_refused)
{
	int32_t *null_box = NULL;
	struct ckpt_array no_items = { NULL, 3 };
	struct ckpt_any no_value = { &word, NULL }, stranger = { &ckpt_type_i32, &stranger };
	struct ckpt_bytes b;
	struct ckpt_err e;

	ck_assert_int_eq(ckpt_state_checkpoint(&boxed_i32, &null_box, &b, &e), -EINVAL);
	ck_assert_int_eq(ckpt_state_checkpoint(&words, &no_items, &b, &e), -EINVAL);
	ck_assert_int_eq(ckpt_state_checkpoint(&any, &no_value, &b, &e), -EINVAL);
	ck_assert_int_eq(ckpt_state_checkpoint(&any, &stranger, &b, &e), -EINVAL);
}
END_TEST

/* Bytes whose checksum is right, with a value of our choice. */
static size_t forge(unsigned char *out, const struct ckpt_type *t, const void *value, size_t len)
{
	CKPT_AUTO_FREE char *text = ckpt_type_text(t, NULL);
	size_t n = strlen(text), total = 24 + n + len;
	uint32_t crc;

	memset(out, 0, 24);
	memcpy(out, "CKPTSTAT\1", 9);
	out[12] = (unsigned char)n;
	out[16] = (unsigned char)len;
	memcpy(out + 24, text, n);
	memcpy(out + 24 + n, value, len);
	crc = (uint32_t)crc32(0, out, (uInt)total);
	for (int i = 0; i < 4; i++)
		out[total + i] = (unsigned char)(crc >> 8 * i);
	return total + 4;
}

static void hostile(const struct ckpt_type *t, const char *value, size_t len, const char *sentence)
{
	unsigned char bytes[512];
	union {
		uint64_t align;
		unsigned char b[256];
	} object = { 0 };
	struct ckpt_err e;

	ck_assert_int_eq(ckpt_state_restore(t, &object, bytes, forge(bytes, t, value, len), "it", &e),
			 -EUCLEAN);
	ck_assert_msg(strstr(e.msg, sentence), "%s", e.msg);
	for (size_t i = 0; i < sizeof(object.b); i++)
		ck_assert_uint_eq(object.b[i], 0);
}

START_TEST(hostile_values_are_refused)
{
	static const struct ckpt_type empties = CKPT_ARRAY_OF(&empty);

	hostile(&ckpt_type_bool, "\2", 1, "neither 0 nor 1");
	hostile(&ckpt_type_u64, "1234567", 7, "ends too early");
	hostile(&ckpt_type_u64, "123456789", 9, "something follows it");
	hostile(&empty, "1", 1, "something follows it");
	hostile(&ckpt_type_string, "\3\0\0\0\0\0\0\0a\0b", 11, "NUL in a string");
	hostile(&ckpt_type_string, "\4\0\0\0\0\0\0\0abc", 11, "beyond its end");
	hostile(&ckpt_type_bytes, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, "beyond its end");
	hostile(&words, "\xff\xff\xff\xff\xff\xff\xff\x0f", 8, "longer than what is left");
	hostile(&empties, "\1\0\x10\0\0\0\0\0", 8, "longer than what is left");
	hostile(&any, "\2\0\0\0\0\0\0\0", 8, "none of the types");
	hostile(&maybe_double, "\1abcdefg", 8, "ends too early");
	hostile(&twice, "\4\0\0\0\0\0\0\0abcd", 12, "ends too early");
	hostile(&twice, "\x0c\0\0\0\0\0\0\0abcdefghijkl", 20, "left something over");
}
END_TEST

START_TEST(an_array_of_nothings_is_bounded)
{
	static const struct ckpt_type empties = CKPT_ARRAY_OF(&empty);
	struct ckpt_array a = { calloc(CKPT_STATE_NOTHINGS_MAX + 1, sizeof(uint64_t)),
				CKPT_STATE_NOTHINGS_MAX };
	struct ckpt_bytes b;
	struct ckpt_err e;

	ok(ckpt_state_checkpoint(&empties, &a, &b, &e), &e);
	ok(ckpt_state_restore(&empties, &a, b.data, b.len, "it", &e), &e);
	ck_assert_uint_eq(a.n, CKPT_STATE_NOTHINGS_MAX);
	ck_assert_uint_eq(((uint64_t *)a.items)[a.n - 1], 7);
	free(b.data);
	ckpt_state_release(&empties, &a);
	a = (struct ckpt_array){ calloc(CKPT_STATE_NOTHINGS_MAX + 1, sizeof(uint64_t)),
				 CKPT_STATE_NOTHINGS_MAX + 1 };
	ck_assert_int_eq(ckpt_state_checkpoint(&empties, &a, &b, &e), -EINVAL);
	ckpt_state_release(&empties, &a);
}
END_TEST

START_TEST(a_later_version_is_named)
{
	const uint64_t v = 1;
	struct ckpt_bytes b;
	struct ckpt_err e;
	uint64_t into = 5;

	ok(ckpt_state_checkpoint(&ckpt_type_u64, &v, &b, &e), &e);
	((char *)b.data)[8] = 2;
	ck_assert_int_eq(ckpt_state_restore(&ckpt_type_u64, &into, b.data, b.len, "it", &e), -ENOTSUP);
	ck_assert_ptr_nonnull(strstr(e.msg, "version 2"));
	ck_assert_uint_eq(into, 5);
	free(b.data);
}
END_TEST

/* --- counting, fingerprints ------------------------------------------------ */

START_TEST(entries_are_counted_as_feldera_counts_them)
{
	static const struct ckpt_type many = CKPT_ARRAY_OF(&words);
	static const struct ckpt_type maybe_many = CKPT_OPTIONAL_OF(&many);
	static const struct ckpt_type pairs = CKPT_FIXED_OF(&three, 3 * sizeof(bool), 2);
	struct word w[3] = { { 0 } };
	struct ckpt_array inner[2] = { { w, 3 }, { w, 1 } }, outer = { inner, 2 };
	struct ckpt_array *some = &outer, *none = NULL;
	bool flags[6] = { 0 };
	uint64_t n;

	ck_assert(ckpt_entries_constant(&word, &n) && n == 1);
	ck_assert(ckpt_entries_constant(&ckpt_type_string, &n) && n == 1);
	ck_assert(ckpt_entries_constant(&pairs, &n) && n == 6);
	ck_assert(!ckpt_entries_constant(&words, &n) && !ckpt_entries_constant(&maybe_double, &n));
	ck_assert_uint_eq(ckpt_entries_shallow(&many, &outer), 2);
	ck_assert_uint_eq(ckpt_entries_deep(&many, &outer), 4);
	ck_assert_uint_eq(ckpt_entries_shallow(&pairs, flags), 2);
	ck_assert_uint_eq(ckpt_entries_deep(&pairs, flags), 6);
	ck_assert_uint_eq(ckpt_entries_deep(&maybe_many, &some), 2);
	ck_assert_uint_eq(ckpt_entries_deep(&maybe_many, &none), 1);
}
END_TEST

START_TEST(a_fingerprint_is_that_of_names_and_types_in_any_order)
{
	struct ckpt_state a[] = { { "words", &words, NULL }, { "flag", &ckpt_type_bool, NULL } };
	struct ckpt_state b[] = { a[1], a[0] }, renamed[] = { a[0], { "flags", &ckpt_type_bool, NULL } };
	struct ckpt_state retyped[] = { a[0], { "flag", &ckpt_type_i32, NULL } };
	uint64_t fa, fb, fr, ft, f1;
	struct ckpt_err e;

	ok(ckpt_states_fingerprint(a, 2, &fa, &e), &e);
	ok(ckpt_states_fingerprint(b, 2, &fb, &e), &e);
	ok(ckpt_states_fingerprint(renamed, 2, &fr, &e), &e);
	ok(ckpt_states_fingerprint(retyped, 2, &ft, &e), &e);
	ok(ckpt_states_fingerprint(a, 1, &f1, &e), &e);
	ck_assert_uint_eq(fa, fb);
	ck_assert(fa != fr && fa != ft && fa != f1 && fr != ft);
	/* Written into catalogs: it must not change. */
	ck_assert_uint_eq(fa, UINT64_C(3390030857100728357));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("state");
	TCase *t = tcase_create("kinds");

	tcase_add_test(t, every_kind_comes_back);
	tcase_add_test(t, golden_file_of_version_1_is_read_and_written);
	tcase_add_test(t, a_number_is_these_bytes);
	tcase_add_test(t, a_type_has_a_text);
	tcase_add_test(t, types_that_can_be_none_are_refused);
	tcase_add_test(t, another_type_is_named_where_it_begins_to_differ);
	tcase_add_test(t, lists_are_nested_up_to_a_bound);
	tcase_add_test(t, objects_that_hold_nothing_where_they_must_are_refused);
	tcase_add_test(t, hostile_values_are_refused);
	tcase_add_test(t, an_array_of_nothings_is_bounded);
	tcase_add_test(t, a_later_version_is_named);
	tcase_add_test(t, entries_are_counted_as_feldera_counts_them);
	tcase_add_test(t, a_fingerprint_is_that_of_names_and_types_in_any_order);
	suite_add_tcase(s, t);
	return suite_run(s);
}
