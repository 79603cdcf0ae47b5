#include "base/log.h"
#include "base/vfail.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

#include "base/journal.h"
#include "base/when.h"
#include "ckptfs/err.h"

struct ckpt_log {
	/* These never change. */
	bool to_stderr, to_syslog;
	bool stderr_has_priorities;
	int journal; /* -1: none */
	struct ckpt_buf fields;

	pthread_mutex_t lock;
	char *line[CKPT_LOG_LINES]; /* under lock; a ring */
	size_t next;		    /* under lock; where the next line goes */
};

struct ckpt_log *ckpt_log_new(bool to_stderr, bool to_syslog)
{
	struct ckpt_log *log = calloc(1, sizeof(*log));

	if (!log)
		return NULL;
	if (pthread_mutex_init(&log->lock, NULL) != 0) {
		free(log);
		return NULL;
	}
	log->to_stderr = to_stderr;
	log->to_syslog = to_syslog;
	log->stderr_has_priorities = to_stderr && ckpt_journal_has_stderr();
	log->journal = log->stderr_has_priorities ? ckpt_journal_open() : -1;
	if (to_syslog)
		/* Connected now: a daemon that is confined later can't. */
		openlog("ckptfs", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	return log;
}

void ckpt_log_free(struct ckpt_log *log)
{
	size_t i;

	if (!log)
		return;
	if (log->to_syslog)
		closelog();
	if (log->journal >= 0)
		close(log->journal);
	ckpt_buf_release(&log->fields);
	for (i = 0; i < CKPT_LOG_LINES; i++)
		free(log->line[i]);
	pthread_mutex_destroy(&log->lock);
	free(log);
}

void ckpt_log_field(struct ckpt_log *log, const char *name, const char *value)
{
	if (log)
		ckpt_journal_field(&log->fields, name, value);
}

/* Outside the lock: a terminal or a socket may block. */
static void hand_on(struct ckpt_log *log, enum ckpt_event_kind kind, const char *sentence)
{
	const int priority = ckpt_events[kind].priority;

	if (log->to_syslog)
		syslog(priority, "%s", sentence);
	if (!log->to_stderr ||
	    (log->journal >= 0 && ckpt_journal_send(log->journal, kind, sentence, &log->fields)))
		return;
	if (log->stderr_has_priorities)
		fprintf(stderr, "<%d>ckptfs: %s\n", priority, sentence);
	else
		fprintf(stderr, "ckptfs: %s\n", sentence);
}

/* Takes line over. */
static void keep(struct ckpt_log *log, char *line)
{
	char *old;

	pthread_mutex_lock(&log->lock);
	old = log->line[log->next];
	log->line[log->next] = line;
	log->next = (log->next + 1) % CKPT_LOG_LINES;
	pthread_mutex_unlock(&log->lock);
	free(old);
}

void ckpt_log_add(struct ckpt_log *log, enum ckpt_event_kind kind, const char *fmt, ...)
{
	struct ckpt_buf line = CKPT_BUF_INIT;
	char when[CKPT_WHEN_TEXT];
	struct ckpt_err e;
	va_list ap;

	if (!log)
		return;
	/* An event is a sentence: formatted, escaped and bounded as one. */
	va_start(ap, fmt);
	ckpt_vfail(&e, EIO, fmt, ap);
	va_end(ap);
	ckpt_buf_addf(&line, "%s %s %s", ckpt_when_text(ckpt_when_now(), when), ckpt_events[kind].level,
		      e.msg);
	if (line.failed || kind == CKPT_LOG_DEBUG)
		ckpt_buf_release(&line);
	else
		keep(log, line.data);
	hand_on(log, kind, e.msg);
}

void ckpt_log_dump(struct ckpt_log *log, struct ckpt_buf *out)
{
	const char *line;
	size_t i;

	if (!log)
		return;
	pthread_mutex_lock(&log->lock);
	for (i = 0; i < CKPT_LOG_LINES; i++) {
		line = log->line[(log->next + i) % CKPT_LOG_LINES];
		if (!line)
			continue;
		ckpt_buf_adds(out, line);
		ckpt_buf_addc(out, '\n');
	}
	pthread_mutex_unlock(&log->lock);
}
