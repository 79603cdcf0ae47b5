/* loop.h - the threads that answer the kernel
 *
 * By io_uring they are libfuse's own loop.  Otherwise they are ours, since libfuse's all
 * wait in the kernel at once (receive.h).  One more is started when all are busy.
 */
#ifndef CKPT_FUSE_LOOP_H
#define CKPT_FUSE_LOOP_H

struct ckpt_err;
struct ckpt_fuse;

/* Serve until the session ends, or a signal ends it. */
int ckpt_loop_run(struct ckpt_fuse *f, struct ckpt_err *err);

#endif
