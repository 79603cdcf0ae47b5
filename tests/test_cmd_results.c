/* How results are written, for people and for programs. */
#include <check.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "cmd/cmd.h"
#include "cmd/jsonout.h"
#include "cmd/members.h"
#include "cmd/table.h"
#include "tests/suite.h"

START_TEST(json_puts_commas_where_they_belong)
{
	struct ckpt_buf b = CKPT_BUF_INIT;

	ckpt_jo_open(&b, NULL, '{');
	ckpt_jo_open(&b, "a", '[');
	ckpt_jo_close(&b, ']');
	ckpt_jo_u64(&b, "n", UINT64_MAX);
	ckpt_jo_open(&b, "o", '[');
	ckpt_jo_text(&b, NULL, "x{");
	ckpt_jo_text(&b, NULL, NULL);
	ckpt_jo_open(&b, NULL, '{');
	ckpt_jo_bool(&b, "t", true);
	ckpt_jo_close(&b, '}');
	ckpt_jo_close(&b, ']');
	ckpt_jo_raw(&b, "r", "[1]", 3);
	ckpt_jo_close(&b, '}');
	ck_assert_str_eq(b.data,
			 "{\"a\":[],\"n\":18446744073709551615,\"o\":[\"x{\",null,{\"t\":true}],\"r\":[1]}");
	ckpt_buf_release(&b);
}
END_TEST

static bool has(const char *object, const char *key)
{
	return ckpt_member_there(object, strlen(object), key);
}

START_TEST(a_member_is_found_only_at_the_top)
{
	ck_assert(has("{\"a\":1,\"created_at\":2}", "created_at"));
	ck_assert(has("{\"a\":{\"b\":[1,{}]},\"complete\":{}}", "complete"));
	ck_assert(has("{\"cre\\u0061ted_at\":1}", "created_at"));
	ck_assert(!has("{\"a\":{\"complete\":1}}", "complete"));
	ck_assert(!has("{\"a\":\"complete\"}", "complete"));
	ck_assert(!has("{\"a\":\"\\\"complete\\\":\"}", "complete"));
	ck_assert(!has("{\"a\":[\"complete\"]}", "complete"));
	ck_assert(!has("{\"complet\":1,\"completed\":1,\"\":1}", "complete"));
	ck_assert(!has("{}", "complete"));
	ck_assert(!has("{\"a", "a"));
	ck_assert(!has("{\"\\", "a"));
}
END_TEST

START_TEST(sizes_and_dates_are_for_people)
{
	char t[CKPT_TEXT_MAX];

	ck_assert_str_eq(ckpt_size_text(0, t), "0 B");
	ck_assert_str_eq(ckpt_size_text(1023, t), "1023 B");
	ck_assert_str_eq(ckpt_size_text(1024, t), "1.0 KiB");
	ck_assert_str_eq(ckpt_size_text(1048575, t), "1.0 MiB");
	ck_assert_str_eq(ckpt_size_text(UINT64_MAX, t), "16.0 EiB");
	ck_assert_str_eq(ckpt_date_text(1795549599123, t), "2026-11-24 19:46:39Z");
	ck_assert_str_eq(ckpt_date_text(0, t), "unknown");
	ckpt_date_text(INT64_MAX, t);
	ckpt_date_text(INT64_MIN, t);
}
END_TEST

START_TEST(columns_are_as_wide_as_their_widest_cell)
{
	struct ckpt_buf b = CKPT_BUF_INIT;
	struct ckpt_table t;

	ckpt_table_init(&t, "lrl");
	ckpt_table_cell(&t, "a");
	ckpt_table_cell(&t, "%d", 1);
	ckpt_table_shown(&t, "x\n\033y", 4);
	ckpt_table_cell(&t, "\xc3\xa9\xc3\xa9");
	ckpt_table_cell(&t, "%d", 100);
	ckpt_table_cell(&t, "z");
	ckpt_table_end(&t, &b);
	ck_assert_str_eq(b.data, "a     1  x\\x0a\\x1by\n\xc3\xa9\xc3\xa9  100  z\n");
	ckpt_buf_release(&b);
	ckpt_table_init(&t, "l");
	ckpt_table_end(&t, &b);
	ck_assert_uint_eq(b.len, 0);
	ckpt_buf_release(&b);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("results");

	tcase_add_test(t, json_puts_commas_where_they_belong);
	tcase_add_test(t, a_member_is_found_only_at_the_top);
	tcase_add_test(t, sizes_and_dates_are_for_people);
	tcase_add_test(t, columns_are_as_wide_as_their_widest_cell);
	return suite_run_one("results", t);
}
