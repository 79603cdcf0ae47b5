/* daemon.h - going to the background, and telling how it went
 *
 * The child tells its parent through a pipe: either one byte that it is about
 * to serve, or an exit code and a sentence.  The parent ends only when the
 * mount is usable, or with the child's failure as its own.
 */
#ifndef CKPT_CMD_DAEMON_H
#define CKPT_CMD_DAEMON_H

#include <sys/types.h>

#include "ckptfs/err.h"

/* What the mount point may take to answer once the child is about to serve. */
#define CKPT_DAEMON_SECONDS 30

/* Fork.  The child gets 0 in *pid, /dev/null as standard input, and the end of
 * the pipe to write to; the parent the one to read from.  From then on a signal to
 * the parent unmounts again. */
int ckpt_daemon_fork(pid_t *pid, int *fd, struct ckpt_err *err);

/* In the child, once: say so, let go of the terminal, close fd. */
void ckpt_daemon_ready(int fd);
/* In the child, instead: an exit code and why. */
void ckpt_daemon_failed(int fd, int code, const char *sentence);

/* In the parent: wait, print what the child says; an exit code. */
int ckpt_daemon_wait(pid_t pid, int fd, const char *mountpoint);

#endif
