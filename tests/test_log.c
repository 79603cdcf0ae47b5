/* Times, and the log whose lines begin with them. */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/when.h"
#include "tests/suite.h"

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

/* btrfs, tmpfs and others keep any that somebody gives a file. */
START_TEST(a_files_time_that_no_calendar_has_is_the_nearest_that_it_has)
{
	static const struct {
		struct timespec t;
		const char *text;
	} t[] = {
		{ { 1795548999, 123456789 }, "2026-11-24T19:36:39.123Z" },
		{ { -1, 999000000 }, "1969-12-31T23:59:59.999Z" },
		{ { 253402300799, 999999999 }, "9999-12-31T23:59:59.999Z" },
		{ { 253402300800, 0 }, "9999-12-31T23:59:59.999Z" },
		{ { INT64_MAX, 999999999 }, "9999-12-31T23:59:59.999Z" },
		{ { -62167219200, 0 }, "0000-01-01T00:00:00.000Z" },
		{ { INT64_MIN, 0 }, "0000-01-01T00:00:00.000Z" },
	};
	char text[CKPT_WHEN_TEXT];

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		ck_assert_str_eq(ckpt_when_text(ckpt_when_of(&t[i].t), text), t[i].text);
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

int main(void)
{
	const TTest *tests[] = {
		times_are_utc_with_three_decimals,
		a_files_time_that_no_calendar_has_is_the_nearest_that_it_has,
		times_are_read_back,
		the_log_keeps_its_last_lines,
		the_log_takes_lines_from_any_thread,
	};
	TCase *tc = tcase_create("log");

	suite_add_all(tc, tests);
	return suite_run_one("log", tc);
}
