/* That the crash check finds holes: each test here breaks the order in which
 * things are made durable, and the check must see it. */
#include <check.h>
#include <stdlib.h>

#include "tests/crash_world.h"
#include "tests/suite.h"

static struct crash_check k;

static void setup(void)
{
	crash_check_init(&k);
}

static void teardown(void)
{
	crash_check_release(&k);
}

static const struct crash_step three[] = { { crash_commit, 1 }, { crash_commit, 2 }, { crash_commit, 3 } };
static const struct crash_step commit[] = { { crash_commit, 4 } };
static const struct crash_step gc[] = { { crash_gc, 0 } };
static const struct crash_step pin[] = { { crash_pin, 1 } };

/* Run a command on a store that lies. */
static void run(unsigned lies, const struct crash_step *step)
{
	crash_base(&k, three, 3);
	k.crash.lies = lies;
	k.step = step;
	k.n_step = 1;
	crash_do(&k, step, 1);
}

static void finds(void)
{
	crash_look(&k);
	ck_assert_msg(k.violations, "%lu states, and nothing was found", k.states);
}

START_TEST(nothing_is_found_where_nothing_is_broken)
{
	run(0, _i ? gc : commit);
	crash_look(&k);
	ck_assert_msg(!k.violations, "%s", k.first);
}
END_TEST

START_TEST(a_catalog_before_its_batches_are_durable_is_found)
{
	run(CRASH_LIE_SYNC_FILE, commit);
	finds();
}
END_TEST

START_TEST(a_directory_that_is_not_synced_is_found)
{
	const struct crash_step *const step[] = { commit, gc, pin };

	run(CRASH_LIE_SYNC_DIR, step[_i]);
	finds();
}
END_TEST

START_TEST(files_deleted_before_the_catalog_are_found)
{
	run(0, gc);
	crash_remove_first(&k.crash);
	finds();
}
END_TEST

START_TEST(a_commit_that_does_not_make_bytes_durable_is_found)
{
	const struct crash_step *const step[] = { commit, gc, pin };

	run(CRASH_LIE_COMMIT, step[_i]);
	finds();
}
END_TEST

/* Its order is right, and without fsync an order says nothing. */
START_TEST(felderas_order_without_its_fsyncs_is_found)
{
	run(CRASH_LIE_SYNC_FILE | CRASH_LIE_SYNC_DIR | CRASH_LIE_COMMIT, _i ? gc : commit);
	finds();
}
END_TEST

/* What a stage wrote is synced by its commit alone. */
START_TEST(a_stage_that_is_not_durable_is_found)
{
	static const struct crash_step staged[] = { { crash_staged, 1 }, { crash_staged, 2 } };
	static const unsigned lies[] = { CRASH_LIE_SYNC_FILE, CRASH_LIE_SYNC_DIR };

	k.fresh_uuids = true;
	crash_base(&k, staged, 1);
	k.crash.lies = lies[_i];
	k.step = &staged[1];
	k.n_step = 1;
	crash_do(&k, &staged[1], 1);
	finds();
}
END_TEST

START_TEST(an_archive_that_is_not_durable_is_found)
{
	static const struct crash_step archive[] = { { crash_archive, 2 } };

	crash_source(2);
	crash_base(&k, (const struct crash_step[]){ { crash_archive, 1 } }, 1);
	k.crash.lies = _i ? CRASH_LIE_COMMIT : CRASH_LIE_SYNC_DIR;
	k.step = archive;
	k.n_step = 1;
	crash_do(&k, archive, 1);
	finds();
	crash_source_end();
}
END_TEST

/* What is linked takes its bytes for durable, for they were all synced at once. */
START_TEST(an_archive_without_its_sync_of_all_is_found)
{
	static const struct crash_step archive[] = { { crash_archive, 2 } };

	crash_source(2);
	crash_base(&k, (const struct crash_step[]){ { crash_archive, 1 } }, 1);
	k.crash.can_sync_all = true;
	k.crash.lies = _i ? CRASH_LIE_SYNC_ALL : 0;
	k.step = archive;
	k.n_step = 1;
	crash_do(&k, archive, 1);
	crash_look(&k);
	ck_assert_msg(_i ? k.violations : !k.violations, "%lu of %lu states: %s", k.violations, k.states,
		      k.first);
	crash_source_end();
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("crash_mutants");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 24 * 60 * 60); /* the bounds can be raised */
	tcase_add_loop_test(t, nothing_is_found_where_nothing_is_broken, 0, 2);
	tcase_add_test(t, a_catalog_before_its_batches_are_durable_is_found);
	tcase_add_loop_test(t, a_directory_that_is_not_synced_is_found, 0, 3);
	tcase_add_test(t, files_deleted_before_the_catalog_are_found);
	tcase_add_loop_test(t, a_commit_that_does_not_make_bytes_durable_is_found, 0, 3);
	tcase_add_loop_test(t, felderas_order_without_its_fsyncs_is_found, 0, 2);
	tcase_add_loop_test(t, a_stage_that_is_not_durable_is_found, 0, 2);
	tcase_add_loop_test(t, an_archive_that_is_not_durable_is_found, 0, 2);
	tcase_add_loop_test(t, an_archive_without_its_sync_of_all_is_found, 0, 2);
	return suite_run_one("crash_mutants", t);
}
