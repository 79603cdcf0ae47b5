/* when.h - points in time as text, and back
 *
 * Times are milliseconds since the epoch, in UTC; the text form is that of
 * RFC 3339 with three decimals, as in 2026-11-24T19:36:39.123Z.
 */
#ifndef CKPT_BASE_WHEN_H
#define CKPT_BASE_WHEN_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define CKPT_WHEN_TEXT 32

char *ckpt_when_text(int64_t ms, char text[CKPT_WHEN_TEXT]);
/* Read a time as RFC 3339 writes it: with "Z" or an offset as +02:00, with no
 * decimals or up to nine (what is below a millisecond is dropped).  False for
 * anything else, also for days that do not exist; *ms is then untouched. */
bool ckpt_when_parse(const char *text, int64_t *ms);
/* The time of a file.  Some file systems keep any number of seconds: what this form can't
 * write, before the year 0 or after 9999, is the first or the last that it can. */
int64_t ckpt_when_of(const struct timespec *t);
int64_t ckpt_when_now(void);	   /* wall clock */
int64_t ckpt_when_monotonic(void); /* for durations */

#endif
