/* event.h - the kinds of what a mount logs
 *
 * Sentences get better; what a program looks for must stay.  So each kind of
 * event has a level, and a number by which the journal finds it (MESSAGE_ID, as
 * systemd has them).  event.c has the one table, ckptfs(5) the same for people.
 * A number is made once (journalctl --new-id128) and never means anything else.
 */
#ifndef CKPT_BASE_EVENT_H
#define CKPT_BASE_EVENT_H

enum ckpt_event_kind {
	CKPT_LOG_MOUNTED,
	CKPT_LOG_FAILED, /* the mount, or its end */
	CKPT_LOG_NOT_SWEPT,
	CKPT_LOG_DONE, /* a command of the control file */
	CKPT_LOG_NOT_DONE,
	CKPT_LOG_WARNED, /* what the engine says on the way */
	CKPT_LOG_TOLD,
	CKPT_LOG_NOT_ALLOWED, /* a use of .ckptfs */
	CKPT_LOG_NOT_SHOWN,   /* a file of .ckptfs */
	CKPT_LOG_UNREADABLE,  /* the catalog, state.json, the pins */
	CKPT_LOG_READABLE,
	CKPT_LOG_DAMAGED, /* a checkpoint */
	CKPT_LOG_NOT_WATCHED,
	CKPT_LOG_POLLED, /* where nothing can be watched */
	CKPT_LOG_LET_GO, /* of files that were held */
	CKPT_LOG_FULL,	 /* no more files for readers */
	CKPT_LOG_NOT_FULL,
	CKPT_LOG_NO_PASSTHROUGH,
	CKPT_LOG_PASSTHROUGH_OFF,
	CKPT_LOG_NOT_CONFINED, /* as far as it could be */
	CKPT_LOG_REFUSED,      /* a system call */
	CKPT_LOG_LIBFUSE,      /* what libfuse says */
	CKPT_LOG_DEBUG,	       /* the same, of each request: not kept */
	CKPT_LOG_KINDS
};

struct ckpt_event_row {
	const char *level; /* "error", "warning", "info", "debug" */
	int priority;	   /* the same, of syslog(3) */
	const char *id;	   /* 32 digits */
};

extern const struct ckpt_event_row ckpt_events[CKPT_LOG_KINDS];

#endif
