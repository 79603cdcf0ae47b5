#include <errno.h>
#include <stdlib.h>

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

/* --- looking ------------------------------------------------------------- */

void ckpt_look_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
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

void ckpt_look_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct ckpt_fuse *f = ckpt_kernel_count(req, CKPT_REQUEST_GETATTR);
	struct ckpt_node node;
	int rc = ckpt_view_getattr(f->view, ino, &node, NULL);

	(void)fi;
	if (rc)
		ckpt_kernel_refuse(req, -rc);
	else
		fuse_reply_attr(req, &node.attr, timeout(node.settled));
}

void ckpt_look_readlink(fuse_req_t req, fuse_ino_t ino)
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

void ckpt_look_statfs(fuse_req_t req, fuse_ino_t ino)
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

void ckpt_look_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct ckpt_fuse *f = ckpt_kernel_count(req, CKPT_REQUEST_OPENDIR);
	struct ckpt_handle *h = ckpt_handle_new(f);
	bool settled = false;
	int rc = h ? ckpt_view_opendir(f->view, ino, &h->dir, &settled, NULL) : -ENOMEM;

	fi->cache_readdir = settled;
	fi->keep_cache = settled;
	ckpt_handle_answer(req, f, h, rc, fi);
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

void ckpt_look_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	(void)ino;
	ckpt_kernel_count(req, CKPT_REQUEST_READDIR);
	list(req, size, off, fi, false);
}

void ckpt_look_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	(void)ino;
	ckpt_kernel_count(req, CKPT_REQUEST_READDIRPLUS);
	list(req, size, off, fi, true);
}

void ckpt_look_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	ckpt_handle_end(req, CKPT_REQUEST_RELEASEDIR, fi);
}
