/* log.h - the last events, for those who look later
 *
 * A log keeps its last CKPT_LOG_LINES lines in memory (but for CKPT_LOG_DEBUG, of
 * which there are too many) and, where asked, hands each on as it comes (standard
 * error, the system's log).  Standard error that is systemd's journal gets
 * priorities and fields (journal.h).  A line is one event: "2026-11-24T19:36:39.123Z warning SENTENCE",
 * escaped as in err.h, so nothing from outside can make a second line of it.  All functions may be called
 * from any thread.
 */
#ifndef CKPT_BASE_LOG_H
#define CKPT_BASE_LOG_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/event.h"

#define CKPT_LOG_LINES 1000

struct ckpt_log;

/* to_stderr: as "ckptfs: SENTENCE"; to_syslog: by syslog(3), opened here. */
struct ckpt_log *ckpt_log_new(bool to_stderr, bool to_syslog);
/* All that goes to the journal has this field; before the log is used. */
void ckpt_log_field(struct ckpt_log *log, const char *name, const char *value);
void ckpt_log_free(struct ckpt_log *log);
/* log may be NULL: then nothing happens. */
void ckpt_log_add(struct ckpt_log *log, enum ckpt_event_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Append the kept lines to out, oldest first. */
void ckpt_log_dump(struct ckpt_log *log, struct ckpt_buf *out);

#endif
