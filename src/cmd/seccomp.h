/* seccomp.h - only the system calls that serving takes
 *
 * A list of what is needed; everything else fails with EPERM and a line in the
 * log (refused.h).  It keeps a daemon that was taken over from most of the
 * kernel, and is what refuses sockets, signals and ptrace where Landlock does
 * not know them.  It sees numbers, never what a pointer leads to, and nothing
 * of what goes through io_uring: where that is allowed, Landlock, the changed
 * root and the empty network carry on.
 */
#ifndef CKPT_CMD_SECCOMP_H
#define CKPT_CMD_SECCOMP_H

#include <stdbool.h>

#include "ckptfs/err.h"

/* For all threads of the process.  broker: the socket over which descriptors
 * may be passed; -1: none.  uring: the session uses FUSE over io_uring.
 * ENOTSUP where the kernel has no filters.  After ckpt_refused_init(). */
int ckpt_seccomp(int broker, bool uring, struct ckpt_err *err);

#endif
