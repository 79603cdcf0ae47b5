#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/limits.h"
#include "store/posix.h"

/* What a holder of ours writes into the lock file: an open-file-description
 * lock doesn't tell whose it is. */
#define HOLDER_TEXT "ckptfs "
#define LOCK_MODE 0644

struct posix_lock {
	struct ckpt_lock base;
	int fd;
	bool marked; /* our line is in the file, instead of saved */
	size_t saved_len;
	char saved[CKPT_PIDLOCK_MAX];
};

/* Open the lock file, make it where it is missing. */
static int open_file(struct ckpt_posix *s, struct ckpt_err *err)
{
	const int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	struct stat st;
	int fd, rc, tries;

	for (tries = 0; tries < CKPT_STORE_TRIES; tries++) {
		fd = ckpt_posix_openat(s->root, CKPT_PIDLOCK, flags, 0);
		if (fd != -ENOENT)
			break;
		fd = ckpt_posix_openat(s->root, CKPT_PIDLOCK, flags | O_CREAT | O_EXCL, LOCK_MODE);
		if (fd != -EEXIST) {
			rc = fd < 0 ? fd : ckpt_posix_settle(s, fd, LOCK_MODE);
			if (rc < 0 && fd >= 0)
				close(fd);
			fd = rc < 0 ? rc : fd;
			break;
		}
	}
	if (fd < 0)
		return ckpt_place_fail(&s->base, fd, "open the lock file", NULL, CKPT_PIDLOCK, err);
	rc = fstat(fd, &st) ? -errno : 0;
	if (!rc && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	if (rc)
		return ckpt_place_fail(&s->base, rc, "look at the lock file", NULL, CKPT_PIDLOCK, err);
	return ckpt_fail(err, EINVAL, "can't lock storage root %s: %s is no regular file", s->base.label,
			 CKPT_PIDLOCK);
}

static struct flock whole_file(short type)
{
	return (struct flock){ .l_type = type, .l_whence = SEEK_SET };
}

/* The pid in the line of a holder of ours; 0: there is no such line. */
static long pid_of(const char *text, size_t len)
{
	const size_t skip = sizeof(HOLDER_TEXT) - 1;
	char line[CKPT_PIDLOCK_MAX + 1], *end;
	long pid;

	if (len <= skip || len > CKPT_PIDLOCK_MAX || memcmp(text, HOLDER_TEXT, skip) != 0)
		return 0;
	memcpy(line, text, len);
	line[len] = '\0';
	errno = 0;
	pid = strtol(line + skip, &end, 10);
	return errno == 0 && end > line + skip && *end == '\n' && pid > 0 ? pid : 0;
}

static size_t read_text(int fd, char text[CKPT_PIDLOCK_MAX + 1])
{
	ssize_t n = pread(fd, text, CKPT_PIDLOCK_MAX + 1, 0);

	return n > 0 ? (size_t)n : 0;
}

/* Who has it?  False: nobody any more. */
static bool find_holder(int fd, long *holder)
{
	struct flock fl = whole_file(F_WRLCK);
	char text[CKPT_PIDLOCK_MAX + 1];

	*holder = 0;
	if (fcntl(fd, F_OFD_GETLK, &fl))
		return true;
	if (fl.l_type == F_UNLCK)
		return false;
	/* 0: a process of another pid namespace. */
	*holder = fl.l_pid > 0 ? fl.l_pid : fl.l_pid == -1 ? pid_of(text, read_text(fd, text)) : 0;
	return true;
}

/* 0: locked; 1: try again; negative: refused. */
static int take(struct ckpt_posix *s, int fd, long *holder, struct ckpt_err *err)
{
	struct flock fl = whole_file(F_WRLCK);

	if (fcntl(fd, F_OFD_SETLK, &fl) == 0)
		return ckpt_posix_is_same(s->root, CKPT_PIDLOCK, fd) ? 0 : 1; /* race 1 */
	if (errno != EAGAIN && errno != EACCES)
		return ckpt_place_fail(&s->base, -errno, "lock", NULL, CKPT_PIDLOCK, err);
	return find_holder(fd, holder) ? ckpt_locked_fail(&s->base, *holder, err) : 1;
}

/* Over what is there first, and only then cut to length: so on a full disk
 * nothing is lost.  False if it could not be written. */
static bool put_text(int fd, const char *text, size_t len)
{
	return pwrite(fd, text, len, 0) == (ssize_t)len && ftruncate(fd, (off_t)len) == 0;
}

/* Say that it is ours.  The lock holds also where that fails.  A file with a
 * second name may be one of outside that somebody linked here: it is locked,
 * but never written to. */
static void mark(struct posix_lock *l)
{
	char text[CKPT_PIDLOCK_MAX + 1], line[CKPT_PIDLOCK_MAX];
	size_t len = read_text(l->fd, text);
	struct stat st;
	int n;

	if (len > CKPT_PIDLOCK_MAX || fstat(l->fd, &st) || st.st_nlink != 1)
		return;
	/* The line of one that died while it had the lock is not worth keeping. */
	if (pid_of(text, len) == 0) {
		memcpy(l->saved, text, len);
		l->saved_len = len;
	}
	n = snprintf(line, sizeof(line), HOLDER_TEXT "%ld\n", (long)getpid());
	l->marked = true;
	if (!put_text(l->fd, line, (size_t)n)) {
		l->marked = false;
		put_text(l->fd, l->saved, l->saved_len);
	}
}

int ckpt_posix_lock(struct ckpt_store *store, struct ckpt_lock **out, long *holder, struct ckpt_err *err)
{
	struct ckpt_posix *s = (struct ckpt_posix *)store;
	struct posix_lock *l = calloc(1, sizeof(*l));
	int rc = 1, tries;

	if (!l)
		return ckpt_fail_nomem(err);
	for (tries = 0; rc == 1 && tries < CKPT_STORE_TRIES; tries++) {
		l->fd = rc = open_file(s, err);
		if (rc < 0)
			break;
		rc = take(s, l->fd, holder, err);
		if (rc)
			close(l->fd);
	}
	if (rc == 1)
		rc = ckpt_locked_fail(&s->base, *holder, err);
	if (rc) {
		free(l);
		return rc;
	}
	mark(l);
	*out = &l->base;
	return 0;
}

void ckpt_posix_unlock(struct ckpt_lock *lock)
{
	struct posix_lock *l = (struct posix_lock *)lock;
	struct flock fl = whole_file(F_UNLCK);

	if (l->marked)
		put_text(l->fd, l->saved, l->saved_len);
	/* By word, not only by close: a child that was forked meanwhile may
	 * still have the descriptor. */
	fcntl(l->fd, F_OFD_SETLK, &fl);
	close(l->fd);
	free(l);
}
