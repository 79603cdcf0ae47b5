#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/confine.h"
#include "cmd/daemon.h"
#include "cmd/mount_code.h"
#include "cmd/mountinfo.h"
#include "cmd/nofile.h"
#include "cmd/refused.h"
#include "cmd/serve.h"
#include "engine/layer.h"

static int on_backing_open(void *ctx, int fd)
{
	return ckpt_broker_register(&((struct ckpt_serving *)ctx)->broker, fd);
}

static void on_backing_close(void *ctx, int id)
{
	ckpt_broker_give_back(&((struct ckpt_serving *)ctx)->broker, id);
}

/* glibc maps what is large, so that it goes back to the system when it is freed, but
 * takes the largest that was ever freed (a catalog) for the size from which on
 * something is large.  Said once, it stays. */
static void give_memory_back(void)
{
	mallopt(M_MMAP_THRESHOLD, CKPT_MOUNT_MAPPED_BYTES);
}

/* Why the kernel is not to read files itself, or NULL. */
static const char *no_passthrough(const struct ckpt_mountopts *o)
{
	if (o->no_passthrough)
		return "-o no_passthrough";
	return geteuid() == 0 ? NULL : "only root may register files for it";
}

/* Step 4. */
static int start_broker(struct ckpt_serving *s, struct ckpt_err *err)
{
	struct ckpt_broker_job job = {
		.mountpoint = s->mountpoint,
		.fuse_fd = no_passthrough(s->opts) ? -1 : ckpt_fuse_fd(s->fuse),
		.title = s->opts->title,
		.title_len = s->opts->title_len,
	};
	struct stat st;
	int rc = ckpt_mounted_at(s->mountpoint, &job.mounted, err);

	CKPT_AUTO_FD int mount = open(s->mountpoint, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (mount >= 0)
		job.unique = ckpt_mount_unique(mount);
	if (rc == 0 && fstat(s->root_fd, &st) != 0)
		rc = ckpt_fail_errno(err, errno, "can't look at %s", s->root);
	if (rc)
		return rc;
	job.owner = st.st_uid;
	job.owner_gid = st.st_gid;
	/* In the background, and not before the mount point was looked at. */
	if (s->ready_fd >= 0)
		setsid();
	return ckpt_broker_start(&job, &s->broker, err);
}

/* Steps 3 and 4. */
static int mount_it(struct ckpt_serving *s, struct ckpt_err *err)
{
	struct ckpt_buf kernel = CKPT_BUF_INIT;
	struct ckpt_fuse_opts o = {
		.fsname = s->opts->fsname ? s->opts->fsname : s->root,
		.mountpoint = s->mountpoint,
		.debug = s->opts->debug,
		.log = s->log,
		.mounter = s->mounter,
		.no_passthrough = no_passthrough(s->opts),
		.io_uring = s->opts->io_uring,
		.command = ckpt_serving_command,
		.show = ckpt_serving_show,
		.backing_open = on_backing_open,
		.backing_close = on_backing_close,
		.ctx = s,
	};
	int rc;

	ckpt_mountopts_kernel(s->opts, &kernel);
	o.mount_opts = kernel.data;
	rc = kernel.failed ? ckpt_fail_nomem(err) : ckpt_fuse_mount(&o, &s->fuse, err);
	if (rc == 0)
		rc = start_broker(s, err);
	ckpt_buf_release(&kernel);
	return rc;
}

/* Steps 5 and 6: nothing of the root is read, and no thread started, before. */
static int confine(struct ckpt_serving *s, struct ckpt_err *err)
{
	struct ckpt_confine c = {
		.how = s->opts->sandbox,
		.root = s->root_fd,
		.broker = s->broker.fd,
		.uring = s->opts->io_uring,
		.log = s->log,
	};
	int rc;

	ckpt_layer_prepare();
	rc = ckpt_confine_place(&c, err);
	if (rc == 0)
		rc = ckpt_root_become_owner(s->root_fd, s->root, err);
	if (rc == 0)
		rc = ckpt_confine(&c, err);
	if (rc == 0)
		rc = ckpt_broker_watch(&s->broker, err);
	ckpt_confine_status(&c, &s->confined);
	return rc;
}

static void on_changed(void *ctx, const struct ckpt_change_event *event)
{
	ckpt_fuse_changed(((struct ckpt_serving *)ctx)->fuse, event);
}

static void on_pictured(void *ctx, uint64_t generation, size_t checkpoints, bool ok)
{
	struct ckpt_serving *s = ctx;

	ckpt_manager_status(&s->manager, "Showing %zu checkpoint%s of %s at %s (generation %llu)%s",
			    checkpoints, checkpoints == 1 ? "" : "s", s->root, s->mountpoint,
			    (unsigned long long)generation, ok ? "" : ", the last that could be read");
}

/* Whoever keeps one of the view's locks for ever keeps this from an answer. */
static void on_look(void *ctx)
{
	struct ckpt_buf nobody = CKPT_BUF_INIT;

	ckpt_view_status(((struct ckpt_serving *)ctx)->view, NULL, &nobody);
	ckpt_buf_release(&nobody);
}

/* Step 7. */
static int open_view(struct ckpt_serving *s, struct ckpt_err *err)
{
	const struct ckpt_view_opts o = {
		.show_control = s->opts->show_control,
		.lease_ms = s->opts->lease_ms,
		.files = ckpt_nofile_readers(),
		.hold_files = s->opts->hold_files ? s->opts->hold_files : ckpt_nofile_held(),
		.hold_free = s->opts->hold_free,
		.poll_ms = s->opts->poll_ms,
		.mounter = s->mounter,
		.mounter_gid = s->mounter_gid,
		.confined = s->confined.data,
		.log = s->log,
		.changed = on_changed,
		.pictured = on_pictured,
		.ctx = s,
	};
	int rc = ckpt_store_open_posix_at(s->root_fd, s->root, &s->store, err);

	if (rc == 0)
		rc = ckpt_root_check(s->store, s->opts->allow_empty ? CKPT_ROOT_ANY : CKPT_ROOT_EXISTING,
				     NULL, err);
	if (rc)
		return rc;
	if (s->opts->sweep)
		ckpt_serving_sweep(s);
	rc = ckpt_view_new(s->store, &o, &s->view, err);
	if (rc)
		return rc;
	ckpt_fuse_set_view(s->fuse, s->view);
	rc = ckpt_view_start(s->view, err);
	return rc ? rc : ckpt_manager_begin(&s->manager, on_look, s, err);
}

static void held_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
}

/* Step 8, up to the end of the mount. */
static int serve(struct ckpt_serving *s, struct ckpt_err *err)
{
	sigset_t pending;

	if (sigpending(&pending) == 0 && (sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM) ||
					  sigismember(&pending, SIGHUP)))
		return ckpt_fail(err, EINTR, "interrupted before %s was mounted", s->mountpoint);
	if (s->ready_fd >= 0) {
		ckpt_daemon_ready(s->ready_fd);
		s->ready_fd = -1;
	}
	ckpt_log_add(s->log, CKPT_LOG_MOUNTED, "showing %s at %s", s->root, s->mountpoint);
	ckpt_manager_tell(&s->manager, "READY=1");
	return ckpt_fuse_serve(s->fuse, err);
}

/* The reverse order.  The broker unmounts before libfuse would try to, which
 * has no privilege to do it any more. */
static void end(struct ckpt_serving *s)
{
	struct ckpt_err err = { 0 };

	ckpt_manager_tell(&s->manager, "STOPPING=1");
	if (s->view)
		ckpt_view_stop(s->view);
	/* Where somebody has unmounted it already, another mount may lie there
	 * by now, even one with the same numbers: nothing to unmount. */
	if (s->fuse && ckpt_fuse_mounted(s->fuse) && ckpt_broker_unmount(&s->broker, &err) != 0)
		ckpt_log_add(s->log, CKPT_LOG_FAILED, "%s: %s", s->mountpoint, err.msg);
	ckpt_broker_stop(&s->broker);
	/* libfuse still tries to unmount, and may not: no news. */
	ckpt_refused_stop();
	ckpt_fuse_free(s->fuse);
	ckpt_manager_close(&s->manager);
	ckpt_view_free(s->view);
	ckpt_store_free(s->store);
	ckpt_buf_release(&s->confined);
}

static int run(struct ckpt_serving *s, struct ckpt_err *err)
{
	int rc = mount_it(s, err);

	if (rc == 0)
		rc = confine(s, err);
	if (rc == 0)
		rc = open_view(s, err);
	if (rc == 0)
		rc = serve(s, err);
	return rc;
}

int ckpt_mount_serve(const struct ckpt_mountopts *opts, int root_fd, const char *root, const char *mountpoint,
		     int ready_fd)
{
	struct ckpt_serving s = {
		.opts = opts,
		.root = root,
		.mountpoint = mountpoint,
		.root_fd = root_fd,
		.ready_fd = ready_fd,
		.log = ckpt_log_new(ready_fd < 0, ready_fd >= 0),
		.broker = CKPT_BROKER_INIT,
		.manager = CKPT_MANAGER_INIT,
		.mounter = getuid(),
		.mounter_gid = getgid(),
	};
	struct ckpt_err err = { 0 };
	sigset_t set;
	int rc;

	held_signals(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	ckpt_tally_init(&s.tally);
	ckpt_nofile_raise();
	give_memory_back();
	ckpt_manager_open(&s.manager, ready_fd < 0);
	ckpt_log_field(s.log, "CKPTFS_ROOT", root);
	ckpt_log_field(s.log, "CKPTFS_MOUNT", mountpoint);
	rc = s.log ? run(&s, &err) : ckpt_fail_nomem(&err);
	if (rc) {
		ckpt_log_add(s.log, CKPT_LOG_FAILED, "%s", err.msg);
		ckpt_manager_failed(&s.manager, &err);
	}
	end(&s);
	ckpt_tally_release(&s.tally);
	/* Only now: the parent's answer finds nothing mounted any more. */
	if (rc && s.ready_fd >= 0)
		ckpt_daemon_failed(s.ready_fd, ckpt_mount_code(&err), err.msg);
	ckpt_log_free(s.log);
	return rc ? ckpt_mount_code(&err) : CKPT_MOUNT_OK;
}
