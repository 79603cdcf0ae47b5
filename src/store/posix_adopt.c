#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/limits.h"
#include "store/posix.h"

/* Make the bytes durable that get a name.  durable: they were when all was synced,
 * but the name may be another file's since, and its error of before may have been
 * told to somebody else's sync. */
static int sync_original(struct ckpt_posix *s, int from, const struct ckpt_stat *st, bool durable)
{
	if (durable && ckpt_posix_ns(&st->ctime) < __atomic_load_n(&s->all_synced, __ATOMIC_ACQUIRE) &&
	    !sync_file_range(from, 0, 0, SYNC_FILE_RANGE_WAIT_BEFORE))
		return 0;
	/* A root that can't be written has nothing left to sync. */
	return fsync(from) && errno != EROFS && errno != EINVAL ? -errno : 0;
}

/* A hard link.  1: it takes a copy. */
static int try_link(struct ckpt_posix *s, const char *dir, const char *name, int from, bool durable,
		    struct ckpt_err *err)
{
	int at = ckpt_posix_get_dir(s, dir, O_PATH), rc = at;
	struct ckpt_stat st;

	if (at >= 0) {
		rc = ckpt_posix_stat_at(from, NULL, &st, NULL);
		/* Nobody waits for a sync of what can't be linked then. */
		if (!rc && st.mount && s->mount && st.mount != s->mount)
			rc = -EXDEV;
		/* Its bytes first: with its name it is there for good. */
		if (!rc)
			rc = sync_original(s, from, &st, durable);
		if (!rc)
			rc = ckpt_posix_link_fd(from, at, name);
		/* Two file systems or mounts, no links at all, too many, or a
		 * kernel that lets only the owner link. */
		if (rc == -EXDEV || rc == -EPERM || rc == -EMLINK || rc == -EACCES || rc == -EOPNOTSUPP)
			rc = 1;
		ckpt_posix_put_dir(s, at);
	}
	return rc < 0 ? ckpt_place_fail(&s->base, rc, "link", dir, name, err) : rc;
}

/* Let the kernel copy what it can.  From *off on it takes reads and writes,
 * which will also say what is wrong. */
static void copy_by_kernel(int from, int to, uint64_t *off)
{
	ssize_t n;

	do {
		loff_t at = (loff_t)*off;

		n = copy_file_range(from, &at, to, NULL, CKPT_COPY_CHUNK * 64, 0);
		if (n > 0)
			*off += (uint64_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
}

static int copy_by_hand(struct ckpt_file *from, struct ckpt_writer *w, uint64_t off, struct ckpt_err *err)
{
	char *chunk = malloc(CKPT_COPY_CHUNK);
	ssize_t n = 1;
	int rc = 0;

	if (!chunk)
		return ckpt_fail_nomem(err);
	while (!rc && n > 0) {
		n = ckpt_file_pread(from, chunk, CKPT_COPY_CHUNK, off, err);
		if (n > 0)
			rc = ckpt_posix_append(w, chunk, (size_t)n, err);
		off += n > 0 ? (uint64_t)n : 0;
	}
	free(chunk);
	return n < 0 ? (int)n : rc;
}

static int copy(struct ckpt_file *from, struct ckpt_writer *w, enum ckpt_adopted *how, struct ckpt_err *err)
{
	int fd = ckpt_file_fd(from), to = ckpt_posix_writer_fd(w);
	uint64_t off = 0;

	*how = CKPT_ADOPTED_CLONE;
	if (fd >= 0 && ioctl(to, FICLONE, fd) == 0)
		return 0;
	*how = CKPT_ADOPTED_COPY;
	if (fd >= 0)
		copy_by_kernel(fd, to, &off);
	return copy_by_hand(from, w, off, err);
}

/* A copy has the time of its original, as a link would: the age of a checkpoint
 * and what a backup tool sees must not depend on which of them it became. */
static int copy_time(struct ckpt_file *from, struct ckpt_writer *w, const struct ckpt_version *before,
		     struct ckpt_err *err)
{
	struct ckpt_version after;
	struct ckpt_stat st;
	int rc = ckpt_file_stat(from, &st, err);

	if (!rc)
		rc = from->store->ops->version(from, &after, err);
	if (rc)
		return rc;
	if (memcmp(before, &after, sizeof(after)))
		return ckpt_fail(
			err, ESTALE,
			"a file of %s changed while it was copied to %s: nothing was kept; try again",
			from->store->label, w->store->label);
	/* Where the time can't be set, the bytes are still worth having. */
	futimens(ckpt_posix_writer_fd(w), (const struct timespec[]){ { .tv_nsec = UTIME_OMIT }, st.mtime });
	return 0;
}

static int adopt_copy(struct ckpt_store *store, const char *dir, const char *name, struct ckpt_file *from,
		      enum ckpt_adopted *how, struct ckpt_err *err)
{
	static const struct ckpt_version absent;
	struct ckpt_version before;
	struct ckpt_writer *w;
	int rc = from->store->ops->version(from, &before, err);

	if (!rc)
		rc = ckpt_posix_create(store, dir, name, &w, err);
	if (rc)
		return rc;
	rc = copy(from, w, how, err);
	if (!rc)
		rc = copy_time(from, w, &before, err);
	if (rc) {
		ckpt_posix_abort(w);
		return rc;
	}
	return ckpt_posix_commit_if(w, &absent, err);
}

int ckpt_posix_adopt(struct ckpt_store *store, const char *dir, const char *name, struct ckpt_file *from,
		     bool durable, enum ckpt_adopted *how, struct ckpt_err *err)
{
	struct ckpt_posix *s = (struct ckpt_posix *)store;
	const int fd = ckpt_file_fd(from);
	int rc;

	*how = CKPT_ADOPTED_LINK;
	/* Neither way takes a name that is taken. */
	rc = fd >= 0 ? try_link(s, dir, name, fd, durable, err) : 1;
	return rc == 1 ? adopt_copy(store, dir, name, from, how, err) : rc;
}
