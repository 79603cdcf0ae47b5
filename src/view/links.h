/* links.h - checkpoints under other names
 *
 * by-time/ has one link a checkpoint, named by its time; where two have the
 * same time each gets "~" and its uuid.  A checkpoint whose time is not known
 * is left out.  by-identifier/ has one link an identifier, to the newest
 * checkpoint that has it.
 *
 * An identifier becomes a file name: '/', '%', a leading dot and whatever
 * could speak to a terminal become %XX, a byte each; what is longer than a
 * file name may be is cut at a whole character.
 */
#ifndef CKPT_VIEW_LINKS_H
#define CKPT_VIEW_LINKS_H

#include "base/buf.h"
#include "base/name.h"
#include "engine/catalog.h"

struct ckpt_slot;

struct ckpt_links {
	struct ckpt_buf text; /* the names, each with its NUL */
	size_t n;
	struct ckpt_link {
		uint32_t name;	/* where it begins in text */
		uint32_t entry; /* of the catalog */
	} * by_name;		/* sorted by name */
	uint32_t *by_slot;	/* indices of by_name, by the numbers of the slots */
};

/* NULL: no memory. */
struct ckpt_links *ckpt_links_by_time(struct ckpt_slot *const *slot, size_t n);
struct ckpt_links *ckpt_links_by_identifier(struct ckpt_slot *const *slot, size_t n);
void ckpt_links_free(struct ckpt_links *l); /* NULL is allowed */

const char *ckpt_links_name(const struct ckpt_links *l, const struct ckpt_link *link);
/* The entry of a name, or -1. */
ptrdiff_t ckpt_links_find(const struct ckpt_links *l, const char *name);

/* The file name of an identifier; empty where nothing is left of it. */
void ckpt_links_encode(const char *identifier, size_t len, char name[CKPT_NAME_MAX + 1]);

#endif
