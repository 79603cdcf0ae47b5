#include "view/hold.h"

int ckpt_room_make(struct ckpt_view *v, enum ckpt_room kind, struct ckpt_err *err)
{
	int rc;

	do
		rc = ckpt_room_take(v, kind, err);
	while (rc && (ckpt_lease_end_idle(v) || ckpt_hold_drop_oldest(v)));
	if (rc)
		ckpt_room_refused(v);
	return rc;
}
