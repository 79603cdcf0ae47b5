/* mountinfo.h - what is mounted where, without asking the file system
 *
 * stat(2) on a mount of FUSE asks its daemon, and waits for it or fails with
 * it.  /proc/self/mountinfo knows the mount's type and identity also while
 * the daemon does not answer, is dead, or does not let us in.
 */
#ifndef CKPT_CMD_MOUNTINFO_H
#define CKPT_CMD_MOUNTINFO_H

#include <stdbool.h>
#include <stdint.h>

#include "ckptfs/err.h"

/* Which mount it is: two that are there at the same time are the same if both
 * numbers are.  Both are given out again. */
struct ckpt_mounted {
	int id;	      /* 0: nothing */
	unsigned dev; /* major << 20 | minor */
	bool ckptfs;  /* its type is fuse.ckptfs */
};

/* The topmost mount whose mount point is exactly path (absolute, resolved);
 * out->id is 0 if there is none. */
int ckpt_mounted_at(const char *path, struct ckpt_mounted *out, struct ckpt_err *err);
/* The mount that an open descriptor lies in. */
int ckpt_mounted_fd(int fd, struct ckpt_mounted *out, struct ckpt_err *err);
/* Whether it lies on a disk, so that it is no mount of ours: a quick answer, where
 * false means that it is not known. */
bool ckpt_mounted_disk(int fd);
/* The number of that mount which no later one gets.  0: the kernel has none. */
uint64_t ckpt_mount_unique(int fd);

#endif
