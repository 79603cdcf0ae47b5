/* serve.h - a mount while it is made and served: serve.c makes and ends it,
 * serve_control.c runs the commands of its control file */
#ifndef CKPT_CMD_SERVE_H
#define CKPT_CMD_SERVE_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd/broker.h"
#include "cmd/manager.h"
#include "cmd/mountopts.h"
#include "cmd/tally.h"
#include "fuse/fuse.h"

/* What a mount is made of, in the order in which it is made. */
struct ckpt_serving {
	const struct ckpt_mountopts *opts;
	const char *root, *mountpoint;
	int root_fd, ready_fd;
	struct ckpt_log *log;
	struct ckpt_fuse *fuse;
	struct ckpt_broker broker;
	struct ckpt_buf confined; /* as status.json says it */
	struct ckpt_store *store;
	struct ckpt_view *view;
	struct ckpt_tally tally;
	struct ckpt_manager manager;
	uid_t mounter;
	gid_t mounter_gid;
};

/* For struct ckpt_fuse_opts; ctx is the struct ckpt_serving. */
int ckpt_serving_command(void *ctx, const char *line, size_t len, bool (*stop)(void *stop_ctx),
			 void *stop_ctx, struct ckpt_buf *answer, struct ckpt_err *err);
int ckpt_serving_show(void *ctx, enum ckpt_ctl what, struct ckpt_buf *out, struct ckpt_err *err);

/* Leftovers that can't be removed now (a pipeline runs, a file is damaged) are
 * no reason to show nothing. */
void ckpt_serving_sweep(struct ckpt_serving *s);

/* Steps 3 to 8 of mount.h, and the end: an exit code, when the mount has ended.
 * root_fd and mountpoint are checked; ready_fd (-1: in the foreground) is told
 * how it went (daemon.h). */
int ckpt_mount_serve(const struct ckpt_mountopts *opts, int root_fd, const char *root, const char *mountpoint,
		     int ready_fd);

#endif
