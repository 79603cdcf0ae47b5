/* journal.h - lines for systemd's journal, with fields
 *
 * Where standard error is a stream into the journal (JOURNAL_STREAM says so, by
 * its device and inode) a line can do better than to go there: by the journal's
 * own protocol it has a priority and fields that one can search for.  That
 * protocol, like the service manager's (cmd/manager.h), is a datagram of plain
 * text that systemd documents as stable; so no library is linked for it, and
 * programs that run everywhere need none.
 *
 * The socket is connected when it is opened: a daemon that is confined later
 * can send, but not connect.  The socket is the service manager's, so it stays
 * when the journal is restarted.
 */
#ifndef CKPT_BASE_JOURNAL_H
#define CKPT_BASE_JOURNAL_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/event.h"

/* Whether standard error goes to the journal; then a line on it may begin with
 * "<N>", its priority of syslog(3). */
bool ckpt_journal_has_stderr(void);
/* Connect to it: a descriptor, or -1. */
int ckpt_journal_open(void);
/* A datagram socket connected to address, a path or "@" and an abstract name; or
 * -1.  Only what can be sent without waiting for the connection is. */
int ckpt_journal_connect(const char *address);

/* Add a field; what is in value can't become another one. */
void ckpt_journal_field(struct ckpt_buf *fields, const char *name, const char *value);
/* One event; fields (may be NULL) go with it.  A checkpoint that the sentence
 * names is a field too, CKPTFS_CHECKPOINT.  False: it could not be sent. */
bool ckpt_journal_send(int fd, enum ckpt_event_kind kind, const char *sentence,
		       const struct ckpt_buf *fields);

#endif
