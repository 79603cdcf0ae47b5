/* What an archive is given, and what it has already. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "base/name.h"
#include "engine/limits.h"
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

/* --- what is there already ----------------------------------------------------- */

static void refused_untouched(void)
{
	snapshot(arch.store, &before);
	arch.fault.done = arch.fault.locks = 0;
	ck_assert_int_eq(archive(&(struct ckpt_archive_opts){ .all = true }), -EEXIST);
	ck_assert_uint_eq(arch.fault.done + arch.fault.locks, 0);
	snapshot(arch.store, &after);
	ck_assert_str_eq(before.data, after.data);
	content(src.store, NULL, "w0-1.feldera", "w0-1.feldera");
}

START_TEST(another_file_of_the_same_name_is_refused)
{
	begin(_i);
	commit(2);
	archive_all();
	commit(1);
	put(arch.store, NULL, "w0-1.feldera", "short");
	refused_untouched();
	put(arch.store, NULL, "w0-1.feldera", "w0-1.fexdera"); /* of the same size */
	refused_untouched();
	put(arch.store, NULL, "w0-1.feldera", "w0-1.feldera"); /* another time is no difference */
	archive_all();
	HOLDS(2, 1); /* as the source has them */
}
END_TEST

#define SHARED 150

/* Two checkpoints of the same batches; the first is archived. */
static void commit_shared(void)
{
	static char name[SHARED][32];
	const char *batch[SHARED + 1] = { NULL };

	for (size_t i = 0; i < SHARED; i++) {
		snprintf(name[i], sizeof(name[i]), "w0-s%03zu.feldera", i);
		batch[i] = name[i];
	}
	commit_nth(src.root, 1, batch);
	commit_nth(src.root, 2, batch);
	ok(archive_nth(1), &e);
}

/* Whether listings tell which file is which there. */
static void nobody(void *ctx, const char *name, uint64_t ino)
{
	(void)ctx, (void)name, (void)ino;
}

START_TEST(shared_batches_are_not_looked_at_one_by_one)
{
	begin(_i);
	commit_shared();
	src.fault.code = arch.fault.code = EIO;
	src.fault.asked = arch.fault.asked = 0;
	ok(archive_nth(2), &e);
	ck_assert_uint_eq(out.linked > 0, _i == DISK_TO_DISK);
	if (_i == DISK_TO_DISK && !ckpt_store_numbers(arch.store, 1000, nobody, NULL, &e)) {
		ck_assert_uint_lt(src.fault.asked, SHARED);
		ck_assert_uint_lt(arch.fault.asked, SHARED);
	}
	HOLDS(1, 2);
}
END_TEST

START_TEST(a_shared_batch_that_the_archive_lacks_is_added_again)
{
	begin(_i);
	commit_shared();
	ok(ckpt_store_remove(arch.store, NULL, "w0-s007.feldera", &e), &e);
	ok(archive_nth(2), &e);
	HOLDS(1, 2);
	content(arch.store, NULL, "w0-s007.feldera", "w0-s007.feldera");
}
END_TEST

START_TEST(a_shared_batch_that_the_archive_has_as_another_file_is_said)
{
	begin(_i);
	commit_shared();
	put(arch.store, NULL, "w0-s007.feldera", "w0-s007.fexdera");
	snapshot(arch.store, &before);
	ck_assert_int_eq(archive_nth(2), -EEXIST);
	ck_assert_ptr_nonnull(strstr(e.msg, "w0-s007.feldera"));
	snapshot(arch.store, &after);
	ck_assert_str_eq(before.data, after.data);
}
END_TEST

START_TEST(a_shared_batch_that_the_source_lacks_is_said)
{
	begin(_i);
	commit_shared();
	ok(ckpt_store_remove(src.store, NULL, "w0-s007.feldera", &e), &e);
	ok(archive_nth(2), &e);
	ck_assert_uint_eq(out.n_skipped, 1);
	ck_assert_ptr_nonnull(strstr(out.skipped[0].why, "w0-s007.feldera"));
	HOLDS(1);
}
END_TEST

/* Where it is listed, what is below the mount counts, else the mount is said. */
START_TEST(what_is_mounted_over_a_shared_batch_does_not_get_into_the_archive)
{
	char over[128], theirs[128];
	bool listed;

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		printf("skipped: %s: mounting takes root\n", __func__);
		begin(DISK_TO_DISK); /* for the fixture */
		return;
	}
	begin(DISK_TO_DISK);
	commit_shared();
	put(src.store, NULL, "theirs", "theirs");
	snprintf(theirs, sizeof(theirs), "%s/theirs", src.path);
	snprintf(over, sizeof(over), "%s/w0-s007.feldera", _i ? arch.path : src.path);
	ck_assert_int_eq(mount(theirs, over, NULL, MS_BIND, NULL), 0);
	listed = !ckpt_store_numbers(arch.store, 1000, nobody, NULL, &e);
	archive_nth(2);
	ck_assert_uint_eq(out.n_added, listed);
	ck_assert_int_eq(umount(over), 0);
	ok(archive_nth(2), &e);
	HOLDS(1, 2);
	content(arch.store, NULL, "w0-s007.feldera", "w0-s007.feldera");
}
END_TEST

START_TEST(what_a_killed_run_left_is_used_and_nothing_else_joins_it)
{
	begin(_i);
	commit(1);
	put(arch.store, NULL, CKPT_CATALOG, "[]");
	put(arch.store, NULL, "w0-1.feldera", "w0-1.feldera");
	put(arch.store, dir_of(1), "pspine-0.dat", "state of 1");
	put(arch.store, dir_of(1), "z.dat.mut", "half");
	archive_all();
	HOLDS(1);
	ck_assert(!there(arch.store, dir_of(1), "z.dat.mut"));
}
END_TEST

START_TEST(an_archive_that_another_has_is_busy)
{
	struct ckpt_lock *other;

	begin(_i);
	commit(1);
	ok(ckpt_store_lock(arch.store, &other, NULL, &e), &e);
	ck_assert_int_eq(archive(&(struct ckpt_archive_opts){ .all = true }), -EBUSY);
	ck_assert(!there(arch.store, NULL, CKPT_CATALOG));
	ckpt_lock_release(other);
	archive_all();
	HOLDS(1);
}
END_TEST

START_TEST(an_archive_whose_catalog_is_lost_is_refused)
{
	begin(_i);
	commit(1);
	archive_all();
	commit(2);
	ok(ckpt_store_remove(arch.store, NULL, CKPT_CATALOG, &e), &e);
	snapshot(arch.store, &before);
	ck_assert_int_eq(archive(&(struct ckpt_archive_opts){ .all = true }), -EUCLEAN);
	snapshot(arch.store, &after);
	ck_assert_str_eq(before.data, after.data);
}
END_TEST

static void read_here_and_removed_there(void)
{
	struct ckpt_lease *reader, *remover;

	ok(ckpt_store_lease(arch.store, dir_of(1), CKPT_LEASE_SHARED, &reader, &e), &e);
	ok(ckpt_store_lease(src.store, dir_of(1), CKPT_LEASE_EXCLUSIVE, &remover, &e), &e);
	ckpt_lease_release(reader);
	ckpt_lease_release(remover);
}

START_TEST(who_reads_it_here_does_not_keep_it_there)
{
	begin(_i);
	commit(1);
	archive_all();
	read_here_and_removed_there();
}
END_TEST

START_TEST(nor_one_of_more_files_than_are_held_open)
{
	enum { MANY = CKPT_ARCHIVE_OPEN + 10 };
	static char name[MANY][32];
	const char *batch[MANY + 1] = { NULL };

	for (size_t i = 0; i < MANY; i++) {
		snprintf(name[i], sizeof(name[i]), "w0-m%05zu.feldera", i);
		batch[i] = name[i];
	}
	begin(_i);
	commit_nth(src.root, 1, batch);
	archive_all();
	read_here_and_removed_there();
}
END_TEST

START_TEST(one_that_ckptfs_just_removes_is_gone)
{
	struct ckpt_lease *remover;

	begin(_i);
	commit(1);
	ok(ckpt_store_lease(src.store, dir_of(1), CKPT_LEASE_EXCLUSIVE, &remover, &e), &e);
	ok(archive_nth(1), &e);
	ck_assert_uint_eq(out.n_skipped, 1);
	ckpt_lease_release(remover);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("archive");
	TCase *t = tcase_create("archive");

#define ADD(test) tcase_add_loop_test(t, test, 0, KINDS)
	ADD(all_are_added_whole_and_oldest_first);
	ADD(the_source_is_neither_written_nor_locked);
	ADD(a_second_run_adds_nothing_and_writes_nothing);
	ADD(without_words_it_is_the_newest_finished);
	ADD(an_unfinished_one_is_skipped_with_a_reason);
	ADD(a_uuid_that_nobody_has_stops_it_before_anything);
	ADD(an_older_one_goes_to_its_place);
	ADD(unknown_members_and_other_fingerprints_go_over);
	ADD(a_batch_that_is_listed_twice_is_added_once);
	ADD(state_json_follows_the_newest);
	ADD(a_damaged_state_json_is_not_followed);
	ADD(a_state_json_that_comes_late_is_fetched);
	ADD(an_exactly_once_pipeline_finds_its_journal);
	ADD(another_file_of_the_same_name_is_refused);
	ADD(shared_batches_are_not_looked_at_one_by_one);
	ADD(a_shared_batch_that_the_archive_lacks_is_added_again);
	ADD(a_shared_batch_that_the_archive_has_as_another_file_is_said);
	ADD(a_shared_batch_that_the_source_lacks_is_said);
	tcase_add_loop_test(t, what_is_mounted_over_a_shared_batch_does_not_get_into_the_archive, 0, 2);
	ADD(what_a_killed_run_left_is_used_and_nothing_else_joins_it);
	ADD(an_archive_that_another_has_is_busy);
	ADD(an_archive_whose_catalog_is_lost_is_refused);
	ADD(who_reads_it_here_does_not_keep_it_there);
	ADD(nor_one_of_more_files_than_are_held_open);
	ADD(one_that_ckptfs_just_removes_is_gone);
	tcase_add_checked_fixture(t, NULL, end);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return suite_run(s);
}
