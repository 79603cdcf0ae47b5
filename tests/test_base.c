/* Floor 0: sentences, buffers, times, the log. */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/index.h"
#include "base/log.h"
#include "base/siphash.h"
#include "base/when.h"
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

/* --- when ---------------------------------------------------------------- */

START_TEST(times_are_utc_with_three_decimals)
{
	static const struct {
		int64_t ms;
		const char *text;
	} t[] = {
		{ 0, "1970-01-01T00:00:00.000Z" },
		{ 1795548999123, "2026-11-24T19:36:39.123Z" },
		{ -1, "1969-12-31T23:59:59.999Z" },
		{ (INT64_C(1) << 48) - 1, "10889-08-02T05:31:50.655Z" },
		{ INT64_MAX, "292278994-08-17T07:12:55.807Z" },
		{ INT64_MIN, "-292275055-05-16T16:47:04.192Z" },
	};
	char text[CKPT_WHEN_TEXT];

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		ck_assert_str_eq(ckpt_when_text(t[i].ms, text), t[i].text);
	ck_assert_int_gt(ckpt_when_now(), INT64_C(1700000000000));
	ck_assert_int_le(ckpt_when_monotonic(), ckpt_when_monotonic());
}
END_TEST

START_TEST(times_are_read_back)
{
	static const struct {
		const char *text;
		int64_t ms;
	} t[] = {
		{ "1970-01-01T00:00:00Z", 0 },
		{ "2026-11-24T19:36:39.123Z", 1795548999123 },
		{ "2026-11-24T21:36:39.1239+02:00", 1795548999123 },
		{ "2026-11-24T14:06:39.123999999-05:30", 1795548999123 },
		{ "2026-11-24T19:36:39.1Z", 1795548999100 },
		{ "1969-12-31T23:59:59.999Z", -1 },
		{ "2024-02-29T00:00:00Z", 1709164800000 },
	};
	static const char *const bad[] = {
		"",
		"now",
		"2026-11-24",
		"2026-11-24T19:36:39",
		"2026-11-24T19:36Z",
		"2026-11-24 19:36:39Z",
		"2026-02-29T00:00:00Z",
		"2026-13-01T00:00:00Z",
		"2026-00-01T00:00:00Z",
		"2026-01-00T00:00:00Z",
		"2026-01-01T24:00:00Z",
		"2026-01-01T00:60:00Z",
		"2026-01-01T00:00:60Z",
		"2026-01-01T00:00:00.Z",
		"2026-01-01T00:00:00+24:00",
		"2026-01-01T00:00:00+0200",
		"2026-01-01T00:00:00Z ",
		"2026-01-01T00:00:00.1234567890Z",
		"-026-01-01T00:00:00Z",
		"02026-01-01T00:00:00Z",
	};
	char text[CKPT_WHEN_TEXT];
	int64_t ms = 42;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!ckpt_when_parse(bad[i], &ms) && ms == 42, "%s", bad[i]);
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		ck_assert_msg(ckpt_when_parse(t[i].text, &ms), "%s", t[i].text);
		ck_assert_int_eq(ms, t[i].ms);
		ck_assert(ckpt_when_parse(ckpt_when_text(t[i].ms, text), &ms) && ms == t[i].ms);
	}
}
END_TEST

/* --- log ---------------------------------------------------------------- */

START_TEST(the_log_keeps_its_last_lines)
{
	struct ckpt_log *log = ckpt_log_new(false, false);
	struct ckpt_buf out = CKPT_BUF_INIT;
	size_t lines = 0;

	ckpt_log_add(log, CKPT_LOG_DAMAGED, "two\nlines");
	ckpt_log_dump(log, &out);
	ck_assert_uint_eq(out.len, strlen("2026-11-24T19:36:39.123Z error two\\x0alines\n"));
	ck_assert_str_eq(out.data + 24, " error two\\x0alines\n");
	for (int i = 0; i < CKPT_LOG_LINES + 5; i++)
		ckpt_log_add(log, i % 2 ? CKPT_LOG_WARNED : CKPT_LOG_TOLD, "event %d", i);
	ckpt_buf_clear(&out);
	ckpt_log_dump(log, &out);
	for (size_t i = 0; i < out.len; i++)
		lines += out.data[i] == '\n';
	ck_assert_uint_eq(lines, CKPT_LOG_LINES);
	ck_assert(strncmp(out.data + 24, " warning event 5\n", 17) == 0);
	ck_assert_str_eq(strrchr(out.data, 'Z'), "Z info event 1004\n");
	ckpt_buf_release(&out);
	ckpt_log_free(log);
	ckpt_log_add(NULL, CKPT_LOG_TOLD, "nobody listens");
}
END_TEST

static void *add_many(void *arg)
{
	for (int i = 0; i < 2000; i++)
		ckpt_log_add(arg, CKPT_LOG_TOLD, "event");
	return NULL;
}

START_TEST(the_log_takes_lines_from_any_thread)
{
	struct ckpt_log *log = ckpt_log_new(false, false);
	struct ckpt_buf out = CKPT_BUF_INIT;
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, add_many, log), 0);
	for (int i = 0; i < 20; i++)
		ckpt_log_dump(log, &out);
	add_many(log);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ckpt_buf_clear(&out);
	ckpt_log_dump(log, &out);
	ck_assert_uint_eq(out.len, CKPT_LOG_LINES * strlen("2026-11-24T19:36:39.123Z info event\n"));
	ckpt_buf_release(&out);
	ckpt_log_free(log);
}
END_TEST

/* --- index -------------------------------------------------------------- */

static ptrdiff_t find(const struct ckpt_index *x, const char *name)
{
	ptrdiff_t found;

	ckpt_index_find_some(x, &(struct ckpt_slice){ name, strlen(name) }, 1, &found);
	return found;
}

/* Every third is not there.  Also none, and fewer than may be. */
static void find_some(const struct ckpt_index *x, int names)
{
	char text[CKPT_INDEX_SOME][32];
	struct ckpt_slice name[CKPT_INDEX_SOME] = { 0 };
	ptrdiff_t found[CKPT_INDEX_SOME];
	size_t n = 0;

	ckpt_index_find_some(x, name, 0, found);
	for (int i = 0; i < names; i++) {
		name[n].s = text[n];
		name[n].len = (size_t)sprintf(text[n], "w%d-%d.feldera", i % 3 == 2, i);
		n++;
		if (n < CKPT_INDEX_SOME && i + 1 < names)
			continue;
		ckpt_index_find_some(x, name, n, found);
		for (size_t k = 0; k < n; k++)
			ck_assert_int_eq(found[k], name[k].s[1] == '0' ? atoi(name[k].s + 3) : -1);
		n = 0;
	}
}

START_TEST(an_index_finds_each_name_once_and_no_other)
{
	enum { N = 5000 };
	struct ckpt_names names = CKPT_NAMES_INIT;
	struct ckpt_index x;
	char name[32];

	ck_assert(ckpt_index_make(&x, &names));
	ck_assert_int_eq(find(&x, "none"), -1);
	ckpt_index_release(&x);
	for (int i = 0; i < 2 * N; i++) /* all of them twice, the second time backwards */
		ckpt_names_add(&names, name,
			       (size_t)sprintf(name, "w0-%d.feldera", i < N ? i : 2 * N - 1 - i));
	ck_assert(ckpt_index_make(&x, &names));
	ck_assert_uint_eq(names.n, N);
	for (int i = 0; i < N; i++) {
		sprintf(name, "w0-%d.feldera", i);
		ck_assert_str_eq(ckpt_names_at(&names, (size_t)i), name);
		ck_assert_int_eq(find(&x, name), i);
		name[1] = '1';
		ck_assert_int_eq(find(&x, name), -1);
	}
	find_some(&x, N);
	ckpt_index_release(&x);
	ckpt_names_release(&names);
}
END_TEST

struct hashed {
	uint64_t hash;
	unsigned n;
};

/* By what an index keeps of a hash, and where it begins in a small one. */
static int by_hash(const void *a, const void *b)
{
	const struct hashed *x = a, *y = b;

	if (x->hash >> 32 != y->hash >> 32)
		return x->hash >> 32 < y->hash >> 32 ? -1 : 1;
	return (int)(x->hash & 3) - (int)(y->hash & 3);
}

/* Of so many names there are some such pairs. */
static bool find_pair(unsigned total, char one[16], char other[16])
{
	struct hashed *h = calloc(total, sizeof(*h));
	unsigned k = 1;

	ck_assert_ptr_nonnull(h);
	for (unsigned i = 0; i < total; i++) {
		sprintf(one, "%u", i);
		h[i] = (struct hashed){ ckpt_siphash(ckpt_siphash_secret(), one, strlen(one)), i };
	}
	qsort(h, total, sizeof(*h), by_hash);
	while (k < total && by_hash(&h[k - 1], &h[k]))
		k++;
	if (k < total) {
		sprintf(one, "%u", h[k - 1].n);
		sprintf(other, "%u", h[k].n);
	}
	free(h);
	return k < total;
}

START_TEST(an_index_tells_names_of_one_hash_apart)
{
	struct ckpt_names names = CKPT_NAMES_INIT;
	char one[16], other[16];
	struct ckpt_index x;
	unsigned total = 1 << 19;

	while (!find_pair(total, one, other))
		total *= 2;
	ckpt_names_add(&names, one, strlen(one));
	ck_assert(ckpt_index_make(&x, &names));
	ck_assert_int_eq(find(&x, one), 0);
	ck_assert_int_eq(find(&x, other), -1);
	ckpt_index_release(&x);
	ckpt_names_add(&names, other, strlen(other));
	ck_assert(ckpt_index_make(&x, &names));
	ck_assert_uint_eq(names.n, 2);
	ck_assert_int_eq(find(&x, one), 0);
	ck_assert_int_eq(find(&x, other), 1);
	ckpt_index_release(&x);
	ckpt_names_release(&names);
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
		times_are_utc_with_three_decimals,
		times_are_read_back,
		the_log_keeps_its_last_lines,
		the_log_takes_lines_from_any_thread,
		an_index_finds_each_name_once_and_no_other,
		an_index_tells_names_of_one_hash_apart,
	};
	TCase *tc = tcase_create("base");

	suite_add_all(tc, tests);
	return suite_run_one("base", tc);
}
