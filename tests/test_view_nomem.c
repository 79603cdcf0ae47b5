/* A refresh without memory: what was shown is shown, and says that it is old;
 * the next one that has memory shows what is new. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "tests/alloc_fault.h"
#include "tests/suite.h"
#include "view_world.h"

#define OLD "latest .ckptfs " A " " B " " C " "
#define NEW "latest .ckptfs " B " " C " " D " "

static struct world w;
/* Shared with the processes in which the tests run. */
static unsigned long *failed, *tolerated;

/* Its lists are in the view's memory; A leaves, D comes. */
static void setup(void)
{
	world_make(&w, 60000);
	check_open(&w, B "/storage/" ONLY(B), 0);
	check_names(&w, "", OLD);
	put_checkpoint(&w, D);
	put_catalog(&w, B, C, D, NULL);
	remove_checkpoint(&w, A);
}

static void says(const char *part)
{
	CKPT_AUTO_FREE char *status = status_of(&w);

	ck_assert_msg(strstr(status, part) != NULL, "no %s in %s", part, status);
}

static void is_old(unsigned long k, const struct ckpt_err *e)
{
	ck_assert_msg(e->code == ENOMEM, "without the %lu-th allocation it is %s", k, strerror(e->code));
	ck_assert_str_eq(e->msg, "there is not enough memory");
	ck_assert_uint_eq(ckpt_view_generation(w.view), 1);
	check_names(&w, "", OLD);
	check_open(&w, B "/storage/" ONLY(B), 0);
	check_look(&w, A, 0);
	check_look(&w, D, -ENOENT);
	says("{\"ok\":false,\"error\":\"there is not enough memory\"");
}

static void is_new(void)
{
	ck_assert_uint_eq(ckpt_view_generation(w.view), 2);
	check_names(&w, "", NEW);
	check_open(&w, B "/storage/" ONLY(B), 0);
	check_open(&w, D "/storage/" ONLY(D), 0);
	check_look(&w, A, -ESTALE);
	says("{\"ok\":true,\"error\":null");
}

/* Without the k-th allocation; false: there were fewer. */
static bool refresh_without(unsigned long k, bool for_good)
{
	struct ckpt_err e = { 0 };
	unsigned long hits;
	int rc;

	setup();
	alloc_fault_begin(k, for_good);
	rc = ckpt_view_refresh(w.view, &e);
	hits = alloc_fault_end();
	*failed += hits;
	if (rc)
		is_old(k, &e);
	else
		*tolerated += hits;
	refresh(&w);
	is_new();
	world_release(&w);
	return hits;
}

static void refresh_without_each(bool for_good)
{
	unsigned long k = 1;
	long live;

	/* The first leaves what libraries keep for themselves. */
	refresh_without(1, false);
	live = alloc_fault_live();
	while (refresh_without(k, for_good))
		k++;
	ck_assert_uint_gt(k, 10);
	ck_assert_msg(alloc_fault_live() == live, "%ld allocations are lost", alloc_fault_live() - live);
}

START_TEST(a_refresh_without_an_allocation_leaves_what_was_shown)
{
	refresh_without_each(false);
}
END_TEST

START_TEST(a_refresh_without_memory_leaves_what_was_shown)
{
	refresh_without_each(true);
}
END_TEST

/* What an unfinished checkpoint has may change, and change back. */
static bool grow_without(unsigned long k)
{
	struct ckpt_node node;
	unsigned long hits;

	world_make(&w, 60000);
	put(&w, NULL, "state.json", "{\"circuit\":{\"uuid\":\"" A "\",\"fingerprint\":7}}");
	refresh(&w);
	check_look(&w, B "/storage/" B "/z1-0.dat", 0);
	put(&w, B, "z1-1.dat", "1");
	alloc_fault_begin(k, false);
	look(&w, B "/storage/" B "/z1-1.dat", &node);
	hits = alloc_fault_end();
	drop(&w, B, "z1-1.dat");
	check_look(&w, B "/storage/" B "/z1-0.dat", 0);
	world_release(&w);
	return hits;
}

START_TEST(lists_that_had_no_memory_for_their_change_are_shown_again)
{
	unsigned long k = 1;

	while (grow_without(k))
		k++;
	ck_assert_uint_gt(k, 10);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("view-nomem");
	int failures;

	failed = mmap(NULL, 2 * sizeof(*failed), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (failed == MAP_FAILED)
		return EXIT_FAILURE;
	tolerated = failed + 1;
	tcase_add_test(tc, a_refresh_without_an_allocation_leaves_what_was_shown);
	tcase_add_test(tc, a_refresh_without_memory_leaves_what_was_shown);
	tcase_add_test(tc, lists_that_had_no_memory_for_their_change_are_shown_again);
	tcase_set_timeout(tc, 120);
	failures = suite_run_one("view-nomem", tc);
	printf("%lu allocations failed, %lu of them without harm\n", *failed, *tolerated);
	return failures;
}
