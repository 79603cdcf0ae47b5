#include <stdio.h>
#include <string.h>
#include <time.h>

#include "engine/retention.h"

#define MS 1000
#define HOUR_MS (INT64_C(3600) * MS)
#define DAYS_OF_WEEK 7

/* The digits at *p; 0 if there are none, or too many. */
static unsigned take_number(const char **p)
{
	unsigned value = 0;

	for (; **p >= '0' && **p <= '9'; ++*p) {
		value = value * 10 + (unsigned)(**p - '0');
		if (value > CKPT_SPAN_MAX)
			return 0;
	}
	return value;
}

bool ckpt_span_parse(const char *text, struct ckpt_span *out)
{
	static const char units[] = "ymwdh";
	unsigned value[sizeof(units)] = { 0 };
	const char *p = text, *unit;

	while (*p) {
		unsigned n = take_number(&p);

		unit = n && *p ? strchr(units, *p) : NULL;
		if (!unit || value[unit - units])
			return false;
		value[unit - units] = n;
		p++;
	}
	if (p == text)
		return false;
	*out = (struct ckpt_span){ .years = value[0],
				   .months = value[1],
				   .days = DAYS_OF_WEEK * value[2] + value[3],
				   .hours = value[4] };
	return true;
}

char *ckpt_span_text(const struct ckpt_span *s, char text[CKPT_SPAN_TEXT])
{
	const unsigned value[] = { s->years, s->months, s->days, s->hours };
	size_t at = 0, i;

	text[0] = '\0';
	for (i = 0; i < sizeof(value) / sizeof(value[0]); i++)
		if (value[i])
			at += (size_t)snprintf(text + at, CKPT_SPAN_TEXT - at, "%u%c", value[i], "ymdh"[i]);
	return text;
}

bool ckpt_span_is_zero(const struct ckpt_span *s)
{
	return !s->years && !s->months && !s->days && !s->hours;
}

static int64_t offset_at(int64_t sec)
{
	time_t t = (time_t)sec;
	struct tm tm = { 0 };

	return localtime_r(&t, &tm) ? tm.tm_gmtoff : 0;
}

/* The offset of a wall clock's time is looked up twice: first as if the clock
 * showed UTC, then where that leads. */
static int64_t from_wall_clock(struct tm *tm)
{
	int64_t wall = timegm(tm);

	return wall - offset_at(wall - offset_at(wall));
}

static int64_t add(int64_t ms, const struct ckpt_span *s, int sign)
{
	int64_t milli = (ms % MS + MS) % MS;
	time_t t = (time_t)((ms - milli) / MS);
	struct tm tm = { 0 };

	tzset();
	if (!localtime_r(&t, &tm))
		return ms;
	/* timegm() takes months below 0 and days above 31 as they are meant. */
	tm.tm_year += sign * (int)s->years;
	tm.tm_mon += sign * (int)s->months;
	tm.tm_mday += sign * (int)s->days;
	return from_wall_clock(&tm) * MS + milli + sign * (int64_t)s->hours * HOUR_MS;
}

int64_t ckpt_span_after(int64_t ms, const struct ckpt_span *s)
{
	return add(ms, s, 1);
}

int64_t ckpt_span_before(int64_t ms, const struct ckpt_span *s)
{
	return add(ms, s, -1);
}
