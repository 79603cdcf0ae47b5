/* Floor 1: files, on every store: written all at once, read back exactly. */
#include "store_suite.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"

const struct store_backend *backend;
struct ckpt_store *a, *b;
struct ckpt_err e;

static const struct ckpt_version absent;

void store_suite_setup(const struct store_backend *which)
{
	backend = which;
	backend->setup();
	a = backend->open();
	b = backend->open();
}

void store_suite_teardown(void)
{
	ckpt_store_free(a);
	ckpt_store_free(b);
	backend->teardown();
}

void put_text(struct ckpt_store *s, const char *dir, const char *name, const char *text)
{
	OK(ckpt_store_write(s, dir, name, text, strlen(text), &e));
}

void expect_text(struct ckpt_store *s, const char *dir, const char *name, const char *text)
{
	struct ckpt_blob blob;

	OK(ckpt_store_read(s, dir, name, 1 << 20, &blob, &e));
	ck_assert_str_eq(blob.data, text);
	ck_assert_uint_eq(blob.len, strlen(text));
	free(blob.data);
}

void expect_absent(struct ckpt_store *s, const char *dir, const char *name)
{
	struct ckpt_stat st;

	FAILS(ENOENT, ckpt_store_stat(s, dir, name, &st, &e));
}

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

START_TEST(a_file_is_read_back_byte_for_byte)
{
	static const size_t sizes[] = { 0, 1, 4096, (3 << 20) + 1 };
	struct ckpt_blob blob;
	struct ckpt_stat st;
	unsigned char *data;
	size_t i, k;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		data = malloc(sizes[i] + 1);
		for (k = 0; k < sizes[i]; k++)
			data[k] = (unsigned char)(k * 31 + k / 251);
		OK(ckpt_store_write(a, NULL, "f", data, sizes[i], &e));
		OK(ckpt_store_stat(b, NULL, "f", &st, &e));
		ck_assert_uint_eq(st.size, sizes[i]);
		OK(ckpt_store_read(b, NULL, "f", sizes[i], &blob, &e));
		ck_assert_uint_eq(blob.len, sizes[i]);
		ck_assert_mem_eq(blob.data, data, sizes[i]);
		ck_assert_int_eq(blob.data[blob.len], '\0');
		free(blob.data);
		free(data);
	}
}
END_TEST

START_TEST(a_read_is_bounded)
{
	struct ckpt_blob blob;

	put_text(a, NULL, "f", "12345");
	OK(ckpt_store_read(a, NULL, "f", 5, &blob, &e));
	free(blob.data);
	FAILS(EFBIG, ckpt_store_read(a, NULL, "f", 4, &blob, &e));
	ck_assert_ptr_null(blob.data);
	FAILS(ENOENT, ckpt_store_read(a, NULL, "g", 4, &blob, &e));
	ck_assert_ptr_null(blob.data);
	ck_assert_mem_eq(&blob.version, &absent, sizeof(absent));
}
END_TEST

static const struct ckpt_store_ops *backend_ops;
static unsigned changes; /* that are still to come */

static int change(struct ckpt_file *f, struct ckpt_version *v, struct ckpt_err *err)
{
	(void)f;
	(void)err;
	memset(v, 1, sizeof(*v));
	if (changes > 0)
		v->b[0] = (unsigned char)changes--;
	return 0;
}

static int grow(struct ckpt_file *f, struct ckpt_stat *st, struct ckpt_err *err)
{
	int rc = backend_ops->fstat(f, st, err);

	if (changes > 0 && changes--)
		st->size--;
	return rc;
}

/* As if somebody wrote in place while it is read. */
START_TEST(a_version_is_that_of_exactly_these_bytes)
{
	struct ckpt_store_ops changing = *a->ops, growing = *a->ops;
	struct ckpt_blob blob;

	backend_ops = a->ops;
	changing.version = change;
	growing.fstat = grow;
	put_text(a, NULL, "f", "12345");
	a->ops = &changing;
	changes = 6;
	expect_text(a, NULL, "f", "12345");
	ck_assert_uint_eq(changes, 0);
	changes = 1000;
	FAILS(EAGAIN, ckpt_store_read(a, NULL, "f", 9, &blob, &e));
	ck_assert_ptr_null(blob.data);
	ck_assert_uint_gt(changes, 900);
	a->ops = &growing;
	changes = 2;
	expect_text(a, NULL, "f", "12345");
	ck_assert_uint_eq(changes, 0);
	a->ops = backend_ops;
}
END_TEST

START_TEST(an_open_file_keeps_its_bytes)
{
	char buf[16] = "";
	struct ckpt_file *f;
	struct ckpt_stat st;

	put_text(a, NULL, "f", "before");
	OK(ckpt_store_open(a, NULL, "f", &f, &e));
	put_text(b, NULL, "f", "after");
	ck_assert_int_eq(ckpt_file_pread(f, buf, sizeof(buf), 0, &e), 6);
	ck_assert_str_eq(buf, "before");
	OK(ckpt_store_remove(b, NULL, "f", &e));
	ck_assert_int_eq(ckpt_file_pread(f, buf, 3, 2, &e), 3);
	ck_assert_int_eq(memcmp(buf, "for", 3), 0);
	/* Less than asked for only at the end. */
	ck_assert_int_eq(ckpt_file_pread(f, buf, 16, 4, &e), 2);
	ck_assert_int_eq(ckpt_file_pread(f, buf, 16, 6, &e), 0);
	ck_assert_int_eq(ckpt_file_pread(f, buf, 16, UINT64_MAX - 3, &e), 0);
	OK(ckpt_file_stat(f, &st, &e));
	ck_assert_uint_eq(st.size, 6);
	ck_assert_uint_eq(st.nlink, 0);
	ckpt_file_close(f);
	ckpt_file_close(NULL);
}
END_TEST

static void expect_stat(const struct ckpt_stat *st, const char *dir, const char *name)
{
	struct ckpt_stat now;

	OK(ckpt_store_stat(b, dir, name, &now, &e));
	ck_assert_int_eq(st->kind, now.kind);
	ck_assert_uint_eq(st->size, now.size);
	ck_assert_uint_eq(st->ino, now.ino);
	ck_assert_uint_eq(st->mode, now.mode);
	ck_assert_uint_eq(st->uid, now.uid);
	ck_assert_mem_eq(&st->mtime, &now.mtime, sizeof(now.mtime));
}

static void note_absent(void *ctx, size_t i, int rc, const struct ckpt_err *why)
{
	ck_assert_uint_eq(i, 1);
	ck_assert_int_eq(rc, -ENOENT);
	ck_assert_int_eq(why->code, ENOENT);
	++*(unsigned *)ctx;
}

START_TEST(many_are_opened_or_looked_at_and_each_is_told)
{
	const struct ckpt_each each[] = { { NULL, "f" }, { NULL, "no" }, { "d", "g" } };
	struct ckpt_file *file[3] = { NULL };
	struct ckpt_stat st[3], looked[3];
	unsigned failed = 0;

	put_text(a, NULL, "f", "12345");
	OK(ckpt_store_mkdir(a, "d", &e));
	put_text(a, "d", "g", "123");
	ckpt_store_open_each(a, each, 3, file, st, note_absent, &failed);
	ckpt_store_stat_each(a, each, 3, looked, note_absent, &failed);
	ck_assert_uint_eq(failed, 2);
	for (int i = 0; i < 3; i += 2) {
		expect_stat(&st[i], each[i].dir, each[i].name);
		expect_stat(&looked[i], each[i].dir, each[i].name);
	}
	ck_assert_uint_eq(st[2].size, 3);
	ck_assert_ptr_null(file[1]);
	ckpt_file_close(file[0]);
	ckpt_file_close(file[2]);
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

void store_suite_files(TCase *tc)
{
	tcase_add_test(tc, a_file_is_visible_only_after_commit);
	tcase_add_test(tc, a_published_file_is_visible_whole_and_can_be_synced);
	tcase_add_test(tc, abort_leaves_nothing_behind);
	tcase_add_test(tc, a_failed_commit_leaves_what_was_there);
	tcase_add_test(tc, of_two_writers_the_later_to_commit_wins_whole);
	tcase_add_test(tc, writers_at_once_never_mix_their_bytes);
	tcase_add_test(tc, a_file_is_read_back_byte_for_byte);
	tcase_add_test(tc, a_read_is_bounded);
	tcase_add_test(tc, a_version_is_that_of_exactly_these_bytes);
	tcase_add_test(tc, an_open_file_keeps_its_bytes);
	tcase_add_test(tc, many_are_opened_or_looked_at_and_each_is_told);
	tcase_add_test(tc, replace_puts_new_content_only_in_place_of_what_was_read);
	tcase_add_test(tc, a_new_file_may_be_read_by_all_and_written_by_its_owner);
}
