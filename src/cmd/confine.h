/* confine.h - what is left to a daemon that somebody has taken over
 *
 * The daemon reads files that others wrote.  Should one of them make it do what
 * its author wants, that must be little: to serve this mount wrongly, and to
 * read and write in this root as its owner.  Layers, each of which holds where
 * another one has a gap or is missing:
 *
 *  - as whom: the root's owner, without any capability (caps.h, root.h), and
 *    never more (no_new_privs);
 *  - Landlock (landlock.h): no file outside of the root;
 *  - started as root only: the root directory is the process's own root, and its
 *    network is an empty one.  That closes what Landlock leaves: Unix sockets
 *    with a path, UDP, looking around by stat(2).  Others could have both only in
 *    a user namespace, and there every owner but one would be "nobody", also
 *    in what is shown;
 *  - seccomp (seccomp.h): only the calls that serving takes.
 *
 * All of it before the first byte of the root is read, and before any other
 * thread.  What is needed from outside later is fetched before: the connections
 * to the system's log, its journal and the service manager, /dev/null, the time
 * zone (as it is at that moment), the library that pthread_cancel() takes.
 * Unmounting is the broker's, who stays outside.
 *
 * What a kernel lacks costs a line in the log, and is false in status.json; with
 * sandbox=require the mount fails instead.  A build with sanitizers, which
 * read /proc and trace themselves, is not confined.
 */
#ifndef CKPT_CMD_CONFINE_H
#define CKPT_CMD_CONFINE_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/log.h"
#include "ckptfs/err.h"

enum ckpt_sandbox { CKPT_SANDBOX_AUTO, CKPT_SANDBOX_REQUIRE, CKPT_SANDBOX_OFF };

struct ckpt_confine {
	enum ckpt_sandbox how;
	int root;   /* O_PATH will do */
	int broker; /* its socket; -1: none */
	bool uring; /* the session will use FUSE over io_uring */
	struct ckpt_log *log;
	/* What was had. */
	int landlock; /* its ABI; 0: none */
	bool chroot, network, seccomp;
};

/* What takes privileges: in the order of the two, the caller becoming the root's
 * owner in between. */
int ckpt_confine_place(struct ckpt_confine *c, struct ckpt_err *err);
int ckpt_confine(struct ckpt_confine *c, struct ckpt_err *err);
/* An object of status.json. */
void ckpt_confine_status(const struct ckpt_confine *c, struct ckpt_buf *out);

#endif
