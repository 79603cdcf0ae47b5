/* inside.h - the inside of a struct ckpt_fuse, for the files of this floor
 *
 * Who answers.  Every request is answered exactly once: by the session's
 * thread that got it, or, for a command and for what has to be computed, by a
 * thread of the engine (engine.h).  Once a request is answered it is gone, so
 * answering is the last thing that is done with it.
 *
 * Handles.  Whatever the kernel has open is a struct ckpt_handle, listed, so
 * that it can be closed also where the mount ends without the kernel closing
 * it.
 */
#ifndef CKPT_FUSE_INSIDE_H
#define CKPT_FUSE_INSIDE_H

#include <pthread.h>

#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>

#include "base/thread.h"
#include "fuse/backing.h"
#include "fuse/engine.h"
#include "fuse/fuse.h"
#include "fuse/kernel.h"
#include "fuse/notify.h"

/* Threads that answer the kernel; more than a disk has use for. */
#define CKPT_FUSE_THREADS 16

/* Files in .ckptfs that may be open at once, but for status.json and metrics: each keeps a text
 * of its own, of a megabyte for the log, and of as many names as a gc would remove.
 * More than may wait (engine.h), by far. */
#define CKPT_CONTROL_FILES 256

/* Seconds that the kernel may remember what never changes: for ever, in a
 * number that it can count in its ticks. */
#define CKPT_FUSE_FOREVER 1e9

struct ckpt_control_file;

struct ckpt_handle {
	struct ckpt_handle *next, *prev; /* under handles_lock */
	/* One of them. */
	struct ckpt_view_file *file;
	struct ckpt_view_dir *dir;
	struct ckpt_control_file *control;
	struct ckpt_backing *backing; /* of file; NULL: a text */
};

struct ckpt_fuse {
	struct ckpt_fuse_opts opts; /* the strings are not kept */
	struct fuse_session *se;
	struct ckpt_view *view;
	struct ckpt_engine *engine; /* commands */
	struct ckpt_engine *looker; /* what a command would do: must not wait for one that runs */
	const pthread_key_t *begun; /* set in the loop's thread that has the first request (session.c) */
	struct ckpt_notify *notify;
	struct ckpt_receive *receive;
	struct ckpt_backings backings;
	struct ckpt_counts counts;
	const char *no_uring; /* why requests don't come by it; set by init */

	size_t controls; /* atomic; open files that CKPT_CONTROL_FILES bounds */

	pthread_mutex_t handles_lock;
	struct ckpt_handle *handles; /* under handles_lock */
};

extern const struct fuse_lowlevel_ops ckpt_fuse_ops;

static inline struct ckpt_fuse *ckpt_fuse_of(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

/* --- handle.c ------------------------------------------------------------ */

/* NULL: no memory; then what was to be in it is the caller's still. */
struct ckpt_handle *ckpt_handle_new(struct ckpt_fuse *f);
/* Close it, and what is in it. */
void ckpt_handle_free(struct ckpt_fuse *f, struct ckpt_handle *h);
void ckpt_handle_free_all(struct ckpt_fuse *f);
/* Answer an open with h; or, where rc is not 0 (h may be NULL then), refuse it.
 * What the kernel does not take is closed. */
void ckpt_handle_answer(fuse_req_t req, struct ckpt_fuse *f, struct ckpt_handle *h, int rc,
			struct fuse_file_info *fi);
/* Answer the release of one, counted as what. */
void ckpt_handle_end(fuse_req_t req, enum ckpt_request what, const struct fuse_file_info *fi);

/* The kernel releases a handle only after everything that was asked of it was
 * answered.  The thread sanitizer sees that where an answer is written, not where
 * it is spliced: there it is told, before the answer and at the release. */
#ifdef __SANITIZE_THREAD__
void __tsan_release(void *addr);
void __tsan_acquire(void *addr);
#define ckpt_handle_answered(h) __tsan_release(h)
#define ckpt_handle_released(h) __tsan_acquire(h)
#else
#define ckpt_handle_answered(h) ((void)(h))
#define ckpt_handle_released(h) ((void)(h))
#endif

static inline struct ckpt_handle *ckpt_handle_of(const struct fuse_file_info *fi)
{
	return (struct ckpt_handle *)(uintptr_t)fi->fh;
}

/* --- look.c: names, attributes, listings ----------------------------------- */

void ckpt_look_lookup(fuse_req_t req, fuse_ino_t parent, const char *name);
void ckpt_look_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void ckpt_look_readlink(fuse_req_t req, fuse_ino_t ino);
void ckpt_look_statfs(fuse_req_t req, fuse_ino_t ino);
void ckpt_look_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void ckpt_look_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi);
void ckpt_look_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi);
void ckpt_look_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);

/* --- file.c: what is in a file --------------------------------------------- */

void ckpt_file_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void ckpt_file_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi);
void ckpt_file_write(fuse_req_t req, fuse_ino_t ino, const char *data, size_t size, off_t off,
		     struct fuse_file_info *fi);
void ckpt_file_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);

/* --- control.c: the files in .ckptfs -------------------------------------- */

void ckpt_control_open(fuse_req_t req, enum ckpt_ctl ctl, const struct fuse_file_info *fi);
void ckpt_control_read(fuse_req_t req, struct ckpt_handle *h, size_t size, off_t off);
void ckpt_control_write(fuse_req_t req, struct ckpt_handle *h, const char *data, size_t size);
void ckpt_control_unref(struct ckpt_control_file *c); /* NULL is allowed */

#endif
