/* The types of states: their text, how deep they go, what they count as, and the
 * fingerprint that they make. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "state/limits.h"
#include "tests/fixture.h"
#include "tests/state_types.h"
#include "tests/suite.h"

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
	static const struct ckpt_type in_box = CKPT_BOXED_OF(&state_words);

	check_text(&state_words, "array<record word{text: string, count: u64}>");
	check_text(&in_box, "array<record word{text: string, count: u64}>");
	check_text(&state_three, "bool[3]");
	check_text(&state_any, "any<u64|record word{text: string, count: u64}>");
	check_text(&state_twice, "custom twice");
	check_text(&state_empty, "empty");
	check_text(&node, "record node{value: u64, next: optional<^2>}");
}
END_TEST

START_TEST(types_that_can_be_none_are_refused)
{
	static const struct ckpt_type of_nothing = CKPT_ARRAY_OF(NULL);
	static const struct ckpt_type slash = CKPT_CUSTOM("a/b", int, &state_twice_functions);
	static const struct ckpt_type nameless = CKPT_CUSTOM(NULL, int, &state_twice_functions);
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
	ck_assert_int_eq(ckpt_state_restore(&state_word, &w, b.data, b.len, "state 'word'", &e), -EINVAL);
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

/* --- counting, fingerprints ------------------------------------------------ */

START_TEST(entries_are_counted_as_feldera_counts_them)
{
	static const struct ckpt_type many = CKPT_ARRAY_OF(&state_words);
	static const struct ckpt_type maybe_many = CKPT_OPTIONAL_OF(&many);
	static const struct ckpt_type pairs = CKPT_FIXED_OF(&state_three, 3 * sizeof(bool), 2);
	struct word w[3] = { { 0 } };
	struct ckpt_array inner[2] = { { w, 3 }, { w, 1 } }, outer = { inner, 2 };
	struct ckpt_array *some = &outer, *none = NULL;
	bool flags[6] = { 0 };
	uint64_t n;

	ck_assert(ckpt_entries_constant(&state_word, &n) && n == 1);
	ck_assert(ckpt_entries_constant(&ckpt_type_string, &n) && n == 1);
	ck_assert(ckpt_entries_constant(&pairs, &n) && n == 6);
	ck_assert(!ckpt_entries_constant(&state_words, &n) &&
		  !ckpt_entries_constant(&state_maybe_double, &n));
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
	struct ckpt_state a[] = { { "words", &state_words, NULL }, { "flag", &ckpt_type_bool, NULL } };
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
	TCase *t = tcase_create("types");

	tcase_add_test(t, a_type_has_a_text);
	tcase_add_test(t, types_that_can_be_none_are_refused);
	tcase_add_test(t, another_type_is_named_where_it_begins_to_differ);
	tcase_add_test(t, lists_are_nested_up_to_a_bound);
	tcase_add_test(t, entries_are_counted_as_feldera_counts_them);
	tcase_add_test(t, a_fingerprint_is_that_of_names_and_types_in_any_order);
	return suite_run_one("types of states", t);
}
