#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "fuse/engine.h"
#include "fuse/inside.h"
#include "fuse/loop.h"
#include "fuse/receive.h"
#include "fuse/said.h"

const char *ckpt_fuse_version(void)
{
	return fuse_pkgversion();
}

/* --- mounting ------------------------------------------------------------ */

/* Modes are checked by the kernel; what may not be written is refused by the
 * operation, so "ro" is not set: it would refuse control too. */
static bool make_options(const struct ckpt_fuse_opts *o, char **out)
{
	struct ckpt_buf fsname = CKPT_BUF_INIT, uring = CKPT_BUF_INIT;
	bool ok;

	/* Whoever lists the mounts sees it; the kernel escapes only blanks. */
	ckpt_buf_adds(&fsname, "fsname=");
	ckpt_buf_add_shown(&fsname, o->fsname, strlen(o->fsname));
	ckpt_buf_addf(&uring, "io_uring,io_uring_q_depth=%d", CKPT_URING_DEPTH);
	ok = !fsname.failed && !uring.failed && !fuse_opt_add_opt(out, "subtype=ckptfs") &&
	     !fuse_opt_add_opt(out, "default_permissions") && !fuse_opt_add_opt_escaped(out, fsname.data) &&
	     (!o->debug || !fuse_opt_add_opt(out, "debug")) &&
	     (!o->io_uring || !ckpt_kernel_has_uring() || !fuse_opt_add_opt(out, uring.data)) &&
	     (!o->mount_opts || !o->mount_opts[0] || !fuse_opt_add_opt(out, o->mount_opts));
	ckpt_buf_release(&fsname);
	ckpt_buf_release(&uring);
	return ok;
}

/* said: what libfuse last said of it. */
static int make_session(struct ckpt_fuse *f, const struct ckpt_err *said, struct ckpt_err *err)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	char *options = NULL;

	if (!make_options(&f->opts, &options) || fuse_opt_add_arg(&args, "ckptfs") ||
	    fuse_opt_add_arg(&args, "-o") || fuse_opt_add_arg(&args, options)) {
		ckpt_fail_nomem(err);
	} else {
		f->se = fuse_session_new(&args, &ckpt_fuse_ops, sizeof(ckpt_fuse_ops), f);
		if (!f->se)
			ckpt_fail(err, EINVAL, "libfuse does not take the mount options %s%s%s", options,
				  said->code ? ": " : "", said->msg);
	}
	fuse_opt_free_args(&args);
	free(options);
	return f->se ? 0 : -1;
}

/* Its words have the reason already, if there are any. */
static void cannot_mount(const struct ckpt_fuse_opts *opts, const struct ckpt_err *said, int code,
			 struct ckpt_err *err)
{
	if (said->code)
		ckpt_fail(err, code, "can't mount at %s: %s", opts->mountpoint, said->msg);
	else
		ckpt_fail_errno(err, code, "can't mount at %s", opts->mountpoint);
}

int ckpt_fuse_mount(const struct ckpt_fuse_opts *opts, struct ckpt_fuse **out, struct ckpt_err *err)
{
	struct ckpt_fuse *f = calloc(1, sizeof(*f));
	struct ckpt_err e = { 0 }, said = { 0 };

	*out = NULL;
	if (!f)
		return ckpt_fail_nomem(err);
	f->opts = *opts;
	pthread_mutex_init(&f->handles_lock, NULL);
	ckpt_backings_init(&f->backings);
	f->backings.open = opts->backing_open;
	f->backings.close = opts->backing_close;
	f->backings.ctx = opts->ctx;
	f->backings.log = opts->log;
	f->backings.giver = f;
	ckpt_said_to(opts->log, &said);
	if (make_session(f, &said, &e) == 0) {
		errno = 0;
		if (fuse_session_mount(f->se, opts->mountpoint) != 0)
			cannot_mount(opts, &said, errno ? errno : EIO, &e);
	}
	ckpt_said_to(opts->log, NULL);
	if (!e.code && said.code)
		ckpt_log_add(opts->log, CKPT_LOG_LIBFUSE, "%s", said.msg);
	f->opts.fsname = f->opts.mountpoint = f->opts.mount_opts = NULL;
	if (!e.code) {
		*out = f;
		return 0;
	}
	if (f->se)
		fuse_session_destroy(f->se);
	ckpt_backings_release(&f->backings);
	pthread_mutex_destroy(&f->handles_lock);
	free(f);
	if (err)
		*err = e;
	return -e.code;
}

void ckpt_fuse_set_view(struct ckpt_fuse *f, struct ckpt_view *view)
{
	f->view = view;
}

void ckpt_fuse_stats(struct ckpt_fuse *f, struct ckpt_fuse_stats *out)
{
	ckpt_backings_stats(&f->backings, &out->backing);
	for (size_t i = 0; i < CKPT_REQUESTS; i++)
		out->requests[i] = __atomic_load_n(&f->counts.n[i], __ATOMIC_RELAXED);
	for (size_t i = 0; i < CKPT_REFUSALS; i++)
		out->refused[i] = __atomic_load_n(&f->counts.refused[i], __ATOMIC_RELAXED);
}

int ckpt_fuse_fd(struct ckpt_fuse *f)
{
	return fuse_session_fd(f->se);
}

bool ckpt_fuse_mounted(struct ckpt_fuse *f)
{
	struct pollfd p = { .fd = fuse_session_fd(f->se) };

	return p.fd >= 0 && !(poll(&p, 1, 0) == 1 && (p.revents & POLLERR));
}

/* --- serving ------------------------------------------------------------- */

/* By io_uring a request that waits for its answer has its place in memory of libfuse's
 * loop, which gives that back when it ends.  So the commands end before it: with one of
 * its threads, which it waits for first. */
static void end_commands(void *fuse)
{
	struct ckpt_fuse *f = fuse;
	int before;

	if (!fuse_session_exited(f->se))
		return;
	/* The thread is cancelled, maybe just now. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
	ckpt_engine_stop(f->engine);
	ckpt_engine_stop(f->looker);
	pthread_setcancelstate(before, NULL);
}

static int start_threads(struct ckpt_fuse *f, struct ckpt_err *err)
{
	struct ckpt_notify *n = ckpt_notify_new(f->se);

	f->engine = ckpt_engine_new();
	f->looker = ckpt_engine_new();
	/* From here on the view's thread may bring news. */
	__atomic_store_n(&f->notify, n, __ATOMIC_RELEASE);
	return f->engine && f->looker && n ? 0 : ckpt_fail_nomem(err);
}

int ckpt_fuse_serve(struct ckpt_fuse *f, struct ckpt_err *err)
{
	pthread_key_t begun;
	int rc = pthread_key_create(&begun, end_commands);

	if (rc)
		return ckpt_fail_errno(err, rc, "can't begin to serve the mount");
	f->begun = &begun;
	rc = start_threads(f, err);
	if (rc == 0)
		rc = ckpt_loop_run(f, err);
	f->begun = NULL;
	pthread_key_delete(begun);
	/* Nobody asks any more: a command that runs ends, and those who wait
	 * get their answer, before the session goes. */
	ckpt_engine_free(f->engine);
	ckpt_engine_free(f->looker);
	f->engine = f->looker = NULL;
	if (f->notify)
		ckpt_notify_stop(f->notify);
	return rc;
}

void ckpt_fuse_changed(void *fuse, const struct ckpt_change_event *event)
{
	struct ckpt_fuse *f = fuse;
	struct ckpt_notify *n = __atomic_load_n(&f->notify, __ATOMIC_ACQUIRE);

	/* Before it serves, the kernel remembers nothing. */
	if (n)
		ckpt_notify_add(n, event);
}

void ckpt_fuse_free(struct ckpt_fuse *f)
{
	if (!f)
		return;
	ckpt_handle_free_all(f);
	ckpt_notify_free(f->notify);
	fuse_session_unmount(f->se);
	fuse_session_destroy(f->se);
	ckpt_receive_free(f->receive);
	ckpt_said_to(NULL, NULL);
	ckpt_backings_release(&f->backings);
	pthread_mutex_destroy(&f->handles_lock);
	free(f);
}
