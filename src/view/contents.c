#include "view/contents.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/format.h"
#include "view/inside.h"

_Static_assert(CKPT_DEPS_NAMES_MAX < 1 << CKPT_SLOT_BATCHES_BITS, "a slot can count the batches");

/* Give freshly read lists the number of those before if they are the same. */
static int settle(struct ckpt_view *v, struct ckpt_slot *s, struct ckpt_contents *c, struct ckpt_err *err)
{
	bool same = s->hashed && s->hash == c->hash && s->batches == c->deps.batches->n;
	struct ckpt_listed *l = s->listed;

	/* One without a number had no memory for it the last time. */
	if (((s->hashed && !same) || !l->number) && !ckpt_slots_renumber(&v->slots, s))
		return ckpt_fail_nomem(err);
	s->hashed = true;
	s->counted |= c->fixed;
	s->hash = c->hash;
	s->version = (unsigned)c->deps.version;
	s->batches = c->deps.batches->n;
	c->number = l->number;
	/* The table may have dropped an old slot that somebody still reads. */
	if (s->present || ckpt_slot_leased(s))
		ckpt_contents_keep(v, s, c);
	return 0;
}

static int load(struct ckpt_view *v, struct ckpt_slot *s, struct ckpt_contents **out, struct ckpt_err *err)
{
	struct ckpt_contents *c = calloc(1, sizeof(*c));
	int rc;

	if (!c)
		return ckpt_fail_nomem(err);
	c->refs = 1;
	c->fixed = ckpt_view_fixed(v, s);
	rc = ckpt_contents_read(v->store, s, c, err);
	if (!rc && !c->damage) {
		pthread_mutex_lock(&v->lock);
		rc = settle(v, s, c, err);
		pthread_mutex_unlock(&v->lock);
	}
	if (rc)
		ckpt_contents_unref(c);
	else
		*out = c;
	return rc;
}

/* The kept lists, or *out NULL with the turn to read them. */
static int kept_or_turn(struct ckpt_view *v, struct ckpt_slot *s, struct ckpt_contents **out,
			struct ckpt_err *err)
{
	struct ckpt_listed *l;

	*out = NULL;
	pthread_mutex_lock(&v->lock);
	while (s->listed && s->listed->loading)
		pthread_cond_wait(&v->turn, &v->lock);
	l = ckpt_slot_listed(s);
	if (l)
		*out = ckpt_contents_kept(v, s);
	if (l && !*out)
		l->loading = true;
	pthread_mutex_unlock(&v->lock);
	return l ? 0 : ckpt_fail_nomem(err);
}

static void end_turn(struct ckpt_view *v, struct ckpt_slot *s)
{
	pthread_mutex_lock(&v->lock);
	s->listed->loading = false;
	ckpt_slot_unlisted(s);
	pthread_cond_broadcast(&v->turn);
	pthread_mutex_unlock(&v->lock);
}

/* Whether kept lists may be used without reading them again. */
static bool usable(struct ckpt_view *v, struct ckpt_slot *s, const struct ckpt_contents *c)
{
	struct ckpt_picture *p;
	bool left;

	if (c->fixed)
		return true;
	p = ckpt_view_picture(v);
	left = ckpt_picture_index(p, s) < 0; /* they can't be read again */
	ckpt_picture_unref(p);
	return left || ckpt_contents_current(v->store, s, c);
}

static int report_damage(struct ckpt_view *v, struct ckpt_slot *s, struct ckpt_contents *c,
			 struct ckpt_err *err)
{
	char name[CKPT_UUID_TEXT];

	if (ckpt_view_left(v, s)) {
		ckpt_contents_unref(c);
		return ckpt_fail(err, ESTALE, "checkpoint %s has been removed", ckpt_slot_name(s, name));
	}
	ckpt_complain(v, s, c->why ? c->why : "a checkpoint's lists can't be read");
	return 0;
}

int ckpt_contents_get(struct ckpt_view *v, struct ckpt_slot *s, struct ckpt_contents **out,
		      struct ckpt_err *err)
{
	struct ckpt_contents *c;
	int rc = kept_or_turn(v, s, &c, err);

	if (c && !usable(v, s, c)) {
		pthread_mutex_lock(&v->lock);
		if (s->listed && s->listed->contents == c)
			ckpt_contents_drop(v, s);
		pthread_mutex_unlock(&v->lock);
		ckpt_contents_unref(c);
		rc = kept_or_turn(v, s, &c, err);
	}
	if (!rc && !c) {
		rc = load(v, s, &c, err);
		end_turn(v, s);
	}
	if (!rc && c->damage)
		rc = report_damage(v, s, c, err);
	*out = rc ? NULL : c;
	return rc;
}

int ckpt_contents_sound(struct ckpt_view *v, struct ckpt_slot *s, struct ckpt_contents **out,
			struct ckpt_err *err)
{
	char name[CKPT_UUID_TEXT];
	int rc = ckpt_contents_get(v, s, out, err);

	if (rc || !(*out)->damage)
		return rc;
	rc = ckpt_fail(err, EIO, "checkpoint %s can't be shown: %s", ckpt_slot_name(s, name),
		       (*out)->why ? (*out)->why : "its lists can't be read");
	ckpt_contents_unref(*out);
	*out = NULL;
	return rc;
}

int ckpt_contents_count(struct ckpt_view *v, struct ckpt_slot *s, int *version, int64_t *batches,
			struct ckpt_err *err)
{
	char name[CKPT_UUID_TEXT];
	struct ckpt_contents *c;
	bool known;
	int rc;

	/* What a finished checkpoint needs never changes, so once is enough. */
	pthread_mutex_lock(&v->lock);
	known = s->counted;
	*version = known ? s->version : 0;
	*batches = known ? s->batches : -1;
	pthread_mutex_unlock(&v->lock);
	if (known)
		return 0;
	rc = ckpt_contents_get(v, s, &c, err);
	if (rc)
		return rc;
	/* Lists that may be read again the next moment must not be put down as
	 * damaged in somebody's backup. */
	if (c->damage && !ckpt_is_damage(-c->damage))
		rc = ckpt_fail(err, EIO, "checkpoint %s can't be described: %s", ckpt_slot_name(s, name),
			       c->why ? c->why : "its lists can't be read");
	*version = c->damage ? 0 : c->deps.version;
	*batches = c->damage ? -1 : (int64_t)c->deps.batches->n;
	ckpt_contents_unref(c);
	return rc;
}
