#include <stdlib.h>

#include "fuse/inside.h"

struct ckpt_handle *ckpt_handle_new(struct ckpt_fuse *f)
{
	struct ckpt_handle *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	pthread_mutex_lock(&f->handles_lock);
	h->next = f->handles;
	if (h->next)
		h->next->prev = h;
	f->handles = h;
	pthread_mutex_unlock(&f->handles_lock);
	return h;
}

void ckpt_handle_free(struct ckpt_fuse *f, struct ckpt_handle *h)
{
	pthread_mutex_lock(&f->handles_lock);
	*(h->prev ? &h->prev->next : &f->handles) = h->next;
	if (h->next)
		h->next->prev = h->prev;
	pthread_mutex_unlock(&f->handles_lock);
	ckpt_backing_close(&f->backings, h->backing);
	if (h->file)
		ckpt_view_close(h->file);
	if (h->dir)
		ckpt_view_closedir(h->dir);
	ckpt_control_unref(h->control);
	free(h);
}

/* Once nobody else comes any more. */
void ckpt_handle_free_all(struct ckpt_fuse *f)
{
	while (f->handles)
		ckpt_handle_free(f, f->handles);
}

void ckpt_handle_answer(fuse_req_t req, struct ckpt_fuse *f, struct ckpt_handle *h, int rc,
			struct fuse_file_info *fi)
{
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

void ckpt_handle_end(fuse_req_t req, enum ckpt_request what, const struct fuse_file_info *fi)
{
	struct ckpt_handle *h = ckpt_handle_of(fi);

	ckpt_handle_released(h);
	ckpt_handle_free(ckpt_kernel_count(req, what), h);
	fuse_reply_err(req, 0);
}
