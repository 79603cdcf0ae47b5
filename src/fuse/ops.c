#include <errno.h>

#include "fuse/inside.h"

static void on_init(void *userdata, struct fuse_conn_info *conn)
{
	struct ckpt_fuse *f = userdata;

	if (f->begun)
		pthread_setspecific(*f->begun, f);
	ckpt_kernel_agree(f, conn);
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
		ckpt_look_getattr(req, ino, fi);
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
	.lookup = ckpt_look_lookup,
	.getattr = ckpt_look_getattr,
	.setattr = on_setattr,
	.readlink = ckpt_look_readlink,
	.mknod = on_mknod,
	.mkdir = on_mkdir,
	.unlink = on_remove,
	.rmdir = on_remove,
	.symlink = on_symlink,
	.rename = on_rename,
	.link = on_link,
	.create = on_create,
	.open = ckpt_file_open,
	.read = ckpt_file_read,
	.write = ckpt_file_write,
	.release = ckpt_file_release,
	.opendir = ckpt_look_opendir,
	.readdir = ckpt_look_readdir,
	.readdirplus = ckpt_look_readdirplus,
	.releasedir = ckpt_look_releasedir,
	.statfs = ckpt_look_statfs,
	.setxattr = on_setxattr,
	.removexattr = on_remove,
};
