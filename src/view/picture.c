#include "view/picture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct ckpt_picture *ckpt_picture_ref(struct ckpt_picture *p)
{
	__atomic_add_fetch(&p->refs, 1, __ATOMIC_RELAXED);
	return p;
}

static void pinned_unref(struct ckpt_pinned *k)
{
	if (!k || __atomic_sub_fetch(&k->refs, 1, __ATOMIC_ACQ_REL))
		return;
	ckpt_pins_release(&k->pins);
	free(k->problem);
	free(k);
}

void ckpt_picture_unref(struct ckpt_picture *p)
{
	if (!p || __atomic_sub_fetch(&p->refs, 1, __ATOMIC_ACQ_REL))
		return;
	for (size_t i = 0; p->slot && i < p->catalog->n; i++)
		ckpt_slot_unref(p->slot[i]);
	free(p->slot);
	free(p->order);
	free(p->resume_problem);
	pinned_unref(p->pinned);
	ckpt_links_free(p->by_time);
	ckpt_links_free(p->by_identifier);
	ckpt_catalog_unref(p->catalog);
	free(p);
}

/* --- asking -------------------------------------------------------------- */

/* The named one is looked up for itself, since Feldera writes the root's
 * state.json last: so it is finished, and all before it. */
static int is_finished(const struct ckpt_picture *p, struct ckpt_store *store, struct ckpt_slot *s, size_t i,
		       bool *finished, struct ckpt_err *err)
{
	int rc;

	*finished = !p->resume.has_state || __atomic_load_n(&s->finished, __ATOMIC_RELAXED);
	if (*finished)
		return 0;
	rc = ckpt_is_finished(store, p->catalog, &p->resume, i, finished, err);
	if (*finished)
		__atomic_store_n(&s->finished, true, __ATOMIC_RELAXED);
	return rc;
}

ptrdiff_t ckpt_picture_index(const struct ckpt_picture *p, const struct ckpt_slot *s)
{
	ptrdiff_t i = ckpt_catalog_find(p->catalog, &s->entry->uuid);

	return i >= 0 && p->slot[i] == s ? i : -1;
}

bool ckpt_picture_finished(const struct ckpt_picture *p, struct ckpt_store *store, struct ckpt_slot *s)
{
	ptrdiff_t i = ckpt_picture_index(p, s);
	bool finished;

	return i >= 0 && !is_finished(p, store, s, (size_t)i, &finished, NULL) && finished;
}

int ckpt_picture_find_latest(struct ckpt_picture *p, struct ckpt_store *store, struct ckpt_err *err)
{
	bool finished = false;
	int rc = 0;

	for (size_t i = p->catalog->n; !rc && !finished && i-- > 0;) {
		rc = is_finished(p, store, p->slot[i], i, &finished, err);
		if (!rc && finished)
			p->latest = (ptrdiff_t)i;
	}
	return rc;
}

static bool same_owner(const struct ckpt_stat *a, const struct ckpt_stat *b)
{
	return a->mode == b->mode && a->uid == b->uid && a->gid == b->gid;
}

static bool same_resume(const struct ckpt_resume *a, const struct ckpt_resume *b)
{
	return a->has_state == b->has_state && a->names == b->names && !ckpt_uuid_cmp(&a->uuid, &b->uuid);
}

static bool same_pins(const struct ckpt_pinned *a, const struct ckpt_pinned *b)
{
	if (a == b)
		return true;
	return !strcmp(a->problem ? a->problem : "", b->problem ? b->problem : "") &&
	       ckpt_stamp_equal(&a->stamp, &b->stamp) &&
	       !memcmp(&a->pins.version, &b->pins.version, sizeof(a->pins.version));
}

bool ckpt_picture_same(const struct ckpt_picture *p, const struct ckpt_picture *before)
{
	return p->catalog == before->catalog && p->latest == before->latest && p->steps == before->steps &&
	       p->newest_state == before->newest_state && same_resume(&p->resume, &before->resume) &&
	       same_owner(&p->dir, &before->dir) && same_owner(&p->file, &before->file) &&
	       ckpt_stamp_equal(&p->catalog_stamp, &before->catalog_stamp) &&
	       ckpt_stamp_equal(&p->state_stamp, &before->state_stamp) &&
	       !p->resume_problem == !before->resume_problem && same_pins(p->pinned, before->pinned);
}

/* --- links --------------------------------------------------------------- */

static const struct ckpt_links *settle(struct ckpt_links **place, struct ckpt_links *made)
{
	struct ckpt_links *there = NULL;

	if (!made ||
	    __atomic_compare_exchange_n(place, &there, made, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return made;
	ckpt_links_free(made);
	return there;
}

const struct ckpt_links *ckpt_picture_by_time(struct ckpt_picture *p)
{
	struct ckpt_links *l = __atomic_load_n(&p->by_time, __ATOMIC_ACQUIRE);

	return l ? l : settle(&p->by_time, ckpt_links_by_time(p->slot, p->catalog->n));
}

const struct ckpt_links *ckpt_picture_by_identifier(struct ckpt_picture *p)
{
	struct ckpt_links *l = __atomic_load_n(&p->by_identifier, __ATOMIC_ACQUIRE);

	return l ? l : settle(&p->by_identifier, ckpt_links_by_identifier(p->slot, p->catalog->n));
}

/* --- pins ---------------------------------------------------------------- */

int ckpt_picture_check_pins(const struct ckpt_picture *p, struct ckpt_err *err)
{
	return p->pinned->problem ? ckpt_fail(err, EIO, "%s", p->pinned->problem) : 0;
}

struct ckpt_slot *ckpt_picture_pin(const struct ckpt_picture *p, size_t i, int64_t now_ms)
{
	const struct ckpt_pin *pin = &p->pinned->pins.pin[i];
	ptrdiff_t entry = ckpt_pin_is_expired(pin, now_ms) ? -1 : ckpt_catalog_find(p->catalog, &pin->uuid);

	return entry < 0 ? NULL : p->slot[entry];
}

static int by_name(const void *name, const void *pin)
{
	return strcmp(name, ((const struct ckpt_pin *)pin)->name);
}

struct ckpt_slot *ckpt_picture_pin_named(const struct ckpt_picture *p, const char *name, int64_t now_ms)
{
	const struct ckpt_pins *pins = &p->pinned->pins;
	/* n is 0 where pin may be NULL. */
	const struct ckpt_pin *pin =
		pins->n ? bsearch(name, pins->pin, pins->n, sizeof(*pin), by_name) : NULL;

	return pin ? ckpt_picture_pin(p, (size_t)(pin - pins->pin), now_ms) : NULL;
}
