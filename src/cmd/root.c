#include "cmd/root.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/name.h"
#include "cmd/mountinfo.h"
#include "engine/catalog.h"

/* A checkpoint's storage/ inside a mount is a complete root and may be read as
 * one; the top of the mount is none, and says so by .ckptfs. */
static int refuse_mount_top(int fd, const char *path, struct ckpt_err *err)
{
	struct ckpt_mounted m = { 0 };
	struct stat st;
	int rc = ckpt_mounted_disk(fd) ? 0 : ckpt_mounted_fd(fd, &m, err);

	if (rc)
		return rc;
	if (!m.ckptfs || (fstatat(fd, ".ckptfs", &st, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT))
		return 0;
	return ckpt_fail(err, EINVAL,
			 "%s is a mount of ckptfs, not a storage root; give the root that it shows, or the "
			 "storage directory of one of its checkpoints",
			 path);
}

int ckpt_root_dir_open(const char *path, int *fd, struct ckpt_err *err)
{
	int rc;

	*fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0 && errno == ENOTDIR)
		return ckpt_fail(err, ENOTDIR, "%s is not a directory, so it can't be a storage root", path);
	if (*fd < 0)
		return ckpt_fail_errno(err, errno, "can't open the storage root %s", path);
	rc = refuse_mount_top(*fd, path, err);
	if (rc) {
		close(*fd);
		*fd = -1;
	}
	return rc;
}

int ckpt_root_become_owner(int fd, const char *path, struct ckpt_err *err)
{
	struct stat st;

	if (geteuid() != 0)
		return 0;
	if (fstat(fd, &st) != 0)
		return ckpt_fail_errno(err, errno, "can't see who owns the storage root %s", path);
	/* The groups first: afterwards it is not allowed any more. */
	if (setgroups(0, NULL) == 0 && setresgid(st.st_gid, st.st_gid, st.st_gid) == 0 &&
	    setresuid(st.st_uid, st.st_uid, st.st_uid) == 0)
		return 0;
	/* Root is root in any group; some containers don't let him change it. */
	if (st.st_uid == 0)
		return 0;
	return ckpt_fail_errno(err, errno,
			       "can't become user %u, who owns the storage root %s and must own what is "
			       "made in it",
			       (unsigned)st.st_uid, path);
}

static int exists(struct ckpt_store *store, const char *name, bool *yes, struct ckpt_err *err)
{
	struct ckpt_err e = { 0 };
	struct ckpt_stat st;
	int rc = ckpt_store_stat(store, NULL, name, &st, &e);

	*yes = rc == 0;
	if (rc == 0 || rc == -ENOENT)
		return 0;
	/* Something is there, and what is wrong with it is for its reader to
	 * say: a catalog that is a symbolic link is still a catalog. */
	if (rc == -ELOOP || rc == -EXDEV) {
		*yes = true;
		return 0;
	}
	if (err)
		*err = e;
	return rc;
}

/* What a directory without catalog and lock file holds. */
struct content {
	const char *commit; /* a name to look for */
	bool anything, checkpoints, commit_there;
};

static int look_at(void *ctx, const char *name, const struct ckpt_stat *st)
{
	struct content *c = ctx;
	struct ckpt_uuid u;

	if (strcmp(name, CKPT_LOST_FOUND) == 0)
		return 0;
	c->anything = true;
	if (st->kind == CKPT_KIND_DIR && ckpt_uuid_parse(name, &u)) {
		c->checkpoints = true;
		if (c->commit && strcmp(name, c->commit) == 0)
			c->commit_there = true;
	}
	return 0;
}

static int no_root(struct ckpt_store *store, const struct content *c, enum ckpt_root_need need,
		   struct ckpt_err *err)
{
	const char *label = ckpt_store_label(store);

	if (c->checkpoints)
		return ckpt_fail(err, EUCLEAN,
				 "%s holds directories of checkpoints but no catalog: it was lost; 'ckptfs "
				 "rebuild %s' writes it anew from them",
				 label, label);
	if (need == CKPT_ROOT_LOST_TOO)
		return ckpt_fail(err, EINVAL,
				 "%s is no storage root: it holds no directory of a checkpoint, so there is "
				 "nothing to rebuild a catalog from",
				 label);
	return ckpt_fail(err, EINVAL,
			 "%s is no storage root: it has neither " CKPT_CATALOG " nor " CKPT_PIDLOCK
			 "; give the directory where a pipeline keeps its checkpoints (is its disk mounted?)",
			 label);
}

int ckpt_root_check(struct ckpt_store *store, enum ckpt_root_need need, const struct ckpt_uuid *commit,
		    struct ckpt_err *err)
{
	char name[CKPT_UUID_TEXT];
	struct content c = { .commit = commit ? ckpt_uuid_text(commit, name) : NULL };
	bool catalog = false, pidlock = false;
	int rc;

	rc = exists(store, CKPT_CATALOG, &catalog, err);
	if (rc == 0)
		rc = exists(store, CKPT_PIDLOCK, &pidlock, err);
	if (rc || catalog || pidlock || need == CKPT_ROOT_ANY)
		return rc;
	rc = ckpt_store_list(store, NULL, false, look_at, &c, err);
	if (rc)
		return rc;
	if (need == CKPT_ROOT_NEW_TOO && (!c.anything || c.commit_there))
		return 0;
	if (need == CKPT_ROOT_LOST_TOO && c.checkpoints)
		return 0;
	return no_root(store, &c, need, err);
}

int ckpt_root_open_other(const char *path, struct ckpt_store **store, struct ckpt_root **root,
			 struct ckpt_err *err)
{
	CKPT_AUTO_FD int fd = -1;
	int rc = ckpt_root_dir_open(path, &fd, err);

	if (rc == 0)
		rc = ckpt_store_open_posix_at(fd, path, store, err);
	if (rc == 0)
		rc = ckpt_root_check(*store, CKPT_ROOT_EXISTING, NULL, err);
	return rc ? rc : ckpt_root_open(*store, NULL, root, err);
}
