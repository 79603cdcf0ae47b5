#include "view/dir.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "base/when.h"
#include "view/hold.h"
#include "view/limits.h"

static bool needs_lease(enum ckpt_node_kind kind)
{
	return kind == CKPT_NODE_DEPS || kind == CKPT_NODE_STORAGE || kind == CKPT_NODE_STATEDIR ||
	       kind == CKPT_NODE_STEPS;
}

/* --- opening ------------------------------------------------------------- */

static int open_links(struct ckpt_view_dir *d, struct ckpt_err *err)
{
	if (d->place.kind == CKPT_NODE_BYTIME)
		d->links = ckpt_picture_by_time(d->place.picture);
	else
		d->links = ckpt_picture_by_identifier(d->place.picture);
	return d->links ? 0 : ckpt_fail_nomem(err);
}

/* A listing without state.json where there is one would cost the pipeline that
 * is started on a copy all that it knew: so if that can't be told, none. */
static int look_for_state(struct ckpt_view_dir *d, struct ckpt_err *err)
{
	char uuid[CKPT_UUID_TEXT];
	struct ckpt_hold *hold;
	struct ckpt_err e = { 0 };
	struct ckpt_stat st;
	int rc = ckpt_store_stat(d->view->store, ckpt_slot_name(d->place.slot, uuid), CKPT_STATE, &st, &e);

	d->has_state = !rc && st.kind == CKPT_KIND_FILE;
	hold = ckpt_hold_get(d->view, d->place.slot);
	d->has_state |= ckpt_hold_has_state(hold);
	ckpt_hold_unref(hold);
	if (!rc || rc == -ENOENT || d->has_state)
		return 0;
	return ckpt_view_missing(d->view, d->place.slot, rc, &e, err);
}

static int open_leased(struct ckpt_view_dir *d, struct ckpt_err *err)
{
	int rc = ckpt_lease_open(d->view, d->place.slot, true, err);

	if (rc)
		return rc;
	d->leased = true;
	/* steps.bin too: its checkpoint must not pass for one that is sound. */
	rc = ckpt_contents_sound(d->view, d->place.slot, &d->place.lists, err);
	return rc ? rc : look_for_state(d, err);
}

/* In a root that has no state.json yet a checkpoint passes for finished before it has
 * its own, and a listing that is read after the kernel was told of that must not be
 * the one that it keeps. */
static bool may_get_state(const struct ckpt_view_dir *d)
{
	const struct ckpt_picture *p = d->place.picture;
	size_t n = p->catalog->n;

	if ((d->place.kind != CKPT_NODE_STORAGE && d->place.kind != CKPT_NODE_STATEDIR) || d->has_state ||
	    p->resume.has_state || !n || p->slot[n - 1] != d->place.slot)
		return false;
	return ckpt_when_now() - ckpt_when_of(&d->place.lists->stamp[0].ctime) < CKPT_STATE_LATE_MS;
}

int ckpt_view_opendir(struct ckpt_view *v, uint64_t id, struct ckpt_view_dir **out, bool *settled,
		      struct ckpt_err *err)
{
	struct ckpt_view_dir *d = calloc(1, sizeof(*d));
	int rc;

	if (!d)
		return ckpt_fail_nomem(err);
	d->view = v;
	d->looked = __atomic_load_n(&v->looked, __ATOMIC_RELAXED);
	rc = ckpt_place_find(v, id, &d->place, err);
	if (!rc && !S_ISDIR(ckpt_place_type(&d->place)))
		rc = ckpt_fail(err, ENOTDIR, "it is no directory");
	if (!rc && (d->place.kind == CKPT_NODE_BYTIME || d->place.kind == CKPT_NODE_BYID))
		rc = open_links(d, err);
	if (!rc && d->place.kind == CKPT_NODE_PINS)
		rc = ckpt_picture_check_pins(d->place.picture, err);
	if (!rc && needs_lease(d->place.kind))
		rc = open_leased(d, err);
	if (rc) {
		ckpt_view_closedir(d);
		return rc;
	}
	*settled = d->place.slot && ckpt_picture_finished(d->place.picture, v->store, d->place.slot) &&
		   !may_get_state(d);
	*out = d;
	return 0;
}

void ckpt_view_closedir(struct ckpt_view_dir *d)
{
	if (d->leased)
		ckpt_lease_close(d->view, d->place.slot);
	ckpt_place_release(&d->place);
	free(d);
}

/* --- reading ------------------------------------------------------------- */

enum ckpt_nodes ckpt_view_nodes(struct ckpt_view_dir *d, uint64_t offset)
{
	size_t listed = offset ? __atomic_load_n(&d->next, __ATOMIC_RELAXED) : 0;

	if (d->place.kind != CKPT_NODE_ROOT)
		return CKPT_NODES_ALL;
	if (__atomic_load_n(&d->view->looked, __ATOMIC_RELAXED) != d->looked)
		return CKPT_NODES_ALL;
	return listed < CKPT_NODES_FREELY ? CKPT_NODES_BUT_LAST : CKPT_NODES_NONE;
}

static void give_parent(struct ckpt_view_dir *d, struct ckpt_step *s)
{
	switch (d->place.kind) {
	case CKPT_NODE_DEPS:
	case CKPT_NODE_STORAGE:
		ckpt_step_give(s, CKPT_POS_DOTDOT, "..", CKPT_NODE_CKPT, d->place.slot, 0);
		break;
	case CKPT_NODE_STATEDIR:
	case CKPT_NODE_STEPS:
		ckpt_step_give(s, CKPT_POS_DOTDOT, "..", CKPT_NODE_STORAGE, d->place.slot, 0);
		break;
	case CKPT_NODE_BYTIME:
	case CKPT_NODE_BYID:
	case CKPT_NODE_PINS:
		ckpt_step_give(s, CKPT_POS_DOTDOT, "..", CKPT_NODE_CTL, NULL, 0);
		break;
	default:
		ckpt_step_give(s, CKPT_POS_DOTDOT, "..", CKPT_NODE_ROOT, NULL, 0);
		break;
	}
}

/* An open directory names what has left since, but must not describe it: the
 * kernel would remember that for good, since it was told already to forget. */
static bool is_there(struct ckpt_view *v, struct ckpt_slot *s)
{
	bool there;

	if (!s)
		return true;
	pthread_mutex_lock(&v->lock);
	there = s->present || ckpt_slot_leased(s);
	pthread_mutex_unlock(&v->lock);
	return there;
}

static void fill(struct ckpt_view_dir *d, const struct ckpt_step *s, bool plus, struct ckpt_view_entry *e)
{
	/* The step is gone by the time it is read. */
	e->name = s->name == s->uuid ? memcpy(e->uuid, s->uuid, sizeof(e->uuid)) : s->name;
	e->offset = s->pos;
	/* What can't be described now keeps its name: looking it up says why. */
	if (plus && s->pos > CKPT_POS_DOTDOT && is_there(d->view, s->child.slot) &&
	    !ckpt_place_node(d->view, &s->child, &e->node, NULL))
		return;
	e->node = (struct ckpt_node){ .id = plus ? 0 : ckpt_place_id(&s->child) };
	e->node.attr.st_ino = ckpt_place_ino(&s->child);
	e->node.attr.st_mode = ckpt_place_type(&s->child);
}

int ckpt_view_readdir(struct ckpt_view_dir *d, uint64_t offset, bool plus, struct ckpt_view_entry *entry,
		      struct ckpt_err *err)
{
	struct ckpt_step s = { .child.picture = d->place.picture };

	(void)err;
	if (offset < CKPT_POS_DOT)
		ckpt_step_give(&s, CKPT_POS_DOT, ".", d->place.kind, d->place.slot, d->place.index);
	else if (offset < CKPT_POS_DOTDOT)
		give_parent(d, &s);
	else if (!ckpt_step(d, offset, &s))
		return 0;
	fill(d, &s, plus, entry);
	/* What is open does not end. */
	if (d->place.slot && !d->leased)
		ckpt_lease_touch(d->view, d->place.slot);
	return 1;
}
