#include <errno.h>
#include <stdlib.h>

#include "base/when.h"
#include "view/hold.h"
#include "view/room.h"

void ckpt_lease_touch(struct ckpt_view *v, struct ckpt_slot *s)
{
	if (!ckpt_lease_held(s))
		return;
	pthread_mutex_lock(&v->lease_lock);
	if (s->use)
		s->use->last_use = ckpt_when_monotonic();
	pthread_mutex_unlock(&v->lease_lock);
}

bool ckpt_lease_held(const struct ckpt_slot *s)
{
	return __atomic_load_n(&s->leased, __ATOMIC_ACQUIRE);
}

/* --- taking -------------------------------------------------------------- */

/* Under lease_lock. */
static void link_leased(struct ckpt_view *v, struct ckpt_slot *s)
{
	struct ckpt_use *u = s->use;

	u->slot = ckpt_slot_ref(s);
	u->prev = NULL;
	u->next = v->leased;
	if (u->next)
		u->next->prev = u;
	v->leased = u;
	__atomic_store_n(&s->leased, true, __ATOMIC_RELEASE);
}

static int take_lease(struct ckpt_view *v, struct ckpt_slot *s, struct ckpt_lease **out, struct ckpt_err *err)
{
	char name[CKPT_UUID_TEXT];
	int rc = ckpt_room_take(v, CKPT_ROOM_LEASE, err);

	if (rc)
		return rc;
	rc = ckpt_store_lease(v->store, ckpt_slot_name(s, name), CKPT_LEASE_SHARED, out, err);
	if (rc)
		ckpt_room_give(v);
	if (rc == -EMFILE || rc == -ENFILE)
		ckpt_room_refused(v);
	return rc;
}

/* Count one more who has it open, if it is leased; *held says so.  If not, it is
 * the caller's turn to lease it. */
static int open_or_turn(struct ckpt_view *v, struct ckpt_slot *s, bool *held)
{
	int rc = 0;

	pthread_mutex_lock(&v->lease_lock);
	while (s->use && s->use->taking)
		pthread_cond_wait(&v->lease_turn, &v->lease_lock);
	if (!s->use)
		s->use = calloc(1, sizeof(*s->use));
	*held = s->use && s->use->lease;
	if (*held) {
		s->use->open++;
		s->use->last_use = ckpt_when_monotonic();
	} else if (s->use) {
		s->use->taking = true;
	} else {
		rc = -ENOMEM;
	}
	pthread_mutex_unlock(&v->lease_lock);
	return rc;
}

/* What the turn has brought; lease NULL: nothing. */
static void end_turn(struct ckpt_view *v, struct ckpt_slot *s, struct ckpt_lease *lease,
		     struct ckpt_hold *hold)
{
	bool first = false;

	pthread_mutex_lock(&v->lease_lock);
	s->use->taking = false;
	if (lease) {
		s->use->open++;
		s->use->last_use = ckpt_when_monotonic();
		s->use->lease = lease;
		s->use->hold = hold;
		first = !v->leased;
		link_leased(v, s);
	} else {
		free(s->use);
		s->use = NULL;
	}
	pthread_cond_broadcast(&v->lease_turn);
	pthread_mutex_unlock(&v->lease_lock);
	/* The thread looks at leases only while there are any. */
	if (first)
		ckpt_view_wake(v);
}

int ckpt_lease_open(struct ckpt_view *v, struct ckpt_slot *s, struct ckpt_err *err)
{
	struct ckpt_lease *lease = NULL;
	char name[CKPT_UUID_TEXT];
	struct ckpt_err e = { 0 };
	bool held;
	int rc = open_or_turn(v, s, &held);

	if (rc)
		return ckpt_fail_nomem(err);
	if (held)
		return 0;
	rc = take_lease(v, s, &lease, &e);
	end_turn(v, s, rc ? NULL : lease, rc ? NULL : ckpt_hold_new(v, s));
	if (rc == -EBUSY)
		return ckpt_fail(err, ESTALE, "checkpoint %s is being removed", ckpt_slot_name(s, name));
	/* A checkpoint without CHECKPOINT is no exception: nothing would keep
	 * it while it is read. */
	return rc ? ckpt_view_missing(v, s, rc, &e, err) : 0;
}

void ckpt_lease_close(struct ckpt_view *v, struct ckpt_slot *s)
{
	pthread_mutex_lock(&v->lease_lock);
	s->use->last_use = ckpt_when_monotonic();
	s->use->open--;
	pthread_mutex_unlock(&v->lease_lock);
}

/* --- ending -------------------------------------------------------------- */

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
	struct ckpt_use *u, *after, *chain = NULL;

	*next = INT64_MAX;
	pthread_mutex_lock(&v->lease_lock);
	for (u = v->leased; u; u = after) {
		/* One that is open ends no earlier than this. */
		int64_t due = now > INT64_MAX - v->opts.lease_ms ? INT64_MAX : now + v->opts.lease_ms;

		after = u->next;
		if (!u->open)
			due = u->last_use + v->opts.lease_ms;
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
	if (!s->present && !ckpt_lease_held(s)) {
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
			use->last_use = INT64_MIN / 2;
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
	char name[CKPT_UUID_TEXT];

	ckpt_buf_addc(out, '[');
	pthread_mutex_lock(&v->lease_lock);
	for (const struct ckpt_use *u = v->leased; u; u = u->next)
		ckpt_buf_addf(out, "%s{\"uuid\":\"%s\",\"open\":%u,\"idle_ms\":%lld}",
			      u == v->leased ? "" : ",", ckpt_slot_name(u->slot, name), u->open,
			      (long long)(now - u->last_use));
	pthread_mutex_unlock(&v->lease_lock);
	ckpt_buf_addc(out, ']');
}
