/* broker.h - the process that keeps the privileges the daemon gives up
 *
 * The daemon gives its privileges up before it touches the root.  Two things
 * still take one: to unmount, and to let the kernel read a file of the root by
 * itself (passthrough), which is asked for at every first open.  A tiny process,
 * forked before, keeps that one capability, or an ordinary user's right to run
 * fusermount3, and waits at a socket.
 *
 * Unmounting.  Asked by the daemon, it unmounts, but only what the daemon has
 * mounted: a mount that lies there since is not ours.
 *
 * Registering.  A descriptor of the file comes over the socket, and a backing id
 * goes back.  The kernel opens a registered file again as the user of the mount
 * asks for, perhaps for writing, without asking for permissions.  So only what
 * the daemon could write to anyway is taken: a regular file of the root's owner,
 * open for reading.  And the kernel is asked in that owner's name, which counts
 * where the root lies on another machine.
 *
 * The end.  The daemon says when it goes.  When it is killed, the socket ends
 * without a word; but not while one of its threads is stuck in the kernel, so a
 * thread that does nothing else than live is watched, too (the kernel tells of
 * the first thread's end only with that of the last).  Then the broker sees to it
 * that the connection ends (abort.h) and goes too.  The mount point is dead
 * (ENOTCONN) after that: an empty directory would look like "no checkpoints" to
 * a mirroring tool.  It heeds no signal of a terminal or a service manager, since
 * it must outlive the daemon's own end.
 *
 * Threads: register and give_back may be called from several at once; then one
 * waits for the other's answer.
 */
#ifndef CKPT_CMD_BROKER_H
#define CKPT_CMD_BROKER_H

#include <pthread.h>
#include <stddef.h>
#include <sys/types.h>

#include "ckptfs/err.h"
#include "cmd/mountinfo.h"

struct ckpt_broker {
	int fd; /* -1: there is none */
	pid_t pid;
	pthread_mutex_t lock; /* a question until its answer */
};

#define CKPT_BROKER_INIT                                                                                     \
	{                                                                                                    \
		.fd = -1, .lock = PTHREAD_MUTEX_INITIALIZER                                                  \
	}

/* What it is started with. */
struct ckpt_broker_job {
	const char *mountpoint;
	struct ckpt_mounted mounted; /* what lies there now */
	uint64_t unique;	     /* its number (mountinfo.h) */
	int fuse_fd;		     /* of /dev/fuse; -1: it registers nothing */
	uid_t owner;		     /* of the root */
	gid_t owner_gid;
	/* The memory of our command line, where the broker writes its own name so
	 * that it is not taken for the daemon. */
	char *title;
	size_t title_len;
};

int ckpt_broker_start(const struct ckpt_broker_job *job, struct ckpt_broker *out, struct ckpt_err *err);
/* Start the thread whose end is the daemon's; no thread may be started before the
 * daemon is confined.  No error where a broker or the kernel can't watch it. */
int ckpt_broker_watch(struct ckpt_broker *b, struct ckpt_err *err);
/* Have it unmount (lazily), and wait until it has.  No error if what we
 * mounted is not there any more. */
int ckpt_broker_unmount(struct ckpt_broker *b, struct ckpt_err *err);
/* A backing id (above 0) for an open file, or a negative errno: EPIPE if there
 * is no broker, EAGAIN if it can't be asked just now, EACCES for a file that it does not
 * take, otherwise the kernel's. */
int ckpt_broker_register(struct ckpt_broker *b, int fd);
void ckpt_broker_give_back(struct ckpt_broker *b, int id);
/* Let it go; it may have unmounted or not. */
void ckpt_broker_stop(struct ckpt_broker *b);

#endif
