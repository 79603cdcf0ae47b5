/* Floor 1: files, on every store: read back exactly. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store_suite.h"

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

void store_suite_reading(TCase *tc)
{
	tcase_add_test(tc, a_file_is_read_back_byte_for_byte);
	tcase_add_test(tc, a_read_is_bounded);
	tcase_add_test(tc, a_version_is_that_of_exactly_these_bytes);
	tcase_add_test(tc, an_open_file_keeps_its_bytes);
	tcase_add_test(tc, many_are_opened_or_looked_at_and_each_is_told);
}
