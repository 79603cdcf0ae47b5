#include "cmd/abort.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

/* What follows the major number in ckpt_mounted.dev; connections are called by
 * it, since theirs is 0. */
#define MINOR_MASK ((1U << 20) - 1)

/* As root.  The kernel ends the connection first, and then refuses to unmount,
 * since we have the mount open. */
static int by_unmounting(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return umount2(path, MNT_FORCE) == 0 || errno == EBUSY ? 0 : -errno;
}

/* As the user who has mounted it. */
static void by_its_file(unsigned dev)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/sys/fs/fuse/connections/%u/abort", dev & MINOR_MASK);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	/* Where it fails there is no more that we could do. */
	if (write(fd, "1", 1) != 1)
		errno = 0;
	close(fd);
}

void ckpt_abort_connection(const char *mountpoint, const struct ckpt_mounted *mounted, uint64_t unique)
{
	int fd = open(mountpoint, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct ckpt_mounted now;

	if (fd < 0)
		return;
	if (ckpt_mounted_fd(fd, &now, NULL) == 0 && now.id == mounted->id && now.dev == mounted->dev &&
	    ckpt_mount_unique(fd) == unique && by_unmounting(fd) != 0)
		by_its_file(mounted->dev);
	close(fd);
}
