/* States as properties: whatever the type and the object, it comes back, and
 * its bytes can't be changed or cut without being refused.
 * CKPTFS_STATE_ROUNDS: how many are drawn (20,000), CKPTFS_STATE_SEED: from
 * which seed on. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "tests/fixture.h"
#include "tests/state_random.h"
#include "tests/suite.h"

#define DEPTH 4

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 10) : otherwise;
}

static struct ckpt_bytes bytes_of(const struct ckpt_type *t, const void *o)
{
	struct ckpt_bytes out;
	struct ckpt_err e;

	ok(ckpt_state_checkpoint(t, o, &out, &e), &e);
	return out;
}

static bool same(const struct ckpt_bytes *a, const struct ckpt_bytes *b)
{
	return a->len == b->len && !memcmp(a->data, b->data, a->len);
}

static void discard(const struct ckpt_type *t, void *o)
{
	ckpt_state_release(t, o);
	free(o);
}

static void round_trip(struct random *r)
{
	const struct ckpt_type *t = random_type(r, DEPTH);
	void *object = random_new(r, t), *other = random_new(r, t);
	struct ckpt_bytes before = bytes_of(t, object), after;
	struct ckpt_err e;

	ok(ckpt_state_restore(t, other, before.data, before.len, "it", &e), &e);
	after = bytes_of(t, other);
	ck_assert(same(&before, &after));
	ck_assert_uint_eq(ckpt_entries_deep(t, object), ckpt_entries_deep(t, other));
	ck_assert_uint_eq(ckpt_entries_shallow(t, object), ckpt_entries_shallow(t, other));
	free(before.data);
	free(after.data);
	discard(t, object);
	discard(t, other);
}

START_TEST(whatever_is_written_comes_back)
{
	uint64_t rounds = number("CKPTFS_STATE_ROUNDS", 20000), seed = number("CKPTFS_STATE_SEED", 1);

	for (uint64_t i = 0; i < rounds; i++) {
		struct random r = { .seed = seed + i };

		round_trip(&r);
		random_free(&r);
	}
	printf("%llu random states came back\n", (unsigned long long)rounds);
}
END_TEST

/* The object is as it was, byte for byte of its checkpoint. */
static void refused(const struct ckpt_type *t, void *object, const struct ckpt_bytes *is, const void *data,
		    size_t len)
{
	struct ckpt_bytes still;
	struct ckpt_err e = { 0 };
	int rc = ckpt_state_restore(t, object, data, len, "it", &e);

	ck_assert_int_lt(rc, 0);
	ck_assert_int_eq(e.code, -rc);
	ck_assert(strstr(e.msg, "it "));
	still = bytes_of(t, object);
	ck_assert(same(is, &still));
	free(still.data);
}

static void damage(struct random *r)
{
	const struct ckpt_type *t = random_type(r, DEPTH);
	void *object = random_new(r, t), *other = random_new(r, t);
	struct ckpt_bytes good = bytes_of(t, object), is = bytes_of(t, other);
	unsigned char *copy = malloc(good.len + 1);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, good.data, good.len);
	copy[good.len] = 0;
	for (size_t len = 0; len < good.len; len++)
		refused(t, other, &is, copy, len);
	refused(t, other, &is, copy, good.len + 1);
	for (size_t bit = 0; bit < good.len * 8; bit++) {
		copy[bit / 8] ^= (unsigned char)(1u << bit % 8);
		refused(t, other, &is, copy, good.len);
		copy[bit / 8] ^= (unsigned char)(1u << bit % 8);
	}
	free(copy);
	free(good.data);
	free(is.data);
	discard(t, object);
	discard(t, other);
}

START_TEST(each_truncation_and_each_flipped_bit_is_refused_and_changes_nothing)
{
	uint64_t rounds = number("CKPTFS_STATE_ROUNDS", 20000) / 200, seed = number("CKPTFS_STATE_SEED", 1);

	for (uint64_t i = 0; i < rounds; i++) {
		struct random r = { .seed = seed + i };

		damage(&r);
		random_free(&r);
	}
}
END_TEST

START_TEST(bytes_of_one_type_are_refused_by_every_other)
{
	for (uint64_t i = 0; i < 2000; i++) {
		struct random r = { .seed = i };
		const struct ckpt_type *t = random_type(&r, DEPTH), *u = random_type(&r, DEPTH);
		CKPT_AUTO_FREE char *text = ckpt_type_text(t, NULL), *other_text = ckpt_type_text(u, NULL);
		void *object = random_new(&r, t), *other = random_new(&r, u);
		struct ckpt_bytes bytes = bytes_of(t, object);
		struct ckpt_err e;

		if (!strcmp(text, other_text))
			ok(ckpt_state_restore(u, other, bytes.data, bytes.len, "it", &e), &e);
		else
			ck_assert_int_eq(ckpt_state_restore(u, other, bytes.data, bytes.len, "it", &e),
					 -EINVAL);
		free(bytes.data);
		discard(t, object);
		discard(u, other);
		random_free(&r);
	}
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("properties");

	tcase_set_timeout(t, 3600);
	tcase_add_test(t, whatever_is_written_comes_back);
	tcase_add_test(t, each_truncation_and_each_flipped_bit_is_refused_and_changes_nothing);
	tcase_add_test(t, bytes_of_one_type_are_refused_by_every_other);
	return suite_run_one("random states", t);
}
