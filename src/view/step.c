#include "base/name.h"
#include "base/when.h"
#include "view/dir.h"
#include "view/limits.h"

void ckpt_step_give(struct ckpt_step *s, uint64_t pos, const char *name, enum ckpt_node_kind kind,
		    struct ckpt_slot *slot, uint32_t index)
{
	s->pos = pos;
	s->name = name;
	s->child.kind = kind;
	s->child.slot = slot;
	s->child.number = slot ? slot->number : 0;
	s->child.index = index;
}

/* The entry that is number i by the numbers of the slots. */
static size_t entry_at(const struct ckpt_view_dir *d, size_t i)
{
	const uint32_t *order = d->links ? d->links->by_slot : d->place.picture->order;
	size_t at = order ? order[i] : i;

	return d->links ? d->links->by_name[at].entry : at;
}

static uint64_t position(const struct ckpt_view_dir *d, size_t i)
{
	return d->place.picture->slot[entry_at(d, i)]->number + CKPT_OFFSET_LISTED;
}

/* The first i in [0, n) whose slot's position is above after, or n.  Mostly it is
 * the one after that which was found last. */
static size_t after_slot(struct ckpt_view_dir *d, size_t n, uint64_t after)
{
	size_t low = 0, high = n, next = __atomic_load_n(&d->next, __ATOMIC_RELAXED);

	if (next <= n && (!next || position(d, next - 1) <= after) &&
	    (next == n || position(d, next) > after))
		low = high = next;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (position(d, mid) > after)
			high = mid;
		else
			low = mid + 1;
	}
	__atomic_store_n(&d->next, low + 1, __ATOMIC_RELAXED);
	return low;
}

static bool step_root(struct ckpt_view_dir *d, uint64_t after, struct ckpt_step *s)
{
	struct ckpt_picture *p = d->place.picture;
	struct ckpt_slot *slot;
	size_t i;

	if (after < CKPT_POS_FIXED && p->latest >= 0) {
		ckpt_step_give(s, CKPT_POS_FIXED, "latest", CKPT_NODE_LATEST, p->slot[p->latest], 0);
		return true;
	}
	if (after < CKPT_POS_FIXED + 1 && d->view->opts.show_control) {
		ckpt_step_give(s, CKPT_POS_FIXED + 1, ".ckptfs", CKPT_NODE_CTL, NULL, 0);
		return true;
	}
	i = after_slot(d, p->catalog->n, after);
	if (i == p->catalog->n)
		return false;
	slot = p->slot[entry_at(d, i)];
	ckpt_step_give(s, slot->number + CKPT_OFFSET_LISTED, ckpt_slot_name(slot, s->uuid), CKPT_NODE_CKPT,
		       slot, 0);
	return true;
}

static bool step_links(struct ckpt_view_dir *d, uint64_t after, struct ckpt_step *s)
{
	size_t i = after_slot(d, d->links->n, after);
	const struct ckpt_link *link;
	struct ckpt_slot *slot;

	if (i == d->links->n)
		return false;
	link = &d->links->by_name[d->links->by_slot[i]];
	slot = d->place.picture->slot[link->entry];
	ckpt_step_give(s, slot->number + CKPT_OFFSET_LISTED, ckpt_links_name(d->links, link),
		       d->place.kind == CKPT_NODE_BYTIME ? CKPT_NODE_BYTIME_LINK : CKPT_NODE_BYID_LINK, slot,
		       0);
	return true;
}

static bool step_pins(struct ckpt_view_dir *d, uint64_t after, struct ckpt_step *s)
{
	struct ckpt_picture *p = d->place.picture;
	const struct ckpt_pins *pins = &p->pinned->pins;
	int64_t now = ckpt_when_now();

	for (uint64_t i = after < CKPT_OFFSET_LISTED ? 0 : after - CKPT_OFFSET_LISTED + 1; i < pins->n; i++) {
		struct ckpt_slot *slot = ckpt_picture_pin(p, i, now);

		if (!slot)
			continue;
		ckpt_step_give(s, i + CKPT_OFFSET_LISTED, pins->pin[i].name, CKPT_NODE_PINS_LINK, slot, 0);
		return true;
	}
	return false;
}

static bool step_list(struct ckpt_view_dir *d, enum ckpt_node_kind kind, uint64_t after, struct ckpt_step *s)
{
	struct ckpt_contents *lists = d->place.lists;
	uint64_t i = after < CKPT_OFFSET_LISTED ? 0 : after - CKPT_OFFSET_LISTED + 1;
	const char *name = NULL;

	if (i <= CKPT_ID_INDEX_MAX)
		name = kind == CKPT_NODE_STATEFILE ? ckpt_contents_file(lists, (uint32_t)i)
						   : ckpt_contents_batch(lists, (uint32_t)i);
	if (!name)
		return false;
	ckpt_step_give(s, i + CKPT_OFFSET_LISTED, name, kind, d->place.slot, (uint32_t)i);
	s->child.number = lists->number;
	s->child.lists = lists;
	s->child.name = name;
	return true;
}

/* Names that are always the same, in their order; NULL: not there now. */
struct fixed {
	const char *name;
	enum ckpt_node_kind kind;
	uint32_t index;
};

static bool step_fixed(struct ckpt_view_dir *d, const struct fixed *f, size_t n, uint64_t after,
		       struct ckpt_step *s)
{
	for (size_t i = after < CKPT_POS_FIXED ? 0 : after - CKPT_POS_FIXED + 1; i < n; i++) {
		if (!f[i].name)
			continue;
		ckpt_step_give(s, CKPT_POS_FIXED + i, f[i].name, f[i].kind, d->place.slot, f[i].index);
		if (f[i].kind == CKPT_NODE_STATEFILE)
			s->child.name = f[i].name;
		return true;
	}
	return false;
}

static bool step_storage(struct ckpt_view_dir *d, uint64_t after, struct ckpt_step *s)
{
	const struct fixed f[] = {
		{ CKPT_CATALOG, CKPT_NODE_CATALOG, 0 },
		{ d->has_state ? CKPT_STATE : NULL, CKPT_NODE_STATE, 0 },
		{ d->place.picture->steps ? CKPT_STEPS : NULL, CKPT_NODE_STEPS, 0 },
		{ ckpt_slot_name(d->place.slot, s->uuid), CKPT_NODE_STATEDIR, 0 },
	};

	return step_fixed(d, f, sizeof(f) / sizeof(f[0]), after, s) ||
	       step_list(d, CKPT_NODE_BATCH, after, s);
}

static bool step_control(struct ckpt_view_dir *d, uint64_t after, struct ckpt_step *s)
{
	struct fixed f[CKPT_CTL_NAMES];

	for (size_t i = 0; i < CKPT_CTL_NAMES; i++)
		f[i] = (struct fixed){ ckpt_ctl_names[i].name, ckpt_ctl_names[i].kind,
				       ckpt_ctl_names[i].ctl };
	return step_fixed(d, f, CKPT_CTL_NAMES, after, s);
}

bool ckpt_step(struct ckpt_view_dir *d, uint64_t after, struct ckpt_step *s)
{
	static const struct fixed checkpoint[] = {
		{ "metadata.json", CKPT_NODE_META, 0 },
		{ "dependencies", CKPT_NODE_DEPS, 0 },
		{ "storage", CKPT_NODE_STORAGE, 0 },
	};
	const struct fixed state = { d->has_state ? CKPT_STATE : NULL, CKPT_NODE_STATEFILE,
				     CKPT_INDEX_STATE };

	switch (d->place.kind) {
	case CKPT_NODE_ROOT:
		return step_root(d, after, s);
	case CKPT_NODE_CKPT:
		return step_fixed(d, checkpoint, 3, after, s);
	case CKPT_NODE_DEPS:
		return step_list(d, CKPT_NODE_DEP, after, s);
	case CKPT_NODE_STORAGE:
		return step_storage(d, after, s);
	case CKPT_NODE_STATEDIR:
		return step_fixed(d, &state, 1, after, s) || step_list(d, CKPT_NODE_STATEFILE, after, s);
	case CKPT_NODE_CTL:
		return step_control(d, after, s);
	case CKPT_NODE_BYTIME:
	case CKPT_NODE_BYID:
		return step_links(d, after, s);
	case CKPT_NODE_PINS:
		return step_pins(d, after, s);
	default:
		return false;
	}
}
