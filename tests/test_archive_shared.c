/* Batches that many checkpoints share: the archive has them, or should. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "base/name.h"
#include "tests/archive_world.h"
#include "tests/suite.h"

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

/* False where the test can't mount. */
static bool own_mounts(const char *test)
{
	bool can = !unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);

	begin(DISK_TO_DISK);
	if (!can)
		printf("skipped: %s: mounting takes root\n", test);
	return can;
}

/* Where it is listed, what is below the mount counts, else the mount is said. */
START_TEST(what_is_mounted_over_a_shared_batch_does_not_get_into_the_archive)
{
	char over[128], theirs[128];
	bool listed;

	if (!own_mounts(__func__))
		return;
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

/* No sweep helps. */
START_TEST(what_is_mounted_over_a_batch_of_the_archive_is_said)
{
	char over[128], theirs[128];

	if (!own_mounts(__func__))
		return;
	commit(1);
	put(arch.store, NULL, CKPT_CATALOG, "[]");
	put(arch.store, NULL, "w0-1.feldera", "w0-1.feldera"); /* a copy of it */
	put(src.store, NULL, "theirs", "theirs");
	snprintf(theirs, sizeof(theirs), "%s/theirs", src.path);
	snprintf(over, sizeof(over), "%s/w0-1.feldera", _i ? src.path : arch.path);
	ck_assert_int_eq(mount(theirs, over, NULL, MS_BIND, NULL), 0);
	if (_i) {
		ok(archive_nth(1), &e);
		ck_assert_uint_eq(out.n_skipped, 1);
	} else {
		ck_assert_int_eq(archive_nth(1), -EEXIST);
	}
	ck_assert_msg(strstr(_i ? out.skipped[0].why : e.msg, "unmount it first"), "%s",
		      _i ? out.skipped[0].why : e.msg);
	ck_assert_int_eq(umount(over), 0);
	archive_all();
	HOLDS(1);
}
END_TEST

int main(void)
{
	const TTest *tests[] = {
		shared_batches_are_not_looked_at_one_by_one,
		a_shared_batch_that_the_archive_lacks_is_added_again,
		a_shared_batch_that_the_archive_has_as_another_file_is_said,
		a_shared_batch_that_the_source_lacks_is_said,
	};
	TCase *t = tcase_create("archive_shared");

	suite_add_loops(t, tests, KINDS);
	tcase_add_loop_test(t, what_is_mounted_over_a_shared_batch_does_not_get_into_the_archive, 0, 2);
	tcase_add_loop_test(t, what_is_mounted_over_a_batch_of_the_archive_is_said, 0, 2);
	return archive_run("archive_shared", t);
}
