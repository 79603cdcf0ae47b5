/* Floor 1: names and directories, on every store. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "store_suite.h"

/* Every operation that takes a name, with this one. */
static void refuse_name(const char *bad)
{
	enum ckpt_adopted how;
	struct ckpt_writer *w;
	struct ckpt_lease *l;
	struct ckpt_file *f;
	struct ckpt_blob blob;
	struct ckpt_stat st;
	struct ckpt_tree tree;
	struct seen seen = { 0 };

	FAILS(EINVAL, ckpt_store_stat(a, NULL, bad, &st, &e));
	FAILS(EINVAL, ckpt_store_stat(a, bad, "f", &st, &e));
	FAILS(EINVAL, ckpt_store_list(a, bad, false, see, &seen, &e));
	FAILS(EINVAL, ckpt_store_open(a, NULL, bad, &f, &e));
	FAILS(EINVAL, ckpt_store_open(a, bad, "f", &f, &e));
	ck_assert_ptr_null(f);
	FAILS(EINVAL, ckpt_store_read(a, NULL, bad, 9, &blob, &e));
	FAILS(EINVAL, ckpt_store_create(a, NULL, bad, &w, &e));
	FAILS(EINVAL, ckpt_store_create(a, bad, "f", &w, &e));
	ck_assert_ptr_null(w);
	FAILS(EINVAL, ckpt_store_replace(a, bad, "", 0, &absent, &e));
	FAILS(EINVAL, ckpt_store_mkdir(a, bad, &e));
	FAILS(EINVAL, ckpt_store_adopt(a, NULL, bad, a, NULL, "f", false, &how, &e));
	FAILS(EINVAL, ckpt_store_adopt(a, bad, "g", a, NULL, "f", false, &how, &e));
	FAILS(EINVAL, ckpt_store_adopt(a, NULL, "g", a, NULL, bad, false, &how, &e));
	FAILS(EINVAL, ckpt_store_adopt(a, NULL, "g", a, bad, "f", false, &how, &e));
	FAILS(EINVAL, ckpt_store_sync_file(a, NULL, bad, &e));
	FAILS(EINVAL, ckpt_store_sync_dir(a, bad, &e));
	FAILS(EINVAL, ckpt_store_remove(a, NULL, bad, &e));
	FAILS(EINVAL, ckpt_store_remove(a, bad, "f", &e));
	FAILS(EINVAL, ckpt_store_measure(a, bad, &tree, &e));
	FAILS(EINVAL, ckpt_store_remove_tree(a, bad, 9, &e));
	FAILS(EINVAL, ckpt_store_lease(a, bad, CKPT_LEASE_SHARED, &l, &e));
}

START_TEST(a_name_that_is_a_path_is_refused_by_every_operation)
{
	char longer[257];

	memset(longer, 'n', 256);
	longer[256] = '\0';
	put_text(a, NULL, "f", "safe");
	refuse_name("");
	refuse_name(".");
	refuse_name("..");
	refuse_name("/f");
	refuse_name("../f");
	refuse_name("d/f");
	refuse_name("f/");
	refuse_name(longer);
	expect_text(a, NULL, "f", "safe");
	ck_assert_uint_eq(count_names(a, NULL), 1);
}
END_TEST

START_TEST(a_written_name_leaves_room_for_its_temporary_one)
{
	char name[256];

	memset(name, 'n', 252);
	name[252] = '\0';
	FAILS(ENAMETOOLONG, ckpt_store_write(a, NULL, name, "", 0, &e));
	FAILS(ENAMETOOLONG, ckpt_store_replace(a, name, "", 0, &absent, &e));
	name[251] = '\0';
	put_text(a, NULL, name, "long");
	expect_text(b, NULL, name, "long");
	/* Strange, but names. */
	put_text(a, NULL, "...", "dots");
	put_text(a, NULL, " \n\xff", "bytes");
	expect_text(b, NULL, "...", "dots");
	expect_text(b, NULL, " \n\xff", "bytes");
}
END_TEST

START_TEST(what_is_missing_or_of_another_kind_has_its_code)
{
	struct seen seen = { 0 };
	struct ckpt_writer *w;
	struct ckpt_file *f;
	struct ckpt_stat st;
	struct ckpt_tree tree;

	put_text(a, NULL, "f", "x");
	OK(ckpt_store_mkdir(a, "d", &e));
	FAILS(ENOENT, ckpt_store_open(a, NULL, "no", &f, &e));
	FAILS(ENOENT, ckpt_store_open(a, "no", "f", &f, &e));
	FAILS(ENOENT, ckpt_store_open(a, "d", "no", &f, &e));
	FAILS(EISDIR, ckpt_store_open(a, NULL, "d", &f, &e));
	FAILS(ENOTDIR, ckpt_store_open(a, "f", "f", &f, &e));
	FAILS(ENOENT, ckpt_store_stat(a, "no", "f", &st, &e));
	FAILS(ENOTDIR, ckpt_store_stat(a, "f", "f", &st, &e));
	FAILS(ENOENT, ckpt_store_list(a, "no", false, see, &seen, &e));
	FAILS(ENOTDIR, ckpt_store_list(a, "f", false, see, &seen, &e));
	FAILS(ENOENT, ckpt_store_create(a, "no", "f", &w, &e));
	FAILS(ENOTDIR, ckpt_store_create(a, "f", "f", &w, &e));
	FAILS(EISDIR, ckpt_store_create(a, NULL, "d", &w, &e));
	FAILS(EISDIR, ckpt_store_replace(a, "d", "", 0, &absent, &e));
	FAILS(EEXIST, ckpt_store_mkdir(a, "d", &e));
	FAILS(EEXIST, ckpt_store_mkdir(a, "f", &e));
	FAILS(ENOENT, ckpt_store_remove(a, NULL, "no", &e));
	FAILS(ENOENT, ckpt_store_remove(a, "no", "f", &e));
	FAILS(EISDIR, ckpt_store_remove(a, NULL, "d", &e));
	FAILS(ENOENT, ckpt_store_sync_file(a, NULL, "no", &e));
	FAILS(EISDIR, ckpt_store_sync_file(a, NULL, "d", &e));
	FAILS(ENOENT, ckpt_store_sync_dir(a, "no", &e));
	FAILS(ENOTDIR, ckpt_store_sync_dir(a, "f", &e));
	FAILS(ENOENT, ckpt_store_measure(a, "no", &tree, &e));
	FAILS(ENOTDIR, ckpt_store_measure(a, "f", &tree, &e));
	FAILS(ENOTDIR, ckpt_store_remove_tree(a, "f", 9, &e));
	expect_text(a, NULL, "f", "x");
	ck_assert_uint_eq(count_names(a, NULL), 2);
}
END_TEST

START_TEST(the_sentence_may_be_nobodys)
{
	struct ckpt_file *f;

	ck_assert_int_eq(ckpt_store_open(a, NULL, "no", &f, NULL), -ENOENT);
	ck_assert_int_eq(ckpt_store_open(a, NULL, "../no", &f, NULL), -EINVAL);
	ck_assert_int_eq(ckpt_store_remove_tree(a, "no", 9, NULL), 0);
	ck_assert_str_ne(ckpt_store_label(a), "");
}
END_TEST

START_TEST(a_directory_is_measured_and_removed_in_pieces)
{
	struct ckpt_tree tree;
	char name[16];
	int i, calls = 0, rc;

	OK(ckpt_store_mkdir(a, "d", &e));
	OK(ckpt_store_mkdir(a, "other", &e));
	for (i = 0; i < 25; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		put_text(a, "d", name, "1234");
	}
	OK(ckpt_store_measure(b, "d", &tree, &e));
	ck_assert_uint_eq(tree.files, 25);
	ck_assert_uint_eq(tree.bytes, 100);
	ck_assert(!tree.has_mount);
	FAILS(EAGAIN, ckpt_store_remove_tree(b, "d", 0, &e));
	ck_assert_uint_eq(count_names(a, "d"), 25);
	FAILS(EAGAIN, ckpt_store_remove_tree(b, "d", 10, &e));
	ck_assert_uint_eq(count_names(a, "d"), 15);
	do
		rc = ckpt_store_remove_tree(b, "d", 10, &e);
	while (rc == -EAGAIN && ++calls < 10);
	OK(rc);
	expect_absent(a, NULL, "d");
	OK(ckpt_store_remove_tree(b, "d", 10, &e));
	ck_assert_uint_eq(count_names(a, NULL), 1);
}
END_TEST

START_TEST(what_is_there_can_be_made_durable)
{
	OK(ckpt_store_mkdir(a, "d", &e));
	put_text(a, "d", "f", "x");
	OK(ckpt_store_sync_file(b, "d", "f", &e));
	OK(ckpt_store_sync_dir(b, "d", &e));
	OK(ckpt_store_sync_dir(b, NULL, &e));
}
END_TEST

void store_suite_places(TCase *tc)
{
	tcase_add_test(tc, a_name_that_is_a_path_is_refused_by_every_operation);
	tcase_add_test(tc, a_written_name_leaves_room_for_its_temporary_one);
	tcase_add_test(tc, what_is_missing_or_of_another_kind_has_its_code);
	tcase_add_test(tc, the_sentence_may_be_nobodys);
	tcase_add_test(tc, a_directory_is_measured_and_removed_in_pieces);
	tcase_add_test(tc, what_is_there_can_be_made_durable);
}
