/* kernel.h - what is agreed with the kernel, and what it asked for
 *
 * libfuse differs from version to version, the kernel too: what each of them
 * can do is asked here, once, when the connection begins.
 */
#ifndef CKPT_FUSE_KERNEL_H
#define CKPT_FUSE_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct ckpt_fuse;
struct fuse_conn_info;
struct fuse_file_info;
struct fuse_req;

/* The requests that are answered by us, each counted: so one sees what a mount
 * has to do, and tests what it has not. */
enum ckpt_request {
	CKPT_REQUEST_LOOKUP,
	CKPT_REQUEST_GETATTR,
	CKPT_REQUEST_READLINK,
	CKPT_REQUEST_OPEN,
	CKPT_REQUEST_READ,
	CKPT_REQUEST_RELEASE,
	CKPT_REQUEST_OPENDIR,
	CKPT_REQUEST_READDIR,
	CKPT_REQUEST_READDIRPLUS,
	CKPT_REQUEST_RELEASEDIR,
	CKPT_REQUEST_STATFS,
	CKPT_REQUEST_WRITE,
	CKPT_REQUEST_OTHER, /* what is refused */
	CKPT_REQUESTS
};

/* What a request may be refused with that an operator wants to know: a damaged
 * file, a checkpoint that left, too many open files.  That something is not there
 * (ENOENT), and that nothing can be written (EROFS), is no failure. */
enum ckpt_refusal {
	CKPT_REFUSAL_EIO,
	CKPT_REFUSAL_ESTALE,
	CKPT_REFUSAL_EMFILE,
	CKPT_REFUSAL_OTHER,
	CKPT_REFUSALS
};

struct ckpt_counts {
	uint64_t n[CKPT_REQUESTS];	 /* atomic */
	uint64_t refused[CKPT_REFUSALS]; /* atomic */
	bool uring;			 /* atomic; one came by io_uring */
};
extern const char *const ckpt_request_names[CKPT_REQUESTS];
extern const char *const ckpt_refusal_names[CKPT_REFUSALS];

/* Count one; the struct ckpt_fuse that it is for. */
struct ckpt_fuse *ckpt_kernel_count(struct fuse_req *req, enum ckpt_request what);
/* Answer one with an error, above 0, and count it. */
void ckpt_kernel_refuse(struct fuse_req *req, int code);
/* init: say what we want. */
void ckpt_kernel_agree(struct ckpt_fuse *f, struct fuse_conn_info *conn);
/* The answer to an open: read the backing file id (0: none) directly. */
void ckpt_kernel_pass(struct fuse_file_info *fi, int id);
/* Whether libfuse can be asked for io_uring. */
bool ckpt_kernel_has_uring(void);
/* Members of status.json. */
void ckpt_kernel_status(struct ckpt_fuse *f, struct ckpt_buf *out);

#endif
