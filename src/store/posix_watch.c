#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "store/limits.h"
#include "store/posix.h"

/* Without IN_MODIFY: a pipeline writes much, and a file that is complete was
 * closed or renamed. */
#define WATCHED                                                                                              \
	(IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM | IN_CLOSE_WRITE | IN_DELETE_SELF |             \
	 IN_MOVE_SELF | IN_ONLYDIR)
/* The root itself went, or hints were lost. */
#define LOST (IN_Q_OVERFLOW | IN_IGNORED | IN_UNMOUNT | IN_DELETE_SELF | IN_MOVE_SELF)

struct posix_watch {
	struct ckpt_watch base;
	int fd;
	int root, sub; /* watch descriptors; -1: none */
	char dir[CKPT_NAME_MAX + 1];
};

static int fail(struct ckpt_posix *s, int rc, const char *dir, struct ckpt_err *err)
{
	if (rc != -EMFILE && rc != -ENFILE && rc != -ENOSPC && rc != -ENOSYS)
		return ckpt_place_fail(&s->base, rc, "watch", dir, NULL, err);
	return ckpt_fail(err, ENOTSUP,
			 "can't watch %s%s%s: inotify gives no more watches (%s); raise "
			 "fs.inotify.max_user_instances or max_user_watches",
			 s->base.label, dir ? "/" : "", dir ? dir : "", strerrordesc_np(-rc));
}

/* inotify takes paths only.  By the descriptor that we have none is followed;
 * in a process whose root directory is the root itself there is no /proc, but
 * no path leads out either. */
static int watch_fd(struct ckpt_posix *s, int inotify, int fd, const char *dir)
{
	char path[CKPT_NAME_MAX + 2];
	int wd;

	if (ckpt_posix_is_same(AT_FDCWD, "/", s->root))
		snprintf(path, sizeof(path), "/%s", dir ? dir : "");
	else
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	wd = inotify_add_watch(inotify, path, WATCHED);
	if (wd >= 0)
		return wd;
	/* ENOENT: no /proc here, so no watching. */
	return errno == ENOENT ? -ENOSYS : -errno;
}

int ckpt_posix_watch(struct ckpt_store *store, struct ckpt_watch **out, struct ckpt_err *err)
{
	struct ckpt_posix *s = (struct ckpt_posix *)store;
	struct posix_watch *w = malloc(sizeof(*w));
	int rc;

	if (!w)
		return ckpt_fail_nomem(err);
	*w = (struct posix_watch){ .root = -1, .sub = -1 };
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	rc = w->fd < 0 ? -errno : watch_fd(s, w->fd, s->root, NULL);
	if (rc < 0) {
		if (w->fd >= 0)
			close(w->fd);
		free(w);
		return fail(s, rc, NULL, err);
	}
	w->root = rc;
	*out = &w->base;
	return 0;
}

int ckpt_posix_watch_fd(struct ckpt_watch *watch)
{
	return ((struct posix_watch *)watch)->fd;
}

int ckpt_posix_watch_dir(struct ckpt_watch *watch, const char *dir, struct ckpt_err *err)
{
	struct posix_watch *w = (struct posix_watch *)watch;
	struct ckpt_posix *s = (struct ckpt_posix *)watch->store;
	int at = -1, wd = -1, rc = 0;

	if (dir) {
		at = rc = ckpt_posix_get_dir(s, dir, O_PATH);
		if (at >= 0)
			wd = rc = watch_fd(s, w->fd, at, dir);
		ckpt_posix_put_dir(s, at);
	}
	/* The same directory again has the same watch. */
	if (w->sub >= 0 && w->sub != wd)
		inotify_rm_watch(w->fd, w->sub);
	w->sub = wd;
	snprintf(w->dir, sizeof(w->dir), "%s", dir ? dir : "");
	return rc < 0 ? fail(s, rc, dir, err) : 0;
}

static void tell(struct posix_watch *w, const struct inotify_event *e, ckpt_watch_fn *fn, void *ctx)
{
	const char *name = e->len ? e->name : NULL;

	if ((e->mask & IN_Q_OVERFLOW) || (e->wd == w->root && (e->mask & LOST)))
		fn(ctx, NULL, NULL);
	else if (e->wd == w->root && name)
		fn(ctx, NULL, name);
	else if (e->wd == w->sub && (e->mask & IN_IGNORED))
		w->sub = -1; /* it went, as the root's own hint says */
	else if (e->wd == w->sub && name)
		fn(ctx, w->dir, name);
}

int ckpt_posix_watch_next(struct ckpt_watch *watch, ckpt_watch_fn *fn, void *ctx, struct ckpt_err *err)
{
	struct posix_watch *w = (struct posix_watch *)watch;
	_Alignas(struct inotify_event) char buf[4096];
	int reads;

	for (reads = 0; reads < CKPT_WATCH_READS; reads++) {
		const struct inotify_event *e;
		ssize_t n = read(w->fd, buf, sizeof(buf)), at;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n <= 0)
			return fail((struct ckpt_posix *)watch->store, n < 0 ? -errno : -EIO, NULL, err);
		for (at = 0; at < n; at += (ssize_t)(sizeof(*e) + e->len)) {
			e = (const struct inotify_event *)(buf + at);
			tell(w, e, fn, ctx);
		}
	}
	return 0;
}

void ckpt_posix_watch_close(struct ckpt_watch *watch)
{
	struct posix_watch *w = (struct posix_watch *)watch;

	close(w->fd);
	free(w);
}
