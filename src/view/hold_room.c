#include "view/hold.h"
#include "view/limits.h"

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

/* --- letting go ---------------------------------------------------------- */

/* Take the hold of the lease that is held longest away from it. */
static struct ckpt_hold *take_oldest(struct ckpt_view *v)
{
	struct ckpt_use *oldest = NULL;
	struct ckpt_hold *h = NULL;

	pthread_mutex_lock(&v->lease_lock);
	for (struct ckpt_use *u = v->leased; u; u = u->next)
		oldest = u->hold ? u : oldest; /* new ones are put in front */
	if (oldest) {
		h = oldest->hold;
		oldest->hold = NULL;
	}
	pthread_mutex_unlock(&v->lease_lock);
	return h;
}

bool ckpt_hold_drop_oldest(struct ckpt_view *v)
{
	struct ckpt_hold *h = take_oldest(v);

	ckpt_hold_unref(h);
	return h != NULL;
}

int64_t ckpt_hold_check(struct ckpt_view *v)
{
	struct ckpt_hold *h;
	size_t held, gone = 0;

	pthread_mutex_lock(&v->lease_lock);
	held = v->held;
	pthread_mutex_unlock(&v->lease_lock);
	if (!held)
		return -1;
	while (ckpt_hold_nearly_full(v) && (h = take_oldest(v))) {
		gone += h->n;
		ckpt_hold_unref(h);
	}
	if (gone)
		ckpt_log_add(v->opts.log, CKPT_LOG_LET_GO,
			     "%s: less than %u %% of the disk is free; let go of %zu files that were held "
			     "open for readers",
			     ckpt_store_label(v->store), v->opts.hold_free, gone);
	return CKPT_HOLD_CHECK_MS;
}
