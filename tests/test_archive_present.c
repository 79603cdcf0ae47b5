/* What an archive has already, and who else uses it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "engine/limits.h"
#include "tests/archive_world.h"
#include "tests/suite.h"

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

static bool replaced;

/* By one that names a batch that nobody has. */
static void replace_the_list(struct ckpt_store *s)
{
	struct ckpt_blob text;

	if (!there(s, dir_of(1), CKPT_DEPENDENCIES))
		return;
	ok(ckpt_store_read(s, dir_of(1), CKPT_DEPENDENCIES, 1 << 20, &text, &e), &e);
	ck_assert_ptr_nonnull(strstr(text.data, "w0-1.feldera"));
	strstr(text.data, "w0-1.feldera")[3] = '9';
	ok(ckpt_store_remove(s, dir_of(1), CKPT_DEPENDENCIES, &e), &e);
	put(s, dir_of(1), CKPT_DEPENDENCIES, text.data);
	free(text.data);
	replaced = true;
}

static void replace_there(void)
{
	replace_the_list(src.store);
}

static void replace_here(void)
{
	replace_the_list(arch.store);
}

/* Before it is read, before it is opened, and after that. */
START_TEST(a_list_that_is_replaced_while_it_is_held_is_added_as_it_was_read_or_not_at_all)
{
	struct ckpt_blob text;

	replaced = true;
	for (unsigned long k = 1; replaced; k++) {
		replaced = false;
		begin(_i);
		commit(1);
		src.fault.meanwhile = replace_there;
		src.fault.at_look = src.fault.looks + k;
		if (!archive(&(struct ckpt_archive_opts){ .all = true }) && out.n_added) {
			ok(ckpt_store_read(arch.store, dir_of(1), CKPT_DEPENDENCIES, 1 << 20, &text, &e), &e);
			ck_assert_ptr_null(strstr(text.data, "w0-9.feldera"));
			free(text.data);
		}
		src.fault.at_look = 0;
		if (replaced)
			end();
	}
}
END_TEST

/* At the first look at all after it was added. */
START_TEST(a_list_that_was_replaced_meanwhile_is_read_again)
{
	int rc = 0;

	replaced = false;
	for (unsigned long k = 1; !replaced; k++) {
		begin(_i);
		commit(1);
		arch.fault.meanwhile = replace_here;
		arch.fault.at_look = arch.fault.looks + k;
		rc = archive(&(struct ckpt_archive_opts){ .all = true });
		arch.fault.at_look = 0;
		if (!replaced)
			end();
	}
	ck_assert_int_eq(rc, -EIO);
	ck_assert_ptr_nonnull(strstr(e.msg, "w0-9.feldera"));
	ck_assert(!there(arch.store, NULL, CKPT_CATALOG));
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
	const TTest *tests[] = {
		another_file_of_the_same_name_is_refused,
		what_a_killed_run_left_is_used_and_nothing_else_joins_it,
		a_list_that_is_replaced_while_it_is_held_is_added_as_it_was_read_or_not_at_all,
		a_list_that_was_replaced_meanwhile_is_read_again,
		an_archive_that_another_has_is_busy,
		an_archive_whose_catalog_is_lost_is_refused,
		who_reads_it_here_does_not_keep_it_there,
		nor_one_of_more_files_than_are_held_open,
		one_that_ckptfs_just_removes_is_gone,
	};
	TCase *t = tcase_create("archive_present");

	suite_add_loops(t, tests, KINDS);
	return archive_run("archive_present", t);
}
