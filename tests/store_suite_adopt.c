/* Floor 1: files of another store, or another name, on every store. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_suite.h"

START_TEST(adopt_takes_a_file_of_the_same_root_by_link)
{
	struct ckpt_stat one, two;
	enum ckpt_adopted how;

	OK(ckpt_store_mkdir(a, "d", &e));
	put_text(a, "d", "f", "text");
	OK(ckpt_store_adopt(b, NULL, "g", a, "d", "f", false, &how, &e));
	ck_assert_int_eq(how, CKPT_ADOPTED_LINK);
	expect_text(a, NULL, "g", "text");
	OK(ckpt_store_stat(a, "d", "f", &one, &e));
	OK(ckpt_store_stat(a, NULL, "g", &two, &e));
	ck_assert_uint_eq(one.ino, two.ino);
	ck_assert_uint_eq(two.nlink, 2);
	/* A new content of one name is none of the other. */
	put_text(a, NULL, "g", "other");
	expect_text(a, "d", "f", "text");
}
END_TEST

START_TEST(adopt_takes_a_file_of_any_store)
{
	struct ckpt_mem *mem = ckpt_mem_new();
	size_t len = (5 << 20) + 3;
	char *data = malloc(len);
	struct ckpt_stat one, two;
	struct ckpt_store *from;
	enum ckpt_adopted how;
	struct ckpt_blob blob;

	OK(ckpt_store_open_mem(mem, &from, &e));
	for (size_t i = 0; i < len; i++)
		data[i] = (char)(i * 7 + i / 997);
	OK(ckpt_store_write(from, NULL, "f", data, len, &e));
	OK(ckpt_store_adopt(a, NULL, "g", from, NULL, "f", false, &how, &e));
	ck_assert_int_eq(how, CKPT_ADOPTED_COPY);
	OK(ckpt_store_read(b, NULL, "g", len, &blob, &e));
	ck_assert_uint_eq(blob.len, len);
	ck_assert_mem_eq(blob.data, data, len);
	/* Its time is its age, which a copy does not change. */
	OK(ckpt_store_stat(from, NULL, "f", &one, &e));
	OK(ckpt_store_stat(b, NULL, "g", &two, &e));
	ck_assert_mem_eq(&one.mtime, &two.mtime, sizeof(one.mtime));
	ck_assert_uint_eq(two.mode, 0644);
	free(blob.data);
	free(data);
	ckpt_store_free(from);
	ckpt_mem_free(mem);
}
END_TEST

START_TEST(adopt_never_replaces)
{
	enum ckpt_adopted how;

	put_text(a, NULL, "f", "new");
	put_text(a, NULL, "g", "old");
	OK(ckpt_store_mkdir(a, "d", &e));
	FAILS(EEXIST, ckpt_store_adopt(b, NULL, "g", a, NULL, "f", false, &how, &e));
	FAILS(EEXIST, ckpt_store_adopt(b, NULL, "d", a, NULL, "f", false, NULL, &e));
	FAILS(EISDIR, ckpt_store_adopt(b, NULL, "h", a, NULL, "d", false, &how, &e));
	FAILS(ENOENT, ckpt_store_adopt(b, NULL, "h", a, NULL, "no", false, &how, &e));
	FAILS(ENOENT, ckpt_store_adopt(b, "no", "h", a, NULL, "f", false, &how, &e));
	FAILS(ENOTDIR, ckpt_store_adopt(b, "g", "h", a, NULL, "f", false, &how, &e));
	expect_text(a, NULL, "g", "old");
	ck_assert_uint_eq(count_names(a, NULL), 3);
}
END_TEST

START_TEST(one_sync_of_all_stands_for_those_of_many_files)
{
	enum ckpt_adopted how;
	int rc = ckpt_store_sync_all(a, 100000, -1, NULL, NULL, &e);

	ck_assert_msg(rc == 0 || rc == 1, "%d, %s", rc, e.msg);
	put_text(a, NULL, "f", "text");
	OK(ckpt_store_adopt(b, NULL, "g", a, NULL, "f", true, &how, &e));
	ck_assert_int_eq(how, CKPT_ADOPTED_LINK);
	expect_text(a, NULL, "g", "text");
}
END_TEST

#define ADOPTIONS 100

struct adopter {
	struct ckpt_store *to, *from;
	pthread_barrier_t *start;
	unsigned won, refused;
};

static void *adopt_often(void *ctx)
{
	struct adopter *me = ctx;
	char name[16];
	int i, rc;

	for (i = 0; i < ADOPTIONS; i++) {
		snprintf(name, sizeof(name), "g%d", i);
		pthread_barrier_wait(me->start);
		rc = ckpt_store_adopt(me->to, NULL, name, me->from, NULL, "f", false, NULL, NULL);
		me->won += rc == 0;
		me->refused += rc == -EEXIST;
	}
	return NULL;
}

START_TEST(of_two_who_adopt_one_name_one_is_refused)
{
	struct ckpt_mem *mem = ckpt_mem_new();
	struct adopter adopter[2] = { { .to = a }, { .to = b } };
	pthread_barrier_t start;
	pthread_t thread[2];
	struct ckpt_store *from;
	int i;

	OK(ckpt_store_open_mem(mem, &from, &e));
	put_text(from, NULL, "f", "text");
	ck_assert_int_eq(pthread_barrier_init(&start, NULL, 2), 0);
	for (i = 0; i < 2; i++) {
		adopter[i].from = from;
		adopter[i].start = &start;
		ck_assert_int_eq(pthread_create(&thread[i], NULL, adopt_often, &adopter[i]), 0);
	}
	for (i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_join(thread[i], NULL), 0);
	ck_assert_uint_eq(adopter[0].won + adopter[1].won, ADOPTIONS);
	ck_assert_uint_eq(adopter[0].refused + adopter[1].refused, ADOPTIONS);
	ck_assert_uint_eq(count_names(a, NULL), ADOPTIONS);
	pthread_barrier_destroy(&start);
	ckpt_store_free(from);
	ckpt_mem_free(mem);
}
END_TEST

void store_suite_adopt(TCase *tc)
{
	tcase_add_test(tc, adopt_takes_a_file_of_the_same_root_by_link);
	tcase_add_test(tc, adopt_takes_a_file_of_any_store);
	tcase_add_test(tc, adopt_never_replaces);
	tcase_add_test(tc, one_sync_of_all_stands_for_those_of_many_files);
	tcase_add_test(tc, of_two_who_adopt_one_name_one_is_refused);
}
