#include "view/hold.h"
#include "view/limits.h"

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
