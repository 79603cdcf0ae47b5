/* Floor 1: files, on every store: written all at once. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "store_suite.h"

START_TEST(a_file_is_visible_only_after_commit)
{
	struct ckpt_writer *w;

	OK(ckpt_store_create(a, NULL, "f", &w, &e));
	OK(ckpt_writer_append(w, "one ", 4, &e));
	expect_absent(b, NULL, "f");
	OK(ckpt_writer_append(w, "", 0, &e));
	OK(ckpt_writer_append(w, "two", 3, &e));
	expect_absent(b, NULL, "f");
	OK(ckpt_writer_commit(w, &e));
	expect_text(b, NULL, "f", "one two");
	expect_absent(b, NULL, "f.mut");
	ck_assert_uint_eq(count_names(b, NULL), 1);
}
END_TEST

START_TEST(a_published_file_is_visible_whole_and_can_be_synced)
{
	const struct ckpt_each each[] = { { .name = "f" } };
	struct ckpt_writer *w;
	struct ckpt_stat st;

	OK(ckpt_store_create(a, NULL, "f", &w, &e));
	OK(ckpt_writer_append(w, "one", 3, &e));
	expect_absent(b, NULL, "f");
	OK(ckpt_writer_publish(w, &e));
	expect_text(b, NULL, "f", "one");
	OK(ckpt_store_stat(b, NULL, "f", &st, &e));
	ck_assert_uint_eq(st.mode, 0644);
	ck_assert_uint_eq(count_names(b, NULL), 1);
	OK(ckpt_store_sync_each(a, each, 1, &e));
	OK(ckpt_store_create(a, NULL, "f", &w, &e));
	OK(ckpt_writer_append(w, "another", 7, &e));
	OK(ckpt_writer_publish(w, &e));
	expect_text(b, NULL, "f", "another");
}
END_TEST

START_TEST(abort_leaves_nothing_behind)
{
	struct ckpt_writer *w;

	put_text(a, NULL, "f", "before");
	OK(ckpt_store_create(a, NULL, "f", &w, &e));
	OK(ckpt_writer_append(w, "after", 5, &e));
	ckpt_writer_abort(w);
	ckpt_writer_abort(NULL);
	expect_text(b, NULL, "f", "before");
	ck_assert_uint_eq(count_names(b, NULL), 1);
}
END_TEST

START_TEST(a_failed_commit_leaves_what_was_there)
{
	struct ckpt_writer *w;

	/* Its directory is gone. */
	OK(ckpt_store_mkdir(a, "d", &e));
	OK(ckpt_store_create(a, "d", "f", &w, &e));
	OK(ckpt_store_remove_tree(b, "d", 10, &e));
	FAILS(ENOENT, ckpt_writer_commit(w, &e));
	/* A directory has the name. */
	OK(ckpt_store_create(a, NULL, "d", &w, &e));
	OK(ckpt_store_mkdir(b, "d", &e));
	FAILS(EISDIR, ckpt_writer_commit(w, &e));
	ck_assert_uint_eq(count_names(b, NULL), 1);
	ck_assert_uint_eq(count_names(b, "d"), 0);
}
END_TEST

START_TEST(of_two_writers_the_later_to_commit_wins_whole)
{
	struct ckpt_writer *w[2];
	struct ckpt_stat st;
	int first;

	for (first = 0; first < 2; first++) {
		OK(ckpt_store_create(a, NULL, "f", &w[0], &e));
		OK(ckpt_writer_append(w[0], "aaaaaaaa", 8, &e));
		OK(ckpt_store_create(b, NULL, "f", &w[1], &e));
		OK(ckpt_writer_append(w[1], "bb", 2, &e));
		OK(ckpt_writer_append(w[0], "aa", 2, &e));
		OK(ckpt_writer_commit(w[first], &e));
		expect_text(b, NULL, "f", first ? "bb" : "aaaaaaaaaa");
		OK(ckpt_writer_commit(w[!first], &e));
		expect_text(b, NULL, "f", first ? "aaaaaaaaaa" : "bb");
		ck_assert_uint_eq(count_names(b, NULL), 1);
		OK(ckpt_store_stat(b, NULL, "f", &st, &e));
		ck_assert_uint_eq(st.mode, 0644);
	}
}
END_TEST

#define ROUNDS 200
#define LENGTH 5000

static void *write_often(void *letter)
{
	static _Thread_local struct ckpt_err why;
	char data[LENGTH];
	int i, rc = 0;

	memset(data, *(const char *)letter, sizeof(data));
	for (i = 0; !rc && i < ROUNDS; i++)
		rc = ckpt_store_write(*(const char *)letter == 'x' ? a : b, NULL, "f", data, sizeof(data),
				      &why);
	return rc ? strdup(why.msg) : NULL;
}

/* Race 2. */
START_TEST(writers_at_once_never_mix_their_bytes)
{
	const char letters[2] = { 'x', 'y' };
	pthread_t thread[2];
	struct ckpt_blob blob;
	void *said;
	int i;

	put_text(a, NULL, "f", "");
	for (i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, write_often, (void *)&letters[i]), 0);
	for (i = 0; i < ROUNDS; i++) {
		OK(ckpt_store_read(a, NULL, "f", LENGTH, &blob, &e));
		/* At first it is empty; never is there a part of one. */
		ck_assert_uint_eq(blob.len % LENGTH, 0);
		ck_assert_uint_eq(strspn(blob.data, blob.data[0] == 'x' ? "x" : "y"), blob.len);
		free(blob.data);
	}
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(pthread_join(thread[i], &said), 0);
		ck_assert_msg(!said, "%s", (char *)said);
	}
	OK(ckpt_store_read(a, NULL, "f", LENGTH, &blob, &e));
	ck_assert_uint_eq(blob.len, LENGTH);
	ck_assert_uint_eq(strspn(blob.data, blob.data[0] == 'x' ? "x" : "y"), LENGTH);
	free(blob.data);
	ck_assert_uint_eq(count_names(b, NULL), 1);
}
END_TEST

START_TEST(replace_puts_new_content_only_in_place_of_what_was_read)
{
	struct ckpt_blob one, two;

	OK(ckpt_store_replace(a, "c", "one", 3, &absent, &e));
	FAILS(ESTALE, ckpt_store_replace(a, "c", "no", 2, &absent, &e));
	OK(ckpt_store_read(a, NULL, "c", 9, &one, &e));
	OK(ckpt_store_read(b, NULL, "c", 9, &two, &e));
	ck_assert_mem_eq(&one.version, &two.version, sizeof(one.version));
	OK(ckpt_store_replace(a, "c", "two", 3, &one.version, &e));
	FAILS(ESTALE, ckpt_store_replace(b, "c", "no", 2, &one.version, &e));
	expect_text(b, NULL, "c", "two");
	/* The same bytes again are still another content. */
	free(one.data);
	OK(ckpt_store_read(b, NULL, "c", 9, &one, &e));
	put_text(a, NULL, "c", "two");
	FAILS(ESTALE, ckpt_store_replace(b, "c", "no", 2, &one.version, &e));
	OK(ckpt_store_remove(a, NULL, "c", &e));
	FAILS(ESTALE, ckpt_store_replace(b, "c", "no", 2, &one.version, &e));
	ck_assert_uint_eq(count_names(b, NULL), 0);
	free(one.data);
	free(two.data);
}
END_TEST

START_TEST(a_new_file_may_be_read_by_all_and_written_by_its_owner)
{
	struct ckpt_stat st;

	put_text(a, NULL, "f", "x");
	OK(ckpt_store_stat(b, NULL, "f", &st, &e));
	ck_assert_int_eq(st.kind, CKPT_KIND_FILE);
	ck_assert_uint_eq(st.mode, 0644);
	ck_assert_uint_eq(st.nlink, 1);
	ck_assert_int_gt(st.mtime.tv_sec, 1600000000);
	ck_assert_int_gt(st.ctime.tv_sec, 1600000000);
}
END_TEST

void store_suite_writing(TCase *tc)
{
	tcase_add_test(tc, a_file_is_visible_only_after_commit);
	tcase_add_test(tc, a_published_file_is_visible_whole_and_can_be_synced);
	tcase_add_test(tc, abort_leaves_nothing_behind);
	tcase_add_test(tc, a_failed_commit_leaves_what_was_there);
	tcase_add_test(tc, of_two_writers_the_later_to_commit_wins_whole);
	tcase_add_test(tc, writers_at_once_never_mix_their_bytes);
	tcase_add_test(tc, replace_puts_new_content_only_in_place_of_what_was_read);
	tcase_add_test(tc, a_new_file_may_be_read_by_all_and_written_by_its_owner);
}
