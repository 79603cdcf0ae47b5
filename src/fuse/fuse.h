/* fuse.h - a view, carried to the kernel
 *
 * Low-level FUSE operations: decode, ask the view, answer once.  This floor
 * knows nothing of catalogs or commands; what is written to .ckptfs/control
 * is given to a callback on the one engine thread.
 */
#ifndef CKPT_FUSE_FUSE_H
#define CKPT_FUSE_FUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/log.h"
#include "ckptfs/err.h"
#include "fuse/backing.h"
#include "fuse/kernel.h"
#include "view/view.h"

struct ckpt_fuse;

/* Longest command that control takes. */
#define CKPT_CONTROL_MAX 4096

struct ckpt_fuse_opts {
	const char *fsname; /* shown as the device: the root's path */
	const char *mountpoint;
	const char *mount_opts; /* for the kernel, comma-separated ("ro,allow_other"); may be NULL */
	bool debug;
	struct ckpt_log *log;
	uid_t mounter; /* the only one who may use the control files */
	bool io_uring; /* requests by io_uring, if kernel and libfuse have it */
	/* Why the kernel is not to read files itself (a constant), or NULL: it
	 * is.  Then these are called, by several threads at once: a backing id
	 * (above 0) for a descriptor, or a negative errno; and to give one back. */
	const char *no_passthrough;
	int (*backing_open)(void *ctx, int fd);
	void (*backing_close)(void *ctx, int id);
	/* Run one command from control.  On the engine's threads, one at a time.
	 * Whatever it returns, *answer is what the writer reads back; a
	 * negative errno makes the write fail with it.  stop(stop_ctx) turns
	 * true when the writer was interrupted. */
	int (*command)(void *ctx, const char *line, size_t len, bool (*stop)(void *stop_ctx), void *stop_ctx,
		       struct ckpt_buf *answer, struct ckpt_err *err);
	/* What reading control before a write, .ckptfs/metrics, .ckptfs/gc,
	 * .ckptfs/sweep or .ckptfs/usage.json shows.  The first two on any
	 * thread, and quickly; the others in turn with one another. */
	int (*show)(void *ctx, enum ckpt_ctl what, struct ckpt_buf *out, struct ckpt_err *err);
	void *ctx;
};

/* What the kernel asked for, and how it was answered. */
struct ckpt_fuse_stats {
	struct ckpt_backing_stats backing;
	uint64_t requests[CKPT_REQUESTS], refused[CKPT_REFUSALS];
};
void ckpt_fuse_stats(struct ckpt_fuse *f, struct ckpt_fuse_stats *out);

/* The version of libfuse that runs. */
const char *ckpt_fuse_version(void);

/* Mount.  The mount point answers only once ckpt_fuse_serve() runs, but the
 * caller may give up privileges in between.  "ro" is not among the options
 * that are always set: the kernel would then refuse to open control for writing;
 * everything else is refused by the operation. */
int ckpt_fuse_mount(const struct ckpt_fuse_opts *opts, struct ckpt_fuse **out, struct ckpt_err *err);
/* Give it what it shows: before serve, after mount. */
void ckpt_fuse_set_view(struct ckpt_fuse *f, struct ckpt_view *view);
/* Serve until unmounted or told to stop by SIGTERM, SIGINT or SIGHUP; 0 on a
 * clean end.  The caller may have blocked these three; they are let in once
 * they are waited for. */
int ckpt_fuse_serve(struct ckpt_fuse *f, struct ckpt_err *err);
/* The view's changed(): pass ctx = the struct ckpt_fuse.  It may wait until the
 * kernel has taken earlier news. */
void ckpt_fuse_changed(void *fuse, const struct ckpt_change_event *event);
/* The descriptor of /dev/fuse, for a process that must close it. */
int ckpt_fuse_fd(struct ckpt_fuse *f);
/* Whether it is still mounted: false once somebody has unmounted it. */
bool ckpt_fuse_mounted(struct ckpt_fuse *f);
/* Unmount if still mounted (needs the privileges it was mounted with: whoever
 * gave them up has it unmounted before) and free.  The view must be stopped, and
 * is freed later: what the kernel had open is closed here. */
void ckpt_fuse_free(struct ckpt_fuse *f);

#endif
