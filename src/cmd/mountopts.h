/* mountopts.h - the words of mount.ckptfs */
#ifndef CKPT_CMD_MOUNTOPTS_H
#define CKPT_CMD_MOUNTOPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "ckptfs/err.h"
#include "cmd/confine.h"

/* How long a lease may outlive its last use, and how far apart polls may be. */
#define CKPT_MOUNT_SECONDS_MAX 86400
#define CKPT_MOUNT_LEASE_SECONDS 60

/* Files held open for readers: at least these are left for everything else. */
#define CKPT_MOUNT_SPARE_FILES 100

/* Pieces of memory from this size on are mapped: glibc's own bound, as long as it
 * does not move. */
#define CKPT_MOUNT_MAPPED_BYTES (128 * 1024)
#define CKPT_MOUNT_HOLD_FREE 5

struct ckpt_mountopts {
	const char *root, *dir;	   /* as given */
	const char *mnt_namespace; /* -N; NULL: ours */
	bool foreground, fake, verbose, sloppy, help, version;
	bool allow_other, allow_empty, nonempty, show_control, sweep, debug, noexec;
	bool no_passthrough, io_uring;
	int64_t lease_ms, poll_ms; /* poll_ms 0: only where the root can't be watched */
	uint64_t hold_files;	   /* 0: half of what the process may open */
	unsigned hold_free;	   /* percent */
	enum ckpt_sandbox sandbox;
	const char *fsname; /* NULL: the root's path */
	char *title;	    /* where our words lie in memory, which is what ps(1) shows */
	size_t title_len;
	struct ckpt_buf words; /* what the pointers above may point into */
};

/* Understand argv[1..].  EINVAL with a sentence. Release *out in any case. */
int ckpt_mountopts_parse(int argc, char *const *argv, bool helper, struct ckpt_mountopts *out,
			 struct ckpt_err *err);
void ckpt_mountopts_release(struct ckpt_mountopts *o);
/* What the kernel is told, comma-separated. */
void ckpt_mountopts_kernel(const struct ckpt_mountopts *o, struct ckpt_buf *out);
void ckpt_mountopts_help(struct ckpt_buf *out);

#endif
