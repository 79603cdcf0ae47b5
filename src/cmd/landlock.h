/* landlock.h - nothing of the file system but one directory
 *
 * Landlock is the kernel's: whoever has restricted himself opens nothing
 * outside of what he named, whatever way he takes (io_uring too), and no more
 * than he said inside.  It holds for this thread and those that it starts, so
 * it comes before any other.  Files that are open stay open.
 *
 * What it takes away besides, as far as the kernel knows it: TCP (ABI 4),
 * ioctl of devices (5), signals and abstract Unix sockets to the outside (6).
 * Not in it: stat(2), which tells what files there are; UDP; Unix sockets that
 * have a path.
 */
#ifndef CKPT_CMD_LANDLOCK_H
#define CKPT_CMD_LANDLOCK_H

#include "ckptfs/err.h"

/* Only read and write below dir, run nothing.  The ABI that was had, above 0;
 * ENOTSUP where the kernel has none.  Takes no_new_privs. */
int ckpt_landlock(int dir, struct ckpt_err *err);

#endif
