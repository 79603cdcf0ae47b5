/* engine.h - the one thread that runs commands
 *
 * A command may take minutes, and meanwhile every other file of the mount must
 * answer.  So a request that is a command is put into a queue, and answered by
 * the thread that runs it: one command at a time, in their order.
 *
 * Interrupts.  Whoever gives up waiting (Ctrl-C) sets his job's stop flag.  A
 * command that runs ends at its next safe point.  One that still waits must not
 * wait for the one before it, so there are two threads: while one runs a
 * command, the other answers those who gave up.
 *
 * Locks.  The interrupt function runs with a lock of libfuse held on the
 * request, and takes the queue's; so libfuse is never called with the queue's
 * held.
 */
#ifndef CKPT_FUSE_ENGINE_H
#define CKPT_FUSE_ENGINE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* Commands that may wait: more than one person writes, fewer than a loop gone
 * wild. */
#define CKPT_ENGINE_QUEUE 16

/* By io_uring a processor's requests have so many places, and one that waits for its
 * answer keeps its place: enough for all that may wait, where all are from one
 * processor, and some for others.  Each has a megabyte of addresses, and memory as far
 * as it was used. */
#define CKPT_URING_DEPTH (2 * (CKPT_ENGINE_QUEUE + 1) + 14)

struct ckpt_engine;
struct fuse_req;

/* The first member of what the work needs, which is on the heap. */
struct ckpt_job {
	struct ckpt_job *next; /* the queue's */
	struct fuse_req *req;
	struct ckpt_engine *engine;
	bool stop; /* atomic; the one who waits gave up */
	/* Do the work and answer req. */
	void (*run)(struct ckpt_job *job);
	/* Answer req without it. */
	void (*cancel)(struct ckpt_job *job);
};

/* NULL: no memory, or no threads. */
struct ckpt_engine *ckpt_engine_new(void);
/* Cancel what waits, stop what runs, and return when all have their answer; no more
 * is taken. */
void ckpt_engine_stop(struct ckpt_engine *e); /* NULL is allowed */
/* Stop it, unless that is done. */
void ckpt_engine_free(struct ckpt_engine *e); /* NULL is allowed */

/* Either run or cancel is called, and then the job is freed.  False if the
 * queue is full: then it is the caller's still. */
bool ckpt_engine_add(struct ckpt_engine *e, struct ckpt_job *job);

/* To be called before a job's request is answered: from then on no interrupt
 * comes. */
void ckpt_job_settle(struct ckpt_job *job);
/* For the command: whether to stop. */
bool ckpt_job_stopped(void *job);

#endif
