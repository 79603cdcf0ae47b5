#include <errno.h>

#include "view/inside.h"

bool ckpt_view_left(struct ckpt_view *v, struct ckpt_slot *s)
{
	bool present;

	ckpt_refresh(v, false, NULL);
	pthread_mutex_lock(&v->lock);
	present = s->present;
	pthread_mutex_unlock(&v->lock);
	return !present;
}

int ckpt_view_missing(struct ckpt_view *v, struct ckpt_slot *s, int rc, const struct ckpt_err *e,
		      struct ckpt_err *err)
{
	char name[CKPT_UUID_TEXT];

	if (ckpt_view_passing(rc) || rc == -EACCES) {
		if (err)
			*err = *e;
		return rc;
	}
	if (ckpt_view_left(v, s))
		return ckpt_fail(err, ESTALE, "checkpoint %s has been removed", ckpt_slot_name(s, name));
	ckpt_complain(v, s, e->msg);
	return ckpt_fail(err, EIO, "checkpoint %s is damaged: %s", ckpt_slot_name(s, name), e->msg);
}
