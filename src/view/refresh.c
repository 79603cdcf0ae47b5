#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "view/inside.h"

/* --- giving slots -------------------------------------------------------- */

static bool is_same(const struct ckpt_slot *s, const struct ckpt_entry *e)
{
	return s->entry == e ||
	       (s->entry->text_len == e->text_len && !memcmp(s->entry->text, e->text, e->text_len));
}

/* The slot that an unchanged entry has in the picture before, or had in the
 * last hour; a reference, or NULL.  *j walks through the picture before: both
 * are mostly in the same order. */
static struct ckpt_slot *find_slot(struct ckpt_view *v, const struct ckpt_picture *before,
				   struct ckpt_entry *e, size_t *j)
{
	struct ckpt_slot *s = NULL;
	ptrdiff_t k;

	if (before) {
		if (*j < before->catalog->n && before->catalog->entry[*j] == e)
			return ckpt_slot_ref(before->slot[(*j)++]);
		k = ckpt_catalog_find(before->catalog, &e->uuid);
		if (k >= 0) {
			*j = (size_t)k + 1;
			return is_same(before->slot[k], e) ? ckpt_slot_ref(before->slot[k]) : NULL;
		}
	}
	pthread_mutex_lock(&v->lock);
	s = ckpt_slots_by_uuid(&v->slots, &e->uuid);
	s = s && is_same(s, e) ? ckpt_slot_ref(s) : NULL;
	pthread_mutex_unlock(&v->lock);
	return s;
}

static int give_slots(struct ckpt_view *v, struct ckpt_picture *p, const struct ckpt_picture *before,
		      struct ckpt_err *err)
{
	struct ckpt_catalog *c = p->catalog;
	size_t j = 0;
	int rc = 0;

	p->slot = calloc(c->n + 1, sizeof(*p->slot));
	if (!p->slot)
		return ckpt_fail_nomem(err);
	for (size_t i = 0; !rc && i < c->n; i++) {
		p->slot[i] = find_slot(v, before, c->entry[i], &j);
		if (!p->slot[i])
			rc = ckpt_slot_new(v->store, c->entry[i], &p->slot[i], err);
	}
	return rc;
}

/* New slots get their numbers only here, in the order of the catalog.  Only
 * one refresh runs at a time, so nobody else adds any. */
static bool number_slots(struct ckpt_view *v, struct ckpt_picture *p)
{
	/* The uuids of one catalog are different ones. */
	bool fresh = !v->slots.by_uuid.n;
	size_t more = 0;

	for (size_t i = 0; i < p->catalog->n; i++)
		more += !p->slot[i]->number;
	if (!ckpt_slots_reserve(&v->slots, more))
		return false;
	for (size_t i = 0; i < p->catalog->n; i++)
		if (!p->slot[i]->number && !ckpt_slots_add(&v->slots, p->slot[i], fresh))
			return false;
	return true;
}

static int by_number(const void *a, const void *b, void *ctx)
{
	struct ckpt_slot *const *slot = ctx;
	uint64_t x = slot[*(const uint32_t *)a]->number, y = slot[*(const uint32_t *)b]->number;

	return (x > y) - (x < y);
}

/* p->order, which has room, is NULL afterwards where it is that of the catalog. */
static void sort_slots(struct ckpt_picture *p)
{
	size_t n = p->catalog->n;
	bool sorted = true;

	for (size_t i = 1; i < n; i++)
		sorted &= p->slot[i - 1]->number < p->slot[i]->number;
	if (sorted) { /* nearly always */
		free(p->order);
		p->order = NULL;
		return;
	}
	for (size_t i = 0; i < n; i++)
		p->order[i] = (uint32_t)i;
	qsort_r(p->order, n, sizeof(*p->order), by_number, p->slot);
}

/* --- news ---------------------------------------------------------------- */

/* What the kernel may remember of the places that say which is which. */
static void tell_names(struct ckpt_view *v, const struct ckpt_picture *p, const struct ckpt_picture *before)
{
	struct ckpt_slot *now = p->latest < 0 ? NULL : p->slot[p->latest];
	struct ckpt_slot *then = before->latest < 0 ? NULL : before->slot[before->latest];

	if (now != then)
		ckpt_news_add(v, CKPT_CHANGE_ENTRY, CKPT_VIEW_ROOT, "latest");
	ckpt_news_add(v, CKPT_CHANGE_INODE, CKPT_VIEW_ROOT, NULL);
	if (p->catalog != before->catalog) {
		ckpt_news_add(v, CKPT_CHANGE_INODE, ckpt_id_pack(CKPT_NODE_BYTIME, 0, 0), NULL);
		ckpt_news_add(v, CKPT_CHANGE_INODE, ckpt_id_pack(CKPT_NODE_BYID, 0, 0), NULL);
	}
	if (p->pinned != before->pinned || (p->catalog != before->catalog && p->pinned->pins.n))
		ckpt_news_add(v, CKPT_CHANGE_INODE, ckpt_id_pack(CKPT_NODE_PINS, 0, 0), NULL);
}

static void tell_listings(struct ckpt_view *v, struct ckpt_slot *s)
{
	ckpt_news_add(v, CKPT_CHANGE_INODE, ckpt_id_pack(CKPT_NODE_STORAGE, s->number, 0), NULL);
	ckpt_news_add(v, CKPT_CHANGE_INODE, ckpt_id_pack(CKPT_NODE_STATEDIR, s->number, 0), NULL);
}

/* --- the swap ------------------------------------------------------------ */

static void swap(struct ckpt_view *v, struct ckpt_picture *p, struct ckpt_picture *before)
{
	int64_t now = ckpt_when_monotonic();
	size_t n = p->catalog->n, same = 0;

	p->generation = before ? before->generation + 1 : 1;
	/* Those that both begin with were present and are. */
	while (before && same < n && same < before->catalog->n && before->slot[same] == p->slot[same])
		same++;
	for (size_t i = same; before && i < before->catalog->n; i++)
		before->slot[i]->present = false;
	for (size_t i = same; i < n; i++)
		p->slot[i]->present = true;
	v->picture = p;
	if (!before)
		return;
	tell_names(v, p, before);
	for (size_t i = same; i < before->catalog->n; i++) {
		struct ckpt_slot *s = before->slot[i];
		char name[CKPT_UUID_TEXT];

		if (s->present)
			continue;
		ckpt_slots_leave(&v->slots, s, now);
		/* What is read on is told when its lease ends (lease.c). */
		if (ckpt_slot_leased(s))
			continue;
		ckpt_contents_drop(v, s);
		ckpt_news_add(v, CKPT_CHANGE_ENTRY, CKPT_VIEW_ROOT, ckpt_slot_name(s, name));
	}
	/* Its state.json comes after the catalog names it. */
	if (n && before->slot[before->catalog->n ? before->catalog->n - 1 : 0] == p->slot[n - 1] &&
	    p->newest_state != before->newest_state) {
		ckpt_contents_drop(v, p->slot[n - 1]);
		tell_listings(v, p->slot[n - 1]);
	}
	for (size_t i = 0; p->steps != before->steps && i < n; i++)
		tell_listings(v, p->slot[i]);
	ckpt_slots_forget(&v->slots, now);
}

/* Once, when it begins. */
static void say_problem(struct ckpt_view *v, const char *now, const char *then)
{
	if (now && !then)
		ckpt_log_add(v->opts.log, CKPT_LOG_UNREADABLE, "%s", now);
}

static int build(struct ckpt_view *v, bool force, struct ckpt_picture *before, struct ckpt_err *err)
{
	struct ckpt_picture *p;
	bool numbered;
	int rc = ckpt_picture_read(v->store, before, force, &p, err);

	if (rc)
		return rc;
	rc = give_slots(v, p, before, err);
	if (!rc)
		rc = ckpt_picture_find_latest(p, v->store, err);
	if (rc) {
		ckpt_picture_unref(p);
		return rc;
	}
	if (before && ckpt_picture_same(p, before)) {
		ckpt_picture_unref(p);
		return 0;
	}
	/* All that may fail comes before anybody can find the new slots. */
	p->order = calloc(p->catalog->n + 1, sizeof(*p->order));
	pthread_mutex_lock(&v->lock);
	numbered = p->order && number_slots(v, p);
	pthread_mutex_unlock(&v->lock);
	if (!numbered) {
		ckpt_picture_unref(p);
		return ckpt_fail_nomem(err);
	}
	sort_slots(p);
	pthread_mutex_lock(&v->lock);
	swap(v, p, before);
	pthread_mutex_unlock(&v->lock);
	say_problem(v, p->resume_problem, before ? before->resume_problem : NULL);
	say_problem(v, p->pinned->problem, before ? before->pinned->problem : NULL);
	ckpt_picture_unref(before);
	return 0;
}

/* --- one at a time ------------------------------------------------------- */

/* Say it once when it begins, and once when it ends. */
static void note_problem(struct ckpt_view *v, int rc, const struct ckpt_err *e)
{
	/* Of the turn before; only a turn writes that, and this one is it now. */
	bool news = !rc != !v->turn_rc || (rc && strcmp(e->msg, v->turn_err.msg) != 0);

	if (news && rc)
		ckpt_log_add(v->opts.log, CKPT_LOG_UNREADABLE, "%s", e->msg);
	else if (news)
		ckpt_log_add(v->opts.log, CKPT_LOG_READABLE, "%s: the catalog can be read again",
			     ckpt_store_label(v->store));
}

static void end_turn(struct ckpt_view *v, uint64_t turn, int rc, const struct ckpt_err *e)
{
	pthread_mutex_lock(&v->lock);
	v->refreshing = false;
	v->turns_done = turn;
	v->turn_rc = rc;
	v->turn_err = *e;
	pthread_cond_broadcast(&v->turn);
	pthread_mutex_unlock(&v->lock);
	ckpt_view_wake(v);
}

int ckpt_refresh(struct ckpt_view *v, bool force, struct ckpt_err *err)
{
	struct ckpt_picture *before = NULL;
	struct ckpt_err e = { 0 };
	uint64_t wanted, turn = 0;
	int rc = 0;

	pthread_mutex_lock(&v->lock);
	/* One that began after we came has seen all that we have. */
	wanted = v->turns + 1;
	while (v->refreshing && v->turns_done < wanted)
		pthread_cond_wait(&v->turn, &v->lock);
	if (!force && v->turns_done >= wanted) {
		rc = v->turn_rc;
		e = v->turn_err;
	} else {
		while (v->refreshing)
			pthread_cond_wait(&v->turn, &v->lock);
		v->refreshing = true;
		turn = ++v->turns;
		if (v->picture)
			before = v->picture; /* only a refresh takes it away */
	}
	pthread_mutex_unlock(&v->lock);
	if (turn) {
		rc = build(v, force, before, &e);
		/* The first one's failure is for the caller to tell. */
		if (before)
			note_problem(v, rc, &e);
		end_turn(v, turn, rc, &e);
	}
	if (rc && err)
		*err = e;
	return rc;
}

int ckpt_view_refresh(struct ckpt_view *v, struct ckpt_err *err)
{
	return ckpt_refresh(v, true, err);
}
