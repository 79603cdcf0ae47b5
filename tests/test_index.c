/* Names that are found by a hash. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/index.h"
#include "base/siphash.h"
#include "tests/suite.h"

static ptrdiff_t find(const struct ckpt_index *x, const char *name)
{
	ptrdiff_t found;

	ckpt_index_find_some(x, &(struct ckpt_slice){ name, strlen(name) }, 1, &found);
	return found;
}

/* Every third is not there.  Also none, and fewer than may be. */
static void find_some(const struct ckpt_index *x, int names)
{
	char text[CKPT_INDEX_SOME][32];
	struct ckpt_slice name[CKPT_INDEX_SOME] = { 0 };
	ptrdiff_t found[CKPT_INDEX_SOME];
	size_t n = 0;

	ckpt_index_find_some(x, name, 0, found);
	for (int i = 0; i < names; i++) {
		name[n].s = text[n];
		name[n].len = (size_t)sprintf(text[n], "w%d-%d.feldera", i % 3 == 2, i);
		n++;
		if (n < CKPT_INDEX_SOME && i + 1 < names)
			continue;
		ckpt_index_find_some(x, name, n, found);
		for (size_t k = 0; k < n; k++)
			ck_assert_int_eq(found[k], name[k].s[1] == '0' ? atoi(name[k].s + 3) : -1);
		n = 0;
	}
}

START_TEST(an_index_finds_each_name_once_and_no_other)
{
	enum { N = 5000 };
	struct ckpt_names names = CKPT_NAMES_INIT;
	struct ckpt_index x;
	char name[32];

	ck_assert(ckpt_index_make(&x, &names));
	ck_assert_int_eq(find(&x, "none"), -1);
	ckpt_index_release(&x);
	for (int i = 0; i < 2 * N; i++) /* all of them twice, the second time backwards */
		ckpt_names_add(&names, name,
			       (size_t)sprintf(name, "w0-%d.feldera", i < N ? i : 2 * N - 1 - i));
	ck_assert(ckpt_index_make(&x, &names));
	ck_assert_uint_eq(names.n, N);
	for (int i = 0; i < N; i++) {
		sprintf(name, "w0-%d.feldera", i);
		ck_assert_str_eq(ckpt_names_at(&names, (size_t)i), name);
		ck_assert_int_eq(find(&x, name), i);
		name[1] = '1';
		ck_assert_int_eq(find(&x, name), -1);
	}
	find_some(&x, N);
	ckpt_index_release(&x);
	ckpt_names_release(&names);
}
END_TEST

struct hashed {
	uint64_t hash;
	unsigned n;
};

/* By what an index keeps of a hash, and where it begins in a small one. */
static int by_hash(const void *a, const void *b)
{
	const struct hashed *x = a, *y = b;

	if (x->hash >> 32 != y->hash >> 32)
		return x->hash >> 32 < y->hash >> 32 ? -1 : 1;
	return (int)(x->hash & 3) - (int)(y->hash & 3);
}

/* Of so many names there are some such pairs. */
static bool find_pair(unsigned total, char one[16], char other[16])
{
	struct hashed *h = calloc(total, sizeof(*h));
	unsigned k = 1;

	ck_assert_ptr_nonnull(h);
	for (unsigned i = 0; i < total; i++) {
		sprintf(one, "%u", i);
		h[i] = (struct hashed){ ckpt_siphash(ckpt_siphash_secret(), one, strlen(one)), i };
	}
	qsort(h, total, sizeof(*h), by_hash);
	while (k < total && by_hash(&h[k - 1], &h[k]))
		k++;
	if (k < total) {
		sprintf(one, "%u", h[k - 1].n);
		sprintf(other, "%u", h[k].n);
	}
	free(h);
	return k < total;
}

START_TEST(an_index_tells_names_of_one_hash_apart)
{
	struct ckpt_names names = CKPT_NAMES_INIT;
	char one[16], other[16];
	struct ckpt_index x;
	unsigned total = 1 << 19;

	while (!find_pair(total, one, other))
		total *= 2;
	ckpt_names_add(&names, one, strlen(one));
	ck_assert(ckpt_index_make(&x, &names));
	ck_assert_int_eq(find(&x, one), 0);
	ck_assert_int_eq(find(&x, other), -1);
	ckpt_index_release(&x);
	ckpt_names_add(&names, other, strlen(other));
	ck_assert(ckpt_index_make(&x, &names));
	ck_assert_uint_eq(names.n, 2);
	ck_assert_int_eq(find(&x, one), 0);
	ck_assert_int_eq(find(&x, other), 1);
	ckpt_index_release(&x);
	ckpt_names_release(&names);
}
END_TEST

int main(void)
{
	const TTest *tests[] = {
		an_index_finds_each_name_once_and_no_other,
		an_index_tells_names_of_one_hash_apart,
	};
	TCase *tc = tcase_create("index");

	suite_add_all(tc, tests);
	return suite_run_one("index", tc);
}
