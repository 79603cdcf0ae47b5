#include <errno.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "store/limits.h"
#include "store/posix.h"

#define NS_PER_S UINT64_C(1000000000)

int ckpt_posix_openat(int at, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.mode = flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY)) ? mode : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	long fd = -1;
	int tries;

	/* EAGAIN: the kernel could not rule out that a rename in the middle
	 * led it outside. */
	for (tries = 0; tries < CKPT_STORE_TRIES; tries++) {
		fd = syscall(SYS_openat2, at, path, &how, sizeof(how));
		if (fd >= 0 || (errno != EINTR && errno != EAGAIN))
			break;
	}
	return fd >= 0 ? (int)fd : -errno;
}

int ckpt_posix_open_file(struct ckpt_posix *s, const char *dir, const char *name, int flags)
{
	char path[2 * CKPT_NAME_MAX + 2];

	if (!dir)
		return ckpt_posix_openat(s->root, name, flags, 0);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return ckpt_posix_openat(s->root, path, flags, 0);
}

int ckpt_posix_get_dir(struct ckpt_posix *s, const char *dir, int flags)
{
	return dir ? ckpt_posix_openat(s->root, dir, flags | O_DIRECTORY, 0) : s->root;
}

void ckpt_posix_put_dir(struct ckpt_posix *s, int fd)
{
	if (fd >= 0 && fd != s->root)
		close(fd);
}

static enum ckpt_kind kind_of(int at, const char *name, const struct statx *x)
{
	int fd;

	if (name && (x->stx_attributes & STATX_ATTR_MOUNT_ROOT))
		return CKPT_KIND_MOUNT;
	if (S_ISREG(x->stx_mode))
		return CKPT_KIND_FILE;
	if (S_ISLNK(x->stx_mode))
		return CKPT_KIND_LINK;
	if (!S_ISDIR(x->stx_mode))
		return CKPT_KIND_OTHER;
	if (!name || (x->stx_attributes_mask & STATX_ATTR_MOUNT_ROOT))
		return CKPT_KIND_DIR;
	/* Linux before 5.8 doesn't tell: try to enter. */
	fd = ckpt_posix_openat(at, name, O_PATH | O_DIRECTORY, 0);
	if (fd >= 0)
		close(fd);
	return fd == -EXDEV ? CKPT_KIND_MOUNT : CKPT_KIND_DIR;
}

static struct timespec time_of(const struct statx_timestamp *t)
{
	return (struct timespec){ .tv_sec = t->tv_sec, .tv_nsec = t->tv_nsec };
}

uint64_t ckpt_posix_ns(const struct timespec *t)
{
	return (uint64_t)t->tv_sec * NS_PER_S + (uint64_t)t->tv_nsec;
}

/* An inode number is used again at once, and content can be written in place:
 * neither alone tells two contents apart.  The last word tells any file from
 * "absent", which is all zero. */
static void version_of(const struct statx *x, struct ckpt_version *v)
{
	uint64_t word[6] = {
		makedev(x->stx_dev_major, x->stx_dev_minor),
		x->stx_ino,
		x->stx_size,
		(uint64_t)x->stx_mtime.tv_sec * NS_PER_S + x->stx_mtime.tv_nsec,
		(uint64_t)x->stx_ctime.tv_sec * NS_PER_S + x->stx_ctime.tv_nsec,
		1,
	};

	_Static_assert(sizeof(word) == sizeof(v->b), "a version is six words");
	memcpy(v->b, word, sizeof(word));
}

int ckpt_posix_stat_at(int at, const char *name, struct ckpt_stat *st, struct ckpt_version *v)
{
	struct statx x;
	int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (name ? 0 : AT_EMPTY_PATH);

	if (statx(at, name ? name : "", flags, STATX_BASIC_STATS | STATX_MNT_ID, &x))
		return -errno;
	*st = (struct ckpt_stat){
		.kind = kind_of(at, name, &x),
		.size = x.stx_size,
		.blocks = x.stx_blocks,
		.dev = makedev(x.stx_dev_major, x.stx_dev_minor),
		.ino = x.stx_ino,
		.mount = x.stx_mask & STATX_MNT_ID ? x.stx_mnt_id : 0,
		.nlink = x.stx_nlink,
		.mode = x.stx_mode & 07777,
		.uid = x.stx_uid,
		.gid = x.stx_gid,
		.mtime = time_of(&x.stx_mtime),
		.ctime = time_of(&x.stx_ctime),
	};
	if (v)
		version_of(&x, v);
	return 0;
}

bool ckpt_posix_is_local(struct ckpt_posix *s)
{
	struct statfs fs;

	if (fstatfs(s->root, &fs))
		return false;
	switch ((unsigned)fs.f_type) {
	case EXT4_SUPER_MAGIC:
	case XFS_SUPER_MAGIC:
	case BTRFS_SUPER_MAGIC:
	case TMPFS_MAGIC:
		return true;
	default:
		return false;
	}
}

bool ckpt_posix_is_same(int at, const char *name, int fd)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && fstatat(at, name, &b, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

int ckpt_posix_link_fd(int fd, int at, const char *name)
{
	char proc[64];

	if (linkat(fd, "", at, name, AT_EMPTY_PATH) == 0)
		return 0;
	if (errno != ENOENT)
		return -errno;
	/* Before Linux 6.10 that takes a privilege, and this takes /proc. */
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, proc, at, name, AT_SYMLINK_FOLLOW) == 0 ? 0 : -errno;
}

int ckpt_posix_settle(struct ckpt_posix *s, int fd, mode_t mode)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	/* Where we may not give it away we are not root, and what can be done
	 * about the group was done. */
	if ((st.st_uid != s->uid || st.st_gid != s->gid) && fchown(fd, s->uid, s->gid) &&
	    fchown(fd, (uid_t)-1, s->gid) && errno != EPERM)
		return -errno;
	return fchmod(fd, mode) ? -errno : 0;
}
