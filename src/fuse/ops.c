#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "fuse/inside.h"

/* Set by the view for what never changes. */
static double timeout(bool settled)
{
	return settled ? CKPT_FUSE_FOREVER : 0;
}

static void describe(const struct ckpt_node *node, struct fuse_entry_param *e)
{
	*e = (struct fuse_entry_param){ .ino = node->id,
					.attr = node->attr,
					.attr_timeout = timeout(node->settled),
					.entry_timeout = timeout(node->settled) };
}

static void on_init(void *userdata, struct fuse_conn_info *conn)
{
	struct ckpt_fuse *f = userdata;

	if (f->begun)
		pthread_setspecific(*f->begun, f);
	ckpt_kernel_agree(f, conn);
}

/* --- looking ------------------------------------------------------------- */

static void on_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param e;
	struct ckpt_node node;
	struct ckpt_fuse *f = ckpt_kernel_count(req, CKPT_REQUEST_LOOKUP);
	int rc = ckpt_view_lookup(f->view, parent, name, &node, NULL);

	if (rc) {
		/* Not remembered, since it may come. */
		ckpt_kernel_refuse(req, -rc);
		return;
	}
	describe(&node, &e);
	fuse_reply_entry(req, &e);
}

static void reply_attr(fuse_req_t req, fuse_ino_t ino)
{
	struct ckpt_node node;
	int rc = ckpt_view_getattr(ckpt_fuse_of(req)->view, ino, &node, NULL);

	if (rc)
		ckpt_kernel_refuse(req, -rc);
	else
		fuse_reply_attr(req, &node.attr, timeout(node.settled));
}

static void on_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)fi;
	ckpt_kernel_count(req, CKPT_REQUEST_GETATTR);
	reply_attr(req, ino);
}

static void on_readlink(fuse_req_t req, fuse_ino_t ino)
{
	struct ckpt_fuse *f = ckpt_kernel_count(req, CKPT_REQUEST_READLINK);
	struct ckpt_buf target = CKPT_BUF_INIT;
	int rc = ckpt_view_readlink(f->view, ino, &target, NULL);

	if (rc)
		ckpt_kernel_refuse(req, -rc);
	else
		fuse_reply_readlink(req, target.data);
	ckpt_buf_release(&target);
}

static void on_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct ckpt_fuse *f = ckpt_kernel_count(req, CKPT_REQUEST_STATFS);
	struct statvfs st;
	int rc = ckpt_view_statfs(f->view, &st, NULL);

	(void)ino;
	if (rc)
		ckpt_kernel_refuse(req, -rc);
	else
		fuse_reply_statfs(req, &st);
}

/* --- listing ------------------------------------------------------------- */

static void on_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct ckpt_fuse *f = ckpt_kernel_count(req, CKPT_REQUEST_OPENDIR);
	struct ckpt_handle *h = ckpt_handle_new(f);
	bool settled = false;
	int rc = h ? ckpt_view_opendir(f->view, ino, &h->dir, &settled, NULL) : -ENOMEM;

	if (rc) {
		if (h)
			ckpt_handle_free(f, h);
		ckpt_kernel_refuse(req, -rc);
		return;
	}
	fi->fh = (uintptr_t)h;
	fi->cache_readdir = settled;
	fi->keep_cache = settled;
	if (fuse_reply_open(req, fi))
		ckpt_handle_free(f, h);
}

/* The size of an entry in buf, which may be more than there is room for. */
static size_t add_entry(fuse_req_t req, char *buf, size_t room, bool plus, enum ckpt_nodes nodes,
			struct ckpt_view_entry *entry)
{
	struct fuse_entry_param e;

	if (!plus)
		return fuse_add_direntry(req, buf, room, entry->name, &entry->node.attr,
					 (off_t)entry->offset);
	/* It is the last if there is no room for one more of its kind. */
	if (nodes == CKPT_NODES_NONE ||
	    (nodes == CKPT_NODES_BUT_LAST &&
	     2 * fuse_add_direntry_plus(req, NULL, 0, entry->name, NULL, 0) > room))
		entry->node.id = 0;
	describe(&entry->node, &e);
	return fuse_add_direntry_plus(req, buf, room, entry->name, &e, (off_t)entry->offset);
}

static void list(fuse_req_t req, size_t size, off_t off, struct fuse_file_info *fi, bool plus)
{
	struct ckpt_view_dir *d = ckpt_handle_of(fi)->dir;
	char *buf = malloc(size);
	enum ckpt_nodes nodes = plus ? ckpt_view_nodes(d, (uint64_t)off) : CKPT_NODES_NONE;
	struct ckpt_view_entry entry;
	uint64_t at = (uint64_t)off;
	size_t used = 0, n;
	int rc;

	if (!buf) {
		ckpt_kernel_refuse(req, ENOMEM);
		return;
	}
	while ((rc = ckpt_view_readdir(d, at, nodes != CKPT_NODES_NONE, &entry, NULL)) == 1) {
		n = add_entry(req, buf + used, size - used, plus, nodes, &entry);
		if (n > size - used)
			break;
		used += n;
		at = entry.offset;
	}
	/* What is in buf counts for the kernel: an error comes next time. */
	if (rc < 0 && !used)
		ckpt_kernel_refuse(req, -rc);
	else
		fuse_reply_buf(req, buf, used);
	free(buf);
}

static void on_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	(void)ino;
	ckpt_kernel_count(req, CKPT_REQUEST_READDIR);
	list(req, size, off, fi, false);
}

static void on_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	(void)ino;
	ckpt_kernel_count(req, CKPT_REQUEST_READDIRPLUS);
	list(req, size, off, fi, true);
}

static void on_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	ckpt_handle_released(ckpt_handle_of(fi));
	ckpt_handle_free(ckpt_kernel_count(req, CKPT_REQUEST_RELEASE), ckpt_handle_of(fi));
	fuse_reply_err(req, 0);
}

static void on_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	ckpt_handle_released(ckpt_handle_of(fi));
	ckpt_handle_free(ckpt_kernel_count(req, CKPT_REQUEST_RELEASEDIR), ckpt_handle_of(fi));
	fuse_reply_err(req, 0);
}

/* --- reading ------------------------------------------------------------- */

/* How the kernel reads an open file: by itself, with a backing id, or through
 * us.  Not by itself while the checkpoint is not finished: its files may yet be
 * replaced, and whoever opens one then must see the new one. */
static int file_open_flags(struct ckpt_fuse *f, struct ckpt_handle *h, fuse_ino_t ino,
			   struct fuse_file_info *fi, bool settled)
{
	int fd = ckpt_view_file_fd(h->file);

	fi->keep_cache = settled;
	if (fd < 0)
		return 0;
	h->backing =
		ckpt_backing_open(&f->backings, ino, fd, settled, settled && ckpt_view_file_fresh(h->file));
	if (!h->backing)
		return -ENOMEM;
	ckpt_kernel_pass(fi, h->backing->id);
	/* Its first read comes next: the disk may begin while the answer is on its way. */
	if (!h->backing->id && !h->backing->given)
		posix_fadvise(fd, 0, CKPT_BACKING_MIN, POSIX_FADV_WILLNEED);
	return 0;
}

static void on_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
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
	if (rc) {
		if (h)
			ckpt_handle_free(f, h);
		ckpt_kernel_refuse(req, -rc);
		return;
	}
	fi->fh = (uintptr_t)h;
	if (fuse_reply_open(req, fi))
		ckpt_handle_free(f, h);
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

static void on_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
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
	fuse_reply_data(req, &buf, 0);
}

/* --- writing ------------------------------------------------------------- */

static void on_write(fuse_req_t req, fuse_ino_t ino, const char *data, size_t size, off_t off,
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

/* Nothing can be changed here. */
static void refuse(fuse_req_t req)
{
	ckpt_kernel_count(req, CKPT_REQUEST_OTHER);
	ckpt_kernel_refuse(req, EROFS);
}

/* "echo gc > control" truncates it first. */
static void on_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int what, struct fuse_file_info *fi)
{
	const int truncates =
		FUSE_SET_ATTR_SIZE | FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_MTIME_NOW | FUSE_SET_ATTR_CTIME;

	if (ckpt_view_ctl(ino) == CKPT_CTL_CONTROL && (what & FUSE_SET_ATTR_SIZE) && !(what & ~truncates) &&
	    attr->st_size == 0)
		on_getattr(req, ino, fi);
	else
		refuse(req);
}

static void on_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t dev)
{
	(void)parent, (void)name, (void)mode, (void)dev;
	refuse(req);
}

static void on_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	(void)parent, (void)name, (void)mode;
	refuse(req);
}

static void on_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
		      struct fuse_file_info *fi)
{
	(void)parent, (void)name, (void)mode, (void)fi;
	refuse(req);
}

static void on_remove(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	(void)parent, (void)name;
	refuse(req);
}

static void on_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
	(void)target, (void)parent, (void)name;
	refuse(req);
}

static void on_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t to, const char *to_name,
		      unsigned int flags)
{
	(void)parent, (void)name, (void)to, (void)to_name, (void)flags;
	refuse(req);
}

static void on_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t to, const char *to_name)
{
	(void)ino, (void)to, (void)to_name;
	refuse(req);
}

static void on_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name, const char *value, size_t size,
			int flags)
{
	(void)ino, (void)name, (void)value, (void)size, (void)flags;
	refuse(req);
}

/* What is missing here libfuse answers with ENOSYS, and the kernel asks no
 * more: nobody needs flush, fsync, access, locks, or extended attributes.
 * Nothing is kept for a node, so forget has nothing to do. */
const struct fuse_lowlevel_ops ckpt_fuse_ops = {
	.init = on_init,
	.lookup = on_lookup,
	.getattr = on_getattr,
	.setattr = on_setattr,
	.readlink = on_readlink,
	.mknod = on_mknod,
	.mkdir = on_mkdir,
	.unlink = on_remove,
	.rmdir = on_remove,
	.symlink = on_symlink,
	.rename = on_rename,
	.link = on_link,
	.create = on_create,
	.open = on_open,
	.read = on_read,
	.write = on_write,
	.release = on_release,
	.opendir = on_opendir,
	.readdir = on_readdir,
	.readdirplus = on_readdirplus,
	.releasedir = on_releasedir,
	.statfs = on_statfs,
	.setxattr = on_setxattr,
	.removexattr = on_remove,
};
