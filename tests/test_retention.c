/* What a retention keeps: rules, buckets of the calendar, spans. */
#include "tests/retention_set.h"

static void at(const char *text)
{
	m[n++] = (struct ckpt_moment){ .ms = when(text) };
}

/* Exactly these are kept: a letter a moment, '-' for one that goes. */
static void keeps(const char *expect)
{
	char got[MOMENTS + 1] = "";

	decide();
	for (size_t i = 0; i < n; i++)
		got[i] = reasons[i] ? 'K' : '-';
	got[n] = '\0';
	ck_assert_str_eq(got, expect);
}

/* --- spans -------------------------------------------------------------- */

static const char *const bad_spans[] = { "",	  "d",	 "1",	    "14",  "1x",   "1D",
					 "-1d",	  "+1d", "1.5d",    "0d",  "1d0h", "1d1d",
					 "1d 2h", " 1d", "100001d", "1d,", "7dd",  "99999999999999999999d" };

START_TEST(what_is_no_span_is_refused)
{
	struct ckpt_span s = { .years = 7 };

	ck_assert_msg(!ckpt_span_parse(bad_spans[_i], &s), "'%s'", bad_spans[_i]);
	ck_assert_uint_eq(s.years, 7);
}
END_TEST

START_TEST(spans_are_numbers_with_units)
{
	struct ckpt_span s;
	char text[CKPT_SPAN_TEXT];

	ck_assert(ckpt_span_parse("14d", &s) && s.days == 14 && !s.hours && !s.months && !s.years);
	ck_assert(ckpt_span_parse("1y2m3d5h", &s));
	ck_assert_str_eq(ckpt_span_text(&s, text), "1y2m3d5h");
	ck_assert(ckpt_span_parse("5h2w1d", &s) && s.days == 15 && s.hours == 5);
	ck_assert(ckpt_span_parse("100000y100000m100000w100000d100000h", &s));
	ck_assert_str_eq(ckpt_span_text(&s, text), "100000y100000m800000d100000h");
	ckpt_span_before(FUTURE, &s);
	ckpt_span_after(FUTURE, &s);
}
END_TEST

static const struct {
	const char *tz, *from, *span, *to;
} spans[] = {
	{ "UTC", "2026-03-31T12:00:00Z", "1m", "2026-03-03T12:00:00Z" }, /* 31 February */
	{ "UTC", "2024-02-29T00:00:00Z", "1y", "2023-03-01T00:00:00Z" },
	{ "UTC", "2026-01-01T00:00:00.123Z", "1h", "2025-12-31T23:00:00.123Z" },
	/* A day of the calendar has 23, 24 or 25 hours; an hour is an hour. */
	{ "Europe/Berlin", "2026-03-29T12:00:00+02:00", "1d", "2026-03-28T12:00:00+01:00" },
	{ "Europe/Berlin", "2026-03-29T12:00:00+02:00", "24h", "2026-03-28T11:00:00+01:00" },
	{ "Europe/Berlin", "2026-10-25T12:00:00+01:00", "1d", "2026-10-24T12:00:00+02:00" },
	{ "America/New_York", "2026-11-01T12:00:00-05:00", "1d", "2026-10-31T12:00:00-04:00" },
	{ "America/New_York", "2026-03-08T12:00:00-04:00", "1d", "2026-03-07T12:00:00-05:00" },
	{ "Pacific/Auckland", "2026-04-05T12:00:00+12:00", "1d", "2026-04-04T12:00:00+13:00" },
	/* Skipped, and shown twice: as Go's time.Date() has it. */
	{ "Europe/Berlin", "2026-03-30T02:30:00+02:00", "1d", "2026-03-29T03:30:00+02:00" },
	{ "Europe/Berlin", "2026-10-26T02:30:00+01:00", "1d", "2026-10-25T02:30:00+01:00" },
	{ "America/New_York", "2026-11-02T01:30:00-05:00", "1d", "2026-11-01T01:30:00-04:00" },
};

START_TEST(spans_go_by_the_local_calendar)
{
	struct ckpt_span s;
	char got[CKPT_WHEN_TEXT], expect[CKPT_WHEN_TEXT];

	zone(spans[_i].tz);
	ck_assert(ckpt_span_parse(spans[_i].span, &s));
	ckpt_when_text(ckpt_span_before(when(spans[_i].from), &s), got);
	ck_assert_str_eq(got, ckpt_when_text(when(spans[_i].to), expect));
}
END_TEST

START_TEST(a_span_after_is_the_way_back)
{
	struct ckpt_span s;

	ck_assert(ckpt_span_parse("7d", &s));
	zone("Europe/Berlin");
	ck_assert_int_eq(ckpt_span_after(when("2026-03-25T12:00:00+01:00"), &s),
			 when("2026-04-01T12:00:00+02:00"));
}
END_TEST

/* --- rules -------------------------------------------------------------- */

START_TEST(no_rule_keeps_nothing)
{
	at("2026-01-01T00:00:00Z");
	ck_assert(!ckpt_retention_has_rule(&r));
	keeps("-");
	n = 0;
	decide();
}
END_TEST

START_TEST(last_keeps_the_newest_whatever_their_order)
{
	at("2026-01-03T00:00:00Z");
	at("2026-01-01T00:00:00Z");
	at("2026-01-04T00:00:00Z");
	at("2026-01-02T00:00:00Z");
	r.last = 2;
	keeps("K-K-");
	r.last = CKPT_RETENTION_MAX;
	keeps("KKKK");
}
END_TEST

START_TEST(of_the_same_time_the_later_in_the_list_is_the_newer)
{
	at("2026-01-01T00:00:00Z");
	at("2026-01-01T00:00:00Z");
	at("2026-01-01T00:00:00Z");
	r.last = 1;
	keeps("--K");
	r = (struct ckpt_retention){ .daily = 5 };
	keeps("--K");
}
END_TEST

START_TEST(buckets_keep_the_newest_of_each_and_empty_ones_do_not_count)
{
	at("2026-01-01T08:00:00Z");
	at("2026-01-01T09:00:00Z");
	at("2026-01-01T09:59:59.999Z");
	at("2026-01-07T10:00:00Z");
	at("2026-01-07T23:59:59.999Z");
	at("2026-01-08T00:00:00Z");
	r.daily = 3;
	keeps("--K-KK");
	r.daily = 2;
	keeps("----KK");
	r = (struct ckpt_retention){ .hourly = 5 };
	keeps("K-KKKK");
	r.hourly = 4;
	keeps("--KKKK");
}
END_TEST

START_TEST(the_hour_that_comes_twice_is_one_hour)
{
	zone("Europe/Berlin");
	at("2026-10-25T01:30:00+02:00");
	at("2026-10-25T02:10:00+02:00");
	at("2026-10-25T02:50:00+02:00");
	at("2026-10-25T02:10:00+01:00");
	at("2026-10-25T02:50:00+01:00");
	at("2026-10-25T03:00:00+01:00");
	r.hourly = 9;
	keeps("K---KK");
	zone("UTC");
	keeps("K-K-KK"); /* 23:30, 0:10, 0:50, 1:10, 1:50, 2:00 */
}
END_TEST

START_TEST(the_hour_that_is_skipped_is_none)
{
	zone("America/New_York");
	at("2026-03-08T01:59:59-05:00");
	at("2026-03-08T03:00:00-04:00"); /* a second later */
	at("2026-03-08T03:30:00-04:00");
	r.hourly = 9;
	keeps("K-K");
}
END_TEST

START_TEST(days_are_those_of_the_time_zone)
{
	at("2026-04-04T10:30:00Z"); /* Auckland: 4 April, 23:30, summer time */
	at("2026-04-04T11:30:00Z"); /* 5 April, 0:30 */
	at("2026-04-05T11:30:00Z"); /* 5 April, 23:30: a day of 25 hours */
	at("2026-04-05T12:00:00Z"); /* 6 April */
	r.daily = 9;
	zone("Pacific/Auckland");
	keeps("K-KK");
	zone("UTC");
	keeps("-K-K");
	zone("America/New_York");
	keeps("-K-K");
}
END_TEST

START_TEST(weeks_are_those_of_iso_8601)
{
	at("2015-12-28T12:00:00Z"); /* Monday of 2015-W53 */
	at("2015-12-31T12:00:00Z");
	at("2016-01-03T12:00:00Z"); /* its Sunday */
	at("2016-01-04T12:00:00Z"); /* 2016-W01 */
	at("2019-12-29T12:00:00Z"); /* 2019-W52 */
	at("2019-12-30T12:00:00Z"); /* 2020-W01 */
	at("2020-01-05T12:00:00Z");
	at("2020-12-31T12:00:00Z"); /* 2020-W53 */
	at("2021-01-03T12:00:00Z");
	at("2021-01-04T12:00:00Z"); /* 2021-W01 */
	r.weekly = 99;
	keeps("--KKK-K-KK");
}
END_TEST

START_TEST(a_year_ends_at_local_midnight)
{
	static const struct {
		const char *tz, *before, *after;
	} ends[] = {
		{ "Europe/Berlin", "2025-12-31T23:59:59+01:00", "2026-01-01T00:00:00+01:00" },
		{ "America/New_York", "2025-12-31T23:59:59-05:00", "2026-01-01T00:00:00-05:00" },
		{ "Pacific/Auckland", "2025-12-31T23:59:59+13:00", "2026-01-01T00:00:00+13:00" },
	};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		reset();
		zone(ends[i].tz);
		at(ends[i].before);
		at(ends[i].after);
		r.yearly = 2;
		keeps("KK");
		r = (struct ckpt_retention){ .monthly = 2 };
		keeps("KK");
		r = (struct ckpt_retention){ .weekly = 2 };
		keeps("-K"); /* a Wednesday and a Thursday */
	}
}
END_TEST

START_TEST(within_counts_back_from_the_newest)
{
	struct ckpt_err err;

	at("2026-01-01T12:00:00Z");
	at("2026-01-01T12:00:00.001Z");
	at("2026-01-15T12:00:00Z");
	ck_assert(ckpt_span_parse("14d", &r.within));
	keeps("-KK");
	/* The newest does not count if it lies in the future. */
	ck_assert_int_eq(ckpt_retention_decide(&r, m, n, when("2026-01-15T12:00:00Z"), reasons, &err), 0);
	ck_assert_uint_eq(reasons[0], CKPT_REASON_WITHIN);
	/* If all do (a clock set back), all are kept. */
	ck_assert(ckpt_span_parse("1h", &r.within));
	ck_assert_int_eq(ckpt_retention_decide(&r, m, n, when("2025-01-01T00:00:00Z"), reasons, &err), 0);
	ck_assert_uint_eq(reasons[0], CKPT_REASON_WITHIN);
}
END_TEST

START_TEST(the_oldest_is_kept_while_there_are_too_few_if_asked_for)
{
	at("2026-01-01T00:00:00Z");
	at("2026-01-01T10:00:00Z");
	at("2026-01-02T10:00:00Z");
	r.daily = 2;
	r.oldest = true;
	keeps("-KK");
	r.daily = 3;
	keeps("KKK");
	ck_assert_uint_eq(reasons[0], CKPT_REASON_OLDEST);
	r.oldest = false;
	keeps("-KK");
}
END_TEST

START_TEST(identifiers_match_by_glob)
{
	static const char *const globs[] = { "nightly-*", "v[0-9].?" };
	static const struct {
		const char *identifier;
		size_t len;
		bool kept;
	} id[] = {
		{ "nightly-1", 9, true }, { "nightly-", 8, true },     { "xnightly-1", 10, false },
		{ "v1.2", 4, true },	  { "v1.22", 5, false },       { "", 0, false },
		{ NULL, 0, false },	  { "nightly-\0x", 10, true }, { "v1.2\0", 5, false },
	};

	r.identifier = globs;
	r.n_identifier = 2;
	ck_assert(ckpt_retention_has_rule(&r));
	for (n = 0; n < sizeof(id) / sizeof(id[0]); n++)
		m[n] = (struct ckpt_moment){ 0, id[n].identifier, id[n].len };
	decide();
	for (size_t i = 0; i < n; i++)
		ck_assert_uint_eq(reasons[i], id[i].kept ? CKPT_REASON_IDENTIFIER : 0);
}
END_TEST

START_TEST(every_kept_one_says_every_reason)
{
	static const char *const any[] = { "*" };
	char text[CKPT_REASONS_TEXT];

	at("2026-01-01T00:00:00Z");
	m[0].identifier = "x";
	m[0].identifier_len = 1;
	r = (struct ckpt_retention){ 1, 1, 1, 1, 1, 1, { .days = 14 }, any, 1, true, { 0 } };
	decide();
	ck_assert_str_eq(ckpt_reasons_text(&r, reasons[0], text),
			 "last, hourly, daily, weekly, monthly, yearly, within 14d, identifier");
	ck_assert_str_eq(ckpt_reasons_text(&r, CKPT_REASON_OLDEST, text), "oldest");
	ck_assert_str_eq(ckpt_reasons_text(&r, 0, text), "");
	/* The longest there can be. */
	ckpt_span_parse("100000y100000m100000w100000d100000h", &r.within);
	ckpt_reasons_text(&r, 0xffff, text);
	ck_assert_uint_lt(strlen(text), CKPT_REASONS_TEXT - 1);
	ck_assert(strstr(text, "oldest") != NULL);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("retention");
	TCase *t = tcase_create("spans"), *u = tcase_create("rules");

	tcase_add_checked_fixture(t, reset, NULL);
	tcase_add_loop_test(t, what_is_no_span_is_refused, 0, sizeof(bad_spans) / sizeof(bad_spans[0]));
	tcase_add_test(t, spans_are_numbers_with_units);
	tcase_add_loop_test(t, spans_go_by_the_local_calendar, 0, sizeof(spans) / sizeof(spans[0]));
	tcase_add_test(t, a_span_after_is_the_way_back);
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(u, reset, NULL);
	tcase_add_test(u, no_rule_keeps_nothing);
	tcase_add_test(u, last_keeps_the_newest_whatever_their_order);
	tcase_add_test(u, of_the_same_time_the_later_in_the_list_is_the_newer);
	tcase_add_test(u, buckets_keep_the_newest_of_each_and_empty_ones_do_not_count);
	tcase_add_test(u, the_hour_that_comes_twice_is_one_hour);
	tcase_add_test(u, the_hour_that_is_skipped_is_none);
	tcase_add_test(u, days_are_those_of_the_time_zone);
	tcase_add_test(u, weeks_are_those_of_iso_8601);
	tcase_add_test(u, a_year_ends_at_local_midnight);
	tcase_add_test(u, within_counts_back_from_the_newest);
	tcase_add_test(u, the_oldest_is_kept_while_there_are_too_few_if_asked_for);
	tcase_add_test(u, identifiers_match_by_glob);
	tcase_add_test(u, every_kept_one_says_every_reason);
	suite_add_tcase(s, u);
	return suite_run(s);
}
