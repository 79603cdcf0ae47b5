/* Every allocation fails once, in everything that is asked of a view: ENOMEM,
 * nothing wrong, no leak, and then it works. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/alloc_fault.h"
#include "tests/suite.h"
#include "tests/view_looks.h"

/* Shared with the processes in which the tests run. */
static unsigned long *failed;

static void judge(const struct look *l, unsigned long k, int rc, const struct ckpt_buf *got,
		  const struct ckpt_buf *right)
{
	if (rc)
		ck_assert_msg(rc == -ENOMEM, "%s: without the %lu-th allocation it is %s", l->path, k,
			      strerror(-rc));
	else
		ck_assert_msg(!strcmp(got->data, right->data),
			      "%s: without the %lu-th allocation it is '%s', not '%s'", l->path, k, got->data,
			      right->data);
}

/* Without the k-th allocation; false: there were fewer. */
static bool look_once(const struct look *l, unsigned long k, bool for_good, struct ckpt_buf *right)
{
	struct ckpt_buf got = CKPT_BUF_INIT;
	unsigned long hits;
	int rc;

	looks_begin(l);
	ckpt_buf_reserve(&got, 1 << 16); /* the caller's own */
	alloc_fault_begin(k, for_good);
	rc = l->ask(l->path, &got);
	hits = alloc_fault_end();
	*failed += hits;
	if (right->len)
		judge(l, k, rc, &got, right);
	looks_mend();
	ckpt_buf_clear(&got);
	ck_assert_msg(!l->ask(l->path, &got), "%s: it does not recover", l->path);
	if (right->len)
		ck_assert_str_eq(got.data, right->data);
	else
		ckpt_buf_add(right, got.data, got.len);
	ckpt_buf_release(&got);
	looks_end();
	return hits;
}

static void look_without(const struct look *l, bool for_good)
{
	struct ckpt_buf right = CKPT_BUF_INIT;
	long live;

	/* The first leaves what libraries keep for themselves. */
	look_once(l, 0, false, &right);
	live = alloc_fault_live();
	for (unsigned long k = 1; look_once(l, k, for_good, &right);)
		k++;
	ck_assert_msg(alloc_fault_live() == live, "%s: %ld allocations are lost", l->path,
		      alloc_fault_live() - live);
	ckpt_buf_release(&right);
}

START_TEST(an_allocation_that_fails_is_enomem_and_then_all_is_well)
{
	look_without(&looks[_i], false);
}
END_TEST

START_TEST(no_memory_for_a_while_is_enomem_and_then_all_is_well)
{
	look_without(&looks[_i], true);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("faults-alloc-view");
	int n = 0, failures;

	failed = suite_counter();
	while (looks[n].path)
		n++;
	tcase_add_loop_test(tc, an_allocation_that_fails_is_enomem_and_then_all_is_well, 0, n);
	tcase_add_loop_test(tc, no_memory_for_a_while_is_enomem_and_then_all_is_well, 0, n);
	tcase_set_timeout(tc, 300);
	failures = suite_run_one("faults-alloc-view", tc);
	printf("%lu allocations failed in %d looks\n", *failed, n);
	return failures;
}
