/* What holds for every set of moments and every retention, tried on random ones. */
#include "tests/retention_set.h"

static const char *const zones[] = {
	"UTC",		 "Europe/Berlin", "America/New_York", "Pacific/Auckland", "Australia/Lord_Howe",
	"Asia/Kathmandu"
};
#define SETS 300

static unsigned long state;

static unsigned long below(unsigned long limit)
{
	state = state * 6364136223846793005UL + 1442695040888963407UL;
	return (state >> 33) % limit;
}

/* Different times, thick round a change of the clocks or a turn of the year. */
static void random_moments(void)
{
	static const char *const near[] = { "2026-10-25T01:00:00Z", "2026-03-29T01:00:00Z",
					    "2026-11-01T06:00:00Z", "2026-04-04T14:00:00Z",
					    "2021-01-01T00:00:00Z", "2015-12-31T12:00:00Z" };
	static const unsigned long spread[] = { 7200, 86400, 86400 * 10, 86400 * 100, 86400UL * 3000 };
	int64_t middle = when(near[below(6)]);
	unsigned long seconds = spread[below(5)];
	size_t count = 1 + below(MOMENTS - 1), i;

	for (n = 0; n < count;) {
		m[n].ms = middle + ((int64_t)below(2 * seconds) - (int64_t)seconds) * 1000;
		for (i = 0; i < n && m[i].ms != m[n].ms; i++)
			;
		if (i == n)
			n++;
		else
			count--;
	}
}

static uint32_t random_count(void)
{
	static const uint32_t counts[] = { 0, 0, 0, 1, 2, 3, 7, 30 };

	return counts[below(8)];
}

static void random_rules(void)
{
	r = (struct ckpt_retention){ .last = random_count(),
				     .hourly = random_count(),
				     .daily = random_count(),
				     .weekly = random_count(),
				     .monthly = random_count(),
				     .yearly = random_count(),
				     .oldest = below(2) };
	if (below(3) == 0)
		r.within = (struct ckpt_span){ (unsigned)below(2), (unsigned)below(3), (unsigned)below(30),
					       (unsigned)below(50) };
}

enum { HOUR, DAY, WEEK, MONTH, YEAR, KINDS };
#define NAME_LEN 32

static void name_bucket(int kind, int64_t ms, char name[NAME_LEN])
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;

	localtime_r(&t, &tm);
	if (kind == HOUR)
		strftime(name, NAME_LEN, "%Y%m%d%H", &tm);
	else if (kind == DAY)
		strftime(name, NAME_LEN, "%Y%m%d", &tm);
	else if (kind == WEEK)
		strftime(name, NAME_LEN, "%G-%V", &tm);
	else if (kind == MONTH)
		strftime(name, NAME_LEN, "%Y%m", &tm);
	else
		strftime(name, NAME_LEN, "%Y", &tm);
}

/* What one rule of buckets keeps, said another way: of each of the first
 * count different names of buckets the newest. */
static bool model_keeps(size_t i, int kind, uint32_t count)
{
	char mine[NAME_LEN], other[NAME_LEN], seen[MOMENTS][NAME_LEN];
	uint32_t newer = 0, j;

	name_bucket(kind, m[i].ms, mine);
	for (size_t k = 0; k < n; k++) {
		if (m[k].ms <= m[i].ms)
			continue;
		name_bucket(kind, m[k].ms, other);
		if (strcmp(other, mine) == 0)
			return false;
		for (j = 0; j < newer && strcmp(seen[j], other) != 0; j++)
			;
		if (j == newer)
			memcpy(seen[newer++], other, sizeof(other));
	}
	return newer < count;
}

START_TEST(buckets_are_the_names_that_strftime_gives_them)
{
	state = (unsigned long)_i + 1;
	zone(zones[_i]);
	for (int set = 0; set < SETS; set++) {
		random_moments();
		random_rules();
		r.oldest = false;
		decide();
		for (size_t i = 0; i < n; i++) {
			const uint32_t count[KINDS] = { r.hourly, r.daily, r.weekly, r.monthly, r.yearly };

			for (int k = 0; k < KINDS; k++)
				ck_assert_int_eq((reasons[i] & (unsigned)CKPT_REASON_HOURLY << k) != 0,
						 model_keeps(i, k, count[k]));
		}
	}
}
END_TEST

START_TEST(what_is_kept_stays_kept_when_others_are_gone)
{
	struct ckpt_moment left[MOMENTS];
	unsigned before[MOMENTS];
	struct ckpt_err err;

	state = (unsigned long)_i + 100;
	zone(zones[_i]);
	for (int set = 0; set < SETS; set++) {
		size_t n_left = 0;

		random_moments();
		random_rules();
		decide();
		/* As after any round of a gc: all that is kept, and some more. */
		for (size_t i = 0; i < n; i++) {
			if (!reasons[i] && below(2))
				continue;
			before[n_left] = reasons[i];
			left[n_left++] = m[i];
		}
		ck_assert_int_eq(ckpt_retention_decide(&r, left, n_left, FUTURE, reasons, &err), 0);
		for (size_t i = 0; i < n_left; i++)
			ck_assert_int_eq(before[i] != 0, reasons[i] != 0);
	}
}
END_TEST

START_TEST(another_rule_or_a_larger_number_only_keeps_more)
{
	unsigned before[MOMENTS];

	state = (unsigned long)_i + 200;
	zone(zones[_i]);
	for (int set = 0; set < SETS; set++) {
		struct ckpt_retention fewer;

		random_moments();
		random_rules();
		fewer = r;
		r.oldest = false;
		decide();
		memcpy(before, reasons, sizeof(before));
		r.last += (uint32_t)below(3);
		r.hourly += (uint32_t)below(3);
		r.daily += (uint32_t)below(3);
		r.weekly += (uint32_t)below(3);
		r.monthly += (uint32_t)below(3);
		r.yearly += (uint32_t)below(3);
		r.within.days += ckpt_span_is_zero(&fewer.within) ? 0 : (unsigned)below(30);
		r.oldest = below(2);
		decide();
		for (size_t i = 0; i < n; i++)
			ck_assert(!before[i] || reasons[i]);
	}
}
END_TEST

START_TEST(the_order_of_the_list_does_not_matter)
{
	struct ckpt_moment turned[MOMENTS];
	unsigned other[MOMENTS];
	struct ckpt_err err;

	state = (unsigned long)_i + 300;
	zone(zones[_i]);
	for (int set = 0; set < SETS; set++) {
		random_moments();
		random_rules();
		decide();
		for (size_t i = 0; i < n; i++)
			turned[i] = m[n - 1 - i];
		ck_assert_int_eq(ckpt_retention_decide(&r, turned, n, FUTURE, other, &err), 0);
		for (size_t i = 0; i < n; i++)
			ck_assert_uint_eq(reasons[i], other[n - 1 - i]);
	}
}
END_TEST

int main(void)
{
	TCase *v = tcase_create("random");
	int n_zones = sizeof(zones) / sizeof(zones[0]);

	tcase_add_checked_fixture(v, reset, NULL);
	tcase_set_timeout(v, 60);
	tcase_add_loop_test(v, buckets_are_the_names_that_strftime_gives_them, 0, n_zones);
	tcase_add_loop_test(v, what_is_kept_stays_kept_when_others_are_gone, 0, n_zones);
	tcase_add_loop_test(v, another_rule_or_a_larger_number_only_keeps_more, 0, n_zones);
	tcase_add_loop_test(v, the_order_of_the_list_does_not_matter, 0, n_zones);
	return suite_run_one("retention of random sets", v);
}
