/* Floor 1, posix: modes, owners, and what a crash or a reader leaves. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/name.h"
#include "store/limits.h"
#include "store_posix.h"
#include "store_suite.h"

#define NOBODY 65534

static unsigned mode_of(const char *name)
{
	struct stat st;

	ck_assert_int_eq(lstat(in_root(name), &st), 0);
	return st.st_mode & 07777;
}

START_TEST(modes_do_not_depend_on_the_umask)
{
	struct ckpt_lock *l;

	umask(0077);
	put_text(a, NULL, "f", "x");
	ck_assert_uint_eq(mode_of("f"), 0644);
	OK(ckpt_store_mkdir(a, "d", &e));
	ck_assert_uint_eq(mode_of("d"), 0755);
	OK(ckpt_store_replace(a, "c", "x", 1, &absent, &e));
	ck_assert_uint_eq(mode_of("c"), 0644);
	OK(ckpt_store_lock(a, &l, NULL, &e));
	ck_assert_uint_eq(mode_of(CKPT_PIDLOCK), 0644);
	ckpt_lock_release(l);
	umask(0);
	put_text(a, NULL, "g", "x");
	ck_assert_uint_eq(mode_of("g"), 0644);
}
END_TEST

START_TEST(a_replaced_file_keeps_its_mode)
{
	struct ckpt_blob blob;

	put_text(a, NULL, "f", "x");
	ck_assert_int_eq(chmod(in_root("f"), 0660), 0);
	put_text(a, NULL, "f", "y");
	ck_assert_uint_eq(mode_of("f"), 0660);
	OK(ckpt_store_read(a, NULL, "f", 9, &blob, &e));
	OK(ckpt_store_replace(a, "f", "z", 1, &blob.version, &e));
	ck_assert_uint_eq(mode_of("f"), 0660);
	free(blob.data);
}
END_TEST

START_TEST(what_root_makes_belongs_to_the_roots_owner)
{
	static const char *const names[] = { "f", "d", CKPT_PIDLOCK };
	struct ckpt_store *s;
	struct ckpt_lock *l;
	struct stat st;

	if (geteuid() != 0)
		SKIP("giving files away takes root");
	ck_assert_int_eq(chown(root_path, 1234, 2345), 0);
	OK(ckpt_store_open_posix(root_path, &s, &e));
	put_text(s, NULL, "f", "x");
	OK(ckpt_store_mkdir(s, "d", &e));
	OK(ckpt_store_lock(s, &l, NULL, &e));
	ckpt_lock_release(l);
	for (size_t i = 0; i < 3; i++) {
		ck_assert_int_eq(lstat(in_root(names[i]), &st), 0);
		ck_assert_uint_eq(st.st_uid, 1234);
		ck_assert_uint_eq(st.st_gid, 2345);
	}
	ckpt_store_free(s);
}
END_TEST

START_TEST(somebody_who_may_only_read_can_read)
{
	struct ckpt_store *s;
	struct ckpt_lease *l;
	struct ckpt_lock *lock;
	struct ckpt_stat st;

	if (geteuid() != 0)
		SKIP("becoming somebody else takes root");
	put_text(a, NULL, "f", "text");
	OK(ckpt_store_mkdir(a, "d", &e));
	put_text(a, "d", CKPT_MARKER, "");
	ck_assert_int_eq(setgroups(0, NULL), 0);
	ck_assert_int_eq(seteuid(NOBODY), 0);
	OK(ckpt_store_open_posix(root_path, &s, &e));
	expect_text(s, NULL, "f", "text");
	OK(ckpt_store_stat(s, "d", CKPT_MARKER, &st, &e));
	OK(ckpt_store_lease(s, "d", CKPT_LEASE_SHARED, &l, &e));
	ckpt_lease_release(l);
	FAILS(EACCES, ckpt_store_lease(s, "d", CKPT_LEASE_EXCLUSIVE, &l, &e));
	FAILS(EACCES, ckpt_store_lock(s, &lock, NULL, &e));
	FAILS(EACCES, ckpt_store_write(s, NULL, "g", "", 0, &e));
	ckpt_store_free(s);
	ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(chmod(root_path, 0700), 0);
	ck_assert_int_eq(seteuid(NOBODY), 0);
	FAILS(EACCES, ckpt_store_open_posix(root_path, &s, &e));
	ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

START_TEST(a_root_is_a_directory_that_is_there)
{
	struct ckpt_store *s;
	int fd;

	plant("f", "x");
	FAILS(ENOTDIR, ckpt_store_open_posix(in_root("f"), &s, &e));
	FAILS(ENOENT, ckpt_store_open_posix(in_root("no"), &s, &e));
	ck_assert_ptr_null(s);
	fd = open(root_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	OK(ckpt_store_open_posix_at(fd, "a name", &s, &e));
	ck_assert_str_eq(ckpt_store_label(s), "a name");
	close(fd);
	expect_text(s, NULL, "f", "x");
	ckpt_store_free(s);
}
END_TEST

static void write_and_wait(void)
{
	struct ckpt_writer *w;

	if (ckpt_store_create(a, NULL, "f", &w, NULL) || ckpt_writer_append(w, "half", 4, NULL))
		_exit(1);
}

START_TEST(a_killed_writer_leaves_nothing_but_its_temporary_file)
{
	end(child(write_and_wait));
	expect_absent(a, NULL, "f");
	ck_assert_uint_eq(count_names(a, NULL), 0);
	/* As one leaves it where files have names from the beginning, or a link
	 * that somebody put there. */
	plant("f.mut", "half of a longer file");
	put_text(a, NULL, "f", "whole");
	expect_text(a, NULL, "f", "whole");
	ck_assert_int_eq(symlink("f", in_root("g.mut")), 0);
	put_text(a, NULL, "g", "other");
	expect_text(a, NULL, "f", "whole");
	ck_assert_uint_eq(count_names(a, NULL), 2);
}
END_TEST

static void remember(const char *name, struct stat *st)
{
	ck_assert_int_eq(lstat(in_root(name), st), 0);
}

static int nothing(void *ctx, const char *name, const struct ckpt_stat *st)
{
	(void)ctx;
	(void)name;
	(void)st;
	return 0;
}

START_TEST(reading_changes_nothing)
{
	static const char *const names[] = { ".", "f", "d", "d/" CKPT_MARKER };
	struct stat before[4], after;
	struct ckpt_tree tree;
	struct ckpt_lease *l;
	struct ckpt_watch *w;
	struct ckpt_store *s;

	put_text(a, NULL, "f", "text");
	OK(ckpt_store_mkdir(a, "d", &e));
	put_text(a, "d", CKPT_MARKER, "");
	for (size_t i = 0; i < 4; i++)
		remember(names[i], &before[i]);
	OK(ckpt_store_open_posix(root_path, &s, &e));
	expect_text(s, NULL, "f", "text");
	OK(ckpt_store_list(s, NULL, true, nothing, NULL, &e));
	OK(ckpt_store_list(s, "d", true, nothing, NULL, &e));
	OK(ckpt_store_measure(s, "d", &tree, &e));
	OK(ckpt_store_lease(s, "d", CKPT_LEASE_ASK, NULL, &e));
	OK(ckpt_store_lease(s, "d", CKPT_LEASE_SHARED, &l, &e));
	ckpt_lease_release(l);
	OK(ckpt_store_watch(s, &w, &e));
	OK(ckpt_watch_dir(w, "d", &e));
	ckpt_watch_close(w);
	ckpt_store_free(s);
	for (size_t i = 0; i < 4; i++) {
		remember(names[i], &after);
		ck_assert_mem_eq(&before[i].st_ctim, &after.st_ctim, sizeof(after.st_ctim));
		ck_assert_mem_eq(&before[i].st_mtim, &after.st_mtim, sizeof(after.st_mtim));
		ck_assert_uint_eq(before[i].st_ino, after.st_ino);
	}
}
END_TEST

START_TEST(a_file_lends_a_descriptor_that_can_only_be_read)
{
	struct ckpt_file *f;
	char buf[8] = "";
	int fd;

	put_text(a, NULL, "f", "text");
	OK(ckpt_store_open(a, NULL, "f", &f, &e));
	fd = ckpt_file_fd(f);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pread(fd, buf, sizeof(buf), 0), 4);
	ck_assert_str_eq(buf, "text");
	ck_assert_int_eq(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ckpt_file_close(f);
}
END_TEST

static void note_want(void *ctx, size_t i, int rc, const struct ckpt_err *why)
{
	unsigned *told = ctx;

	(void)i, (void)why;
	ck_assert_int_eq(rc, -EMFILE);
	++*told;
}

START_TEST(who_has_no_more_descriptors_does_not_try_every_file)
{
	enum { FILES = 1000, MAY = 100 };
	static struct ckpt_file *f[FILES];
	static struct ckpt_each each[FILES];
	static struct ckpt_stat st[FILES];
	struct rlimit limit;
	unsigned told = 0, n = 0;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = MAY;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	put_text(a, NULL, "f", "text");
	for (size_t i = 0; i < FILES; i++)
		each[i].name = "f";
	ckpt_store_open_each(a, each, FILES, f, st, note_want, &told);
	for (size_t i = 0; i < FILES; i++) {
		n += f[i] != NULL;
		ckpt_file_close(f[i]);
	}
	ck_assert_uint_ge(n, MAY / 2);
	ck_assert_uint_lt(n, MAY);
	ck_assert_uint_ge(told, 1);
	ck_assert_uint_le(told, CKPT_OPEN_ABREAST);
}
END_TEST

void store_posix_files(TCase *tc)
{
	tcase_add_test(tc, modes_do_not_depend_on_the_umask);
	tcase_add_test(tc, a_replaced_file_keeps_its_mode);
	tcase_add_test(tc, what_root_makes_belongs_to_the_roots_owner);
	tcase_add_test(tc, somebody_who_may_only_read_can_read);
	tcase_add_test(tc, a_root_is_a_directory_that_is_there);
	tcase_add_test(tc, a_killed_writer_leaves_nothing_but_its_temporary_file);
	tcase_add_test(tc, reading_changes_nothing);
	tcase_add_test(tc, a_file_lends_a_descriptor_that_can_only_be_read);
	tcase_add_test(tc, who_has_no_more_descriptors_does_not_try_every_file);
}
