#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "view/hold.h"

/* An open file: of the store, or a text that is made up. */
struct ckpt_view_file {
	struct ckpt_view *view;
	struct ckpt_slot *slot; /* a reference; leased but for metadata.json */
	bool leased;
	struct ckpt_file *file; /* NULL: text */
	struct ckpt_held *held; /* whose file it is; NULL: it is ours */
	struct ckpt_buf text;
};

static int open_place(struct ckpt_view_file *f, const struct ckpt_place *p, bool *settled,
		      struct ckpt_err *err)
{
	struct ckpt_hold *hold;
	const char *dir, *name;
	struct ckpt_err e = { 0 };
	int rc;

	if (!S_ISREG(ckpt_place_type(p)) || !p->slot)
		return ckpt_fail(err, S_ISDIR(ckpt_place_type(p)) ? EISDIR : EINVAL,
				 "it is no file of a checkpoint");
	f->slot = ckpt_slot_ref(p->slot);
	*settled = ckpt_picture_finished(p->picture, f->view->store, p->slot);
	/* metadata.json lies beside what needs protection, not in it. */
	if (p->kind == CKPT_NODE_META)
		return ckpt_place_text(f->view, p, &f->text, err);
	rc = ckpt_lease_open(f->view, p->slot, err);
	if (rc)
		return rc;
	f->leased = true;
	if (!ckpt_place_backing(p, &dir, &name))
		return ckpt_place_text(f->view, p, &f->text, err);
	hold = ckpt_hold_get(f->view, p->slot);
	f->held = ckpt_hold_file(hold, p);
	ckpt_hold_unref(hold);
	if (f->held) {
		f->file = f->held->file;
		return 0;
	}
	rc = ckpt_store_open(f->view->store, dir, name, &f->file, &e);
	return rc ? ckpt_view_missing(f->view, p->slot, rc, &e, err) : 0;
}

int ckpt_view_open(struct ckpt_view *v, uint64_t id, struct ckpt_view_file **out, bool *settled,
		   struct ckpt_err *err)
{
	struct ckpt_view_file *f = calloc(1, sizeof(*f));
	struct ckpt_place p;
	int rc;

	if (!f)
		return ckpt_fail_nomem(err);
	f->view = v;
	rc = ckpt_place_find(v, id, &p, err);
	if (!rc) {
		rc = open_place(f, &p, settled, err);
		ckpt_place_release(&p);
	}
	if (rc)
		ckpt_view_close(f);
	else
		*out = f;
	return rc;
}

void ckpt_view_close(struct ckpt_view_file *f)
{
	if (!f->held)
		ckpt_file_close(f->file);
	ckpt_held_unref(f->held);
	ckpt_buf_release(&f->text);
	if (f->leased)
		ckpt_lease_close(f->view, f->slot);
	ckpt_slot_unref(f->slot);
	free(f);
}

struct ckpt_file *ckpt_view_file_of(struct ckpt_view_file *f)
{
	return f->file;
}

int ckpt_view_file_fd(struct ckpt_view_file *f)
{
	return f->file ? ckpt_file_fd(f->file) : -1;
}

ssize_t ckpt_view_read(struct ckpt_view_file *f, void *buf, size_t len, uint64_t offset, struct ckpt_err *err)
{
	size_t left;

	ckpt_lease_touch(f->slot);
	if (f->file)
		return ckpt_file_pread(f->file, buf, len, offset, err);
	if (offset >= f->text.len)
		return 0;
	left = f->text.len - (size_t)offset;
	if (len > left)
		len = left;
	memcpy(buf, f->text.data + offset, len);
	return (ssize_t)len;
}
