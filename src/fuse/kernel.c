#include "fuse/kernel.h"

#include <errno.h>
#include <string.h>

#include "fuse/inside.h"

#define HAS_PASSTHROUGH (FUSE_VERSION >= FUSE_MAKE_VERSION(3, 17))
#define HAS_URING (FUSE_VERSION >= FUSE_MAKE_VERSION(3, 18))

/* The protocol of Linux 6.12.  Old kernels that are given the last page of a file leave
 * what was in it behind the end, for whoever maps the file. */
#define CLEARS_PAGES 41

const char *const ckpt_request_names[CKPT_REQUESTS] = {
	"lookup",  "getattr",	  "readlink",	"open",	  "read",  "release", "opendir",
	"readdir", "readdirplus", "releasedir", "statfs", "write", "other",
};
const char *const ckpt_refusal_names[CKPT_REFUSALS] = { "EIO", "ESTALE", "EMFILE", "other" };

struct ckpt_fuse *ckpt_kernel_count(fuse_req_t req, enum ckpt_request what)
{
	struct ckpt_fuse *f = ckpt_fuse_of(req);

	__atomic_add_fetch(&f->counts.n[what], 1, __ATOMIC_RELAXED);
#if HAS_URING
	if (f->opts.io_uring && fuse_req_is_uring(req))
		__atomic_store_n(&f->counts.uring, true, __ATOMIC_RELAXED);
#endif
	return f;
}

static enum ckpt_refusal refusal_of(int code)
{
	switch (code) {
	case EIO:
		return CKPT_REFUSAL_EIO;
	case ESTALE:
		return CKPT_REFUSAL_ESTALE;
	case EMFILE:
		return CKPT_REFUSAL_EMFILE;
	default:
		return CKPT_REFUSAL_OTHER;
	}
}

void ckpt_kernel_refuse(fuse_req_t req, int code)
{
	struct ckpt_fuse *f = ckpt_fuse_of(req);

	if (code != ENOENT && code != EROFS)
		__atomic_add_fetch(&f->counts.refused[refusal_of(code)], 1, __ATOMIC_RELAXED);
	fuse_reply_err(req, code);
}

/* --- giving -------------------------------------------------------------- */

/* A file that was cut off meanwhile is not taken; its first read says so. */
static bool give(void *fuse, uint64_t node, int fd, size_t size)
{
	struct ckpt_fuse *f = fuse;
	struct fuse_bufvec buf = FUSE_BUFVEC_INIT(size);

	buf.buf[0].flags = FUSE_BUF_IS_FD | FUSE_BUF_FD_SEEK;
	buf.buf[0].fd = fd;
	return !size || !fuse_lowlevel_notify_store(f->se, node, 0, &buf, 0);
}

/* --- agreeing ------------------------------------------------------------ */

static bool want(struct fuse_conn_info *conn, uint32_t flag)
{
#if HAS_PASSTHROUGH
	return fuse_set_feature_flag(conn, flag);
#else
	conn->want |= conn->capable & flag;
	return conn->capable & flag;
#endif
}

static void do_not_want(struct fuse_conn_info *conn, uint32_t flag)
{
#if HAS_PASSTHROUGH
	fuse_unset_feature_flag(conn, flag);
#else
	conn->want &= ~flag;
#endif
}

/* NULL, or why not. */
static const char *want_passthrough(struct ckpt_fuse *f, struct fuse_conn_info *conn)
{
	if (f->opts.no_passthrough)
		return f->opts.no_passthrough;
#if HAS_PASSTHROUGH
	if (!want(conn, FUSE_CAP_PASSTHROUGH))
		return "this kernel has none (Linux 6.9 is the first)";
	/* Files of the root are on a file system that lies on no other one: so
	 * another one may still lie on this mount. */
	conn->max_backing_stack_depth = FUSE_BACKING_STACKED_UNDER;
	return NULL;
#else
	(void)conn;
	return "ckptfs was built with an older libfuse (3.17 is the first with it)";
#endif
}

/* NULL, or why not.  libfuse asks for it by itself, where it is an option. */
static const char *no_uring(const struct ckpt_fuse *f, const struct fuse_conn_info *conn)
{
	if (!f->opts.io_uring)
		return "it was not asked for (-o io_uring)";
#if HAS_URING
	if (!(conn->capable_ext & FUSE_CAP_OVER_IO_URING))
		return "this kernel has none, or has it off (/sys/module/fuse/parameters/enable_uring)";
	return NULL;
#else
	(void)conn;
	return "ckptfs was built with an older libfuse (3.18 is the first with it)";
#endif
}

void ckpt_kernel_agree(struct ckpt_fuse *f, struct fuse_conn_info *conn)
{
	/* Data goes from the page cache below to the one above without a copy;
	 * a link's text is its node's, for ever; several may look in one
	 * directory at once. */
	want(conn, FUSE_CAP_SPLICE_WRITE);
	want(conn, FUSE_CAP_SPLICE_MOVE);
	want(conn, FUSE_CAP_CACHE_SYMLINKS);
	want(conn, FUSE_CAP_PARALLEL_DIROPS);
	do_not_want(conn, FUSE_CAP_READDIRPLUS_AUTO);
	if (conn->proto_minor >= CLEARS_PAGES)
		f->backings.give = give;
	ckpt_backings_turn_on(&f->backings, want_passthrough(f, conn));
	f->no_uring = no_uring(f, conn);
}

void ckpt_kernel_pass(struct fuse_file_info *fi, int id)
{
#if HAS_PASSTHROUGH
	if (!id)
		return;
	fi->backing_id = id;
	/* What an open through us may have left in the cache is in the way. */
	fi->keep_cache = 0;
#else
	(void)fi, (void)id;
#endif
}

bool ckpt_kernel_has_uring(void)
{
	return HAS_URING;
}

void ckpt_kernel_status(struct ckpt_fuse *f, struct ckpt_buf *out)
{
	const char *why = f->no_uring;

	ckpt_buf_addf(out, ",\"io_uring\":%s,\"no_io_uring\":",
		      __atomic_load_n(&f->counts.uring, __ATOMIC_RELAXED) ? "true" : "false");
	if (why)
		ckpt_buf_add_json(out, why, strlen(why));
	else
		ckpt_buf_adds(out, "null");
	ckpt_buf_addf(out, ",\"libfuse\":\"%s\",\"requests\":{", fuse_pkgversion());
	for (size_t i = 0; i < CKPT_REQUESTS; i++)
		ckpt_buf_addf(out, "%s\"%s\":%llu", i ? "," : "", ckpt_request_names[i],
			      (unsigned long long)__atomic_load_n(&f->counts.n[i], __ATOMIC_RELAXED));
	ckpt_buf_addc(out, '}');
}
