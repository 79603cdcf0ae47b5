#include "base/when.h"

#include <stdio.h>
#include <time.h>

char *ckpt_when_text(int64_t ms, char text[CKPT_WHEN_TEXT])
{
	/* Rounded down, so that times before the epoch have decimals too. */
	int milli = (int)((ms % 1000 + 1000) % 1000);
	int64_t sec = ms / 1000 - (ms % 1000 < 0);
	time_t t = (time_t)sec;
	struct tm tm;
	int n = -1;

	/* Every int64_t has a year of at most nine digits, so it fits. */
	if (gmtime_r(&t, &tm))
		n = snprintf(text, CKPT_WHEN_TEXT, "%04lld-%02d-%02dT%02d:%02d:%02d.%03dZ",
			     tm.tm_year + 1900LL, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
			     milli);
	if (n < 0 || n >= CKPT_WHEN_TEXT)
		snprintf(text, CKPT_WHEN_TEXT, "unknown");
	return text;
}

/* The number that the next n characters are; *p is NULL from the first failure
 * on, so that one look at the end is enough. */
static int take_number(const char **p, int n)
{
	int value = 0;

	for (; *p && n > 0; n--, ++*p) {
		if (**p < '0' || **p > '9') {
			*p = NULL;
			return 0;
		}
		value = value * 10 + (**p - '0');
	}
	return value;
}

static void take_char(const char **p, char c)
{
	if (*p && **p == c)
		++*p;
	else
		*p = NULL;
}

#define DECIMALS_MAX 9

static int take_decimals(const char **p)
{
	int milli = 0, n;

	if (!*p || **p != '.')
		return 0;
	++*p;
	for (n = 0; n < DECIMALS_MAX && **p >= '0' && **p <= '9'; n++, ++*p)
		if (n < 3)
			milli = milli * 10 + (**p - '0');
	if (n == 0)
		*p = NULL;
	for (; n < 3; n++)
		milli *= 10;
	return milli;
}

/* In seconds. */
static int take_offset(const char **p)
{
	int sign, hours, minutes;

	if (!*p || (**p != '+' && **p != '-')) {
		take_char(p, 'Z');
		return 0;
	}
	sign = *(*p)++ == '-' ? -1 : 1;
	hours = take_number(p, 2);
	take_char(p, ':');
	minutes = take_number(p, 2);
	if (hours > 23 || minutes > 59)
		*p = NULL;
	return sign * (hours * 3600 + minutes * 60);
}

bool ckpt_when_parse(const char *text, int64_t *ms)
{
	struct tm tm = { 0 }, normal;
	const char *p = text;
	int milli, offset;
	time_t t;

	tm.tm_year = take_number(&p, 4) - 1900;
	take_char(&p, '-');
	tm.tm_mon = take_number(&p, 2) - 1;
	take_char(&p, '-');
	tm.tm_mday = take_number(&p, 2);
	take_char(&p, 'T');
	tm.tm_hour = take_number(&p, 2);
	take_char(&p, ':');
	tm.tm_min = take_number(&p, 2);
	take_char(&p, ':');
	tm.tm_sec = take_number(&p, 2);
	milli = take_decimals(&p);
	offset = take_offset(&p);
	if (!p || *p)
		return false;
	/* timegm() makes 3 March of 31 February; what exists it leaves as it is. */
	normal = tm;
	t = timegm(&normal);
	if (normal.tm_mon != tm.tm_mon || normal.tm_mday != tm.tm_mday || normal.tm_hour != tm.tm_hour ||
	    normal.tm_min != tm.tm_min || normal.tm_sec != tm.tm_sec)
		return false;
	*ms = ((int64_t)t - offset) * 1000 + milli;
	return true;
}

/* 0000-01-01T00:00:00Z, 9999-12-31T23:59:59Z. */
#define FIRST_SECOND INT64_C(-62167219200)
#define LAST_SECOND INT64_C(253402300799)

int64_t ckpt_when_of(const struct timespec *t)
{
	if (t->tv_sec < FIRST_SECOND)
		return FIRST_SECOND * 1000;
	if (t->tv_sec > LAST_SECOND)
		return LAST_SECOND * 1000 + 999;
	return (int64_t)t->tv_sec * 1000 + t->tv_nsec / 1000000;
}

static int64_t read_clock(clockid_t id)
{
	struct timespec ts = { 0 };

	clock_gettime(id, &ts);
	return ckpt_when_of(&ts);
}

int64_t ckpt_when_now(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t ckpt_when_monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC);
}
