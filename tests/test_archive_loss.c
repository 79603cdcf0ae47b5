/* What an archiver loses: checkpoints that a pipeline removes meanwhile, and
 * operations that fail. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/name.h"
#include "tests/archive_world.h"
#include "tests/suite.h"

/* --- a pipeline that removes it meanwhile ------------------------------------ */

static void forget_1(void)
{
	forget(1);
}

START_TEST(one_that_is_gone_before_it_is_held_leaves_no_trace)
{
	begin(_i);
	commit(1);
	commit(2);
	ok(archive_nth(2), &e);
	snapshot(arch.store, &before);
	asked = 0;
	act = forget_1;
	act_at = 1;
	ok(archive_nth(1), &e);
	ck_assert_uint_eq(out.n_added, 0);
	ck_assert_uint_eq(out.n_skipped, 1);
	ck_assert(out.skipped[0].gone);
	ck_assert_str_eq(out.skipped[0].why, "gone meanwhile");
	snapshot(arch.store, &after);
	ck_assert_str_eq(before.data, after.data);
}
END_TEST

START_TEST(one_that_is_held_is_added_whole_although_it_goes)
{
	for (unsigned k = 2; k <= 6; k++) { /* between any two of its files */
		begin(_i);
		commit(1);
		commit(2);
		act = forget_1;
		act_at = k;
		ok(archive_nth(1), &e);
		ck_assert(!there(src.store, NULL, "w0-1.feldera"));
		ck_assert_uint_eq(out.n_added, 1);
		HOLDS(1);
		content(arch.store, NULL, "w0-1.feldera", "w0-1.feldera");
		content(arch.store, dir_of(1), "pspine-0.dat", "state of 1");
		if (k < 6)
			end();
	}
}
END_TEST

static void forget_half(void)
{
	put(src.store, NULL, CKPT_CATALOG, "[]");
	ok(ckpt_store_remove(src.store, dir_of(1), "pspine-0.dat", &e), &e);
}

/* Race 5, where no list says what is missing. */
START_TEST(one_that_is_half_gone_when_it_is_listed_is_gone)
{
	const struct ckpt_uuid u = nth_uuid(1);
	const uint64_t fingerprint = 42;
	const struct ckpt_commit_opts o = { .uuid = &u,
					    .fingerprint = &fingerprint,
					    .dependencies_version = 1 };

	begin(_i);
	put(src.store, NULL, CKPT_CATALOG, "[]");
	stage(src.store, 1, BATCHES("w0-1.feldera"));
	ok(ckpt_commit(src.root, &o, NULL, &e), &e);
	act = forget_half;
	act_at = 1;
	ok(archive_nth(1), &e);
	ck_assert_uint_eq(out.n_skipped, 1);
	ck_assert(out.skipped[0].gone);
	ck_assert(!there(arch.store, NULL, CKPT_CATALOG));
}
END_TEST

static char many[700][32];

static void forget_many(void)
{
	forget(1);
	for (size_t i = 0; i < 700; i++)
		ckpt_store_remove(src.store, NULL, many[i], NULL);
}

START_TEST(one_that_is_too_large_to_be_held_is_taken_back)
{
	const char *batch[701] = { NULL };

	begin(_i);
	commit(2);
	ok(archive_nth(2), &e);
	snapshot(arch.store, &before);
	for (size_t i = 0; i < 700; i++) {
		snprintf(many[i], sizeof(many[i]), "w0-m%03zu.feldera", i);
		batch[i] = many[i];
	}
	commit_nth(src.root, 1, batch);
	asked = 0;
	act = forget_many;
	act_at = 600;
	ok(archive_nth(1), &e);
	ck_assert_uint_eq(out.n_skipped, 1);
	ck_assert(out.skipped[0].gone);
	ck_assert_uint_eq(out.linked + out.copied + out.copied_bytes, 0);
	snapshot(arch.store, &after);
	ck_assert_str_eq(before.data, after.data);
}
END_TEST

START_TEST(a_damaged_one_is_skipped_with_a_sentence_and_the_others_added)
{
	begin(_i);
	for (unsigned n = 1; n <= 3; n++)
		commit(n);
	ok(ckpt_store_remove(src.store, NULL, "w0-1.feldera", &e), &e);
	ok(ckpt_store_remove(src.store, dir_of(2), "pspine-0.dat", &e), &e);
	archive_all();
	HOLDS(3);
	ck_assert_uint_eq(out.n_skipped, 2);
	ck_assert(!out.skipped[0].gone && !out.skipped[1].gone);
	ck_assert_ptr_nonnull(strstr(out.skipped[0].why, "w0-1.feldera"));
	ck_assert_ptr_nonnull(strstr(out.skipped[1].why, "pspine-0.dat"));
}
END_TEST

START_TEST(a_source_whose_catalog_is_lost_is_refused)
{
	begin(_i);
	commit(1);
	ok(ckpt_store_remove(src.store, NULL, CKPT_CATALOG, &e), &e);
	ck_assert_int_eq(archive(&(struct ckpt_archive_opts){ .all = true }), -EUCLEAN);
	ck_assert_uint_eq(arch.fault.done, 0);
}
END_TEST

/* --- failures --------------------------------------------------------------- */

/* Whatever fails: what the catalog names is whole, what was not added leaves
 * nothing behind, a sweep finds no more than that, and the next run goes on. */
static void fail_at(unsigned long k, int kind, bool *over)
{
	struct ckpt_plan plan;
	size_t n;
	int rc;

	begin(kind);
	commit(1);
	finish(1, true);
	archive_all();
	snapshot(arch.store, &before);
	commit(2);
	finish(2, true);
	arch.fault.done = 0;
	arch.fault.fail_at = k;
	rc = archive(&(struct ckpt_archive_opts){ 0 });
	*over = arch.fault.done < k;
	arch.fault.fail_at = 0;
	if (*over)
		ok(rc, &e);
	else
		ck_assert_msg(rc == -ENOSPC || rc == 0, "%d at %lu", rc, k);
	sound();
	n = ckpt_root_catalog(arch.root)->n;
	ck_assert_uint_eq(n, out.n_added + 1);
	snapshot(arch.store, &after);
	if (n == 1)
		ck_assert_str_eq(before.data, after.data);
	ok(ckpt_sweep(arch.root, false, &plan, &e), &e);
	ck_assert_uint_eq(plan.n_items, 0);
	ckpt_plan_release(&plan);
	archive_all();
	HOLDS(1, 2);
	ck_assert(there(arch.store, dir_of(2), CKPT_STATE));
	end();
}

START_TEST(a_failure_at_any_step_leaves_the_archive_sound)
{
	bool over = false;
	unsigned long k;

	for (k = 1; !over; k++)
		fail_at(k, _i, &over);
	ck_assert_uint_gt(k, 10);
	begin(_i); /* for the fixture */
}
END_TEST

/* As of a commit. */
START_TEST(what_a_catalog_may_name_that_cannot_be_read_again_is_not_taken_back)
{
	begin(_i);
	commit(1);
	archive_all();
	commit(2);
	arch.fault = (struct fault){ .code = EUCLEAN, .ask_at = 1, .next = EIO };
	ck_assert_int_eq(archive_nth(2), -EUCLEAN);
	ck_assert_uint_eq(arch.fault.hits, 2);
	arch.fault = (struct fault){ 0 };
	ok(ckpt_root_refresh(arch.root, &e), &e);
	HOLDS(1, 2);
}
END_TEST

START_TEST(a_failure_in_an_empty_directory_leaves_it_empty)
{
	/* On one file system the first is a sync of all, which may fail. */
	for (unsigned long k = _i == DISK_TO_MEM ? 1 : 2; k <= 6; k++) {
		begin(_i);
		commit(1);
		arch.fault.fail_at = k;
		ck_assert_int_eq(archive(&(struct ckpt_archive_opts){ .all = true }), -ENOSPC);
		snapshot(arch.store, &after);
		ck_assert_str_eq(after.data ? after.data : "", "");
		arch.fault.fail_at = 0;
		archive_all();
		HOLDS(1);
		if (k < 6)
			end();
	}
}
END_TEST

int main(void)
{
	const TTest *tests[] = {
		one_that_is_gone_before_it_is_held_leaves_no_trace,
		one_that_is_held_is_added_whole_although_it_goes,
		one_that_is_half_gone_when_it_is_listed_is_gone,
		one_that_is_too_large_to_be_held_is_taken_back,
		a_damaged_one_is_skipped_with_a_sentence_and_the_others_added,
		a_source_whose_catalog_is_lost_is_refused,
		a_failure_at_any_step_leaves_the_archive_sound,
		what_a_catalog_may_name_that_cannot_be_read_again_is_not_taken_back,
		a_failure_in_an_empty_directory_leaves_it_empty,
	};
	TCase *t = tcase_create("archive_loss");

	suite_add_loops(t, tests, KINDS);
	return archive_run("archive_loss", t);
}
