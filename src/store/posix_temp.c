#include "store/posix_temp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "store/limits.h"

#define MODE_TEMP 0600

int ckpt_posix_write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Where a file system has no locks, there is nobody to wait for either. */
static void lock(int fd)
{
	int rc;

	do
		rc = flock(fd, LOCK_EX);
	while (rc && errno == EINTR);
}

/* Make the name free: of what a crash left, or of another writer's file, but
 * not while that one is being published (race 2). */
static int clear(struct ckpt_posix_temp *t)
{
	int fd = ckpt_posix_openat(t->at, t->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0);
	int rc = 0;

	if (fd == -ENOENT)
		return 0;
	if (fd >= 0)
		lock(fd);
	/* What can't be opened (a link, somebody else's) is no writer's. */
	if (fd < 0 || ckpt_posix_is_same(t->at, t->name, fd))
		rc = unlinkat(t->at, t->name, 0) && errno != ENOENT ? -errno : 0;
	if (fd >= 0)
		close(fd);
	return rc;
}

static int open_named(struct ckpt_posix_temp *t)
{
	const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_NOCTTY;
	int rc = -EEXIST, tries;

	for (tries = 0; rc == -EEXIST && tries < CKPT_TEMP_TRIES; tries++) {
		rc = clear(t);
		if (!rc)
			t->fd = rc = ckpt_posix_openat(t->at, t->name, flags, MODE_TEMP);
	}
	t->named = rc >= 0;
	return rc < 0 ? rc : 0;
}

static int open_temp(struct ckpt_posix_temp *t)
{
	int fd;

	t->named = false;
	if (!__atomic_load_n(&t->s->named_temp, __ATOMIC_RELAXED)) {
		t->fd = fd = ckpt_posix_openat(t->at, ".", O_TMPFILE | O_RDWR, MODE_TEMP);
		/* EISDIR and ENOENT: file systems that take it for an open of
		 * the directory; open_named() will say what is really wrong. */
		if (fd != -EOPNOTSUPP && fd != -EISDIR && fd != -ENOENT)
			return fd < 0 ? fd : 0;
		if (fd == -EOPNOTSUPP)
			__atomic_store_n(&t->s->named_temp, true, __ATOMIC_RELAXED);
	}
	return open_named(t);
}

int ckpt_posix_temp_open(struct ckpt_posix_temp *t, const char *name)
{
	snprintf(t->name, sizeof(t->name), "%.*s" CKPT_TEMP_SUFFIX, CKPT_NAME_MAX - 4, name);
	return open_temp(t);
}

/* A file that lost its only name can't be given another: its bytes go into a
 * new one. */
static int remake(struct ckpt_posix_temp *t)
{
	const int old = t->fd;
	struct stat st;
	char *chunk = malloc(CKPT_COPY_CHUNK);
	off_t off = 0;
	ssize_t n = 1;
	int rc = -ENOMEM;

	if (!chunk)
		return rc;
	rc = fstat(old, &st) ? -errno : open_temp(t);
	/* Ours from now on: two who lose their names to each other would go on
	 * doing so. */
	if (!rc)
		lock(t->fd);
	while (!rc && n > 0) {
		n = pread(old, chunk, CKPT_COPY_CHUNK, off);
		if (n > 0)
			rc = ckpt_posix_write_all(t->fd, chunk, (size_t)n);
		else if (n < 0)
			rc = -errno;
		off += n;
	}
	if (!rc)
		rc = ckpt_posix_settle(t->s, t->fd, st.st_mode & 0777);
	if (!rc) /* an adopted file has the time of its original */
		futimens(t->fd, (const struct timespec[]){ { .tv_nsec = UTIME_OMIT }, st.st_mtim });
	free(chunk);
	close(old);
	if (t->fd == old)
		t->fd = -1;
	return rc;
}

/* Give the whole file its name; 0 also if that is not possible here, and then
 * it still has none. */
static int link_temp(struct ckpt_posix_temp *t)
{
	struct stat dir;
	int rc = -EEXIST, tries;

	for (tries = 0; rc == -EEXIST && tries < CKPT_TEMP_TRIES; tries++) {
		rc = clear(t);
		if (!rc)
			rc = ckpt_posix_link_fd(t->fd, t->at, t->name);
	}
	t->named = rc == 0;
	if (rc != -ENOENT && rc != -EPERM && rc != -EXDEV && rc != -EOPNOTSUPP)
		return rc;
	if (fstat(t->at, &dir) || dir.st_nlink == 0)
		return -ENOENT;
	/* A system that can't give a name later (no /proc, a security module):
	 * from now on with a name from the beginning. */
	__atomic_store_n(&t->s->named_temp, true, __ATOMIC_RELAXED);
	return 0;
}

int ckpt_posix_temp_hold(struct ckpt_posix_temp *t)
{
	int rc = 0, tries;

	for (tries = 0; !rc && tries < CKPT_TEMP_TRIES; tries++) {
		lock(t->fd);
		if (!t->named)
			rc = link_temp(t);
		if (!rc && t->named && ckpt_posix_is_same(t->at, t->name, t->fd))
			return 0;
		if (!rc)
			rc = remake(t);
	}
	return rc ? rc : -EBUSY;
}

int ckpt_posix_temp_rename(struct ckpt_posix_temp *t, const char *name, bool fresh)
{
	if (!ckpt_posix_is_same(t->at, t->name, t->fd))
		return -ENOENT;
	if (renameat2(t->at, t->name, t->at, name, fresh ? RENAME_NOREPLACE : 0) == 0) {
		t->named = false;
		return 0;
	}
	if (!fresh || (errno != EINVAL && errno != ENOSYS))
		return -errno;
	/* A file system without that flag: a link is as exact; discard takes
	 * the other name away. */
	return linkat(t->at, t->name, t->at, name, 0) ? -errno : 0;
}

void ckpt_posix_temp_discard(struct ckpt_posix_temp *t)
{
	if (t->fd < 0)
		return;
	if (t->named) {
		lock(t->fd);
		if (ckpt_posix_is_same(t->at, t->name, t->fd))
			unlinkat(t->at, t->name, 0);
	}
	/* By word: a child that was forked meanwhile may have it open too. */
	flock(t->fd, LOCK_UN);
	close(t->fd);
	t->fd = -1;
}
