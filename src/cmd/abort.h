/* abort.h - ending a connection whose daemon was killed
 *
 * The kernel ends a connection by itself when the last thread that has
 * /dev/fuse open is gone.  But a thread of the daemon may be inside the kernel,
 * where it takes back a name and waits for the directory's lock, which a reader
 * has who waits for an answer.  Alive, the daemon answers him from another
 * thread.  Killed, that thread is gone; the one that waits heeds no signal, and
 * all three wait for good.  So somebody outside ends the connection.
 */
#ifndef CKPT_CMD_ABORT_H
#define CKPT_CMD_ABORT_H

#include "cmd/mountinfo.h"

/* End it, if this mount lies there (unique: its number, by ckpt_mount_unique()),
 * and no later one at the same place.  The mount stays, dead.  Asks the file
 * system nothing, so it never waits. */
void ckpt_abort_connection(const char *mountpoint, const struct ckpt_mounted *mounted, uint64_t unique);

#endif
