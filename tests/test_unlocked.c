/* What is looked at without a lock, while somebody else removes checkpoints: at
 * whichever look that happens, nothing is said to be wrong. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/retention.h"
#include "tests/fixture.h"
#include "tests/store_fault.h"
#include "tests/suite.h"

#define CHECKPOINTS 6

static struct ckpt_mem *mem;
static struct ckpt_store *store, *other;
static struct ckpt_root *root;
static struct fault fault;
static struct ckpt_err e;

/* By another process: the newest two stay. */
static void remove_others(void)
{
	const struct ckpt_gc_opts o = { 0 };
	struct ckpt_plan plan;
	struct ckpt_root *theirs;

	ok(ckpt_root_open(other, NULL, &theirs, &e), &e);
	ok(ckpt_gc(theirs, &o, &plan, &e), &e);
	ck_assert_uint_eq(plan.n_removed, CHECKPOINTS - 2);
	ckpt_plan_release(&plan);
	ckpt_root_free(theirs);
}

static void setup(void)
{
	char own[32];

	mem = ckpt_mem_new();
	fault = (struct fault){ .meanwhile = remove_others };
	other = in_memory(mem);
	store = store_fault_new(in_memory(mem), &fault);
	ok(ckpt_root_open(store, NULL, &root, &e), &e);
	for (unsigned n = 1; n <= CHECKPOINTS; n++) {
		snprintf(own, sizeof(own), "w0-%u.feldera", n);
		commit_nth(root, n, (const char *const[]){ "w0-shared.feldera", own, NULL });
	}
}

static void teardown(void)
{
	ckpt_root_free(root);
	ckpt_store_free(store);
	ckpt_store_free(other);
	ckpt_mem_free(mem);
}

/* Do it once for each of its looks; says how many there were. */
static unsigned long at_every_look(void (*look)(void))
{
	unsigned long n = 0;

	do {
		setup();
		fault.looks = 0;
		fault.at_look = ++n;
		look();
		teardown();
	} while (fault.looks >= n);
	return n - 1;
}

/* Keeps one that the other removes, and lets one go. */
static void gc(void)
{
	const struct ckpt_retention keep = { .last = 3 };
	const struct ckpt_gc_opts o = { .retention = &keep, .dry_run = true };
	struct ckpt_plan plan;

	ok(ckpt_gc(root, &o, &plan, &e), &e);
	ck_assert_uint_eq(plan.n_notes, 0);
	ck_assert_uint_le(plan.n_removed, 3);
	ckpt_plan_release(&plan);
}

START_TEST(a_dry_gc_fails_at_nothing_and_complains_of_nothing)
{
	ck_assert_uint_gt(at_every_look(gc), CHECKPOINTS);
}
END_TEST

static void sweep(void)
{
	struct ckpt_plan plan;

	ok(ckpt_sweep(root, true, &plan, &e), &e);
	ck_assert_uint_eq(plan.n_missing, 0);
	ckpt_plan_release(&plan);
}

START_TEST(a_dry_sweep_misses_nothing)
{
	ck_assert_uint_ge(at_every_look(sweep), CHECKPOINTS);
}
END_TEST

static void verify(void)
{
	struct ckpt_problems p;

	ok(ckpt_verify(root, NULL, 0, NULL, &p, &e), &e);
	ck_assert_uint_eq(p.n, 0);
	ckpt_problems_release(&p);
}

START_TEST(verify_finds_nothing_wrong_with_what_was_only_removed)
{
	ck_assert_uint_gt(at_every_look(verify), CHECKPOINTS);
}
END_TEST

static void verify_third(void)
{
	const struct ckpt_uuid u = nth_uuid(3);
	struct ckpt_problems p;
	int rc = ckpt_verify(root, &u, 1, NULL, &p, &e);

	ck_assert(rc == 0 || rc == -ENOENT);
	ck_assert(!rc || strstr(e.msg, "was removed while"));
	ck_assert_uint_eq(p.n, 0);
	ckpt_problems_release(&p);
}

START_TEST(verify_of_one_by_name_says_that_it_was_removed)
{
	ck_assert_uint_gt(at_every_look(verify_third), 2);
}
END_TEST

START_TEST(what_is_missing_though_nobody_removed_it_is_still_said)
{
	struct ckpt_problems p;
	struct ckpt_plan plan;

	setup();
	ok(ckpt_store_remove(other, NULL, "w0-3.feldera", &e), &e);
	ok(ckpt_verify(root, NULL, 0, NULL, &p, &e), &e);
	ck_assert_uint_eq(p.n, 1);
	ckpt_problems_release(&p);
	ok(ckpt_sweep(root, true, &plan, &e), &e);
	ck_assert_uint_eq(plan.n_missing, 1);
	ckpt_plan_release(&plan);
	teardown();
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("looks");

	tcase_add_test(t, a_dry_gc_fails_at_nothing_and_complains_of_nothing);
	tcase_add_test(t, a_dry_sweep_misses_nothing);
	tcase_add_test(t, verify_finds_nothing_wrong_with_what_was_only_removed);
	tcase_add_test(t, verify_of_one_by_name_says_that_it_was_removed);
	tcase_add_test(t, what_is_missing_though_nobody_removed_it_is_still_said);
	return suite_run_one("looking without a lock", t);
}
