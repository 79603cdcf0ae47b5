#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "store/limits.h"
#include "store/posix.h"

#define MODE_DIR 0755

static int sync_path(struct ckpt_posix *s, const char *dir, const char *name, int fd, struct ckpt_err *err)
{
	int rc = fd;

	if (fd >= 0)
		rc = fsync(fd) ? -errno : 0;
	return rc < 0 ? ckpt_place_fail(&s->base, rc, "sync", dir, name, err) : 0;
}

int ckpt_posix_sync_file(struct ckpt_store *store, const char *dir, const char *name, struct ckpt_err *err)
{
	struct ckpt_file *f;
	int rc = ckpt_store_open(store, dir, name, &f, err);

	if (!rc)
		rc = sync_path((struct ckpt_posix *)store, dir, name, ckpt_file_fd(f), err);
	ckpt_file_close(f);
	return rc;
}

int ckpt_posix_sync_dir(struct ckpt_store *store, const char *dir, struct ckpt_err *err)
{
	struct ckpt_posix *s = (struct ckpt_posix *)store;
	int fd = ckpt_posix_get_dir(s, dir, O_RDONLY);
	int rc = sync_path(s, dir, NULL, fd, err);

	ckpt_posix_put_dir(s, fd);
	return rc;
}

/* Before Linux 5.8 syncfs(2) does not report what could not be written; the same
 * version began to tell mounts. */
static bool syncfs_reports(struct ckpt_posix *s)
{
	struct statx x;

	return !statx(s->root, "", AT_EMPTY_PATH, STATX_TYPE, &x) &&
	       (x.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT);
}

static bool can_sync_all(struct ckpt_posix *s)
{
	return ckpt_posix_is_local(s) && syncfs_reports(s);
}

int ckpt_posix_sync_ready(struct ckpt_store *store)
{
	struct ckpt_posix *s = (struct ckpt_posix *)store;

	return can_sync_all(s) ? ckpt_posix_syncfs_ready(s->root) : -1;
}

int ckpt_posix_sync_all(struct ckpt_store *store, size_t n, int begun, ckpt_stop_fn *stop, void *ctx,
			struct ckpt_err *err)
{
	struct ckpt_posix *s = (struct ckpt_posix *)store;
	uint64_t when;
	int rc;

	if (begun < 0 && (n < CKPT_SYNC_ALL_FROM || !can_sync_all(s)))
		return 1;
	if (begun < 0 && stop)
		begun = ckpt_store_sync_begin(ckpt_posix_syncfs_ready(s->root), n);
	when = ckpt_posix_now();
	rc = begun >= 0 ? ckpt_posix_syncfs_end(begun, stop, ctx, &when) : syncfs(s->root) ? -errno : 0;
	if (!rc) {
		__atomic_store_n(&s->all_synced, when, __ATOMIC_RELEASE);
		return 0;
	}
	if (rc == -ENOSYS || rc == -EPERM) /* a container's filter */
		return 1;
	return ckpt_place_fail(store, rc, "sync the file system of", NULL, NULL, err);
}

int ckpt_posix_replace(struct ckpt_store *store, const char *name, const void *data, size_t len,
		       const struct ckpt_version *expect, struct ckpt_err *err)
{
	struct ckpt_posix *s = (struct ckpt_posix *)store;
	struct ckpt_writer *w;
	int rc = ckpt_posix_create(store, NULL, name, &w, err);

	if (rc)
		return rc;
	rc = ckpt_posix_append(w, data, len, err);
	if (rc) {
		ckpt_posix_abort(w);
		return rc;
	}
	rc = ckpt_posix_commit_if(w, expect, err);
	if (rc == -EEXIST || rc == -ESTALE)
		return ckpt_changed_fail(store, name, err);
	if (!rc && fsync(s->root))
		return ckpt_fail(
			err, EUCLEAN,
			"%s/%s has its new content, but the directory could not be synced (%s), so a "
			"power loss may bring the old content back",
			store->label, name, strerrordesc_np(errno));
	return rc;
}

int ckpt_posix_mkdir(struct ckpt_store *store, const char *dir, struct ckpt_err *err)
{
	struct ckpt_posix *s = (struct ckpt_posix *)store;
	struct stat st;
	int fd, rc;

	if (mkdirat(s->root, dir, MODE_DIR))
		return ckpt_place_fail(&s->base, -errno, "make the directory", dir, NULL, err);
	fd = rc = ckpt_posix_openat(s->root, dir, O_RDONLY | O_DIRECTORY, 0);
	if (fd >= 0) {
		/* Independent of the umask; a set-group-ID bit that it was given
		 * stays. */
		rc = fstat(fd, &st) ? -errno : ckpt_posix_settle(s, fd, (st.st_mode & S_ISGID) | MODE_DIR);
		close(fd);
	}
	if (rc < 0) {
		unlinkat(s->root, dir, AT_REMOVEDIR);
		return ckpt_place_fail(&s->base, rc, "make the directory", dir, NULL, err);
	}
	return 0;
}
