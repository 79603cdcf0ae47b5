/* Sentences, and buffers with what they show. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "ckptfs/err.h"
#include "tests/suite.h"

/* --- err ---------------------------------------------------------------- */

START_TEST(a_sentence_shows_nothing_that_moves_a_cursor)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{ "a\nb\033[2J\x7f", "a\\x0ab\\x1b[2J\\x7f" },
		{ "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x92\xbe", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x92\xbe" },
		{ "\xc2\x9b"
		  "31m \xc2\xa0",
		  "\\xc2\\x9b31m \xc2\xa0" },
		{ "\xe2\x80\xae"
		  "cod.exe",
		  "\\xe2\\x80\\xaecod.exe" },
		{ "\xe2\x81\xa6\xe2\x81\xa9\xe2\x80\xa8", "\\xe2\\x81\\xa6\\xe2\\x81\\xa9\\xe2\\x80\\xa8" },
		{ "\xff\xc3", "\\xff\\xc3" },
		{ "\xc0\xaf\xed\xa0\x80", "\\xc0\\xaf\\xed\\xa0\\x80" },
	};
	struct ckpt_buf b = CKPT_BUF_INIT;
	struct ckpt_err e;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		ck_assert_int_eq(ckpt_fail(&e, EUCLEAN, "%s", t[i].in), -EUCLEAN);
		ck_assert_int_eq(e.code, EUCLEAN);
		ck_assert_str_eq(e.msg, t[i].out);
		ckpt_buf_clear(&b);
		ckpt_buf_add_shown(&b, t[i].in, strlen(t[i].in));
		ck_assert_str_eq(b.data, t[i].out);
	}
	ckpt_buf_release(&b);
}
END_TEST

START_TEST(a_long_sentence_is_cut_at_a_whole_character)
{
	char in[5 * CKPT_ERR_MAX];
	struct ckpt_err e;

	/* Three bytes a character, and every place at which one can be cut. */
	for (size_t pad = 0; pad < 3; pad++) {
		memset(in, 'x', pad);
		for (size_t i = 0; pad + 3 * i + 3 < sizeof(in); i++)
			memcpy(in + pad + 3 * i, "\xe2\x82\xac", 4);
		ckpt_fail(&e, EIO, "%s", in);
		ck_assert_uint_lt(strlen(e.msg), CKPT_ERR_MAX);
		ck_assert_uint_ge(strlen(e.msg), CKPT_ERR_MAX - 3);
		ck_assert_uint_eq((strlen(e.msg) - pad) % 3, 0);
		ck_assert(strncmp(e.msg, in, strlen(e.msg)) == 0);
	}
	/* Nor is an escape cut in two. */
	memset(in, '\n', sizeof(in));
	in[sizeof(in) - 1] = '\0';
	ckpt_fail(&e, EIO, "%s", in);
	ck_assert_uint_eq(strlen(e.msg), (CKPT_ERR_MAX - 1) / 4 * 4);
}
END_TEST

START_TEST(an_error_may_quote_itself_and_may_be_nobodys)
{
	struct ckpt_err e;

	ck_assert_int_eq(ckpt_fail(NULL, ENOENT, "%s", "nobody listens"), -ENOENT);
	ck_assert_int_eq(ckpt_fail_errno(NULL, ENOENT, "%s", "nobody listens"), -ENOENT);
	ck_assert_int_eq(ckpt_fail_nomem(NULL), -ENOMEM);
	ckpt_fail(&e, EIO, "first");
	ckpt_fail(&e, EBUSY, "%s, then second", e.msg);
	ck_assert_str_eq(e.msg, "first, then second");
	ck_assert_int_eq(ckpt_fail_errno(&e, ENOENT, "cannot open %s", "a\tb"), -ENOENT);
	ck_assert_str_eq(e.msg, "cannot open a\\x09b: No such file or directory");
	ck_assert_int_eq(ckpt_fail_nomem(&e), -ENOMEM);
	ck_assert_int_eq(e.code, ENOMEM);
}
END_TEST

/* --- buf ---------------------------------------------------------------- */

START_TEST(a_buffer_is_always_a_string)
{
	struct ckpt_buf b = CKPT_BUF_INIT;
	struct ckpt_buf expect = CKPT_BUF_INIT;

	ckpt_buf_add(&b, NULL, 0);
	ck_assert_str_eq(b.data, "");
	for (int i = 0; i < 1000; i++) {
		ckpt_buf_addf(&b, "%03d", i);
		ckpt_buf_addc(&expect, (char)('0' + i / 100));
		ckpt_buf_addc(&expect, (char)('0' + i / 10 % 10));
		ckpt_buf_addc(&expect, (char)('0' + i % 10));
		ck_assert_uint_eq(b.len, 3 * (size_t)i + 3);
		ck_assert_int_eq(b.data[b.len], '\0');
	}
	ck_assert_str_eq(b.data, expect.data);
	ckpt_buf_clear(&b);
	ck_assert_str_eq(b.data, "");
	ckpt_buf_addf(&b, "%s", expect.data); /* longer than any room left by chance */
	ckpt_buf_addf(&b, "%0*d", 100000, 7);
	ck_assert_uint_eq(b.len, 103000);
	ck_assert_int_eq(b.data[b.len - 1], '7');
	ckpt_buf_release(&expect);
	ckpt_buf_release(&b);
	ck_assert_ptr_null(b.data);
}
END_TEST

START_TEST(a_buffer_remembers_that_it_failed)
{
	struct ckpt_buf b = CKPT_BUF_INIT;

	ckpt_buf_adds(&b, "kept");
	ck_assert(!ckpt_buf_reserve(&b, SIZE_MAX - 4));
	ck_assert(b.failed);
	ckpt_buf_adds(&b, "lost");
	ckpt_buf_addf(&b, "%d", 1);
	ck_assert_str_eq(b.data, "kept");
	ckpt_buf_clear(&b);
	ckpt_buf_adds(&b, "again");
	ck_assert_str_eq(b.data, "again");
	ckpt_buf_release(&b);
}
END_TEST

START_TEST(json_strings_are_those_of_serde_json)
{
	static const char in[] = "q\" b\\ s/ \b\f\n\r\t \x01\x1f\x7f \xc3\xa9 \xff \xed\xa0\x80 \0z";
	static const char out[] = "\"q\\\" b\\\\ s/ \\b\\f\\n\\r\\t \\u0001\\u001f\x7f \xc3\xa9 \xef\xbf\xbd "
				  "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd \\u0000z\"";
	struct ckpt_buf b = CKPT_BUF_INIT;

	ckpt_buf_add_json(&b, in, sizeof(in) - 1);
	ck_assert_str_eq(b.data, out);
	ckpt_buf_clear(&b);
	ckpt_buf_add_json(&b, "", 0);
	ck_assert_str_eq(b.data, "\"\"");
	ckpt_buf_release(&b);
}
END_TEST

START_TEST(what_is_given_out_is_harmless_and_json_still_the_same)
{
	static const char in[] =
		"a\n\t\x1b\x7f\xc2\x9f\xc2\xa0\xe2\x80\xae\xe2\x81\xa9\xff\xf0\x9f\x98\x80\\";
	static const char text[] = "a\n\\x09\\x1b\\x7f\\xc2\\x9f\xc2\xa0\\xe2\\x80\\xae\\xe2\\x81\\xa9\\xff"
				   "\xf0\x9f\x98\x80\\";
	static const char json[] =
		"a\n\\u0009\\u001b\\u007f\\u009f\xc2\xa0\\u202e\\u2069\\ufffd\xf0\x9f\x98\x80\\";
	struct ckpt_buf b = CKPT_BUF_INIT;

	ckpt_buf_show_text(&b, 0);
	ck_assert_uint_eq(b.len, 0);
	ckpt_buf_adds(&b, "\x1b");
	ckpt_buf_add(&b, in, sizeof(in) - 1);
	ckpt_buf_show_text(&b, 1);
	ck_assert_str_eq(b.data + 1, text);
	/* Nothing is escaped twice. */
	ckpt_buf_show_text(&b, 1);
	ck_assert_str_eq(b.data + 1, text);
	ckpt_buf_clear(&b);
	ckpt_buf_add(&b, in, sizeof(in) - 1);
	ckpt_buf_show_json(&b, 0);
	ck_assert_str_eq(b.data, json);
	ck_assert_uint_eq(b.len, sizeof(json) - 1);
	ckpt_buf_release(&b);
}
END_TEST

START_TEST(utf8_is_exact_at_its_edges)
{
	static const struct {
		const char *s;
		size_t n, len;
	} t[] = {
		{ "", 0, 0 },
		{ "a", 1, 1 },
		{ "\0", 1, 1 },
		{ "\x7f", 1, 1 },
		{ "\x80", 1, 0 },
		{ "\xc1\xbf", 2, 0 },
		{ "\xc2\x80", 2, 2 },
		{ "\xc2\x80", 1, 0 },
		{ "\xc2\x7f", 2, 0 },
		{ "\xdf\xbf", 2, 2 },
		{ "\xe0\x9f\xbf", 3, 0 },
		{ "\xe0\xa0\x80", 3, 3 },
		{ "\xed\x9f\xbf", 3, 3 },
		{ "\xed\xa0\x80", 3, 0 },
		{ "\xee\x80\x80", 3, 3 },
		{ "\xef\xbf\xbf", 3, 3 },
		{ "\xef\xbf", 2, 0 },
		{ "\xef\xbf\x41", 3, 0 },
		{ "\xf0\x8f\xbf\xbf", 4, 0 },
		{ "\xf0\x90\x80\x80", 4, 4 },
		{ "\xf4\x8f\xbf\xbf", 4, 4 },
		{ "\xf4\x90\x80\x80", 4, 0 },
		{ "\xf5\x80\x80\x80", 4, 0 },
		{ "\xf0\x90\x80", 3, 0 },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		ck_assert_msg(ckpt_utf8_len(t[i].s, t[i].n) == t[i].len, "row %zu", i);
}
END_TEST

int main(void)
{
	const TTest *tests[] = {
		a_sentence_shows_nothing_that_moves_a_cursor,
		a_long_sentence_is_cut_at_a_whole_character,
		an_error_may_quote_itself_and_may_be_nobodys,
		a_buffer_is_always_a_string,
		a_buffer_remembers_that_it_failed,
		json_strings_are_those_of_serde_json,
		what_is_given_out_is_harmless_and_json_still_the_same,
		utf8_is_exact_at_its_edges,
	};
	TCase *tc = tcase_create("base");

	suite_add_all(tc, tests);
	return suite_run_one("base", tc);
}
