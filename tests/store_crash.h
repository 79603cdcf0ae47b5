/* store_crash.h - a store that remembers what it was asked to do
 *
 * A power loss takes what was not made durable, in any combination that the
 * contract (store/contract.h) allows.  This store behaves as a correct one and keeps a
 * log of all that changes it, in steps so small that a power loss can come
 * between any two: a writer's file appears as NAME.mut, grows, is synced and is
 * renamed; replace() ends with a sync of the directory.  crash_model.h makes of
 * a prefix of that log what a disk may hold afterwards.
 *
 * Somebody else (a pipeline that stages a checkpoint) writes through the same
 * store with foreign set: nothing of it is synced.
 *
 * A process can also be killed: after limit steps of the log every operation
 * fails and changes nothing, and crash_revive() is the next process, which
 * finds all that was done.
 */
#ifndef CKPT_TESTS_STORE_CRASH_H
#define CKPT_TESTS_STORE_CRASH_H

#include "store/ops.h"

enum crash_kind {
	CRASH_CREATE,	 /* an empty file (dir, name) */
	CRASH_APPEND,	 /* data at its end */
	CRASH_RENAME,	 /* (dir, name) to (dir, to) */
	CRASH_UNLINK,	 /* (dir, name) */
	CRASH_MKDIR,	 /* name in the root */
	CRASH_RMDIR,	 /* the same */
	CRASH_SYNC_FILE, /* (dir, name) */
	CRASH_SYNC_DIR,	 /* dir */
	CRASH_SYNC_ALL,	 /* all before is durable */
	/* Not of the store: */
	CRASH_SETTLE, /* the same */
	CRASH_ACK,    /* the command has returned 0 */
	CRASH_NEXT    /* it has not, and the next one begins */
};

struct crash_op {
	enum crash_kind kind;
	char *dir; /* NULL: the root */
	char *name, *to;
	char *data;
	size_t len;
};

/* What the store only says that it did. */
enum crash_lie {
	CRASH_LIE_SYNC_FILE = 1,
	CRASH_LIE_SYNC_DIR = 2, /* also the one in replace() */
	CRASH_LIE_COMMIT = 4,	/* the bytes; also in replace() and adopt() */
	CRASH_LIE_SYNC_ALL = 8
};

#define CRASH_WRITERS 8 /* open at a time */

struct crash {
	struct ckpt_mem *mem;
	struct crash_op *op;
	size_t n, cap;
	unsigned lies;
	bool foreign;
	bool can_sync_all; /* all at once; what is adopted lies on the same disk */
	bool synced_all;   /* it did, since this process began */
	size_t limit;	   /* steps in the log before the process is killed */
	struct {
		struct ckpt_writer *w;
		char *dir, *name; /* of the .mut */
	} writer[CRASH_WRITERS];
};

void crash_init(struct crash *c);
void crash_release(struct crash *c);
/* A handle on it; free it before c is released. */
struct ckpt_store *crash_open(struct crash *c);

/* Take down one step (crash_log.c).  False: the process is dead. */
bool crash_record(struct crash *c, enum crash_kind kind, const char *dir, const char *name, const char *to);
bool crash_record_data(struct crash *c, const char *dir, const char *name, const void *data, size_t len);
bool crash_is_dead(const struct crash *c);

void crash_settle(struct crash *c);
void crash_ack(struct crash *c);
void crash_next(struct crash *c);
/* The next process: it finds what the log says, all of it. */
void crash_revive(struct crash *c);
/* Let every removal since all was durable come before all else: files that go
 * before the catalog forgets them. */
void crash_remove_first(struct crash *c);

#endif
