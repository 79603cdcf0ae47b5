/* Comparing two sets of names. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "engine/diff.h"
#include "tests/suite.h"

static struct ckpt_names before, after;
static struct ckpt_diff_part part;

static void setup(void)
{
	before = after = (struct ckpt_names)CKPT_NAMES_INIT;
	memset(&part, 0, sizeof(part));
}

static void teardown(void)
{
	ckpt_names_release(&before);
	ckpt_names_release(&after);
	free(part.name);
}

/* One character a name. */
static void compare(const char *a, const char *b)
{
	for (; *a; a++)
		ckpt_names_add(&before, a, 1);
	for (; *b; b++)
		ckpt_names_add(&after, b, 1);
	ck_assert(ckpt_names_seal(&before) && ckpt_names_seal(&after));
	ck_assert_int_eq(ckpt_diff_names(&before, &after, &part, NULL), 0);
}

static void says(const char *names, const char *hows)
{
	ck_assert_uint_eq(part.n, strlen(names));
	for (size_t i = 0; i < part.n; i++) {
		ck_assert_int_eq(part.name[i].name[0], names[i]);
		ck_assert_int_eq("+-="[part.name[i].how], hows[i]);
	}
}

START_TEST(each_name_came_went_or_stayed_in_the_order_of_names)
{
	compare("bdacf", "ecdag");
	says("abcdefg", "=-==+-+");
	ck_assert_uint_eq(part.sum[CKPT_DIFF_CAME].files, 2);
	ck_assert_uint_eq(part.sum[CKPT_DIFF_WENT].files, 2);
	ck_assert_uint_eq(part.sum[CKPT_DIFF_STAYED].files, 3);
}
END_TEST

START_TEST(nothing_and_something_differ_in_all_of_it)
{
	compare("", "ab");
	says("ab", "++");
}
END_TEST

START_TEST(something_and_nothing_differ_in_all_of_it)
{
	compare("ab", "");
	says("ab", "--");
}
END_TEST

START_TEST(nothing_and_nothing_are_the_same)
{
	compare("", "");
	says("", "");
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("diff");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, each_name_came_went_or_stayed_in_the_order_of_names);
	tcase_add_test(t, nothing_and_something_differ_in_all_of_it);
	tcase_add_test(t, something_and_nothing_differ_in_all_of_it);
	tcase_add_test(t, nothing_and_nothing_are_the_same);
	return suite_run_one("diff", t);
}
