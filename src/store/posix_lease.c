#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/posix.h"

struct posix_lease {
	struct ckpt_lease base;
	int fd;
};

/* Race 1, with one component more.  Only a name that is gone, or another
 * file's, means "removed": whoever lacks a descriptor knows nothing. */
static int check_named(struct ckpt_posix *s, const char *dir, int fd)
{
	struct ckpt_stat named, ours;
	int rc, at = ckpt_posix_get_dir(s, dir, O_PATH);

	if (at < 0)
		return at;
	rc = ckpt_posix_stat_at(at, CKPT_MARKER, &named, NULL);
	ckpt_posix_put_dir(s, at);
	if (!rc)
		rc = ckpt_posix_stat_at(fd, NULL, &ours, NULL);
	return rc ? rc : named.ino == ours.ino ? 0 : -ENOENT;
}

/* 0: locked (or, for ASK, could be). */
static int take(struct ckpt_posix *s, const char *dir, enum ckpt_lease_mode mode, int fd,
		struct ckpt_err *err)
{
	struct flock fl = { .l_type = mode == CKPT_LEASE_SHARED ? F_RDLCK : F_WRLCK, .l_whence = SEEK_SET };
	struct stat st;
	int rc;

	if (fstat(fd, &st))
		return ckpt_place_fail(&s->base, -errno, "look at", dir, CKPT_MARKER, err);
	if (!S_ISREG(st.st_mode))
		return ckpt_fail(err, EINVAL,
				 "can't take a lease of checkpoint %s/%s: its %s is no regular file",
				 s->base.label, dir, CKPT_MARKER);
	/* Asking takes no right to write, taking does. */
	if (fcntl(fd, mode == CKPT_LEASE_ASK ? F_OFD_GETLK : F_OFD_SETLK, &fl)) {
		if (errno == EAGAIN || errno == EACCES)
			return ckpt_leased_fail(&s->base, dir, mode, err);
		return ckpt_place_fail(&s->base, -errno, "lock", dir, CKPT_MARKER, err);
	}
	if (mode == CKPT_LEASE_ASK && fl.l_type != F_UNLCK)
		return ckpt_leased_fail(&s->base, dir, mode, err);
	rc = check_named(s, dir, fd);
	if (rc == -ENOENT)
		return ckpt_fail(err, ENOENT, "checkpoint %s/%s was removed meanwhile", s->base.label, dir);
	return rc ? ckpt_place_fail(&s->base, rc, "take a lease by", dir, CKPT_MARKER, err) : 0;
}

int ckpt_posix_lease(struct ckpt_store *store, const char *dir, enum ckpt_lease_mode mode,
		     struct ckpt_lease **out, struct ckpt_err *err)
{
	struct ckpt_posix *s = (struct ckpt_posix *)store;
	const int access = mode == CKPT_LEASE_EXCLUSIVE ? O_RDWR : O_RDONLY;
	struct posix_lease *l = malloc(sizeof(*l));
	int rc;

	if (!l)
		return ckpt_fail_nomem(err);
	l->fd = ckpt_posix_open_file(s, dir, CKPT_MARKER, access | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (l->fd < 0)
		rc = ckpt_place_fail(&s->base, l->fd, "take a lease by", dir, CKPT_MARKER, err);
	else
		rc = take(s, dir, mode, l->fd, err);
	if (!rc && mode != CKPT_LEASE_ASK) {
		*out = &l->base;
		return 0;
	}
	if (l->fd >= 0)
		close(l->fd);
	free(l);
	return rc;
}

void ckpt_posix_unlease(struct ckpt_lease *lease)
{
	struct posix_lease *l = (struct posix_lease *)lease;
	struct flock fl = { .l_type = F_UNLCK, .l_whence = SEEK_SET };

	/* As for the root's lock: a forked child may have the descriptor too. */
	fcntl(l->fd, F_OFD_SETLK, &fl);
	close(l->fd);
	free(l);
}
