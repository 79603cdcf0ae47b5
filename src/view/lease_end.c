#include <errno.h>
#include <stdlib.h>

#include "base/when.h"
#include "view/hold.h"

/* Take a lease that nobody has open away from its slot.  Under lease_lock; the
 * caller has it for itself then, and ends it without the lock. */
static void take_away(struct ckpt_view *v, struct ckpt_use *u)
{
	*(u->prev ? &u->prev->next : &v->leased) = u->next;
	if (u->next)
		u->next->prev = u->prev;
	u->slot->use = NULL;
	__atomic_store_n(&u->slot->leased, false, __ATOMIC_RELEASE);
}

/* Take those that are due at now, in a chain; *next: when to look again
 * (INT64_MAX: there is none left). */
static struct ckpt_use *take_due(struct ckpt_view *v, int64_t now, int64_t *next)
{
	/* One that is open ends no earlier than this; without delay, when it is closed,
	 * which wakes us. */
	int64_t soonest =
		!v->opts.lease_ms || now > INT64_MAX - v->opts.lease_ms ? INT64_MAX : now + v->opts.lease_ms;
	struct ckpt_use *u, *after, *chain = NULL;

	*next = INT64_MAX;
	pthread_mutex_lock(&v->lease_lock);
	for (u = v->leased; u; u = after) {
		int64_t due = u->open ? soonest : u->last_use + v->opts.lease_ms;

		after = u->next;
		if (!u->open && due <= now) {
			take_away(v, u);
			u->next = chain;
			chain = u;
		} else if (due < *next) {
			*next = due;
		}
	}
	pthread_mutex_unlock(&v->lease_lock);
	return chain;
}

/* It left while it was read: now it leaves for the kernel too, and from now on
 * it is ESTALE for an hour.  Unless somebody was quick enough to lease it
 * again. */
static void leave(struct ckpt_view *v, struct ckpt_slot *s)
{
	char name[CKPT_UUID_TEXT];

	pthread_mutex_lock(&v->lock);
	if (!s->present && !ckpt_slot_leased(s)) {
		ckpt_contents_drop(v, s);
		ckpt_slots_leave(&v->slots, s, ckpt_when_monotonic());
		ckpt_news_add(v, CKPT_CHANGE_ENTRY, CKPT_VIEW_ROOT, ckpt_slot_name(s, name));
	}
	pthread_mutex_unlock(&v->lock);
}

static void end(struct ckpt_view *v, struct ckpt_use *u)
{
	ckpt_hold_unref(u->hold);
	ckpt_lease_release(u->lease);
	ckpt_room_give(v);
	leave(v, u->slot);
	ckpt_slot_unref(u->slot);
	free(u);
}

int64_t ckpt_lease_expire(struct ckpt_view *v, int64_t now)
{
	int64_t next;
	struct ckpt_use *u = take_due(v, now, &next), *after;

	for (; u; u = after) {
		after = u->next;
		end(v, u);
	}
	return next == INT64_MAX ? -1 : next > now ? next - now : 0;
}

bool ckpt_lease_end_idle(struct ckpt_view *v)
{
	struct ckpt_use *idle = NULL;

	pthread_mutex_lock(&v->lease_lock);
	for (struct ckpt_use *u = v->leased; u; u = u->next)
		if (!u->open && (!idle || u->last_use <= idle->last_use))
			idle = u;
	if (idle)
		take_away(v, idle);
	pthread_mutex_unlock(&v->lease_lock);
	if (!idle)
		return false;
	end(v, idle);
	ckpt_view_wake(v);
	return true;
}

int ckpt_view_release(struct ckpt_view *v, const struct ckpt_uuid *u, struct ckpt_err *err)
{
	const int64_t rested = ckpt_when_monotonic() - v->opts.lease_ms;
	char text[CKPT_UUID_TEXT];
	struct ckpt_hold *h;
	bool found = !u;

	do {
		h = NULL;
		pthread_mutex_lock(&v->lease_lock);
		for (struct ckpt_use *use = v->leased; use && !h; use = use->next) {
			if (u && ckpt_uuid_cmp(&use->slot->entry->uuid, u))
				continue;
			found = true;
			h = use->hold;
			use->hold = NULL;
			use->last_use = rested;
		}
		pthread_mutex_unlock(&v->lease_lock);
		ckpt_hold_unref(h);
	} while (h);
	ckpt_view_wake(v);
	if (found)
		return 0;
	return ckpt_fail(err, ENOENT, "checkpoint %s is not leased (status.json shows which are)",
			 ckpt_uuid_text(u, text));
}
