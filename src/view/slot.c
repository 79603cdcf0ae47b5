#include "view/slot.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/siphash.h"
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
	assert(!s->use && (!s->listed || !s->listed->contents));
	ckpt_entry_unref(s->entry);
	free(s->listed);
	free(s);
}

bool ckpt_slot_leased(const struct ckpt_slot *s)
{
	return __atomic_load_n(&s->leased, __ATOMIC_ACQUIRE);
}

char *ckpt_slot_name(const struct ckpt_slot *s, char name[CKPT_UUID_TEXT])
{
	return ckpt_uuid_text(&s->entry->uuid, name);
}

/* --- lists --------------------------------------------------------------- */

struct ckpt_listed *ckpt_slot_listed(struct ckpt_slot *s)
{
	if (!s->listed)
		s->listed = calloc(1, sizeof(*s->listed));
	else
		return s->listed;
	if (s->listed)
		s->listed->number = s->number;
	return s->listed;
}

void ckpt_slot_unlisted(struct ckpt_slot *s)
{
	const struct ckpt_listed *l = s->listed;

	/* A number of their own is never given again, and the log not told again. */
	if (!l || l->contents || l->loading || l->number != s->number || l->complained_ms)
		return;
	free(s->listed);
	s->listed = NULL;
}

/* --- finding ------------------------------------------------------------- */

static uint64_t hash_number(const struct ckpt_slot *s)
{
	return ckpt_table_spread(s->number);
}

static uint64_t hash_lists(const struct ckpt_slot *s)
{
	return ckpt_table_spread(s->listed->number);
}

/* A catalog may be written by somebody who wants its uuids to collide. */
static uint64_t hash_of(const struct ckpt_uuid *u)
{
	return ckpt_siphash(ckpt_siphash_secret(), u->b, sizeof(u->b));
}

static uint64_t hash_uuid(const struct ckpt_slot *s)
{
	return hash_of(&s->entry->uuid);
}

static bool is_number(const struct ckpt_slot *s, const void *number)
{
	return s->number == *(const uint64_t *)number;
}

static bool is_lists(const struct ckpt_slot *s, const void *number)
{
	return s->listed->number == *(const uint64_t *)number;
}

static bool is_uuid(const struct ckpt_slot *s, const void *u)
{
	return !ckpt_uuid_cmp(&s->entry->uuid, u);
}

struct ckpt_slot *ckpt_slots_by_number(const struct ckpt_slots *t, uint64_t number)
{
	uint64_t hash = ckpt_table_spread(number);
	struct ckpt_slot *s = ckpt_table_find(&t->by_number, hash, is_number, &number);

	return s ? s : ckpt_table_find(&t->by_lists, hash, is_lists, &number);
}

struct ckpt_slot *ckpt_slots_by_uuid(const struct ckpt_slots *t, const struct ckpt_uuid *u)
{
	return ckpt_table_find(&t->by_uuid, hash_of(u), is_uuid, u);
}

/* --- coming -------------------------------------------------------------- */

bool ckpt_slots_reserve(struct ckpt_slots *t, size_t more)
{
	return ckpt_table_reserve(&t->by_number, hash_number, more) &&
	       ckpt_table_reserve(&t->by_uuid, hash_uuid, more);
}

bool ckpt_slots_add(struct ckpt_slots *t, struct ckpt_slot *s, bool fresh)
{
	struct ckpt_slot *before = fresh ? NULL : ckpt_slots_by_uuid(t, &s->entry->uuid);

	if (!ckpt_slots_reserve(t, 1))
		return false;
	s->number = ++t->last;
	ckpt_table_add(&t->by_number, hash_number, ckpt_slot_ref(s));
	if (before)
		ckpt_table_remove(&t->by_uuid, hash_uuid, before);
	ckpt_table_add(&t->by_uuid, hash_uuid, s);
	return true;
}

/* The caller has a reference too, so this is never the last. */
static void take_out_lists(struct ckpt_slots *t, struct ckpt_slot *s)
{
	unsigned left;

	if (!s->listed || s->listed->number == s->number || !ckpt_table_remove(&t->by_lists, hash_lists, s))
		return;
	left = __atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL);
	assert(left > 0);
}

bool ckpt_slots_renumber(struct ckpt_slots *t, struct ckpt_slot *s)
{
	take_out_lists(t, s);
	s->listed->number = 0; /* no number at all: the one before stays unknown */
	if (!ckpt_table_reserve(&t->by_lists, hash_lists, 1))
		return false;
	s->listed->number = ++t->last;
	ckpt_table_add(&t->by_lists, hash_lists, ckpt_slot_ref(s));
	return true;
}

/* --- leaving ------------------------------------------------------------- */

/* Another slot may own its name by now: the table has only that one. */
static void drop(struct ckpt_slots *t, struct ckpt_slot *s)
{
	ckpt_table_remove(&t->by_uuid, hash_uuid, s);
	take_out_lists(t, s);
	if (ckpt_table_remove(&t->by_number, hash_number, s))
		ckpt_slot_unref(s);
}

static bool is_leased(const struct ckpt_slot *s)
{
	return __atomic_load_n(&s->leased, __ATOMIC_ACQUIRE);
}

void ckpt_slots_leave(struct ckpt_slots *t, struct ckpt_slot *s, int64_t now)
{
	struct ckpt_gone *g = malloc(sizeof(*g));

	s->present = false;
	s->left++;
	if (!g) /* it stays until it leaves once more: a refresh may just have found it */
		return;
	*g = (struct ckpt_gone){ .slot = ckpt_slot_ref(s), .ms = now, .left = s->left };
	*(t->last_gone ? &t->last_gone->next : &t->first_gone) = g;
	t->last_gone = g;
}

static struct ckpt_slot *take_first_gone(struct ckpt_slots *t, bool *for_good)
{
	struct ckpt_gone *g = t->first_gone;
	struct ckpt_slot *s = g->slot;

	*for_good = !s->present && s->left == g->left;
	t->first_gone = g->next;
	if (!t->first_gone)
		t->last_gone = NULL;
	free(g);
	return s;
}

void ckpt_slots_forget(struct ckpt_slots *t, int64_t now)
{
	while (t->first_gone && now - t->first_gone->ms >= CKPT_GONE_MS) {
		bool for_good;
		struct ckpt_slot *s = take_first_gone(t, &for_good);

		if (for_good && is_leased(s))
			ckpt_slots_leave(t, s, now);
		else if (for_good)
			drop(t, s);
		ckpt_slot_unref(s);
	}
}

static void unref_all(struct ckpt_table *t)
{
	for (size_t i = 0; i < t->cap; i++)
		ckpt_slot_unref(t->at[i]);
	ckpt_table_release(t);
}

void ckpt_slots_release(struct ckpt_slots *t)
{
	bool for_good;

	while (t->first_gone)
		ckpt_slot_unref(take_first_gone(t, &for_good));
	ckpt_table_release(&t->by_uuid);
	unref_all(&t->by_lists);
	unref_all(&t->by_number);
	*t = (struct ckpt_slots){ 0 };
}
