#include "engine/retention.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/glob.h"

/* Moments, newest first. */
struct order {
	int64_t ms;
	size_t i;
};

/* One rule of buckets, on its way from the newest to the oldest. */
struct rule {
	unsigned reason;
	uint32_t left;	/* so many it may still keep */
	int64_t bucket; /* the last one of which it kept one */
};
enum { LAST, HOURLY, DAILY, WEEKLY, MONTHLY, YEARLY, N_RULES };

#define DAYS_OF_WEEK 7
#define THURSDAY 3 /* Monday is 0 */

static bool is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* A week belongs to the year that its Thursday lies in. */
static int64_t iso_week(const struct tm *tm)
{
	int64_t year = (int64_t)tm->tm_year + 1900;
	int weekday = (tm->tm_wday + DAYS_OF_WEEK - 1) % DAYS_OF_WEEK;
	int thursday = tm->tm_yday - weekday + THURSDAY;
	int days = 365 + is_leap(year);

	if (thursday < 0) {
		year--;
		thursday += 365 + is_leap(year);
	} else if (thursday >= days) {
		thursday -= days;
		year++;
	}
	return year * 100 + thursday / DAYS_OF_WEEK + 1;
}

static void buckets_of(int64_t ms, size_t nr, int64_t bucket[N_RULES])
{
	time_t t = (time_t)(ms / 1000 - (ms % 1000 < 0));
	struct tm tm = { 0 };

	localtime_r(&t, &tm);
	bucket[LAST] = (int64_t)nr;
	bucket[YEARLY] = (int64_t)tm.tm_year + 1900;
	bucket[MONTHLY] = bucket[YEARLY] * 100 + tm.tm_mon + 1;
	bucket[WEEKLY] = iso_week(&tm);
	bucket[DAILY] = bucket[MONTHLY] * 100 + tm.tm_mday;
	bucket[HOURLY] = bucket[DAILY] * 100 + tm.tm_hour;
}

static void rules_begin(const struct ckpt_retention *r, struct rule rule[N_RULES])
{
	const uint32_t count[N_RULES] = { r->last, r->hourly, r->daily, r->weekly, r->monthly, r->yearly };
	static const unsigned reason[N_RULES] = {
		CKPT_REASON_LAST,   CKPT_REASON_HOURLY,	 CKPT_REASON_DAILY,
		CKPT_REASON_WEEKLY, CKPT_REASON_MONTHLY, CKPT_REASON_YEARLY
	};

	for (size_t k = 0; k < N_RULES; k++)
		rule[k] = (struct rule){ .reason = reason[k], .left = count[k], .bucket = INT64_MIN };
}

/* What the rules say of the next one. */
static unsigned rules_next(struct rule rule[N_RULES], int64_t ms, size_t nr, bool keep_oldest)
{
	int64_t bucket[N_RULES];
	unsigned reasons = 0;
	bool oldest = false;

	buckets_of(ms, nr, bucket);
	for (size_t k = 0; k < N_RULES; k++) {
		if (!rule[k].left)
			continue;
		if (bucket[k] != rule[k].bucket) {
			rule[k].bucket = bucket[k];
			rule[k].left--;
			reasons |= rule[k].reason;
		} else if (keep_oldest) {
			oldest = true;
		}
	}
	return reasons || !oldest ? reasons : CKPT_REASON_OLDEST;
}

static bool matches(const struct ckpt_retention *r, const struct ckpt_moment *m)
{
	bool found = false;

	for (size_t k = 0; m->identifier && !found && k < r->n_identifier; k++)
		found = ckpt_glob_match(r->identifier[k], m->identifier, m->identifier_len);
	return found;
}

static int newest_first(const void *a, const void *b)
{
	const struct order *x = a, *y = b;

	if (x->ms != y->ms)
		return x->ms < y->ms ? 1 : -1;
	return x->i < y->i ? 1 : -1;
}

/* The moment after which "within" keeps. */
static int64_t within_from(const struct ckpt_retention *r, const struct order *o, size_t n, int64_t now_ms)
{
	if (ckpt_span_is_zero(&r->within))
		return INT64_MAX;
	for (size_t nr = 0; nr < n; nr++)
		if (o[nr].ms < now_ms)
			return ckpt_span_before(o[nr].ms, &r->within);
	return INT64_MIN;
}

bool ckpt_retention_has_rule(const struct ckpt_retention *r)
{
	return r->last || r->hourly || r->daily || r->weekly || r->monthly || r->yearly || r->n_identifier ||
	       !ckpt_span_is_zero(&r->within);
}

int ckpt_retention_decide(const struct ckpt_retention *r, const struct ckpt_moment *m, size_t n,
			  int64_t now_ms, unsigned *reasons, struct ckpt_err *err)
{
	struct order *o = calloc(n + 1, sizeof(*o));
	struct rule rule[N_RULES];
	int64_t from;

	if (!o)
		return ckpt_fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		o[i] = (struct order){ m[i].ms, i };
	qsort(o, n, sizeof(*o), newest_first);
	tzset();
	rules_begin(r, rule);
	from = within_from(r, o, n, now_ms);
	for (size_t nr = 0; nr < n; nr++) {
		unsigned *why = &reasons[o[nr].i];

		*why = rules_next(rule, o[nr].ms, nr, r->oldest && nr + 1 == n);
		if (o[nr].ms > from)
			*why |= CKPT_REASON_WITHIN;
		if (matches(r, &m[o[nr].i]))
			*why |= CKPT_REASON_IDENTIFIER;
	}
	free(o);
	return 0;
}

char *ckpt_reasons_text(const struct ckpt_retention *r, unsigned reasons, char text[CKPT_REASONS_TEXT])
{
	static const char *const word[] = { "last",   "hourly", "daily",      "weekly", "monthly",
					    "yearly", "within", "identifier", "oldest" };
	char span[CKPT_SPAN_TEXT];
	size_t at = 0;

	text[0] = '\0';
	ckpt_span_text(&r->within, span);
	for (size_t k = 0; k < sizeof(word) / sizeof(word[0]); k++) {
		bool within = reasons & 1U << k & CKPT_REASON_WITHIN;

		if (reasons & 1U << k && at < CKPT_REASONS_TEXT)
			at += (size_t)snprintf(text + at, CKPT_REASONS_TEXT - at, "%s%s%s%s", at ? ", " : "",
					       word[k], within ? " " : "", within ? span : "");
	}
	return text;
}
