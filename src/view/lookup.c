#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/name.h"
#include "base/when.h"
#include "view/hold.h"

/* Each of these fills in a child of its parent's kind, borrowing from the
 * parent; kind, number, index, slot, lists and name, as far as it has them. */

static int absent(const char *name, struct ckpt_err *err)
{
	return ckpt_fail(err, ENOENT, "there is no %s here", name);
}

static bool is(const char *name, const char *other)
{
	return !strcmp(name, other);
}

static void set(struct ckpt_place *child, enum ckpt_node_kind kind, struct ckpt_slot *slot, uint32_t index)
{
	child->kind = kind;
	child->slot = slot;
	child->number = slot ? slot->number : 0;
	child->index = index;
}

/* A checkpoint that left is found as long as it is leased.  slot comes as a
 * reference. */
static int find_uuid(struct ckpt_view *v, struct ckpt_place *child, const char *name, struct ckpt_err *err)
{
	char text[CKPT_UUID_TEXT];
	struct ckpt_slot *s;
	struct ckpt_uuid u;
	bool there;

	if (!ckpt_uuid_parse(name, &u) || !is(ckpt_uuid_text(&u, text), name))
		return absent(name, err);
	pthread_mutex_lock(&v->lock);
	s = ckpt_slots_by_uuid(&v->slots, &u);
	there = s && (s->present || ckpt_slot_leased(s));
	if (there)
		ckpt_slot_ref(s);
	pthread_mutex_unlock(&v->lock);
	if (!s)
		return absent(name, err);
	if (!there)
		return ckpt_fail(err, ESTALE, "checkpoint %s has been removed", name);
	__atomic_add_fetch(&v->looked, 1, __ATOMIC_RELAXED);
	set(child, CKPT_NODE_CKPT, s, 0);
	return 0;
}

static int in_root(struct ckpt_view *v, const struct ckpt_place *dir, const char *name,
		   struct ckpt_place *child, struct ckpt_err *err)
{
	if (is(name, ".ckptfs")) {
		set(child, CKPT_NODE_CTL, NULL, 0);
		return 0;
	}
	if (!is(name, "latest"))
		return find_uuid(v, child, name, err);
	if (dir->picture->latest < 0)
		return absent(name, err);
	set(child, CKPT_NODE_LATEST, ckpt_slot_ref(dir->picture->slot[dir->picture->latest]), 0);
	return 0;
}

static int in_checkpoint(const struct ckpt_place *dir, const char *name, struct ckpt_place *child,
			 struct ckpt_err *err)
{
	if (is(name, "metadata.json"))
		set(child, CKPT_NODE_META, dir->slot, 0);
	else if (is(name, "dependencies"))
		set(child, CKPT_NODE_DEPS, dir->slot, 0);
	else if (is(name, "storage"))
		set(child, CKPT_NODE_STORAGE, dir->slot, 0);
	else
		return absent(name, err);
	return 0;
}

/* A name in one of the lists of the checkpoint. */
static int in_list(struct ckpt_view *v, const struct ckpt_place *dir, enum ckpt_node_kind kind,
		   const char *name, struct ckpt_place *child, struct ckpt_err *err)
{
	const struct ckpt_names *names;
	ptrdiff_t i;
	int rc = ckpt_contents_sound(v, dir->slot, &child->lists, err);

	if (rc)
		return rc;
	names = kind == CKPT_NODE_STATEFILE ? &child->lists->files : child->lists->deps.batches;
	i = ckpt_names_find(names, name);
	if (i < 0)
		return absent(name, err);
	set(child, kind, dir->slot, (uint32_t)i);
	child->number = child->lists->number;
	child->name = ckpt_names_at(names, (size_t)i);
	return 0;
}

/* state.json may come at any time, so it is looked for each time. */
static int find_state(struct ckpt_view *v, const struct ckpt_place *dir, enum ckpt_node_kind kind,
		      struct ckpt_place *child, struct ckpt_err *err)
{
	char uuid[CKPT_UUID_TEXT];
	struct ckpt_stat st;
	int rc = ckpt_store_stat(v->store, ckpt_slot_name(dir->slot, uuid), CKPT_STATE, &st, NULL);
	struct ckpt_hold *hold = rc ? ckpt_hold_get(v, dir->slot) : NULL;

	if (ckpt_hold_has_state(hold)) {
		rc = 0;
		st.kind = CKPT_KIND_FILE;
	}
	ckpt_hold_unref(hold);
	if (rc == -ENOENT && ckpt_view_left(v, dir->slot))
		return ckpt_fail(err, ESTALE, "checkpoint %s has been removed", uuid);
	if (rc == -ENOENT || (!rc && st.kind != CKPT_KIND_FILE))
		return absent(CKPT_STATE, err);
	set(child, kind, dir->slot, kind == CKPT_NODE_STATEFILE ? CKPT_INDEX_STATE : 0);
	if (kind == CKPT_NODE_STATEFILE)
		child->name = CKPT_STATE;
	return 0;
}

static int in_storage(struct ckpt_view *v, const struct ckpt_place *dir, const char *name,
		      struct ckpt_place *child, struct ckpt_err *err)
{
	char uuid[CKPT_UUID_TEXT];

	assert(dir->slot);
	if (is(name, CKPT_STATE))
		return find_state(v, dir, CKPT_NODE_STATE, child, err);
	if (is(name, CKPT_CATALOG))
		set(child, CKPT_NODE_CATALOG, dir->slot, 0);
	else if (is(name, ckpt_slot_name(dir->slot, uuid)))
		set(child, CKPT_NODE_STATEDIR, dir->slot, 0);
	else if (!is(name, CKPT_STEPS))
		return in_list(v, dir, CKPT_NODE_BATCH, name, child, err);
	else if (!dir->picture->steps)
		return absent(name, err);
	else
		set(child, CKPT_NODE_STEPS, dir->slot, 0);
	return 0;
}

static int in_control(struct ckpt_view *v, const char *name, struct ckpt_place *child, struct ckpt_err *err)
{
	for (size_t i = 0; i < CKPT_CTL_NAMES; i++) {
		const struct ckpt_ctl_name *n = &ckpt_ctl_names[i];

		if (!is(name, n->name))
			continue;
		set(child, n->kind, NULL, n->kind == CKPT_NODE_CTLFILE ? n->ctl : 0);
		/* The kernel lets one write at a time into an inode, and two
		 * writers shall not wait for each other. */
		if (n->kind == CKPT_NODE_CONTROL)
			child->number =
				__atomic_add_fetch(&v->controls, 1, __ATOMIC_RELAXED) & CKPT_ID_NUMBER_MAX;
		return 0;
	}
	return absent(name, err);
}

static int in_links(const struct ckpt_place *dir, const char *name, struct ckpt_place *child,
		    struct ckpt_err *err)
{
	bool by_time = dir->kind == CKPT_NODE_BYTIME;
	const struct ckpt_links *l =
		by_time ? ckpt_picture_by_time(dir->picture) : ckpt_picture_by_identifier(dir->picture);
	ptrdiff_t i = l ? ckpt_links_find(l, name) : -1;

	if (!l)
		return ckpt_fail_nomem(err);
	if (i < 0)
		return absent(name, err);
	set(child, by_time ? CKPT_NODE_BYTIME_LINK : CKPT_NODE_BYID_LINK,
	    ckpt_slot_ref(dir->picture->slot[i]), 0);
	return 0;
}

/* While they can't be read no pin is known to be absent. */
static int in_pins(const struct ckpt_place *dir, const char *name, struct ckpt_place *child,
		   struct ckpt_err *err)
{
	struct ckpt_slot *slot;
	int rc = ckpt_picture_check_pins(dir->picture, err);

	if (rc)
		return rc;
	slot = ckpt_picture_pin_named(dir->picture, name, ckpt_when_now());
	if (!slot)
		return absent(name, err);
	set(child, CKPT_NODE_PINS_LINK, ckpt_slot_ref(slot), 0);
	return 0;
}

static int find_child(struct ckpt_view *v, const struct ckpt_place *dir, const char *name,
		      struct ckpt_place *child, struct ckpt_err *err)
{
	switch (dir->kind) {
	case CKPT_NODE_ROOT:
		return in_root(v, dir, name, child, err);
	case CKPT_NODE_CKPT:
		return in_checkpoint(dir, name, child, err);
	case CKPT_NODE_DEPS:
		return in_list(v, dir, CKPT_NODE_DEP, name, child, err);
	case CKPT_NODE_STORAGE:
		return in_storage(v, dir, name, child, err);
	case CKPT_NODE_STATEDIR:
		if (is(name, CKPT_STATE))
			return find_state(v, dir, CKPT_NODE_STATEFILE, child, err);
		return in_list(v, dir, CKPT_NODE_STATEFILE, name, child, err);
	case CKPT_NODE_CTL:
		return in_control(v, name, child, err);
	case CKPT_NODE_BYTIME:
	case CKPT_NODE_BYID:
		return in_links(dir, name, child, err);
	case CKPT_NODE_PINS:
		return in_pins(dir, name, child, err);
	case CKPT_NODE_STEPS:
		return absent(name, err);
	default:
		return ckpt_fail(err, ENOTDIR, "%s: what it is looked for in is no directory", name);
	}
}

int ckpt_view_lookup(struct ckpt_view *v, uint64_t parent, const char *name, struct ckpt_node *out,
		     struct ckpt_err *err)
{
	struct ckpt_place dir, child = { 0 };
	int rc = ckpt_place_find(v, parent, &dir, err);

	if (rc)
		return rc;
	if (dir.slot)
		ckpt_lease_touch(v, dir.slot);
	rc = find_child(v, &dir, name, &child, err);
	child.picture = ckpt_picture_ref(dir.picture);
	if (!rc)
		rc = ckpt_place_node(v, &child, out, err);
	/* It has a reference of its own only where the parent has no slot. */
	if (child.slot == dir.slot)
		child.slot = NULL;
	ckpt_place_release(&child);
	ckpt_place_release(&dir);
	return rc;
}

int ckpt_view_getattr(struct ckpt_view *v, uint64_t id, struct ckpt_node *out, struct ckpt_err *err)
{
	struct ckpt_place p;
	int rc = ckpt_place_find(v, id, &p, err);

	if (rc)
		return rc;
	if (p.slot)
		ckpt_lease_touch(v, p.slot);
	rc = ckpt_place_node(v, &p, out, err);
	ckpt_place_release(&p);
	return rc;
}

int ckpt_view_readlink(struct ckpt_view *v, uint64_t id, struct ckpt_buf *out, struct ckpt_err *err)
{
	struct ckpt_place p;
	int rc = ckpt_place_find(v, id, &p, err);

	if (rc)
		return rc;
	if (S_ISLNK(ckpt_place_type(&p)))
		ckpt_place_target(&p, out);
	else
		rc = ckpt_fail(err, EINVAL, "it is no symbolic link");
	if (!rc && out->failed)
		rc = ckpt_fail_nomem(err);
	ckpt_place_release(&p);
	return rc;
}

enum ckpt_ctl ckpt_view_ctl(uint64_t id)
{
	struct ckpt_id part;

	if (!ckpt_id_unpack(id, &part))
		return CKPT_CTL_NONE;
	if (part.kind == CKPT_NODE_CONTROL)
		return CKPT_CTL_CONTROL;
	return part.kind == CKPT_NODE_CTLFILE ? (enum ckpt_ctl)part.index : CKPT_CTL_NONE;
}
