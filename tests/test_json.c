/* Floor 2: numbers, strings and arrays before and behind the JSON parser. */
#include <check.h>
#include <jansson.h>
#include <string.h>

#include "engine/json.h"
#include "tests/suite.h"

START_TEST(only_plain_digits_are_an_integer)
{
	static const struct {
		const char *json;
		bool ok;
		uint64_t value;
	} t[] = {
		{ "[0]", true, 0 },
		{ "[ 7\t]", true, 7 },
		{ "[18446744073709551615]", true, UINT64_MAX },
		{ "[18446744073709551616]", false, 0 },
		{ "[99999999999999999999999999]", false, 0 },
		{ "[-0]", false, 0 },
		{ "[-1]", false, 0 },
		{ "[1.0]", false, 0 },
		{ "[1e0]", false, 0 },
		{ "[\"1\"]", false, 0 },
		{ "[\"\\u00011\"]", false, 0 }, /* a string that looks shielded */
		{ "[\"\\u0001\"]", false, 0 },
		{ "[\"\"]", false, 0 },
		{ "[null]", false, 0 },
		{ "[true]", false, 0 },
		{ "[[1]]", false, 0 },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		uint64_t value = 0;
		json_t *v;

		ck_assert_int_eq(ckpt_json_load(t[i].json, strlen(t[i].json), "f", &v, NULL), 0);
		ck_assert_msg(ckpt_json_u64(json_array_get(v, 0), &value) == t[i].ok, "%s", t[i].json);
		ck_assert_uint_eq(value, t[i].value);
		json_decref(v);
	}
	ck_assert(!ckpt_json_u64(NULL, &(uint64_t){ 0 }));
}
END_TEST

START_TEST(strings_are_not_taken_for_numbers_nor_changed)
{
	static const char text[] =
		"[\"\",\"7\",\"\\u0001\",\"\\u00017\",\"\\u0001\\u00017\",\"a\\u0000b\",8]";
	static const struct {
		const char *s;
		size_t len;
	} t[] = { { "", 0 },
		  { "7", 1 },
		  { "\001", 1 },
		  { "\001"
		    "7",
		    2 },
		  { "\001\001"
		    "7",
		    3 },
		  { "a\0b", 3 } };
	const char *s;
	size_t len, i;
	json_t *v;

	ck_assert_int_eq(ckpt_json_load(text, strlen(text), "f", &v, NULL), 0);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		s = ckpt_json_string(json_array_get(v, i), &len);
		ck_assert_ptr_nonnull(s);
		ck_assert_uint_eq(len, t[i].len);
		ck_assert_mem_eq(s, t[i].s, len);
	}
	ck_assert_ptr_null(ckpt_json_string(json_array_get(v, i), &len));
	ck_assert_ptr_null(ckpt_json_string(NULL, &len));
	json_decref(v);
}
END_TEST

static int join(void *ctx, size_t index, const char *text, size_t len, struct ckpt_err *err)
{
	(void)err;
	ckpt_buf_addf(ctx, "%zu<%.*s>", index, (int)len, text);
	return index == 2 ? 77 : 0;
}

START_TEST(an_array_is_cut_into_squeezed_elements)
{
	static const struct {
		const char *in, *out;
		int r;
	} t[] = {
		{ "[]", "", 0 },
		{ " [\n] \r\n", "", 0 },
		{ "[1]", "0<1>", 0 },
		{ "[ {\"a\" : [1, 2]} , \" , ] \\\" \" ]", "0<{\"a\":[1,2]}>1<\" , ] \\\" \">", 0 },
		{ "[1 2]", "0<1 2>", 0 }, /* for the parser to refuse; never 12 */
		{ "[1,2,3,4]", "0<1>1<2>2<3>", 77 },
	};
	struct ckpt_buf b = CKPT_BUF_INIT;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		ckpt_buf_clear(&b);
		ckpt_buf_adds(&b, "");
		ck_assert_int_eq(ckpt_json_split(t[i].in, strlen(t[i].in), "f", join, &b, NULL), t[i].r);
		ck_assert_str_eq(b.data, t[i].out);
	}
	ckpt_buf_release(&b);
}
END_TEST

int main(void)
{
	const TTest *tests[] = {
		only_plain_digits_are_an_integer,
		strings_are_not_taken_for_numbers_nor_changed,
		an_array_is_cut_into_squeezed_elements,
	};
	TCase *tc = tcase_create("json");

	tcase_set_timeout(tc, 60);
	suite_add_all(tc, tests);
	return suite_run_one("json", tc);
}
