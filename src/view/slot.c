#include "view/slot.h"

#include <assert.h>
#include <search.h>
#include <stdlib.h>

#include "view/limits.h"

int ckpt_slot_new(struct ckpt_store *store, struct ckpt_entry *entry, struct ckpt_slot **out,
		  struct ckpt_err *err)
{
	struct ckpt_slot *s = calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return ckpt_fail_nomem(err);
	rc = ckpt_time_read(store, &entry->uuid, &s->time_ms, err);
	if (rc) {
		free(s);
		return rc;
	}
	s->refs = 1;
	s->entry = ckpt_entry_ref(entry);
	ckpt_uuid_text(&entry->uuid, s->uuid);
	*out = s;
	return 0;
}

struct ckpt_slot *ckpt_slot_ref(struct ckpt_slot *s)
{
	__atomic_add_fetch(&s->refs, 1, __ATOMIC_RELAXED);
	return s;
}

void ckpt_slot_unref(struct ckpt_slot *s)
{
	if (!s || __atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL))
		return;
	assert(!s->contents && !s->lease);
	ckpt_entry_unref(s->entry);
	free(s);
}

static int by_number(const void *a, const void *b)
{
	const struct ckpt_number *x = a, *y = b;

	return (x->value > y->value) - (x->value < y->value);
}

static int by_uuid(const void *a, const void *b)
{
	const struct ckpt_slot *x = a, *y = b;

	return ckpt_uuid_cmp(&x->entry->uuid, &y->entry->uuid);
}

static bool insert(struct ckpt_slots *t, struct ckpt_number *n, struct ckpt_slot *s)
{
	*n = (struct ckpt_number){ .value = t->last + 1, .slot = s };
	if (!tsearch(n, &t->by_number, by_number))
		return false;
	t->last++;
	ckpt_slot_ref(s);
	return true;
}

static void take_out(struct ckpt_slots *t, struct ckpt_number *n)
{
	tdelete(n, &t->by_number, by_number);
	ckpt_slot_unref(n->slot);
}

static void take_out_lists(struct ckpt_slots *t, struct ckpt_slot *s)
{
	if (s->lists.value && s->lists.value != s->own.value)
		take_out(t, &s->lists);
}

bool ckpt_slots_add(struct ckpt_slots *t, struct ckpt_slot *s)
{
	struct ckpt_slot **place;

	if (!insert(t, &s->own, s))
		return false;
	place = tsearch(s, &t->by_uuid, by_uuid);
	if (!place) {
		take_out(t, &s->own);
		return false;
	}
	*place = s;
	s->lists = s->own;
	return true;
}

struct ckpt_slot *ckpt_slots_by_number(const struct ckpt_slots *t, uint64_t number)
{
	struct ckpt_number key = { .value = number };
	struct ckpt_number **found = tfind(&key, &t->by_number, by_number);

	return found ? (*found)->slot : NULL;
}

struct ckpt_slot *ckpt_slots_by_uuid(const struct ckpt_slots *t, const struct ckpt_uuid *u)
{
	struct ckpt_entry entry = { .uuid = *u };
	struct ckpt_slot key = { .entry = &entry };
	struct ckpt_slot **found = tfind(&key, &t->by_uuid, by_uuid);

	return found ? *found : NULL;
}

bool ckpt_slots_renumber(struct ckpt_slots *t, struct ckpt_slot *s)
{
	take_out_lists(t, s);
	if (insert(t, &s->lists, s))
		return true;
	s->lists.value = 0; /* no number at all: the one before stays unknown */
	return false;
}

void ckpt_slots_leave(struct ckpt_slots *t, struct ckpt_slot *s, int64_t now)
{
	s->present = false;
	s->gone_ms = now;
	if (s->queued)
		return;
	s->queued = true;
	s->next_gone = NULL;
	if (t->last_gone)
		t->last_gone->next_gone = s;
	else
		t->first_gone = s;
	t->last_gone = s;
}

static void drop(struct ckpt_slots *t, struct ckpt_slot *s)
{
	struct ckpt_slot **owner = tfind(s, &t->by_uuid, by_uuid);

	if (owner && *owner == s)
		tdelete(s, &t->by_uuid, by_uuid);
	take_out_lists(t, s);
	take_out(t, &s->own);
}

/* The queue is in the order of leaving, but for those that came back, or were
 * read on: they go to its end, or out of it. */
void ckpt_slots_forget(struct ckpt_slots *t, int64_t now)
{
	struct ckpt_slot *s;

	while ((s = t->first_gone)) {
		bool leased = __atomic_load_n(&s->leased, __ATOMIC_ACQUIRE);

		if (!s->present && !leased && now - s->gone_ms < CKPT_GONE_MS)
			return;
		t->first_gone = s->next_gone;
		if (!t->first_gone)
			t->last_gone = NULL;
		s->queued = false;
		if (s->present)
			continue;
		if (!leased) {
			drop(t, s);
			continue;
		}
		ckpt_slots_leave(t, s, now);
		if (t->first_gone == s || t->first_gone->gone_ms == now)
			return;
	}
}

static void release_number(void *p)
{
	struct ckpt_number *n = p;

	ckpt_slot_unref(n->slot);
}

static void keep(void *p)
{
	(void)p;
}

void ckpt_slots_release(struct ckpt_slots *t)
{
	tdestroy(t->by_uuid, keep);
	tdestroy(t->by_number, release_number);
	*t = (struct ckpt_slots){ 0 };
}
