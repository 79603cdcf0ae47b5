/* mountpoint.h - whether a root may be shown in a directory */
#ifndef CKPT_CMD_MOUNTPOINT_H
#define CKPT_CMD_MOUNTPOINT_H

#include <stdbool.h>

#include "ckptfs/err.h"

/* Resolve dir and check that it is an empty directory (unless nonempty), no
 * mount of ckptfs, and neither inside root (absolute, resolved) nor around it.
 * A dead mount of ckptfs that lies there (its daemon was killed) is taken
 * away, and said on standard error.  *out is on the heap. */
int ckpt_mountpoint_prepare(const char *dir, const char *root, bool nonempty, char **out,
			    struct ckpt_err *err);
/* Unmount it (lazily), whatever is in use; who is not root has it done by
 * fusermount3, which he must still be allowed to run with its rights. */
int ckpt_mountpoint_unmount(const char *dir, struct ckpt_err *err);

#endif
