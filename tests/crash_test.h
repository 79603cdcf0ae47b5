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

static inline void anew(const struct crash_step *base, size_t n)
{
	bool fresh_uuids = k.fresh_uuids;

	crash_check_release(&k);
	crash_check_init(&k);
	k.fresh_uuids = fresh_uuids;
	crash_base(&k, base, n);
}

/* Kill the first step after each of its operations, then run the second. */
static inline void killed(const struct crash_step *base, size_t n_base, const struct crash_step *steps,
			  size_t n)
{
	bool died = true;

	for (size_t after = 1; died; after++) {
		anew(base, n_base);
		k.step = steps;
		k.n_step = n;
		k.alike = true;
		k.after_first = true; /* the rest is that of one that lives */
		died = crash_killed(&k, steps, after);
		crash_do(&k, steps + 1, n - 1);
		look();
	}
}
#define KILLED(base, ...) killed(base, sizeof(base) / sizeof(*(base)), STEPS(__VA_ARGS__), COUNT(__VA_ARGS__))

/* Let each operation of a step fail. */
static inline void failed(const struct crash_step *base, size_t n_base, const struct crash_step *step)
{
	bool did = true;

	for (unsigned long fail = 1; did; fail++) {
		anew(base, n_base);
		k.step = step;
		k.n_step = 1;
		k.alike = true;
		did = crash_failed(&k, step, fail);
		look();
	}
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
