#include "cmd/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/cmd.h"
#include "cmd/daemon.h"
#include "cmd/mount_code.h"
#include "cmd/mountpoint.h"
#include "cmd/say.h"
#include "cmd/serve.h"
#include "config.h"
#include "fuse/fuse.h"

static int failed(const struct ckpt_err *err)
{
	ckpt_say("%s", err->msg);
	return ckpt_mount_code(err);
}

/* mount(8) leaves it to its helper to go to the namespace asked for: a path, or
 * the id of a process. */
static int enter_namespace(const char *ns, struct ckpt_err *err)
{
	CKPT_AUTO_FD int fd = -1;
	char path[64];

	if (ns[0] && strspn(ns, "0123456789") == strlen(ns)) {
		snprintf(path, sizeof(path), "/proc/%.20s/ns/mnt", ns);
		ns = path;
	}
	fd = open(ns, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return ckpt_fail_errno(err, errno, "can't open the mount namespace %s", ns);
	if (setns(fd, CLONE_NEWNS) != 0)
		return ckpt_fail_errno(err, errno, "can't enter the mount namespace %s", ns);
	return 0;
}

/* Step 2. */
static int go(const struct ckpt_mountopts *o, int root_fd, const char *root, const char *mountpoint)
{
	struct ckpt_err err = { 0 };
	int fd = -1, code;
	pid_t pid = 0;

	if (!o->foreground && ckpt_daemon_fork(&pid, &fd, &err) != 0)
		return failed(&err);
	if (pid > 0) {
		code = ckpt_daemon_wait(pid, fd, mountpoint);
		close(fd);
		if (code == CKPT_MOUNT_OK && o->verbose)
			ckpt_say("%s is shown at %s", root, mountpoint);
		return code;
	}
	if (chdir("/") != 0)
		return CKPT_MOUNT_SYSTEM;
	return ckpt_mount_serve(o, root_fd, root, mountpoint, fd);
}

/* Step 1. */
static int mount_as(const struct ckpt_mountopts *o)
{
	CKPT_AUTO_FREE char *root = NULL;
	CKPT_AUTO_FREE char *mountpoint = NULL;
	CKPT_AUTO_FD int fd = -1;
	struct ckpt_err err = { 0 };
	int rc = 0;

	/* What whoever started us had open is no business of a daemon's. */
	close_range(STDERR_FILENO + 1, ~0U, 0);
	if (o->mnt_namespace)
		rc = enter_namespace(o->mnt_namespace, &err);
	if (rc == 0)
		rc = ckpt_root_dir_open(o->root, &fd, &err);
	if (rc == 0) {
		root = realpath(o->root, NULL);
		if (!root)
			rc = ckpt_fail_errno(&err, errno, "can't resolve the path of the storage root %s",
					     o->root);
	}
	if (rc == 0)
		rc = ckpt_mountpoint_prepare(o->dir, root, o->nonempty, &mountpoint, &err);
	if (rc)
		return failed(&err);
	return o->fake ? CKPT_MOUNT_OK : go(o, fd, root, mountpoint);
}

static int print(bool version)
{
	struct ckpt_buf out = CKPT_BUF_INIT;
	int code;

	if (version)
		ckpt_buf_addf(&out, "ckptfs %s\nlibfuse %s\n", PACKAGE_VERSION, ckpt_fuse_version());
	else
		ckpt_mountopts_help(&out);
	code = out.failed ? CKPT_MOUNT_SYSTEM : ckpt_say_result(&out, false);
	ckpt_buf_release(&out);
	return code;
}

int ckpt_mount_main(int argc, char *const *argv, bool helper)
{
	struct ckpt_mountopts o;
	struct ckpt_err err = { 0 };
	int code;

	if (ckpt_mountopts_parse(argc, argv, helper, &o, &err) != 0) {
		ckpt_say("%s", err.msg);
		code = err.code == ENOMEM ? CKPT_MOUNT_SYSTEM : CKPT_MOUNT_USAGE;
	} else if (o.help || o.version) {
		code = print(o.version);
	} else {
		code = mount_as(&o);
	}
	ckpt_mountopts_release(&o);
	return code;
}
