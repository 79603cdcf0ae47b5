/* node.h - from an id to what it stands for
 *
 * A place is an id taken apart: the checkpoint, its lists where the kind needs
 * them, the name, and the picture that everything else is asked of.  An id
 * whose number is unknown, or whose checkpoint left and is not leased, is
 * ESTALE; so is one of lists that are not the current ones any more.
 *
 * What a place shows follows from it alone: type and st_ino without a look at
 * the disk, the attributes of a batch or state file with one.
 */
#ifndef CKPT_VIEW_NODE_H
#define CKPT_VIEW_NODE_H

#include "view/inside.h"

/* Owns its references, unless the one who filled it in borrowed them. */
struct ckpt_place {
	enum ckpt_node_kind kind;
	uint64_t number;
	uint32_t index;
	struct ckpt_picture *picture;
	struct ckpt_slot *slot;	     /* NULL where the kind has none */
	struct ckpt_contents *lists; /* NULL where the kind needs none */
	const char *name;	     /* of a batch or state file; else NULL */
};

int ckpt_place_find(struct ckpt_view *v, uint64_t id, struct ckpt_place *out, struct ckpt_err *err);
void ckpt_place_release(struct ckpt_place *p);

/* .ckptfs, and the files and directories in it: they belong to no checkpoint. */
static inline bool ckpt_kind_is_control(enum ckpt_node_kind kind)
{
	return kind == CKPT_NODE_CTL || kind == CKPT_NODE_CONTROL || kind == CKPT_NODE_CTLFILE ||
	       kind == CKPT_NODE_BYTIME || kind == CKPT_NODE_BYID || kind == CKPT_NODE_PINS;
}

uint64_t ckpt_place_id(const struct ckpt_place *p);
/* S_IFDIR, S_IFREG or S_IFLNK. */
mode_t ckpt_place_type(const struct ckpt_place *p);
uint64_t ckpt_place_ino(const struct ckpt_place *p);
/* All of it; a batch or state file is looked up. */
int ckpt_place_node(struct ckpt_view *v, const struct ckpt_place *p, struct ckpt_node *out,
		    struct ckpt_err *err);

/* The directory of the root, and the name in it, that have the bytes of a
 * place; false for what is made up.  *dir NULL: the root; else it is in uuid. */
bool ckpt_place_backing(const struct ckpt_place *p, char uuid[CKPT_UUID_TEXT], const char **dir,
			const char **name);
/* What a link says; what a file that is made up says. */
void ckpt_place_target(const struct ckpt_place *p, struct ckpt_buf *out);
int ckpt_place_text(struct ckpt_view *v, const struct ckpt_place *p, struct ckpt_buf *out,
		    struct ckpt_err *err);

/* The names in .ckptfs, and which file each is (CKPT_CTL_NONE: a directory). */
struct ckpt_ctl_name {
	const char *name;
	enum ckpt_node_kind kind;
	enum ckpt_ctl ctl;
};
#define CKPT_CTL_NAMES 10
extern const struct ckpt_ctl_name ckpt_ctl_names[CKPT_CTL_NAMES];

#endif
