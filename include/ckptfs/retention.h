/* retention.h - which checkpoints of a history are worth keeping
 *
 * A retention is a handful of rules as backup tools know them: the last so
 * many, the newest of each of the last so many hours, days, weeks, months and
 * years, all within a span of time before the newest, all whose identifier
 * matches.  A checkpoint that any rule keeps stays; a rule only ever keeps
 * more.
 *
 * It decides what "restic forget" decides on the same times:
 *
 * - From the newest on, a rule of buckets keeps the first checkpoint of each
 *   new hour (day, week, ...) until it has kept so many.  Hours in which
 *   nothing happened don't count.
 * - Hours, days, weeks (of ISO 8601), months and years are those of the local
 *   time zone.  The hour that comes twice in autumn is one hour.
 * - "within" counts back from the newest checkpoint that does not lie in the
 *   future; if all do, it keeps all.  Its years, months and days are taken from
 *   the local calendar, its hours from the clock after that.
 *
 * restic 0.16 and later also keep the oldest of all while a rule of buckets
 * has not kept so many as it may; earlier ones do not.  That is a choice here.
 *
 * These functions are pure but for the time zone, which they ask the C library
 * for (TZ).  What a gc keeps besides, it decides itself: never fewer than the
 * newest two, never what state.json names, what is pinned, read or excepted.
 */
#ifndef CKPTFS_RETENTION_H
#define CKPTFS_RETENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ckptfs/err.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- spans of the calendar ---------------------------------------------- */

/* The largest number before a unit: 273 years of days.  More is a mistake, and
 * so far from the present no calendar is sure. */
#define CKPT_SPAN_MAX 100000

/* A week is seven days. */
struct ckpt_span {
	unsigned years, months, days, hours;
};
#define CKPT_SPAN_TEXT 64

/* Read a span: numbers, each with its unit, y m w d h (m: months), each unit
 * at most once, as in 14d, 6h or 1y2m3d5h.  False for anything else, also if
 * the span is nothing; *out is then untouched. */
bool ckpt_span_parse(const char *text, struct ckpt_span *out);
char *ckpt_span_text(const struct ckpt_span *s, char text[CKPT_SPAN_TEXT]);
bool ckpt_span_is_zero(const struct ckpt_span *s);
/* The moment a span after (before) ms.  Where the clock skips that moment, or
 * shows it twice, it is the one that Go's time.Date() chooses. */
int64_t ckpt_span_after(int64_t ms, const struct ckpt_span *s);
int64_t ckpt_span_before(int64_t ms, const struct ckpt_span *s);

/* --- rules -------------------------------------------------------------- */

/* The most that a rule may be told to keep: more than a catalog holds. */
#define CKPT_RETENTION_MAX 1000000
/* Globs of one retention, and bytes of one. */
#define CKPT_RETENTION_GLOBS 256
#define CKPT_RETENTION_GLOB_MAX 1024

struct ckpt_retention {
	uint32_t last, hourly, daily, weekly, monthly, yearly; /* 0: not used */
	struct ckpt_span within;			       /* zero: not used */
	const char *const *identifier;			       /* globs as of fnmatch(3) */
	size_t n_identifier;
	bool oldest; /* see above */
};
/* Whether it has a rule at all.  One that has none keeps nothing. */
bool ckpt_retention_has_rule(const struct ckpt_retention *r);

/* Why a checkpoint is kept: bits. */
enum ckpt_reason {
	CKPT_REASON_LAST = 1 << 0,
	CKPT_REASON_HOURLY = 1 << 1,
	CKPT_REASON_DAILY = 1 << 2,
	CKPT_REASON_WEEKLY = 1 << 3,
	CKPT_REASON_MONTHLY = 1 << 4,
	CKPT_REASON_YEARLY = 1 << 5,
	CKPT_REASON_WITHIN = 1 << 6,
	CKPT_REASON_IDENTIFIER = 1 << 7,
	CKPT_REASON_OLDEST = 1 << 8 /* kept by no bucket, only as the oldest */
};

/* What is decided about. */
struct ckpt_moment {
	int64_t ms;
	const char *identifier; /* NULL: none */
	size_t identifier_len;
};
/* Decide: reasons[i] becomes why m[i] is kept, 0 if it is not.  Of two with the
 * same time the later in m is the newer. */
int ckpt_retention_decide(const struct ckpt_retention *r, const struct ckpt_moment *m, size_t n,
			  int64_t now_ms, unsigned *reasons, struct ckpt_err *err);

#define CKPT_REASONS_TEXT 192
/* "last, daily, within 14d". */
char *ckpt_reasons_text(const struct ckpt_retention *r, unsigned reasons, char text[CKPT_REASONS_TEXT]);

#ifdef __cplusplus
}
#endif

#endif
