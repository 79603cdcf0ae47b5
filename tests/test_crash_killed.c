/* A power loss after a process that was killed, or after one whose command
 * failed. */
#include "tests/crash_test.h"

/* Kill the first after each of its steps; then the others run to their end. */
static const struct crash_step three[] = { { crash_commit, 1 }, { crash_commit, 2 }, { crash_commit, 3 } };

START_TEST(a_sweep_after_a_killed_gc_survives)
{
	KILLED(three, { crash_gc, 0 }, { crash_sweep, 0 });
}
END_TEST

START_TEST(a_gc_after_a_killed_gc_survives)
{
	KILLED(three, { crash_gc, 0 }, { crash_gc, 0 });
}
END_TEST

START_TEST(a_gc_after_a_killed_commit_survives)
{
	KILLED(three, { crash_commit, 4 }, { crash_gc, 0 });
}
END_TEST

START_TEST(a_sweep_after_a_killed_remove_survives)
{
	KILLED(three, { crash_remove, 2 }, { crash_sweep, 0 });
}
END_TEST

START_TEST(archiving_after_killed_archiving_survives)
{
	const struct crash_step base[] = { { crash_archive, 1 } };

	crash_source(2);
	KILLED(base, { crash_archive, 2 }, { crash_archive, 2 });
	crash_source_end();
}
END_TEST

START_TEST(a_commit_that_fails_survives)
{
	failed(three, 3, STEPS({ crash_commit, 4 }));
}
END_TEST

START_TEST(a_commit_that_fails_in_a_new_root_survives)
{
	failed(NULL, 0, STEPS({ crash_commit_bare, 1 }));
}
END_TEST

START_TEST(archiving_that_fails_survives)
{
	crash_source(1);
	failed(NULL, 0, STEPS({ crash_archive, 1 }));
	crash_source_end();
}
END_TEST

static void add(TCase *t)
{
	tcase_add_test(t, a_sweep_after_a_killed_gc_survives);
	tcase_add_test(t, a_gc_after_a_killed_gc_survives);
	tcase_add_test(t, a_gc_after_a_killed_commit_survives);
	tcase_add_test(t, a_sweep_after_a_killed_remove_survives);
	tcase_add_test(t, archiving_after_killed_archiving_survives);
	tcase_add_test(t, a_commit_that_fails_survives);
	tcase_add_test(t, a_commit_that_fails_in_a_new_root_survives);
	tcase_add_test(t, archiving_that_fails_survives);
}

int main(void)
{
	return run_all("crash_killed", add);
}
