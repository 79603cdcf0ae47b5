/* States: every kind comes back, and its bytes are what they always were. */
#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "tests/fixture.h"
#include "tests/state_types.h"
#include "tests/suite.h"

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
	CKPT_MEMBER(struct all, some, &state_maybe_double),
	CKPT_MEMBER(struct all, none, &state_maybe_double),
	CKPT_MEMBER(struct all, boxed, &state_boxed_i32),
	CKPT_MEMBER(struct all, words, &state_words),
	CKPT_MEMBER(struct all, three, &state_three),
	CKPT_MEMBER(struct all, any, &state_any),
	CKPT_MEMBER(struct all, empty, &state_empty),
	CKPT_MEMBER(struct all, twice, &state_twice),
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

int main(void)
{
	TCase *t = tcase_create("kinds");

	tcase_add_test(t, every_kind_comes_back);
	tcase_add_test(t, golden_file_of_version_1_is_read_and_written);
	tcase_add_test(t, a_number_is_these_bytes);
	return suite_run_one("state", t);
}
