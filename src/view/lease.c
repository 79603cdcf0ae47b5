#include <errno.h>
#include <stdlib.h>

#include "base/when.h"
#include "view/hold.h"

void ckpt_lease_touch(struct ckpt_view *v, struct ckpt_slot *s)
{
	if (!ckpt_slot_leased(s))
		return;
	pthread_mutex_lock(&v->lease_lock);
	if (s->use)
		s->use->last_use = ckpt_when_monotonic();
	pthread_mutex_unlock(&v->lease_lock);
}

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
	int rc = ckpt_room_make(v, CKPT_ROOM_LEASE, err);

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

int ckpt_lease_open(struct ckpt_view *v, struct ckpt_slot *s, bool listing, struct ckpt_err *err)
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
	end_turn(v, s, rc ? NULL : lease, rc ? NULL : ckpt_hold_new(v, s, listing));
	if (rc == -EBUSY)
		return ckpt_fail(err, ESTALE, "checkpoint %s is being removed", ckpt_slot_name(s, name));
	/* A checkpoint without CHECKPOINT is no exception: nothing would keep
	 * it while it is read. */
	return rc ? ckpt_view_missing(v, s, rc, &e, err) : 0;
}

void ckpt_lease_close(struct ckpt_view *v, struct ckpt_slot *s)
{
	bool ends;

	pthread_mutex_lock(&v->lease_lock);
	s->use->last_use = ckpt_when_monotonic();
	ends = !--s->use->open && !v->opts.lease_ms;
	pthread_mutex_unlock(&v->lease_lock);
	if (ends)
		ckpt_view_wake(v);
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
