/* broker.h - the process that keeps the privilege to unmount
 *
 * The daemon gives its privileges up before it touches the root, and can't
 * unmount after that.  A tiny process, forked before, keeps that one
 * capability, or an ordinary user's right to run fusermount3, and waits at a
 * socket.  Asked by the daemon, it unmounts, but
 * only what the daemon has mounted: a mount that lies there since is not ours.
 * When the socket ends without a word, the daemon was killed: then the broker
 * only goes too, and the mount point stays dead (ENOTCONN), since an empty
 * directory would look like "no checkpoints" to a mirroring tool.
 *
 * It has no other open file: the connection to the kernel ends only when
 * the last copy of /dev/fuse is closed.  It heeds no signal of a terminal or a
 * service manager, since it must outlive the daemon's own end.
 */
#ifndef CKPT_CMD_BROKER_H
#define CKPT_CMD_BROKER_H

#include <stddef.h>
#include <sys/types.h>

#include "ckptfs/err.h"
#include "cmd/mountinfo.h"

struct ckpt_broker {
	int fd; /* -1: there is none */
	pid_t pid;
};

#define CKPT_BROKER_INIT                                                                                     \
	{                                                                                                    \
		.fd = -1                                                                                     \
	}

/* title: the memory of our command line, where the broker writes its own name
 * so that it is not taken for the daemon. */
int ckpt_broker_start(const char *mountpoint, const struct ckpt_mounted *mounted, char *title,
		      size_t title_len, struct ckpt_broker *out, struct ckpt_err *err);
/* Have it unmount (lazily), and wait until it has.  No error if what we
 * mounted is not there any more. */
int ckpt_broker_unmount(struct ckpt_broker *b, struct ckpt_err *err);
/* Let it go; it may have unmounted or not. */
void ckpt_broker_stop(struct ckpt_broker *b);

#endif
