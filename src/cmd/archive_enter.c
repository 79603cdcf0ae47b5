#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/archive_job.h"

/* Whether the directory path (absolute, resolved), or one that it lies in, is
 * the directory dir. */
static bool is_inside(const char *path, const struct stat *dir)
{
	CKPT_AUTO_FREE char *at = strdup(path);
	struct stat st;
	char *slash;

	while (at && *at) {
		if (stat(at, &st) == 0 && st.st_dev == dir->st_dev && st.st_ino == dir->st_ino)
			return true;
		slash = strrchr(at, '/');
		if (!slash || strcmp(at, "/") == 0)
			break;
		slash[slash == at ? 1 : 0] = '\0';
	}
	return false;
}

/* archive: what is there of it, itself or the directory that it will be in. */
static int check_apart(const struct ckpt_args *args, int root, const char *archive, bool missing,
		       struct ckpt_err *err)
{
	CKPT_AUTO_FREE char *a = realpath(archive, NULL), *r = realpath(args->root, NULL);
	struct stat root_st, archive_st;

	if (!a || !r || fstat(root, &root_st) != 0 || stat(a, &archive_st) != 0)
		return ckpt_fail_errno(err, errno, "can't find out where the archive %s lies",
				       args->operand[0]);
	if (!missing && root_st.st_dev == archive_st.st_dev && root_st.st_ino == archive_st.st_ino)
		return ckpt_fail(err, EINVAL,
				 "the archive %s is the storage root %s itself; use another directory",
				 args->operand[0], args->root);
	if (is_inside(a, &root_st))
		return ckpt_fail(err, EINVAL,
				 "the archive %s lies inside the storage root %s, where a sweep would remove "
				 "it; use a "
				 "directory beside it",
				 args->operand[0], args->root);
	if (!missing && is_inside(r, &archive_st))
		return ckpt_fail(err, EINVAL,
				 "the storage root %s lies inside the archive %s, where a sweep would remove "
				 "it; use a "
				 "directory beside it",
				 args->root, args->operand[0]);
	return 0;
}

static int check_parent(const struct ckpt_args *args, int root, struct ckpt_err *err)
{
	CKPT_AUTO_FREE char *parent = strdup(args->operand[0]);
	size_t n = parent ? strlen(parent) : 0;
	char *slash;

	if (!parent)
		return ckpt_fail_nomem(err);
	while (n > 1 && parent[n - 1] == '/')
		parent[--n] = '\0';
	slash = strrchr(parent, '/');
	if (!slash)
		return check_apart(args, root, ".", true, err);
	slash[slash == parent ? 1 : 0] = '\0';
	return check_apart(args, root, parent, true, err);
}

static int make(struct ckpt_cmd *cmd, const struct ckpt_args *args, int root, struct ckpt_err *err)
{
	const char *path = args->operand[0];
	struct stat st;
	int rc;

	if (mkdir(path, 0755) != 0)
		return ckpt_fail_errno(err, errno, "can't make the archive %s", path);
	cmd->second_made = true;
	rc = ckpt_root_dir_open(path, &cmd->second, err);
	if (rc || geteuid() != 0)
		return rc;
	if (fstat(root, &st) != 0 || fchownat(cmd->second, "", st.st_uid, st.st_gid, AT_EMPTY_PATH) != 0)
		return ckpt_fail_errno(err, errno,
				       "can't give the archive %s the owner of the storage root %s", path,
				       args->root);
	return 0;
}

static int find_or_make(struct ckpt_cmd *cmd, const struct ckpt_args *args, int root, struct ckpt_err *err)
{
	const char *path = args->operand[0];
	struct stat st;
	int rc;

	if (lstat(path, &st) != 0 && errno == ENOENT) {
		rc = check_parent(args, root, err);
		return rc ? rc : make(cmd, args, root, err);
	}
	rc = ckpt_root_dir_open(path, &cmd->second, err);
	return rc ? rc : check_apart(args, root, path, false, err);
}

int ckpt_archive_enter(struct ckpt_cmd *cmd, const struct ckpt_args *args, int root, struct ckpt_err *err)
{
	int rc = find_or_make(cmd, args, root, err);

	if (rc == 0)
		rc = ckpt_root_become_owner(cmd->second, args->operand[0], err);
	if (rc == 0 && faccessat(root, ".", R_OK | X_OK, AT_EACCESS) != 0)
		rc = ckpt_fail(
			err, EACCES,
			"the storage root %s can't be read as user %u, who owns the archive %s and must own "
			"what is made in it; give the archive the owner of the root",
			args->root, (unsigned)geteuid(), args->operand[0]);
	return rc;
}
