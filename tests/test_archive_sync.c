/* What an archive of many new files does instead of a sync of each, and which
 * files are synced by themselves after all. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/name.h"
#include "engine/limits.h"
#include "store/limits.h"
#include "tests/archive_world.h"
#include "tests/suite.h"
#include "tests/sync_calls.h"

#define SKIP(reason)                                                                                         \
	do {                                                                                                 \
		printf("skipped: %s: %s\n", __func__, reason);                                               \
		return;                                                                                      \
	} while (0)
#define N (CKPT_ARCHIVE_OPEN + 8) /* new batches, more than are held open */
#define HELD 7
#define NOT_HELD (N - 1)
_Static_assert(N > CKPT_SYNC_ALL_FROM, "enough for one sync of all");

static char name[N][32];

static ino_t inode_of(const struct side *s, const char *file)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", s->path, file);
	ck_assert_int_eq(stat(path, &st), 0);
	return st.st_ino;
}

static int access_in(const struct side *s, const char *file)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", s->path, file);
	return access(path, F_OK);
}

static size_t batches_synced(void)
{
	size_t n = 0;

	for (size_t i = 0; i < N; i++)
		n += was_synced(inode_of(&src, name[i]));
	return n;
}

/* --- tests ------------------------------------------------------------------ */

/* Until a file that gets a name from now on is younger than all that have one. */
static void wait_for_the_clock(void)
{
	struct timespec then, now;

	clock_gettime(CLOCK_REALTIME, &then);
	do {
		usleep(1000);
		clock_gettime(CLOCK_REALTIME_COARSE, &now);
	} while (now.tv_sec < then.tv_sec || (now.tv_sec == then.tv_sec && now.tv_nsec <= then.tv_nsec));
}

/* A checkpoint of N batches in the source, and calls that begin to count.  False:
 * on this file system each file is synced by itself. */
static bool begin_many(void)
{
	const char *batch[N + 1] = { NULL };

	begin(DISK_TO_DISK);
	for (size_t i = 0; i < N; i++) {
		snprintf(name[i], sizeof(name[i]), "w0-m%03zu.feldera", i);
		batch[i] = name[i];
	}
	commit_nth(src.root, 1, batch);
	wait_for_the_clock();
	calls->n = 0;
	calls->bad = 0;
	calls->all_code = 0;
	calls->then = NULL;
	calls->let_go = calls->done = false;
	if (ckpt_store_sync_all(src.store, N, -1, NULL, NULL, NULL)) {
		printf("skipped: %s is on a file system whose syncfs() is not relied on\n", src.path);
		return false;
	}
	calls->all = 0;
	return true;
}

START_TEST(one_sync_of_all_takes_the_place_of_one_of_each)
{
	if (!begin_many())
		return;
	archive_all();
	HOLDS(1);
	ck_assert_uint_eq(calls->all, 1);
	ck_assert_uint_eq(batches_synced(), 0);
}
END_TEST

/* A file of its own, without bytes, that gets its name first. */
START_TEST(the_marker_is_synced_before_the_catalog_names_it)
{
	char marker[64];

	if (!begin_many())
		return;
	archive_all();
	snprintf(marker, sizeof(marker), "%s/" CKPT_MARKER, dir_of(1));
	ck_assert_uint_ne(inode_of(&src, marker), inode_of(&arch, marker));
	ck_assert(was_synced(inode_of(&arch, marker)));
	ck_assert(!was_synced(inode_of(&src, marker)));
}
END_TEST

/* Left by a killed run, or copied while all was synced: it was looked at since. */
START_TEST(what_the_directory_has_already_is_synced_by_itself)
{
	char state[64];

	if (!begin_many())
		return;
	put(arch.store, NULL, CKPT_CATALOG, "[]");
	put(arch.store, dir_of(1), "pspine-0.dat", "state of 1");
	calls->n = 0;
	archive_all();
	HOLDS(1);
	snprintf(state, sizeof(state), "%s/pspine-0.dat", dir_of(1));
	ck_assert(was_synced(inode_of(&arch, state)));
	ck_assert_uint_eq(batches_synced(), 0);
}
END_TEST

/* It fails for whatever can't be written, also what somebody else wrote. */
START_TEST(where_that_fails_each_file_is_synced_and_it_succeeds)
{
	static const int codes[] = { EIO, ENOSPC, ENOSYS };

	if (!begin_many())
		return;
	calls->all_code = codes[_i];
	archive_all();
	HOLDS(1);
	ck_assert_uint_eq(calls->all, 1);
	ck_assert_uint_eq(batches_synced(), N);
}
END_TEST

START_TEST(what_befalls_a_file_of_the_checkpoint_counts)
{
	if (!begin_many())
		return;
	calls->all_code = EIO;
	calls->bad = inode_of(&src, name[7]);
	ck_assert_int_eq(archive_nth(1), -EIO);
	ck_assert_ptr_nonnull(strstr(e.msg, name[7]));
	snapshot(arch.store, &after);
	ck_assert_str_eq(after.data ? after.data : "", "");
	calls->bad = 0;
	archive_all();
	HOLDS(1);
}
END_TEST

/* By whoever it is, who has nothing of ours open. */
static void replace(size_t i)
{
	char from[128], to[128];
	FILE *f;

	snprintf(from, sizeof(from), "%s/other", src.path);
	snprintf(to, sizeof(to), "%s/%s", src.path, name[i]);
	f = fopen(from, "w");
	ck_assert(f && fputs("other bytes", f) >= 0 && !fclose(f));
	ck_assert_int_eq(rename(from, to), 0);
}

static void replace_held(void)
{
	replace(HELD);
}

static void replace_not_held(void)
{
	replace(NOT_HELD);
}

START_TEST(a_file_that_got_its_name_after_the_sync_is_synced_again)
{
	if (!begin_many())
		return;
	calls->then = replace_not_held;
	archive_all();
	ck_assert_uint_eq(inode_of(&src, name[NOT_HELD]), inode_of(&arch, name[NOT_HELD]));
	ck_assert(was_synced(inode_of(&arch, name[NOT_HELD])));
	ck_assert_uint_eq(batches_synced(), 1);
}
END_TEST

/* The one that was looked at goes into the archive, not the one that has its name now. */
START_TEST(a_file_that_lost_its_name_since_it_was_held_is_copied_and_synced)
{
	struct ckpt_blob was, is;

	if (!begin_many())
		return;
	ok(ckpt_store_read(src.store, NULL, name[HELD], 1 << 20, &was, &e), &e);
	act = replace_held;
	act_at = asked + 2; /* the first is before it is held */
	archive_all();
	ok(ckpt_store_read(arch.store, NULL, name[HELD], 1 << 20, &is, &e), &e);
	ck_assert_str_eq(is.data, was.data);
	ck_assert(was_synced(inode_of(&arch, name[HELD])));
	ck_assert_uint_eq(batches_synced(), 0);
	free(was.data);
	free(is.data);
}
END_TEST

/* Another archiver's, on the same store, for whose files nobody has waited. */
START_TEST(nor_does_one_vouch_for_it_that_fails_after_it)
{
	const char *late = "w0-late.feldera";

	if (!begin_many())
		return;
	ok(ckpt_store_sync_all(arch.store, N, -1, NULL, NULL, &e), &e);
	wait_for_the_clock();
	put(src.store, NULL, late, "late bytes");
	wait_for_the_clock();
	calls->n = 0;
	calls->all_code = EIO;
	ck_assert_int_eq(ckpt_store_sync_all(arch.store, N, -1, NULL, NULL, &e), -EIO);
	ok(ckpt_store_adopt(arch.store, NULL, late, src.store, NULL, late, true, NULL, &e), &e);
	ck_assert(was_synced(inode_of(&arch, late)));
}
END_TEST

/* The source once more, by a mount of its own. */
static void reach_by_another_mount(const char *at)
{
	struct ckpt_store *inner;

	ck_assert_int_eq(mkdir(at, 0755), 0);
	ck_assert_int_eq(mount(src.path, at, NULL, MS_BIND, NULL), 0);
	ckpt_root_free(src.root);
	ckpt_store_free(src.store);
	ok(ckpt_store_open_posix(at, &inner, &e), &e);
	src.store = store_fault_new(inner, &src.fault);
	ok(ckpt_root_open(src.store, NULL, &src.root, &e), &e);
}

/* One file system, but no link can be had: then nobody waits for its sync, nor for
 * that of each original. */
START_TEST(what_can_only_be_copied_is_not_synced_before)
{
	char at[80];

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		begin(DISK_TO_DISK); /* for the fixture */
		SKIP("mounting takes root");
	}
	if (!begin_many())
		return;
	snprintf(at, sizeof(at), "%s.mount", src.path);
	reach_by_another_mount(at);
	archive_all();
	HOLDS(1);
	ck_assert_uint_ge(out.copied + out.cloned, N);
	ck_assert_uint_eq(out.linked, 0);
	ck_assert_uint_eq(calls->all, 0);
	ck_assert_uint_eq(batches_synced(), 0);
	/* Once copied, the same is found again. */
	commit(2);
	archive_all();
	HOLDS(1, 2);
	ck_assert_int_eq(umount2(at, MNT_DETACH), 0);
	ck_assert_int_eq(rmdir(at), 0);
}
END_TEST

/* Another process removes checkpoint 1 from the archive, with its batches, and
 * adds checkpoint 4. */
static void change_archive(void)
{
	const struct ckpt_uuid one = nth_uuid(1), four = nth_uuid(4);
	const struct ckpt_archive_opts o = { .uuid = &four, .n_uuid = 1 };
	struct ckpt_archived added;
	struct ckpt_store *store;
	struct ckpt_root *root;
	struct ckpt_plan plan;

	calls->then = NULL;
	ok(ckpt_store_open_posix(arch.path, &store, &e), &e);
	ok(ckpt_root_open(store, NULL, &root, &e), &e);
	ok(ckpt_remove(root, &one, false, &plan, &e), &e);
	ckpt_plan_release(&plan);
	ck_assert_int_ne(access_in(&arch, name[7]), 0);
	ok(ckpt_archive(src.root, root, &o, &added, &e), &e);
	ckpt_archived_release(&added);
	ckpt_root_free(root);
	ckpt_store_free(store);
}

/* What the archive's newest needs is read before the archive is locked. */
START_TEST(batches_that_a_gc_takes_meanwhile_are_added_again)
{
	const char *batch[2 * N + 1] = { NULL };
	static char more[N][32];

	if (!begin_many())
		return;
	archive_all();
	for (size_t i = 0; i < N; i++) {
		snprintf(more[i], sizeof(more[i]), "w1-m%03zu.feldera", i);
		batch[i] = name[i];
		batch[N + i] = more[i];
	}
	commit_nth(src.root, 2, batch);
	commit(4);
	/* Without the wrapper, for which nothing is done beside anything else. */
	ckpt_root_free(arch.root);
	ckpt_store_free(arch.store);
	ok(ckpt_store_open_posix(arch.path, &arch.store, &e), &e);
	ok(ckpt_root_open(arch.store, NULL, &arch.root, &e), &e);
	ck_assert(ckpt_store_is_abreast(arch.store));
	calls->then = change_archive;
	ok(archive_nth(2), &e);
	ck_assert(!calls->then);
	HOLDS(2, 4);
	ck_assert_int_eq(access_in(&arch, name[7]), 0);
}
END_TEST

static void stop_now(void)
{
	stops = true;
}

/* A disk that takes its time. */
static void wait_on(void)
{
	for (int i = 0; i < 6000 && !__atomic_load_n(&calls->let_go, __ATOMIC_ACQUIRE); i++)
		usleep(10000);
	__atomic_store_n(&calls->done, true, __ATOMIC_RELEASE);
}

START_TEST(a_stop_is_heeded_before_the_sync_of_all_and_in_it)
{
	if (!begin_many())
		return;
	calls->then = wait_on;
	act = stop_now;
	act_at = 2 + (unsigned)_i; /* the first is before it is held */
	arch.fault.locks = 0;
	ck_assert_int_eq(archive_nth(1), -EINTR);
	ck_assert_ptr_nonnull(strstr(e.msg, "interrupted"));
	ck_assert(!__atomic_load_n(&calls->done, __ATOMIC_ACQUIRE));
	ck_assert_uint_eq(arch.fault.locks, 0);
	ck_assert_int_eq(src.fault.open, 0); /* the lease, the files */
	snapshot(arch.store, &after);
	ck_assert_str_eq(after.data ? after.data : "", "");
	/* No child is left that somebody would have to wait for. */
	ck_assert_int_eq(waitpid(-1, NULL, __WALL), -1);
	__atomic_store_n(&calls->let_go, true, __ATOMIC_RELEASE);
}
END_TEST

static void nothing(void)
{
}

int main(void)
{
	TCase *t = tcase_create("archive_sync");

	if (!calls_new())
		return 1;
	tcase_add_test(t, one_sync_of_all_takes_the_place_of_one_of_each);
	tcase_add_test(t, the_marker_is_synced_before_the_catalog_names_it);
	tcase_add_test(t, what_the_directory_has_already_is_synced_by_itself);
	tcase_add_loop_test(t, where_that_fails_each_file_is_synced_and_it_succeeds, 0, 3);
	tcase_add_test(t, what_befalls_a_file_of_the_checkpoint_counts);
	tcase_add_test(t, a_file_that_got_its_name_after_the_sync_is_synced_again);
	tcase_add_test(t, a_file_that_lost_its_name_since_it_was_held_is_copied_and_synced);
	tcase_add_test(t, nor_does_one_vouch_for_it_that_fails_after_it);
	tcase_add_test(t, what_can_only_be_copied_is_not_synced_before);
	tcase_add_test(t, batches_that_a_gc_takes_meanwhile_are_added_again);
	tcase_add_loop_test(t, a_stop_is_heeded_before_the_sync_of_all_and_in_it, 0, 2);
	tcase_add_checked_fixture(t, nothing, end);
	return suite_run_one("archive_sync", t);
}
