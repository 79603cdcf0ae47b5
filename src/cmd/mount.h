/* mount.h - mount.ckptfs ROOT DIR [-o OPTIONS], and ckptfs mount
 *
 * The order, and why:
 *
 *  1 The words are understood, and what can be checked without a privilege is
 *    checked: ROOT is a directory and no mount of ckptfs, DIR is an empty
 *    directory, neither lies inside the other.  Paths are made absolute.
 *  2 A child goes on; the parent waits until the mount can be used, and passes
 *    on what the child has to say.
 *  3 DIR is mounted with the privileges we came with.  It answers only later.
 *    Where an automounter waits for us, whoever looks at DIR waits too, but for
 *    its own process group: so the child gets a session of its own only now.
 *  4 A broker (broker.h) is started, who keeps the one privilege that we still
 *    need, to unmount and to register files for passthrough.
 *  5 We become the owner of ROOT, for good.  Everything in ROOT is touched
 *    after this, so nothing a pipeline must write can come to belong to root.
 *  6 The process is confined (confine.h): what is read from here on was written
 *    by others.
 *  7 The store is opened, ROOT is found to be a storage root, swept where
 *    asked, and the view of it is built.
 *  8 The child lets go of its terminal and says that it is about to serve.  The
 *    parent looks at DIR: the kernel keeps that question until it is served,
 *    so its answer is the moment from which the mount is usable.
 *
 * Whatever fails after 3 unmounts again.  A signal during all this is held back
 * and heeded before 8, so that no dead mount point is left behind.
 */
#ifndef CKPT_CMD_MOUNT_H
#define CKPT_CMD_MOUNT_H

#include <stdbool.h>

/* argv[0] is the name.  helper: called by mount(8), where -f means to fake. */
int ckpt_mount_main(int argc, char *const *argv, bool helper);

#endif
