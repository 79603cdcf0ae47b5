/* receive.h - which of the session's threads waits for the next request
 *
 * The kernel wakes those that wait in turn, the one first that has slept longest: with
 * ten of them each request of a single reader goes to another thread.  So one receives,
 * and answers what it gets, and the others stand by.
 *
 * Nobody waits long behind an answer that takes its time.  Of those that stand by one
 * looks every four milliseconds, while there is something to do: where the first is at the same
 * request still, it receives in its place.  Who is about to wait for a disk gives up the
 * place before.  While nothing comes all sleep.
 *
 * Where several readers ask at the same time, as many receive as there are, up to one for
 * each processor: a reader waits for his answer, so that more would be of no use.
 *
 * By io_uring none of this is needed: there each processor has a thread of its own.
 */
#ifndef CKPT_FUSE_RECEIVE_H
#define CKPT_FUSE_RECEIVE_H

#include <stdint.h>

struct ckpt_receive;

/* NULL: no memory. */
struct ckpt_receive *ckpt_receive_new(void);
/* Once no thread uses it. */
void ckpt_receive_free(struct ckpt_receive *r); /* NULL is allowed */

/* Return when this thread may read the next request, which is there or is to be waited
 * for.  A cancellation point. */
void ckpt_receive_begin(struct ckpt_receive *r);
/* To be called by the same thread once it was read, or could not be.  pid: of the thread
 * whose request it is; 0: nobody waits for it, or there is none. */
void ckpt_receive_end(struct ckpt_receive *r, uint32_t pid);

/* What this thread is about to do for its request may take long: another one may receive.
 * No harm where it does not receive.  NULL is allowed. */
void ckpt_receive_long(struct ckpt_receive *r);

#endif
