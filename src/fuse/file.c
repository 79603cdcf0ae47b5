#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "fuse/inside.h"
#include "fuse/receive.h"

/* How the kernel reads an open file: by itself, with a backing id, or through
 * us.  Not by itself while the checkpoint is not finished: its files may yet be
 * replaced, and whoever opens one then must see the new one. */
static int file_open_flags(struct ckpt_fuse *f, struct ckpt_handle *h, fuse_ino_t ino,
			   struct fuse_file_info *fi, bool settled)
{
	enum ckpt_view_turn turn = settled ? ckpt_view_file_turn(h->file) : CKPT_VIEW_NOT_HELD;
	int fd = ckpt_view_file_fd(h->file);

	fi->keep_cache = settled;
	if (fd < 0)
		return 0;
	h->backing = ckpt_backing_open(&f->backings, ino, fd, settled ? ckpt_view_file_size(h->file) : -1,
				       settled, turn == CKPT_VIEW_FIRST);
	if (!h->backing)
		return -ENOMEM;
	ckpt_kernel_pass(fi, h->backing->id);
	/* Its first read comes next: the disk may begin while the answer is on its way. */
	if (!h->backing->id && !h->backing->given && turn != CKPT_VIEW_AGAIN)
		posix_fadvise(fd, 0, CKPT_BACKING_MIN, POSIX_FADV_WILLNEED);
	return 0;
}

void ckpt_file_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct ckpt_fuse *f = ckpt_kernel_count(req, CKPT_REQUEST_OPEN);
	enum ckpt_ctl ctl = ckpt_view_ctl(ino);
	struct ckpt_handle *h;
	bool settled = false;
	int rc;

	if (ctl != CKPT_CTL_NONE) {
		ckpt_control_open(req, ctl, fi);
		return;
	}
	if ((fi->flags & O_ACCMODE) != O_RDONLY) {
		ckpt_kernel_refuse(req, EROFS);
		return;
	}
	h = ckpt_handle_new(f);
	rc = h ? ckpt_view_open(f->view, ino, &h->file, &settled, NULL) : -ENOMEM;
	if (!rc)
		rc = file_open_flags(f, h, ino, fi, settled);
	ckpt_handle_answer(req, f, h, rc, fi);
}

static void read_text(fuse_req_t req, struct ckpt_view_file *file, size_t size, off_t off)
{
	char *buf = malloc(size);
	ssize_t n = buf ? ckpt_view_read(file, buf, size, (uint64_t)off, NULL) : -ENOMEM;

	if (n < 0)
		ckpt_kernel_refuse(req, (int)-n);
	else
		fuse_reply_buf(req, buf, (size_t)n);
	free(buf);
}

void ckpt_file_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	struct ckpt_handle *h = ckpt_handle_of(fi);
	struct fuse_bufvec buf = FUSE_BUFVEC_INIT(size);
	int fd;

	(void)ino;
	ckpt_kernel_count(req, CKPT_REQUEST_READ);
	if (h->control) {
		ckpt_control_read(req, h, size, off);
		return;
	}
	fd = ckpt_view_file_fd(h->file);
	if (fd < 0) {
		read_text(req, h->file, size, off);
		return;
	}
	buf.buf[0].flags = FUSE_BUF_IS_FD | FUSE_BUF_FD_SEEK;
	buf.buf[0].fd = fd;
	buf.buf[0].pos = off;
	ckpt_handle_answered(h);
	ckpt_receive_long(ckpt_fuse_of(req)->receive);
	fuse_reply_data(req, &buf, 0);
}

void ckpt_file_write(fuse_req_t req, fuse_ino_t ino, const char *data, size_t size, off_t off,
		     struct fuse_file_info *fi)
{
	struct ckpt_handle *h = ckpt_handle_of(fi);

	(void)ino;
	(void)off;
	ckpt_kernel_count(req, CKPT_REQUEST_WRITE);
	if (h->control)
		ckpt_control_write(req, h, data, size);
	else
		ckpt_kernel_refuse(req, EROFS);
}

void ckpt_file_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	ckpt_handle_end(req, CKPT_REQUEST_RELEASE, fi);
}
