/* suite.h - the end of every unit test's main */
#ifndef CKPT_TESTS_SUITE_H
#define CKPT_TESTS_SUITE_H

#include <check.h>
#include <stdlib.h>

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

/* Add each test of an array to a case. */
#define suite_add_all(tcase, tests)                                                                          \
	do {                                                                                                 \
		for (size_t at = 0; at < sizeof(tests) / sizeof(*(tests)); at++)                             \
			tcase_add_test(tcase, (tests)[at]);                                                  \
	} while (0)

#endif
