#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "view/hold.h"

/* An open file: of the store, or a text that is made up. */
struct ckpt_view_file {
	struct ckpt_view *view;
	uint64_t id;
	struct ckpt_slot *slot; /* a reference; leased but for metadata.json */
	bool leased;
	struct ckpt_shared *held; /* NULL: text */
	struct ckpt_buf text;
	struct ckpt_view_file *next, *prev; /* of the slot's use, under lease_lock */
};

/* --- which are open ------------------------------------------------------ */

static void link_opened(struct ckpt_view_file *f)
{
	pthread_mutex_lock(&f->view->lease_lock);
	f->next = f->slot->use->opened;
	if (f->next)
		f->next->prev = f;
	f->slot->use->opened = f;
	pthread_mutex_unlock(&f->view->lease_lock);
}

static void unlink_opened(struct ckpt_view_file *f)
{
	pthread_mutex_lock(&f->view->lease_lock);
	*(f->prev ? &f->prev->next : &f->slot->use->opened) = f->next;
	if (f->next)
		f->next->prev = f->prev;
	pthread_mutex_unlock(&f->view->lease_lock);
}

struct ckpt_shared *ckpt_view_opened(struct ckpt_view *v, struct ckpt_slot *s, uint64_t id)
{
	struct ckpt_shared *held = NULL;

	pthread_mutex_lock(&v->lease_lock);
	for (struct ckpt_view_file *f = s->use ? s->use->opened : NULL; f && !held; f = f->next)
		held = f->id == id ? f->held : NULL;
	ckpt_shared_ref(held);
	pthread_mutex_unlock(&v->lease_lock);
	return held;
}

/* --- opening ------------------------------------------------------------- */

/* Open a file of the root that is not held. */
static int open_shared(struct ckpt_view *v, const char *dir, const char *name, struct ckpt_shared **out,
		       struct ckpt_err *err)
{
	struct ckpt_file *file;
	int rc = ckpt_room_make(v, CKPT_ROOM_OPEN, err);

	if (rc)
		return rc;
	rc = ckpt_store_open(v->store, dir, name, &file, err);
	if (!rc)
		return ckpt_shared_new(v, file, out, err);
	ckpt_room_give(v);
	if (rc == -EMFILE || rc == -ENFILE)
		ckpt_room_refused(v);
	return rc;
}

static int open_backing(struct ckpt_view_file *f, const struct ckpt_place *p, const char *dir,
			const char *name, struct ckpt_err *err)
{
	struct ckpt_hold *hold = ckpt_hold_get(f->view, p->slot);
	struct ckpt_err e = { 0 };
	int rc;

	f->held = ckpt_hold_file(hold, p, false);
	rc = f->held ? 0 : open_shared(f->view, dir, name, &f->held, &e);
	if (rc == -ENOENT && (f->held = ckpt_hold_file(hold, p, true)))
		rc = 0;
	ckpt_hold_unref(hold);
	return rc ? ckpt_view_missing(f->view, p->slot, rc, &e, err) : 0;
}

static int open_place(struct ckpt_view_file *f, const struct ckpt_place *p, bool *settled,
		      struct ckpt_err *err)
{
	char uuid[CKPT_UUID_TEXT];
	const char *dir, *name;
	int rc;

	if (!S_ISREG(ckpt_place_type(p)) || !p->slot)
		return ckpt_fail(err, S_ISDIR(ckpt_place_type(p)) ? EISDIR : EINVAL,
				 "it is no file of a checkpoint");
	f->slot = ckpt_slot_ref(p->slot);
	*settled = ckpt_picture_finished(p->picture, f->view->store, p->slot);
	/* metadata.json lies beside what needs protection, not in it. */
	if (p->kind == CKPT_NODE_META)
		return ckpt_place_text(f->view, p, &f->text, err);
	rc = ckpt_lease_open(f->view, p->slot, false, err);
	if (rc)
		return rc;
	f->leased = true;
	if (!ckpt_place_backing(p, uuid, &dir, &name))
		return ckpt_place_text(f->view, p, &f->text, err);
	rc = open_backing(f, p, dir, name, err);
	if (!rc)
		link_opened(f);
	return rc;
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
	f->id = id;
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
	if (f->held)
		unlink_opened(f);
	ckpt_shared_unref(f->held);
	ckpt_buf_release(&f->text);
	if (f->leased)
		ckpt_lease_close(f->view, f->slot);
	ckpt_slot_unref(f->slot);
	free(f);
}

int ckpt_view_file_fd(struct ckpt_view_file *f)
{
	return f->held ? ckpt_file_fd(f->held->file) : -1;
}

enum ckpt_view_turn ckpt_view_file_turn(struct ckpt_view_file *f)
{
	if (!f->held || !f->held->held)
		return CKPT_VIEW_NOT_HELD;
	return __atomic_load_n(&f->held->fresh, __ATOMIC_RELAXED) &&
			       __atomic_exchange_n(&f->held->fresh, false, __ATOMIC_RELAXED)
		       ? CKPT_VIEW_FIRST
		       : CKPT_VIEW_AGAIN;
}

int64_t ckpt_view_file_size(const struct ckpt_view_file *f)
{
	return f->held && f->held->held ? (int64_t)f->held->size : -1;
}

ssize_t ckpt_view_read(struct ckpt_view_file *f, void *buf, size_t len, uint64_t offset, struct ckpt_err *err)
{
	size_t left;

	ckpt_lease_touch(f->view, f->slot);
	if (f->held)
		return ckpt_file_pread(f->held->file, buf, len, offset, err);
	if (offset >= f->text.len)
		return 0;
	left = f->text.len - (size_t)offset;
	if (len > left)
		len = left;
	memcpy(buf, f->text.data + offset, len);
	return (ssize_t)len;
}
