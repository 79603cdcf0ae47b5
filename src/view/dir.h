/* dir.h - an open directory
 *
 * Each entry has a position, its offset, that follows from its name: fixed
 * names have fixed ones, checkpoints and links their slot's number, batches,
 * state files and pins (several may name one checkpoint) their index in a list
 * that the directory keeps to its end.  A step finds the entry with the
 * smallest position above the one that was asked for; so reading goes on at the
 * right place whatever left or came, and needs no cursor; the one there is only
 * saves looking for what was found just before.
 */
#ifndef CKPT_VIEW_DIR_H
#define CKPT_VIEW_DIR_H

#include "view/node.h"

struct ckpt_view_dir {
	struct ckpt_view *view;
	struct ckpt_place place;
	const struct ckpt_links *links; /* of the picture; by-* only */
	uint64_t looked;		/* of the view, when it was opened */
	size_t next;			/* atomic; where the step after the last one is likely to be */
	bool leased;
	bool has_state; /* the checkpoint has a state.json */
};

/* The positions of the first ones; all others come after them. */
enum { CKPT_POS_DOT = 1, CKPT_POS_DOTDOT, CKPT_POS_FIXED };

struct ckpt_step {
	struct ckpt_place child; /* borrows */
	const char *name;
	uint64_t pos;
	char uuid[CKPT_UUID_TEXT]; /* where name may be */
};

/* A checkpoint's own nodes, or those without one (slot NULL). */
void ckpt_step_give(struct ckpt_step *s, uint64_t pos, const char *name, enum ckpt_node_kind kind,
		    struct ckpt_slot *slot, uint32_t index);
/* The entry after this position, which is at least CKPT_POS_DOTDOT; false at
 * the end. */
bool ckpt_step(struct ckpt_view_dir *d, uint64_t after, struct ckpt_step *s);

#endif
