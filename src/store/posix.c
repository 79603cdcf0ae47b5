#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/limits.h"
#include "store/posix.h"

static void posix_free(struct ckpt_store *store)
{
	close(((struct ckpt_posix *)store)->root);
	free(store);
}

static const struct ckpt_store_ops posix_ops = {
	.type = "posix",
	.open_abreast = CKPT_OPEN_ABREAST,
	.sync_abreast = CKPT_SYNC_ABREAST,
	.change_abreast = CKPT_CHANGE_ABREAST,
	.free = posix_free,
	.stat = ckpt_posix_stat,
	.list = ckpt_posix_list,
	.numbers = ckpt_posix_numbers,
	.open = ckpt_posix_open,
	.pread = ckpt_posix_pread,
	.fstat = ckpt_posix_fstat,
	.fd = ckpt_posix_fd,
	.version = ckpt_posix_version,
	.close = ckpt_posix_close,
	.space = ckpt_posix_space,
	.create = ckpt_posix_create,
	.append = ckpt_posix_append,
	.commit = ckpt_posix_commit,
	.publish = ckpt_posix_publish,
	.abort = ckpt_posix_abort,
	.replace = ckpt_posix_replace,
	.mkdir = ckpt_posix_mkdir,
	.adopt = ckpt_posix_adopt,
	.sync_file = ckpt_posix_sync_file,
	.sync_dir = ckpt_posix_sync_dir,
	.sync_all = ckpt_posix_sync_all,
	.sync_ready = ckpt_posix_sync_ready,
	.remove = ckpt_posix_remove,
	.measure = ckpt_posix_measure,
	.remove_tree = ckpt_posix_remove_tree,
	.lock = ckpt_posix_lock,
	.unlock = ckpt_posix_unlock,
	.lease = ckpt_posix_lease,
	.unlease = ckpt_posix_unlease,
	.watch = ckpt_posix_watch,
	.watch_fd = ckpt_posix_watch_fd,
	.watch_dir = ckpt_posix_watch_dir,
	.watch_next = ckpt_posix_watch_next,
	.watch_close = ckpt_posix_watch_close,
};

static int fail_open(int code, const char *path, struct ckpt_err *err)
{
	return ckpt_fail_errno(err, code, "can't open storage root %s", path);
}

/* What all else rests on. */
static int check_kernel(int root, const char *path, struct ckpt_err *err)
{
	int fd = ckpt_posix_openat(root, ".", O_PATH | O_DIRECTORY, 0);

	if (fd == -ENOSYS || fd == -EPERM)
		return ckpt_fail(
			err, -fd,
			"can't open storage root %s: openat2(2) is refused here; it takes Linux 5.6 or "
			"newer, and a container that allows it",
			path);
	if (fd < 0)
		return fail_open(-fd, path, err);
	close(fd);
	return 0;
}

int ckpt_store_open_posix_at(int fd, const char *path, struct ckpt_store **out, struct ckpt_err *err)
{
	struct ckpt_posix *s;
	struct ckpt_stat st;
	int root, rc;

	*out = NULL;
	root = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return fail_open(errno, path, err);
	rc = ckpt_posix_stat_at(root, NULL, &st, NULL);
	rc = rc ? fail_open(-rc, path, err) : check_kernel(root, path, err);
	if (rc)
		goto fail;
	s = calloc(1, sizeof(*s));
	if (s)
		s->base.label = strdup(path);
	if (!s || !s->base.label) {
		free(s);
		rc = ckpt_fail_nomem(err);
		goto fail;
	}
	s->base.ops = &posix_ops;
	s->root = root;
	s->mount = st.mount;
	s->uid = st.uid;
	s->gid = st.gid;
	*out = &s->base;
	return 0;
fail:
	close(root);
	return rc;
}

int ckpt_store_open_posix(const char *path, struct ckpt_store **out, struct ckpt_err *err)
{
	int rc, fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	*out = NULL;
	if (fd < 0)
		return fail_open(errno, path, err);
	rc = ckpt_store_open_posix_at(fd, path, out, err);
	close(fd);
	return rc;
}
