#include <errno.h>

#include "base/when.h"
#include "view/hold.h"
#include "view/room.h"

void ckpt_lease_touch(struct ckpt_slot *s)
{
	if (ckpt_lease_held(s))
		__atomic_store_n(&s->last_use, ckpt_when_monotonic(), __ATOMIC_RELAXED);
}

bool ckpt_lease_held(const struct ckpt_slot *s)
{
	return __atomic_load_n(&s->leased, __ATOMIC_ACQUIRE);
}

static void used(struct ckpt_slot *s)
{
	__atomic_store_n(&s->last_use, ckpt_when_monotonic(), __ATOMIC_RELAXED);
}

/* --- taking -------------------------------------------------------------- */

/* Under lease_lock. */
static void link_leased(struct ckpt_view *v, struct ckpt_slot *s, struct ckpt_lease *lease)
{
	s->lease = lease;
	s->prev_leased = NULL;
	s->next_leased = v->leased;
	if (s->next_leased)
		s->next_leased->prev_leased = s;
	v->leased = ckpt_slot_ref(s);
	__atomic_store_n(&s->leased, true, __ATOMIC_RELEASE);
}

static int take_lease(struct ckpt_view *v, struct ckpt_slot *s, struct ckpt_lease **out, struct ckpt_err *err)
{
	int rc = ckpt_room_take(v, CKPT_ROOM_LEASE, err);

	if (rc)
		return rc;
	rc = ckpt_store_lease(v->store, s->uuid, CKPT_LEASE_SHARED, out, err);
	if (rc)
		ckpt_room_give(v);
	if (rc == -EMFILE || rc == -ENFILE)
		ckpt_room_refused(v);
	return rc;
}

int ckpt_lease_open(struct ckpt_view *v, struct ckpt_slot *s, struct ckpt_err *err)
{
	struct ckpt_lease *lease = NULL;
	struct ckpt_hold *hold = NULL;
	struct ckpt_err e = { 0 };
	bool held, first = false;
	int rc;

	pthread_mutex_lock(&v->lease_lock);
	while (s->taking)
		pthread_cond_wait(&v->lease_turn, &v->lease_lock);
	held = s->lease != NULL;
	if (held)
		s->open++;
	else
		s->taking = true;
	pthread_mutex_unlock(&v->lease_lock);
	used(s);
	if (held)
		return 0;
	rc = take_lease(v, s, &lease, &e);
	if (!rc)
		hold = ckpt_hold_new(v, s);
	pthread_mutex_lock(&v->lease_lock);
	s->taking = false;
	if (!rc) {
		s->open++;
		first = !v->leased;
		link_leased(v, s, lease);
		s->hold = hold;
	}
	pthread_cond_broadcast(&v->lease_turn);
	pthread_mutex_unlock(&v->lease_lock);
	/* The thread looks at leases only while there are any. */
	if (first)
		ckpt_view_wake(v);
	if (rc == -EBUSY)
		return ckpt_fail(err, ESTALE, "checkpoint %s is being removed", s->uuid);
	/* A checkpoint without CHECKPOINT is no exception: nothing would keep
	 * it while it is read. */
	return rc ? ckpt_view_missing(v, s, rc, &e, err) : 0;
}

void ckpt_lease_close(struct ckpt_view *v, struct ckpt_slot *s)
{
	used(s);
	pthread_mutex_lock(&v->lease_lock);
	s->open--;
	pthread_mutex_unlock(&v->lease_lock);
}

/* --- ending -------------------------------------------------------------- */

/* Under lease_lock.  The caller takes the list's reference over. */
static void unlink_leased(struct ckpt_view *v, struct ckpt_slot *s)
{
	*(s->prev_leased ? &s->prev_leased->next_leased : &v->leased) = s->next_leased;
	if (s->next_leased)
		s->next_leased->prev_leased = s->prev_leased;
	__atomic_store_n(&s->leased, false, __ATOMIC_RELEASE);
}

/* Take those that are due at now off the list, into a chain; *next: when to
 * look again (INT64_MAX: there is none left). */
static struct ckpt_slot *take_due(struct ckpt_view *v, int64_t now, int64_t *next)
{
	struct ckpt_slot *s, *after, *chain = NULL;

	*next = INT64_MAX;
	pthread_mutex_lock(&v->lease_lock);
	for (s = v->leased; s; s = after) {
		/* One that is open ends no earlier than this. */
		int64_t due = now > INT64_MAX - v->opts.lease_ms ? INT64_MAX : now + v->opts.lease_ms;

		after = s->next_leased;
		if (!s->open)
			due = __atomic_load_n(&s->last_use, __ATOMIC_RELAXED) + v->opts.lease_ms;
		if (!s->open && due <= now) {
			unlink_leased(v, s);
			s->next_due = chain;
			s->ended = s->lease;
			s->ended_hold = s->hold;
			s->lease = NULL;
			s->hold = NULL;
			chain = s;
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
	pthread_mutex_lock(&v->lock);
	if (!s->present && !ckpt_lease_held(s)) {
		ckpt_contents_drop(v, s);
		ckpt_slots_leave(&v->slots, s, ckpt_when_monotonic());
		ckpt_news_add(v, CKPT_CHANGE_ENTRY, CKPT_VIEW_ROOT, s->uuid);
	}
	pthread_mutex_unlock(&v->lock);
}

int64_t ckpt_lease_expire(struct ckpt_view *v, int64_t now)
{
	int64_t next;
	struct ckpt_slot *s = take_due(v, now, &next), *after;

	for (; s; s = after) {
		after = s->next_due;
		ckpt_hold_unref(s->ended_hold);
		ckpt_lease_release(s->ended);
		ckpt_room_give(v);
		leave(v, s);
		ckpt_slot_unref(s);
	}
	return next == INT64_MAX ? -1 : next > now ? next - now : 0;
}

/* Others end leases at the same time, so nothing of it is left in the slot. */
bool ckpt_lease_end_idle(struct ckpt_view *v)
{
	struct ckpt_slot *idle = NULL;
	struct ckpt_lease *lease = NULL;
	struct ckpt_hold *hold = NULL;

	pthread_mutex_lock(&v->lease_lock);
	for (struct ckpt_slot *s = v->leased; s; s = s->next_leased)
		if (!s->open && (!idle || __atomic_load_n(&s->last_use, __ATOMIC_RELAXED) <=
						  __atomic_load_n(&idle->last_use, __ATOMIC_RELAXED)))
			idle = s;
	if (idle) {
		unlink_leased(v, idle);
		lease = idle->lease;
		hold = idle->hold;
		idle->lease = NULL;
		idle->hold = NULL;
	}
	pthread_mutex_unlock(&v->lease_lock);
	if (!idle)
		return false;
	ckpt_hold_unref(hold);
	ckpt_lease_release(lease);
	ckpt_room_give(v);
	leave(v, idle);
	ckpt_view_wake(v);
	ckpt_slot_unref(idle);
	return true;
}

int ckpt_view_release(struct ckpt_view *v, const struct ckpt_uuid *u, struct ckpt_err *err)
{
	char text[CKPT_UUID_TEXT];
	struct ckpt_hold *h;
	bool found = !u;

	do {
		h = NULL;
		pthread_mutex_lock(&v->lease_lock);
		for (struct ckpt_slot *s = v->leased; s && !h; s = s->next_leased) {
			if (u && ckpt_uuid_cmp(&s->entry->uuid, u))
				continue;
			found = true;
			h = s->hold;
			s->hold = NULL;
			__atomic_store_n(&s->last_use, INT64_MIN / 2, __ATOMIC_RELAXED);
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

void ckpt_lease_status(struct ckpt_view *v, struct ckpt_buf *out)
{
	int64_t now = ckpt_when_monotonic();

	ckpt_buf_addc(out, '[');
	pthread_mutex_lock(&v->lease_lock);
	for (struct ckpt_slot *s = v->leased; s; s = s->next_leased)
		ckpt_buf_addf(out, "%s{\"uuid\":\"%s\",\"open\":%u,\"idle_ms\":%lld}",
			      s == v->leased ? "" : ",", s->uuid, s->open,
			      (long long)(now - __atomic_load_n(&s->last_use, __ATOMIC_RELAXED)));
	pthread_mutex_unlock(&v->lease_lock);
	ckpt_buf_addc(out, ']');
}
