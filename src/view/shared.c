#include "view/shared.h"

#include <errno.h>
#include <stdlib.h>

int ckpt_shared_new(struct ckpt_view *v, struct ckpt_file *file, struct ckpt_shared **out,
		    struct ckpt_err *err)
{
	struct ckpt_shared *f = malloc(sizeof(*f));

	if (!f) {
		ckpt_file_close(file);
		ckpt_room_give(v);
		return ckpt_fail_nomem(err);
	}
	*f = (struct ckpt_shared){ .refs = 1, .view = v, .file = file };
	*out = f;
	return 0;
}

static void hold(struct ckpt_shared *f, const struct ckpt_stat *st)
{
	f->held = f->fresh = true;
	f->size = st->size;
}

void ckpt_shared_open_each(struct ckpt_view *v, const struct ckpt_each *each, size_t n,
			   struct ckpt_shared **out, struct ckpt_stat *st, ckpt_each_fn *failed, void *ctx)
{
	struct ckpt_file **file = calloc(n + 1, sizeof(struct ckpt_file *));
	struct ckpt_err why;
	size_t room = 0;
	int rc = file ? 0 : ckpt_fail_nomem(&why);

	while (!rc && room < n) {
		rc = ckpt_room_take(v, CKPT_ROOM_HOLD, &why);
		room += !rc;
	}
	ckpt_store_open_each(v->store, each, room, file, st, failed, ctx);
	if (room < n)
		failed(ctx, room, rc, &why);
	for (size_t i = 0; i < room; i++) {
		if (!file[i])
			ckpt_room_give(v);
		else if (ckpt_shared_new(v, file[i], &out[i], &why))
			failed(ctx, i, -ENOMEM, &why);
		else
			hold(out[i], &st[i]);
	}
	free(file);
}

struct ckpt_shared *ckpt_shared_ref(struct ckpt_shared *f)
{
	if (f)
		__atomic_add_fetch(&f->refs, 1, __ATOMIC_RELAXED);
	return f;
}

void ckpt_shared_unref(struct ckpt_shared *f)
{
	if (!f || __atomic_sub_fetch(&f->refs, 1, __ATOMIC_ACQ_REL))
		return;
	ckpt_file_close(f->file);
	ckpt_room_give(f->view);
	free(f);
}
