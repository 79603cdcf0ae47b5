#include "tests/fuzz/rules.h"

#include <stdio.h>
#include <string.h>

/* --- text ----------------------------------------------------------------- */

static uint32_t code_point(const char *s, size_t n)
{
	static const unsigned char mask[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t c = (unsigned char)s[0] & mask[n];

	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)s[i] & 0x3f);
	return c;
}

/* By the code point: the shortest form is the only one. */
size_t rule_utf8(const char *s, size_t len)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char first = len ? (unsigned char)s[0] : 0xff;
	size_t n = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
	uint32_t c;

	if (n == 0 || n > len)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((unsigned char)s[i] >> 6 != 2)
			return 0;
	c = code_point(s, n);
	return c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ? 0 : n;
}

bool rule_is_control(const char *s, size_t len)
{
	uint32_t c = code_point(s, len);

	return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

/* --- names ---------------------------------------------------------------- */

static bool is(const char *s, size_t len, const char *word)
{
	return len == strlen(word) && memcmp(s, word, len) == 0;
}

static bool is_component(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] == '/' || s[i] == '\0')
			return false;
	return len >= 1 && len <= 255 && !is(s, len, ".") && !is(s, len, "..");
}

static bool is_own(const char *s, size_t len)
{
	static const char *const own[] = { "checkpoints.feldera", "state.json",	       "steps.bin",
					   "ckptfs-pins.json",	  "lost+found",	       "status.json",
					   "status.json.mut",	  "activated.feldera", "feldera.pidlock",
					   "adhoc-tmp",		  "datafusion-tmp",    "coordinator" };

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (is(s, len, own[i]))
			return true;
	return false;
}

bool rule_is_batch(const char *s, size_t len)
{
	return is_component(s, len) && !is_own(s, len) && len > 8 && is(s + len - 8, 8, ".feldera");
}

bool rule_is_state_file(const char *s, size_t len)
{
	return is_component(s, len) && !is_own(s, len) && !is(s, len, "dependencies.json");
}

bool rule_is_pin_name(const char *s, size_t len)
{
	size_t n;

	if (!is_component(s, len))
		return false;
	for (size_t i = 0; i < len; i += n) {
		n = rule_utf8(s + i, len - i);
		if (n == 0 || rule_is_control(s + i, n))
			return false;
	}
	return true;
}

/* --- uuids and times ------------------------------------------------------- */

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool rule_uuid(const char *s, size_t len, unsigned char b[16])
{
	static const unsigned char nil[16];
	size_t n = 0;

	if (len != 36)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (s[i] != '-')
				return false;
			continue;
		}
		if (digit(s[i]) < 0)
			return false;
		if (n % 2 == 0)
			b[n / 2] = (unsigned char)(digit(s[i]) << 4);
		else
			b[n / 2] |= (unsigned char)digit(s[i]);
		n++;
	}
	return memcmp(b, nil, sizeof(nil)) != 0;
}

static bool leap(int64_t y)
{
	return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
}

static int month_days(int64_t year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return month == 2 && leap(year) ? 29 : days[month - 1];
}

static int64_t days_before(int64_t year, int month, int day)
{
	int64_t y = year - 1, days = y * 365 + y / 4 - y / 100 + y / 400;

	/* Year 0 is a leap year, and its days are before those of year 1. */
	if (year == 0)
		days = -366;
	for (int m = 1; m < month; m++)
		days += month_days(year, m);
	return days + day - 1 - 719162; /* those from year 1 to 1970 */
}

/* n digits at s + at as a number, -1: none. */
static int number(const char *s, size_t len, size_t at, size_t n)
{
	int v = 0;

	for (size_t i = at; i < at + n; i++) {
		if (i >= len || s[i] < '0' || s[i] > '9')
			return -1;
		v = v * 10 + s[i] - '0';
	}
	return v;
}

bool rule_time(const char *s, size_t len, int64_t *ms)
{
	int year = number(s, len, 0, 4), month = number(s, len, 5, 2), day = number(s, len, 8, 2);
	int hour = number(s, len, 11, 2), min = number(s, len, 14, 2), sec = number(s, len, 17, 2);
	int zone_hour, zone_min, milli = 0, decimals = 0;
	int64_t t;
	size_t at = 19;

	if (len < 20 || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':')
		return false;
	if (year < 0 || month < 1 || month > 12 || day < 1 || day > month_days(year, month) || hour < 0 ||
	    hour > 23 || min < 0 || min > 59 || sec < 0 || sec > 59)
		return false;
	if (s[at] == '.') {
		for (at++; at < len && s[at] >= '0' && s[at] <= '9'; at++, decimals++)
			milli += (s[at] - '0') * (decimals == 0	  ? 100
						  : decimals == 1 ? 10
						  : decimals == 2 ? 1
								  : 0);
		if (decimals < 1 || decimals > 9)
			return false;
	}
	t = (days_before(year, month, day) * 24 + hour) * 60 + min;
	if (at < len && s[at] == 'Z') {
		at++;
	} else {
		if (at >= len || (s[at] != '+' && s[at] != '-') || len != at + 6 || s[at + 3] != ':')
			return false;
		zone_hour = number(s, len, at + 1, 2);
		zone_min = number(s, len, at + 4, 2);
		if (zone_hour < 0 || zone_hour > 23 || zone_min < 0 || zone_min > 59)
			return false;
		t -= (s[at] == '-' ? -1 : 1) * (zone_hour * 60 + zone_min);
		at += 6;
	}
	*ms = (t * 60 + sec) * 1000 + milli;
	return at == len;
}
