/* Floor 1, posix: links are never followed, and nobody waits for a fifo. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/name.h"
#include "store_posix.h"
#include "store_suite.h"

const char *in_root(const char *name)
{
	static char path[4][640];
	static unsigned next;
	char *p = path[next++ % 4];

	snprintf(p, sizeof(path[0]), "%s/%s", root_path, name);
	return p;
}

void plant(const char *name, const char *text)
{
	FILE *f = fopen(in_root(name), "we");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

void expect_planted(const char *name, const char *text)
{
	char got[256] = "";
	FILE *f = fopen(in_root(name), "re");

	ck_assert_msg(f != NULL, "%s is gone", name);
	got[fread(got, 1, sizeof(got) - 1, f)] = '\0';
	fclose(f);
	ck_assert_str_eq(got, text);
}

/* Beside the root: what a link might lead to. */
static const char *outside(const char *name)
{
	static char path[4][640];
	static unsigned next;
	char *p = path[next++ % 4];

	snprintf(p, sizeof(path[0]), "%s.outside%s%s", root_path, name ? "/" : "", name ? name : "");
	return p;
}

static void make_outside(void)
{
	FILE *f;

	ck_assert_int_eq(mkdir(outside(NULL), 0755), 0);
	f = fopen(outside("f"), "we");
	ck_assert_ptr_nonnull(f);
	fputs("secret", f);
	fclose(f);
	f = fopen(outside(CKPT_MARKER), "we");
	ck_assert_ptr_nonnull(f);
	fclose(f);
}

static void outside_is_untouched(void)
{
	struct stat st;

	ck_assert_int_eq(stat(outside("f"), &st), 0);
	ck_assert_int_eq(st.st_size, 6);
	ck_assert_uint_eq(st.st_nlink, 1);
	ck_assert_int_eq(stat(outside(CKPT_MARKER), &st), 0);
	ck_assert_int_eq(access(outside("g"), F_OK), -1);
}

static int ignore(void *ctx, const char *name, const struct ckpt_stat *st)
{
	(void)ctx;
	(void)name;
	(void)st;
	return 0;
}

START_TEST(a_link_in_place_of_a_file_is_not_followed)
{
	enum ckpt_adopted how;
	struct ckpt_writer *w;
	struct ckpt_file *f;
	struct ckpt_stat st;

	make_outside();
	ck_assert_int_eq(symlink(outside("f"), in_root("link")), 0);
	OK(ckpt_store_stat(a, NULL, "link", &st, &e));
	ck_assert_int_eq(st.kind, CKPT_KIND_LINK);
	ck_assert_int_eq(listed_kind(a, NULL, "link", false), CKPT_KIND_LINK);
	FAILS(ELOOP, ckpt_store_open(a, NULL, "link", &f, &e));
	FAILS(ELOOP, ckpt_store_create(a, NULL, "link", &w, &e));
	FAILS(ELOOP, ckpt_store_replace(a, "link", "x", 1, &absent, &e));
	FAILS(ELOOP, ckpt_store_sync_file(a, NULL, "link", &e));
	FAILS(ELOOP, ckpt_store_adopt(a, NULL, "g", a, NULL, "link", false, &how, &e));
	put_text(a, NULL, "mine", "x");
	FAILS(EEXIST, ckpt_store_adopt(a, NULL, "link", a, NULL, "mine", false, &how, &e));
	FAILS(EEXIST, ckpt_store_mkdir(a, "link", &e));
	/* One that is put there while a file is written. */
	OK(ckpt_store_create(a, NULL, "late", &w, &e));
	ck_assert_int_eq(symlink(outside("g"), in_root("late")), 0);
	FAILS(ELOOP, ckpt_writer_commit(w, &e));
	OK(ckpt_store_remove(a, NULL, "late", &e));
	OK(ckpt_store_remove(a, NULL, "link", &e));
	outside_is_untouched();
	ck_assert_uint_eq(count_names(a, NULL), 1);
}
END_TEST

START_TEST(a_link_in_place_of_a_directory_is_not_followed)
{
	enum ckpt_adopted how;
	struct ckpt_watch *watch;
	struct ckpt_writer *w;
	struct ckpt_lease *l;
	struct ckpt_file *f;
	struct ckpt_stat st;
	struct ckpt_tree tree;

	make_outside();
	put_text(a, NULL, "mine", "x");
	ck_assert_int_eq(symlink(outside(NULL), in_root("d")), 0);
	FAILS(ELOOP, ckpt_store_stat(a, "d", "f", &st, &e));
	FAILS(ELOOP, ckpt_store_list(a, "d", false, ignore, NULL, &e));
	FAILS(ELOOP, ckpt_store_open(a, "d", "f", &f, &e));
	FAILS(ELOOP, ckpt_store_create(a, "d", "g", &w, &e));
	FAILS(ELOOP, ckpt_store_adopt(a, "d", "g", a, NULL, "mine", false, &how, &e));
	FAILS(ELOOP, ckpt_store_adopt(a, NULL, "g", a, "d", "f", false, &how, &e));
	FAILS(ELOOP, ckpt_store_sync_file(a, "d", "f", &e));
	FAILS(ELOOP, ckpt_store_sync_dir(a, "d", &e));
	FAILS(ELOOP, ckpt_store_remove(a, "d", "f", &e));
	FAILS(ELOOP, ckpt_store_measure(a, "d", &tree, &e));
	FAILS(ELOOP, ckpt_store_remove_tree(a, "d", 10, &e));
	FAILS(ELOOP, ckpt_store_lease(a, "d", CKPT_LEASE_SHARED, &l, &e));
	OK(ckpt_store_watch(a, &watch, &e));
	FAILS(ELOOP, ckpt_watch_dir(watch, "d", &e));
	ckpt_watch_close(watch);
	outside_is_untouched();
}
END_TEST

START_TEST(a_link_in_place_of_a_lock_is_not_followed)
{
	struct ckpt_lease *lease;
	struct ckpt_lock *lock;

	make_outside();
	ck_assert_int_eq(symlink(outside("f"), in_root(CKPT_PIDLOCK)), 0);
	FAILS(ELOOP, ckpt_store_lock(a, &lock, NULL, &e));
	ck_assert_int_eq(unlink(in_root(CKPT_PIDLOCK)), 0);
	ck_assert_int_eq(symlink(outside("g"), in_root(CKPT_PIDLOCK)), 0);
	FAILS(ELOOP, ckpt_store_lock(a, &lock, NULL, &e));
	OK(ckpt_store_mkdir(a, "d", &e));
	ck_assert_int_eq(symlink(outside(CKPT_MARKER), in_root("d/" CKPT_MARKER)), 0);
	FAILS(ELOOP, ckpt_store_lease(a, "d", CKPT_LEASE_SHARED, &lease, &e));
	FAILS(ELOOP, ckpt_store_lease(a, "d", CKPT_LEASE_EXCLUSIVE, &lease, &e));
	FAILS(ELOOP, ckpt_store_lease(a, "d", CKPT_LEASE_ASK, &lease, &e));
	outside_is_untouched();
}
END_TEST

START_TEST(a_lock_file_with_a_second_name_is_locked_and_not_written_to)
{
	struct ckpt_lock *lock, *again;
	struct stat before, locked, after;

	make_outside();
	ck_assert_int_eq(link(outside("f"), in_root(CKPT_PIDLOCK)), 0);
	ck_assert_int_eq(stat(outside("f"), &before), 0);
	OK(ckpt_store_lock(a, &lock, NULL, &e));
	ck_assert_int_eq(stat(outside("f"), &locked), 0);
	expect_planted(CKPT_PIDLOCK, "secret");
	FAILS(EBUSY, ckpt_store_lock(b, &again, NULL, &e));
	ckpt_lock_release(lock);
	ck_assert_int_eq(stat(outside("f"), &after), 0);
	ck_assert_mem_eq(&before.st_ctim, &locked.st_ctim, sizeof(before.st_ctim));
	ck_assert_mem_eq(&before.st_ctim, &after.st_ctim, sizeof(before.st_ctim));
}
END_TEST

START_TEST(links_inside_a_directory_are_removed_themselves)
{
	struct ckpt_tree tree;

	make_outside();
	OK(ckpt_store_mkdir(a, "d", &e));
	ck_assert_int_eq(mkdir(in_root("d/sub"), 0755), 0);
	plant("d/sub/file", "12345");
	ck_assert_int_eq(symlink(outside(NULL), in_root("d/dirlink")), 0);
	ck_assert_int_eq(symlink(outside("f"), in_root("d/sub/link")), 0);
	ck_assert_int_eq(symlink("..", in_root("d/up")), 0);
	ck_assert_int_eq(mkfifo(in_root("d/fifo"), 0600), 0);
	OK(ckpt_store_measure(a, "d", &tree, &e));
	ck_assert_uint_eq(tree.files, 5);
	ck_assert_uint_eq(tree.bytes, 5);
	FAILS(EAGAIN, ckpt_store_remove_tree(a, "d", 3, &e));
	OK(ckpt_store_remove_tree(a, "d", 4, &e));
	expect_absent(a, NULL, "d");
	outside_is_untouched();
}
END_TEST

START_TEST(a_fifo_is_no_file_and_nobody_waits_for_it)
{
	struct ckpt_writer *w;
	struct ckpt_file *f;
	struct ckpt_lock *l;

	ck_assert_int_eq(mkfifo(in_root("fifo"), 0600), 0);
	ck_assert_int_eq(mkfifo(in_root(CKPT_PIDLOCK), 0600), 0);
	ck_assert_int_eq(listed_kind(a, NULL, "fifo", false), CKPT_KIND_OTHER);
	FAILS(EINVAL, ckpt_store_open(a, NULL, "fifo", &f, &e));
	FAILS(EINVAL, ckpt_store_create(a, NULL, "fifo", &w, &e));
	FAILS(EINVAL, ckpt_store_lock(a, &l, NULL, &e));
	ck_assert_int_eq(unlink(in_root(CKPT_PIDLOCK)), 0);
	ck_assert_int_eq(mkdir(in_root(CKPT_PIDLOCK), 0700), 0);
	FAILS(EISDIR, ckpt_store_lock(a, &l, NULL, &e));
}
END_TEST

START_TEST(directories_nested_too_deep_are_left_and_named)
{
	char path[4096];
	struct ckpt_tree tree;
	size_t len = (size_t)snprintf(path, sizeof(path), "%s/d", root_path);
	int i;

	ck_assert_int_eq(mkdir(path, 0755), 0);
	for (i = 0; i < 63; i++) {
		memcpy(path + len, "/d", 3);
		len += 2;
		ck_assert_int_eq(mkdir(path, 0755), 0);
	}
	OK(ckpt_store_measure(a, "d", &tree, &e));
	memcpy(path + len, "/d", 3);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	FAILS(ENAMETOOLONG, ckpt_store_measure(a, "d", &tree, &e));
	FAILS(ENAMETOOLONG, ckpt_store_remove_tree(a, "d", 1000, &e));
	ck_assert_int_eq(rmdir(path), 0);
	OK(ckpt_store_remove_tree(a, "d", 1000, &e));
	expect_absent(a, NULL, "d");
}
END_TEST

void store_posix_links(TCase *tc)
{
	tcase_add_test(tc, a_link_in_place_of_a_file_is_not_followed);
	tcase_add_test(tc, a_link_in_place_of_a_directory_is_not_followed);
	tcase_add_test(tc, a_link_in_place_of_a_lock_is_not_followed);
	tcase_add_test(tc, a_lock_file_with_a_second_name_is_locked_and_not_written_to);
	tcase_add_test(tc, links_inside_a_directory_are_removed_themselves);
	tcase_add_test(tc, a_fifo_is_no_file_and_nobody_waits_for_it);
	tcase_add_test(tc, directories_nested_too_deep_are_left_and_named);
}
