/* What an archive is given. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/name.h"
#include "tests/archive_world.h"
#include "tests/suite.h"

/* --- what is added ---------------------------------------------------------- */

START_TEST(all_are_added_whole_and_oldest_first)
{
	begin(_i);
	for (unsigned n = 1; n <= 3; n++)
		commit(n);
	archive_all();
	HOLDS(1, 2, 3);
	ck_assert_uint_eq(out.n_added, 3);
	ck_assert_uint_eq(out.n_skipped, 0);
	content(arch.store, NULL, "w0-2.feldera", "w0-2.feldera");
	content(arch.store, dir_of(2), "pspine-0.dat", "state of 2");
	ck_assert_uint_eq(out.linked > 0, _i == DISK_TO_DISK);
	ck_assert_uint_eq(out.copied_bytes > 0, _i != DISK_TO_DISK);
}
END_TEST

START_TEST(the_source_is_neither_written_nor_locked)
{
	struct ckpt_lock *pipeline;

	begin(_i);
	commit(1);
	ok(ckpt_store_lock(src.store, &pipeline, NULL, &e), &e);
	snapshot(src.store, &before);
	src.fault.done = src.fault.locks = 0;
	archive_all();
	HOLDS(1);
	ck_assert_uint_eq(src.fault.done + src.fault.locks, 0);
	snapshot(src.store, &after);
	ck_assert_str_eq(before.data, after.data);
	ckpt_lock_release(pipeline);
}
END_TEST

START_TEST(a_second_run_adds_nothing_and_writes_nothing)
{
	begin(_i);
	commit(1);
	commit(2);
	finish(2, true);
	archive_all();
	arch.fault.done = arch.fault.syncs = arch.fault.locks = 0;
	archive_all();
	ck_assert_uint_eq(out.n_added, 0);
	ck_assert_uint_eq(out.n_present, 2);
	ok(archive(&(struct ckpt_archive_opts){ 0 }), &e);
	ck_assert_uint_eq(out.n_present, 1);
	ck_assert_uint_eq(arch.fault.done + arch.fault.locks, arch.fault.syncs);
}
END_TEST

START_TEST(without_words_it_is_the_newest_finished)
{
	begin(_i);
	for (unsigned n = 1; n <= 3; n++)
		commit(n);
	finish(2, true);
	ok(archive(&(struct ckpt_archive_opts){ 0 }), &e);
	HOLDS(2);
}
END_TEST

START_TEST(an_unfinished_one_is_skipped_with_a_reason)
{
	begin(_i);
	commit(1);
	commit(2);
	finish(1, true);
	ok(archive_nth(2), &e);
	ck_assert_uint_eq(out.n_skipped, 1);
	ck_assert(!out.skipped[0].gone);
	ck_assert_ptr_nonnull(strstr(out.skipped[0].why, "not finished"));
	ck_assert(!there(arch.store, NULL, CKPT_CATALOG));
	archive_all();
	HOLDS(1);
}
END_TEST

START_TEST(a_uuid_that_nobody_has_stops_it_before_anything)
{
	struct ckpt_uuid u[2] = { nth_uuid(1), nth_uuid(9) };

	begin(_i);
	commit(1);
	ck_assert_int_eq(archive(&(struct ckpt_archive_opts){ .uuid = u, .n_uuid = 2 }), -ENOENT);
	ck_assert(!there(arch.store, NULL, CKPT_CATALOG));
	ck_assert_uint_eq(arch.fault.done, 0);
}
END_TEST

START_TEST(an_older_one_goes_to_its_place)
{
	begin(_i);
	for (unsigned n = 1; n <= 4; n++)
		commit(n);
	ok(archive_nth(3), &e);
	ok(archive_nth(1), &e);
	ok(archive_nth(4), &e);
	forget(4); /* then only the time tells */
	ok(archive_nth(2), &e);
	HOLDS(1, 2, 3, 4);
}
END_TEST

START_TEST(unknown_members_and_other_fingerprints_go_over)
{
	char text[512];

	begin(_i);
	commit(1);
	snprintf(text, sizeof(text),
		 "[{\"uuid\":\"%s\",\"x\":[1.50,{}],\"fingerprint\":18446744073709551615,\"y\":null}]",
		 dir_of(1));
	put(src.store, NULL, CKPT_CATALOG, text);
	archive_all();
	content(arch.store, NULL, CKPT_CATALOG, text);
	commit(2); /* fingerprint 42 */
	archive_all();
	HOLDS(1, 2);
}
END_TEST

START_TEST(a_batch_that_is_listed_twice_is_added_once)
{
	begin(_i);
	commit(1);
	put(src.store, dir_of(1), CKPT_DEPENDENCIES,
	    "{\"batches\":[\"w0-shared.feldera\",\"w0-1.feldera\",\"w0-shared.feldera\"],\"state_files\":"
	    "[\"CHECKPOINT\",\"CHECKPOINT\"]}");
	archive_all();
	HOLDS(1);
	if (_i == DISK_TO_DISK)
		ck_assert_uint_eq(out.linked, 5); /* and three files of its directory */
	archive_all();
	ck_assert_uint_eq(out.n_present, 1);
}
END_TEST

/* --- what follows the newest ------------------------------------------------ */

START_TEST(state_json_follows_the_newest)
{
	struct ckpt_resume r;
	struct ckpt_uuid two;

	begin(_i);
	for (unsigned n = 1; n <= 3; n++) {
		commit(n);
		finish(n, true);
	}
	ok(archive_nth(2), &e);
	ok(archive_nth(1), &e);
	ok(ckpt_resume_read(arch.store, &r, &e), &e);
	two = nth_uuid(2);
	ck_assert_int_eq(ckpt_uuid_cmp(&r.uuid, &two), 0);
	ok(archive_nth(3), &e);
	ok(ckpt_resume_read(arch.store, &r, &e), &e);
	two = nth_uuid(3);
	ck_assert_int_eq(ckpt_uuid_cmp(&r.uuid, &two), 0);
	HOLDS(1, 2, 3);
}
END_TEST

/* It would stop every gc of the archive for good. */
START_TEST(a_damaged_state_json_is_not_followed)
{
	struct ckpt_gc_opts gc = { 0 };
	struct ckpt_plan plan;

	begin(_i);
	commit(1);
	finish(1, true);
	archive_all();
	for (unsigned n = 2; n <= 4; n++)
		commit(n);
	for (unsigned n = 2; n <= 4; n++)
		put(src.store, dir_of(n), CKPT_STATE, "{\"circuit\":");
	archive_all();
	HOLDS(1, 2, 3, 4);
	ok(ckpt_gc(arch.root, &gc, &plan, &e), &e);
	ck_assert_uint_eq(plan.n_removed, 1);
	ckpt_plan_release(&plan);
	HOLDS(1, 3, 4); /* what state.json names stays */
}
END_TEST

START_TEST(a_state_json_that_comes_late_is_fetched)
{
	begin(_i);
	commit(1); /* in a root without state.json it counts as finished */
	archive_all();
	ck_assert(!there(arch.store, NULL, CKPT_STATE));
	finish(1, true);
	archive_all();
	ck_assert_uint_eq(out.n_present, 1);
	ck_assert(there(arch.store, dir_of(1), CKPT_STATE));
	ck_assert(there(arch.store, NULL, CKPT_STATE));
}
END_TEST

START_TEST(an_exactly_once_pipeline_finds_its_journal)
{
	begin(_i);
	ok(ckpt_store_mkdir(src.store, CKPT_STEPS, &e), &e);
	put(src.store, CKPT_STEPS, "0.bin", "x");
	commit(1);
	archive_all();
	ck_assert(there(arch.store, NULL, CKPT_STEPS));
	ck_assert(!there(arch.store, CKPT_STEPS, "0.bin"));
}
END_TEST

int main(void)
{
	const TTest *tests[] = {
		all_are_added_whole_and_oldest_first,
		the_source_is_neither_written_nor_locked,
		a_second_run_adds_nothing_and_writes_nothing,
		without_words_it_is_the_newest_finished,
		an_unfinished_one_is_skipped_with_a_reason,
		a_uuid_that_nobody_has_stops_it_before_anything,
		an_older_one_goes_to_its_place,
		unknown_members_and_other_fingerprints_go_over,
		a_batch_that_is_listed_twice_is_added_once,
		state_json_follows_the_newest,
		a_damaged_state_json_is_not_followed,
		a_state_json_that_comes_late_is_fetched,
		an_exactly_once_pipeline_finds_its_journal,
	};
	TCase *t = tcase_create("archive");

	suite_add_loops(t, tests, KINDS);
	return archive_run("archive", t);
}
