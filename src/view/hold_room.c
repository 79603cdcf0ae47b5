#include "view/hold.h"

size_t ckpt_hold_reserve(struct ckpt_view *v, size_t wanted)
{
	size_t room;

	pthread_mutex_lock(&v->lease_lock);
	room = v->opts.hold_files > v->held ? v->opts.hold_files - v->held : 0;
	if (room > wanted)
		room = wanted;
	v->held += room;
	pthread_mutex_unlock(&v->lease_lock);
	return room;
}

void ckpt_hold_give_back(struct ckpt_view *v, size_t n)
{
	pthread_mutex_lock(&v->lease_lock);
	v->held -= n;
	pthread_mutex_unlock(&v->lease_lock);
}

bool ckpt_hold_nearly_full(struct ckpt_view *v)
{
	struct ckpt_space s;

	if (!v->opts.hold_free || ckpt_store_space(v->store, &s, NULL) || !s.blocks)
		return false;
	return s.blocks_available < s.blocks / 100 * v->opts.hold_free;
}
