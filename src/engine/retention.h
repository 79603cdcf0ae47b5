/* retention.h - deciding by rules: which moments of a history are kept
 *
 * ckptfs/retention.h says what the rules mean.  These functions are pure but for
 * the time zone, which they ask the C library for (TZ).
 */
#ifndef CKPT_ENGINE_RETENTION_H
#define CKPT_ENGINE_RETENTION_H

#include "ckptfs/err.h"
#include "ckptfs/retention.h"

/* --- spans of the calendar ---------------------------------------------- */

#define CKPT_SPAN_TEXT 64

char *ckpt_span_text(const struct ckpt_span *s, char text[CKPT_SPAN_TEXT]);
bool ckpt_span_is_zero(const struct ckpt_span *s);
/* The moment a span after (before) ms.  Where the clock skips that moment, or
 * shows it twice, it is the one that Go's time.Date() chooses. */
int64_t ckpt_span_after(int64_t ms, const struct ckpt_span *s);
int64_t ckpt_span_before(int64_t ms, const struct ckpt_span *s);

/* --- rules -------------------------------------------------------------- */

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

#endif
