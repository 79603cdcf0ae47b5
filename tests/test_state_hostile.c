/* What can't be written is refused, and so are bytes that somebody forged. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "state/limits.h"
#include "tests/fixture.h"
#include "tests/state_types.h"
#include "tests/suite.h"

START_TEST(objects_that_hold_nothing_where_they_must_are_refused)
{
	int32_t *null_box = NULL;
	struct ckpt_array no_items = { NULL, 3 };
	struct ckpt_any no_value = { &state_word, NULL }, stranger = { &ckpt_type_i32, &stranger };
	struct ckpt_bytes b;
	struct ckpt_err e;

	ck_assert_int_eq(ckpt_state_checkpoint(&state_boxed_i32, &null_box, &b, &e), -EINVAL);
	ck_assert_int_eq(ckpt_state_checkpoint(&state_words, &no_items, &b, &e), -EINVAL);
	ck_assert_int_eq(ckpt_state_checkpoint(&state_any, &no_value, &b, &e), -EINVAL);
	ck_assert_int_eq(ckpt_state_checkpoint(&state_any, &stranger, &b, &e), -EINVAL);
}
END_TEST

/* Bytes whose checksum is right, with a value of our choice. */
static size_t forge(unsigned char *out, const struct ckpt_type *t, const void *value, size_t len)
{
	CKPT_AUTO_FREE char *text = ckpt_type_text(t, NULL);
	size_t n = strlen(text), total = 24 + n + len;
	uint32_t crc;

	memset(out, 0, 24);
	memcpy(out, "CKPTSTAT\1", 9);
	out[12] = (unsigned char)n;
	out[16] = (unsigned char)len;
	memcpy(out + 24, text, n);
	memcpy(out + 24 + n, value, len);
	crc = (uint32_t)crc32(0, out, (uInt)total);
	for (int i = 0; i < 4; i++)
		out[total + i] = (unsigned char)(crc >> 8 * i);
	return total + 4;
}

static void hostile(const struct ckpt_type *t, const char *value, size_t len, const char *sentence)
{
	unsigned char bytes[512];
	union {
		uint64_t align;
		unsigned char b[256];
	} object = { 0 };
	struct ckpt_err e;

	ck_assert_int_eq(ckpt_state_restore(t, &object, bytes, forge(bytes, t, value, len), "it", &e),
			 -EUCLEAN);
	ck_assert_msg(strstr(e.msg, sentence), "%s", e.msg);
	for (size_t i = 0; i < sizeof(object.b); i++)
		ck_assert_uint_eq(object.b[i], 0);
}

START_TEST(hostile_values_are_refused)
{
	static const struct ckpt_type empties = CKPT_ARRAY_OF(&state_empty);

	hostile(&ckpt_type_bool, "\2", 1, "neither 0 nor 1");
	hostile(&ckpt_type_u64, "1234567", 7, "ends too early");
	hostile(&ckpt_type_u64, "123456789", 9, "something follows it");
	hostile(&state_empty, "1", 1, "something follows it");
	hostile(&ckpt_type_string, "\3\0\0\0\0\0\0\0a\0b", 11, "NUL in a string");
	hostile(&ckpt_type_string, "\4\0\0\0\0\0\0\0abc", 11, "beyond its end");
	hostile(&ckpt_type_bytes, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, "beyond its end");
	hostile(&state_words, "\xff\xff\xff\xff\xff\xff\xff\x0f", 8, "longer than what is left");
	hostile(&empties, "\1\0\x10\0\0\0\0\0", 8, "longer than what is left");
	hostile(&state_any, "\2\0\0\0\0\0\0\0", 8, "none of the types");
	hostile(&state_maybe_double, "\1abcdefg", 8, "ends too early");
	hostile(&state_twice, "\4\0\0\0\0\0\0\0abcd", 12, "ends too early");
	hostile(&state_twice, "\x0c\0\0\0\0\0\0\0abcdefghijkl", 20, "left something over");
}
END_TEST

START_TEST(an_array_of_nothings_is_bounded)
{
	static const struct ckpt_type empties = CKPT_ARRAY_OF(&state_empty);
	struct ckpt_array a = { calloc(CKPT_STATE_NOTHINGS_MAX + 1, sizeof(uint64_t)),
				CKPT_STATE_NOTHINGS_MAX };
	struct ckpt_bytes b;
	struct ckpt_err e;

	ok(ckpt_state_checkpoint(&empties, &a, &b, &e), &e);
	ok(ckpt_state_restore(&empties, &a, b.data, b.len, "it", &e), &e);
	ck_assert_uint_eq(a.n, CKPT_STATE_NOTHINGS_MAX);
	ck_assert_uint_eq(((uint64_t *)a.items)[a.n - 1], 7);
	free(b.data);
	ckpt_state_release(&empties, &a);
	a = (struct ckpt_array){ calloc(CKPT_STATE_NOTHINGS_MAX + 1, sizeof(uint64_t)),
				 CKPT_STATE_NOTHINGS_MAX + 1 };
	ck_assert_int_eq(ckpt_state_checkpoint(&empties, &a, &b, &e), -EINVAL);
	ckpt_state_release(&empties, &a);
}
END_TEST

START_TEST(a_later_version_is_named)
{
	const uint64_t v = 1;
	struct ckpt_bytes b;
	struct ckpt_err e;
	uint64_t into = 5;

	ok(ckpt_state_checkpoint(&ckpt_type_u64, &v, &b, &e), &e);
	((char *)b.data)[8] = 2;
	ck_assert_int_eq(ckpt_state_restore(&ckpt_type_u64, &into, b.data, b.len, "it", &e), -ENOTSUP);
	ck_assert_ptr_nonnull(strstr(e.msg, "version 2"));
	ck_assert_uint_eq(into, 5);
	free(b.data);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("bytes");

	tcase_add_test(t, objects_that_hold_nothing_where_they_must_are_refused);
	tcase_add_test(t, hostile_values_are_refused);
	tcase_add_test(t, an_array_of_nothings_is_bounded);
	tcase_add_test(t, a_later_version_is_named);
	return suite_run_one("hostile states", t);
}
