/** @file
 * retention.h - which checkpoints of a history are worth keeping
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
 * The time zone is that of the C library (TZ).  What a gc keeps besides, it decides itself: never fewer than
 * the newest two, never what state.json names, what is pinned, read or excepted.
 */
#ifndef CKPTFS_RETENTION_H
#define CKPTFS_RETENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The largest number before a unit: 273 years of days.  More is a mistake, and
 * so far from the present no calendar is sure. */
#define CKPT_SPAN_MAX 100000

/** A span of the calendar.  A week is seven days.  It never grows. */
struct ckpt_span {
	unsigned years;	 /**< and */
	unsigned months; /**< and */
	unsigned days;	 /**< and */
	unsigned hours;	 /**< in sum */
};

/** Read a span: numbers, each with its unit, y m w d h (m: months), each unit
 * at most once, as in 14d, 6h or 1y2m3d5h.  False for anything else, also if
 * the span is nothing; *out is then untouched. */
bool ckpt_span_parse(const char *text, struct ckpt_span *out);

/** The most that a rule may be told to keep: more than a catalog holds. */
#define CKPT_RETENTION_MAX 1000000
/** Globs of one retention. */
#define CKPT_RETENTION_GLOBS 256
/** Bytes of one of them. */
#define CKPT_RETENTION_GLOB_MAX 1024

/** The rules: for struct ckpt_gc_opts (gc.h).  All zeros keep nothing. */
struct ckpt_retention {
	uint32_t last;		       /**< the last so many; 0: not used */
	uint32_t hourly;	       /**< the newest of so many hours; 0: not used */
	uint32_t daily;		       /**< of so many days; 0: not used */
	uint32_t weekly;	       /**< of so many weeks; 0: not used */
	uint32_t monthly;	       /**< of so many months; 0: not used */
	uint32_t yearly;	       /**< of so many years; 0: not used */
	struct ckpt_span within;       /**< before the newest; zero: not used */
	const char *const *identifier; /**< globs as of fnmatch(3) */
	size_t n_identifier;	       /**< how many */
	bool oldest;		       /**< see above */
	uint64_t reserved[4];	       /**< 0 */
};

#ifdef __cplusplus
}
#endif

#endif
