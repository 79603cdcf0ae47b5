/* suite.h - what every unit test's main does */
#ifndef CKPT_TESTS_SUITE_H
#define CKPT_TESTS_SUITE_H

#include <check.h>
#include <stdlib.h>
#include <sys/mman.h>

/* Run it, print Check's summary, and give the exit status. */
static inline int suite_run(Suite *s)
{
	SRunner *runner = srunner_create(s);
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Run a suite of one case. */
static inline int suite_run_one(const char *name, TCase *t)
{
	Suite *s = suite_create(name);

	suite_add_tcase(s, t);
	return suite_run(s);
}

/* A number that main shares with the processes in which the tests run. */
static inline unsigned long *suite_counter(void)
{
	void *p =
		mmap(NULL, sizeof(unsigned long), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		abort();
	return p;
}

/* Add each test of an array to a case. */
#define suite_add_all(tcase, tests)                                                                          \
	do {                                                                                                 \
		for (size_t at = 0; at < sizeof(tests) / sizeof(*(tests)); at++)                             \
			tcase_add_test(tcase, (tests)[at]);                                                  \
	} while (0)

/* The same, each n times (_i). */
#define suite_add_loops(tcase, tests, n)                                                                     \
	do {                                                                                                 \
		for (size_t at = 0; at < sizeof(tests) / sizeof(*(tests)); at++)                             \
			tcase_add_loop_test(tcase, (tests)[at], 0, n);                                       \
	} while (0)

#endif
