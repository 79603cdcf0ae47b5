#include "cmd/mountpoint.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/mountinfo.h"
#include "cmd/say.h"

/* Dead mounts that may lie one on another. */
#define DEAD_MAX 16

/* Whether inner is outer or lies in it. */
static bool is_inside(const char *inner, const char *outer)
{
	size_t n = strlen(outer);

	if (strcmp(outer, "/") == 0)
		return true;
	return strncmp(inner, outer, n) == 0 && (inner[n] == '/' || inner[n] == '\0');
}

static int check_apart(const char *dir, const char *root, struct ckpt_err *err)
{
	if (is_inside(dir, root))
		return ckpt_fail(
			err, EINVAL,
			"the mount point %s lies in the storage root %s, which must hold nothing but its "
			"own files; use a directory elsewhere",
			dir, root);
	if (is_inside(root, dir))
		return ckpt_fail(
			err, EINVAL,
			"the storage root %s lies in the mount point %s and would be hidden by the mount; "
			"use a directory elsewhere",
			root, dir);
	return 0;
}

int ckpt_mountpoint_unmount(const char *dir, struct ckpt_err *err)
{
	int status = -1;
	pid_t pid;

	if (geteuid() == 0) {
		if (umount2(dir, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
			return 0;
		return ckpt_fail_errno(err, errno, "can't unmount the ckptfs at %s", dir);
	}
	pid = fork();
	if (pid == 0) {
		execlp("fusermount3", "fusermount3", "-u", "-q", "-z", "--", dir, (char *)NULL);
		_exit(127);
	}
	if (pid > 0)
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	if (status == 0)
		return 0;
	return ckpt_fail(
		err, EBUSY,
		"fusermount3 can't unmount the ckptfs at %s, which may be dead; do it by 'umount -l %s' as "
		"root",
		dir, dir);
}

/* Nothing of ours may be mounted there: a live mount is refused, a dead one
 * taken away. */
static int clear_dead(const char *dir, struct ckpt_err *err)
{
	struct ckpt_mounted m;
	struct statfs fs;
	int i, rc;

	for (i = 0; i < DEAD_MAX; i++) {
		rc = ckpt_mounted_at(dir, &m, err);
		if (rc || !m.ckptfs)
			return rc;
		/* Not stat(2): the kernel answers that from its memory. */
		if (statfs(dir, &fs) == 0 || (errno != ENOTCONN && errno != ECONNABORTED))
			return ckpt_fail(err, EBUSY, "a ckptfs is mounted at %s already; unmount it first",
					 dir);
		rc = ckpt_mountpoint_unmount(dir, err);
		if (rc)
			return rc;
		ckpt_say("%s was a dead mount of ckptfs, whose daemon had been killed; unmounted it", dir);
	}
	return ckpt_fail(err, EBUSY,
			 "more than %d dead mounts lie at %s; take them away by 'umount -l %s', as root",
			 DEAD_MAX, dir, dir);
}

static int check_empty(const char *dir, struct ckpt_err *err)
{
	const struct dirent *d;
	bool empty = true;
	DIR *h = opendir(dir);

	if (!h)
		return ckpt_fail_errno(err, errno, "can't look into the mount point %s", dir);
	while (empty && (d = readdir(h)))
		empty = strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0;
	closedir(h);
	if (empty)
		return 0;
	return ckpt_fail(
		err, ENOTEMPTY,
		"the mount point %s is not empty; use an empty directory, or -o nonempty to hide what is "
		"in it",
		dir);
}

int ckpt_mountpoint_prepare(const char *dir, const char *root, bool nonempty, char **out,
			    struct ckpt_err *err)
{
	char *path = realpath(dir, NULL);
	struct stat st;
	int rc;

	if (!path)
		return ckpt_fail_errno(err, errno, "can't find the mount point %s", dir);
	rc = check_apart(path, root, err);
	if (rc == 0)
		rc = clear_dead(path, err);
	if (rc == 0 && stat(path, &st) != 0)
		rc = ckpt_fail_errno(err, errno, "can't look at the mount point %s", path);
	else if (rc == 0 && !S_ISDIR(st.st_mode))
		rc = ckpt_fail(err, ENOTDIR, "the mount point %s is not a directory", path);
	else if (rc == 0 && !nonempty)
		rc = check_empty(path, err);
	if (rc)
		free(path);
	else
		*out = path;
	return rc;
}
