#include "view/node.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/name.h"

const struct ckpt_ctl_name ckpt_ctl_names[CKPT_CTL_NAMES] = {
	{ "control", CKPT_NODE_CONTROL, CKPT_CTL_CONTROL },
	{ "gc", CKPT_NODE_CTLFILE, CKPT_CTL_GC },
	{ "sweep", CKPT_NODE_CTLFILE, CKPT_CTL_SWEEP },
	{ "status.json", CKPT_NODE_CTLFILE, CKPT_CTL_STATUS },
	{ "log", CKPT_NODE_CTLFILE, CKPT_CTL_LOG },
	{ "usage.json", CKPT_NODE_CTLFILE, CKPT_CTL_USAGE },
	{ "metrics", CKPT_NODE_CTLFILE, CKPT_CTL_METRICS },
	{ "by-time", CKPT_NODE_BYTIME, CKPT_CTL_NONE },
	{ "by-identifier", CKPT_NODE_BYID, CKPT_CTL_NONE },
	{ "pins", CKPT_NODE_PINS, CKPT_CTL_NONE },
};

/* --- finding ------------------------------------------------------------- */

static bool has_slot(enum ckpt_node_kind kind)
{
	return kind != CKPT_NODE_ROOT && !ckpt_kind_is_control(kind);
}

static bool is_listed(enum ckpt_node_kind kind, uint32_t index)
{
	return kind == CKPT_NODE_DEP || kind == CKPT_NODE_BATCH ||
	       (kind == CKPT_NODE_STATEFILE && index != CKPT_INDEX_STATE);
}

static int stale(struct ckpt_err *err)
{
	return ckpt_fail(err, ESTALE, "what was here has left the catalog, or changed");
}

static int find_slot(struct ckpt_view *v, struct ckpt_place *p, struct ckpt_err *err)
{
	bool there = false;

	pthread_mutex_lock(&v->lock);
	p->slot = ckpt_slots_by_number(&v->slots, p->number);
	if (p->slot) {
		ckpt_slot_ref(p->slot);
		there = p->slot->present || ckpt_slot_leased(p->slot);
	}
	pthread_mutex_unlock(&v->lock);
	return there ? 0 : stale(err);
}

static int find_name(struct ckpt_view *v, struct ckpt_place *p, struct ckpt_err *err)
{
	int rc = ckpt_contents_sound(v, p->slot, &p->lists, err);

	if (rc)
		return rc;
	if (p->lists->number != p->number)
		return stale(err);
	p->name = p->kind == CKPT_NODE_STATEFILE ? ckpt_contents_file(p->lists, p->index)
						 : ckpt_contents_batch(p->lists, p->index);
	return p->name ? 0 : stale(err);
}

static bool is_ctl_file(uint32_t index)
{
	for (size_t i = 0; i < CKPT_CTL_NAMES; i++)
		if (ckpt_ctl_names[i].kind == CKPT_NODE_CTLFILE && ckpt_ctl_names[i].ctl == index)
			return true;
	return false;
}

/* Pins that could not be read are tried again whenever somebody wants them: a
 * file that may be read again gives no hint. */
static struct ckpt_picture *find_picture(struct ckpt_view *v, enum ckpt_node_kind kind)
{
	struct ckpt_picture *p = ckpt_view_picture(v);

	if (kind != CKPT_NODE_PINS || !p->pinned->problem)
		return p;
	ckpt_picture_unref(p);
	ckpt_refresh(v, false, NULL);
	return ckpt_view_picture(v);
}

int ckpt_place_find(struct ckpt_view *v, uint64_t id, struct ckpt_place *out, struct ckpt_err *err)
{
	struct ckpt_id part;
	int rc = 0;

	*out = (struct ckpt_place){ 0 };
	if (!ckpt_id_unpack(id, &part) || (part.kind == CKPT_NODE_CTLFILE && !is_ctl_file(part.index)))
		return stale(err);
	out->kind = part.kind;
	out->number = part.number;
	out->index = part.index;
	if (has_slot(out->kind)) {
		rc = find_slot(v, out, err);
		if (!rc && is_listed(out->kind, out->index))
			rc = find_name(v, out, err);
		else if (!rc && out->number != out->slot->number)
			rc = stale(err);
		if (!rc && out->kind == CKPT_NODE_STATEFILE && !out->name)
			out->name = CKPT_STATE;
	}
	if (rc)
		ckpt_place_release(out);
	else
		out->picture = find_picture(v, out->kind);
	return rc;
}

void ckpt_place_release(struct ckpt_place *p)
{
	ckpt_contents_unref(p->lists);
	ckpt_slot_unref(p->slot);
	ckpt_picture_unref(p->picture);
	*p = (struct ckpt_place){ 0 };
}

/* --- what needs no look --------------------------------------------------- */

uint64_t ckpt_place_id(const struct ckpt_place *p)
{
	return ckpt_id_pack(p->kind, p->number, p->index);
}

mode_t ckpt_place_type(const struct ckpt_place *p)
{
	switch (p->kind) {
	case CKPT_NODE_META:
	case CKPT_NODE_CATALOG:
	case CKPT_NODE_STATE:
	case CKPT_NODE_STATEFILE:
	case CKPT_NODE_BATCH:
	case CKPT_NODE_CONTROL:
	case CKPT_NODE_CTLFILE:
		return S_IFREG;
	case CKPT_NODE_DEP:
	case CKPT_NODE_LATEST:
	case CKPT_NODE_BYTIME_LINK:
	case CKPT_NODE_BYID_LINK:
	case CKPT_NODE_PINS_LINK:
		return S_IFLNK;
	default:
		return S_IFDIR;
	}
}

bool ckpt_place_backing(const struct ckpt_place *p, char uuid[CKPT_UUID_TEXT], const char **dir,
			const char **name)
{
	*dir = NULL;
	*name = p->name;
	switch (p->kind) {
	case CKPT_NODE_BATCH:
		return true;
	case CKPT_NODE_STATE:
		*name = CKPT_STATE;
		*dir = ckpt_slot_name(p->slot, uuid);
		return true;
	case CKPT_NODE_STATEFILE:
		*dir = ckpt_slot_name(p->slot, uuid);
		return true;
	default:
		return false;
	}
}

static const char *ctl_name(uint32_t ctl)
{
	for (size_t i = 0; i < CKPT_CTL_NAMES; i++)
		if (ckpt_ctl_names[i].ctl == ctl)
			return ckpt_ctl_names[i].name;
	return "";
}

uint64_t ckpt_place_ino(const struct ckpt_place *p)
{
	char u[CKPT_UUID_TEXT] = "";

	/* Of a batch there may be many, and none needs it. */
	if (p->slot && p->kind != CKPT_NODE_BATCH)
		ckpt_slot_name(p->slot, u);
	switch (p->kind) {
	case CKPT_NODE_CKPT:
		assert(p->slot);
		return ckpt_ino_checkpoint(&p->slot->entry->uuid, u);
	case CKPT_NODE_META:
		return ckpt_ino("/%s/metadata.json", u);
	case CKPT_NODE_DEPS:
		return ckpt_ino("/%s/dependencies", u);
	case CKPT_NODE_DEP:
		return ckpt_ino("/%s/dependencies/%s", u, p->name);
	case CKPT_NODE_STORAGE:
		return ckpt_ino("/%s/storage", u);
	case CKPT_NODE_CATALOG:
		return ckpt_ino("/%s/storage/" CKPT_CATALOG, u);
	case CKPT_NODE_STEPS:
		return ckpt_ino("/%s/storage/" CKPT_STEPS, u);
	case CKPT_NODE_STATEDIR:
		return ckpt_ino("/%s/storage/%s", u, u);
	case CKPT_NODE_STATE:
		return ckpt_ino("%s/" CKPT_STATE, u);
	case CKPT_NODE_STATEFILE:
		return ckpt_ino("%s/%s", u, p->name);
	case CKPT_NODE_BATCH:
		return ckpt_ino("%s", p->name);
	case CKPT_NODE_LATEST:
		return ckpt_ino("/latest");
	case CKPT_NODE_CTL:
		return ckpt_ino("/.ckptfs");
	case CKPT_NODE_CONTROL:
		return ckpt_ino("/.ckptfs/control");
	case CKPT_NODE_CTLFILE:
		return ckpt_ino("/.ckptfs/%s", ctl_name(p->index));
	case CKPT_NODE_BYTIME:
		return ckpt_ino("/.ckptfs/by-time");
	case CKPT_NODE_BYTIME_LINK: /* by its target: the name can change */
		return ckpt_ino("/.ckptfs/by-time/%s", u);
	case CKPT_NODE_BYID:
		return ckpt_ino("/.ckptfs/by-identifier");
	case CKPT_NODE_BYID_LINK:
		return ckpt_ino("/.ckptfs/by-identifier/%s", u);
	case CKPT_NODE_PINS:
		return ckpt_ino("/.ckptfs/pins");
	case CKPT_NODE_PINS_LINK:
		return ckpt_ino("/.ckptfs/pins/%s", u);
	default:
		return CKPT_VIEW_ROOT;
	}
}
