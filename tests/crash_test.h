/* crash_test.h - what the programs that look at power losses share
 *
 * Each includes it once: it holds the check that the tests work on, and the
 * main of those programs.
 */
#ifndef CKPT_TESTS_CRASH_TEST_H
#define CKPT_TESTS_CRASH_TEST_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "tests/crash_world.h"
#include "tests/suite.h"

#define STEPS(...) ((const struct crash_step[]){ __VA_ARGS__ })
#define COUNT(...) (sizeof(STEPS(__VA_ARGS__)) / sizeof(struct crash_step))
#define BASE(...) crash_base(&k, STEPS(__VA_ARGS__), COUNT(__VA_ARGS__))
/* Run these, and look at all power losses. */
#define SURVIVES(...)                                                                                        \
	do {                                                                                                 \
		static const struct crash_step steps[] = { __VA_ARGS__ };                                    \
                                                                                                             \
		k.step = steps;                                                                              \
		k.n_step = COUNT(__VA_ARGS__);                                                               \
		crash_do(&k, steps, k.n_step);                                                               \
		look();                                                                                      \
	} while (0)

static struct crash_check k;
/* Shared with the processes in which the tests run. */
static struct total {
	unsigned long states, points;
} * total;

static void setup(void)
{
	crash_check_init(&k);
}

static void teardown(void)
{
	crash_check_release(&k);
}

static void look(void)
{
	crash_look(&k);
	total->states += k.states;
	total->points += k.points;
	ck_assert_uint_gt(k.states, 0);
	ck_assert_msg(!k.violations, "%lu states of %lu are none that may be left, as this one: %s",
		      k.violations, k.states, k.first);
}

/* add adds the tests to the case. */
static int run_all(const char *name, void (*add)(TCase *t))
{
	Suite *s = suite_create(name);
	TCase *t = tcase_create(name);
	int failures;

	total = mmap(NULL, sizeof(*total), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (total == MAP_FAILED)
		return 1;
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 24 * 60 * 60); /* the bounds can be raised */
	add(t);
	suite_add_tcase(s, t);
	failures = suite_run(s);
	printf("%lu crash states of %lu operations checked\n", total->states, total->points);
	return failures;
}

#endif
