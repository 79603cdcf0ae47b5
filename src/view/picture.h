/* picture.h - one generation of the catalog, ready to be shown
 *
 * Immutable and reference-counted.  Everything that depends on which
 * checkpoints there are is read from one picture, so that a listing, latest,
 * by-* and what they point at fit together; an open directory keeps its own to
 * the end.
 *
 * by-time and by-identifier are made when somebody first wants them, by
 * whoever that is; two who come at once make them twice and one is dropped.
 *
 * Pins are part of it, read again only when their file has changed.  Which of
 * them have expired is no part of it: that is asked when somebody looks.  Pins
 * that can't be read are never "no pins".
 */
#ifndef CKPT_VIEW_PICTURE_H
#define CKPT_VIEW_PICTURE_H

#include "ckptfs/pins.h"
#include "view/links.h"
#include "view/slot.h"
#include "view/stamp.h"

/* Immutable; shared by the pictures that found the same file. */
struct ckpt_pinned {
	unsigned refs; /* atomic */
	struct ckpt_stamp stamp;
	struct ckpt_pins pins;
	char *problem; /* why they can't be read; NULL: they can */
};

struct ckpt_picture {
	unsigned refs; /* atomic */
	uint64_t generation;
	struct ckpt_catalog *catalog;
	struct ckpt_stamp catalog_stamp, state_stamp;
	struct ckpt_resume resume;
	char *resume_problem;	    /* why state.json can't be read; NULL: it can */
	struct ckpt_slot **slot;    /* of each entry */
	uint32_t *order;	    /* the entries by the numbers of their slots; NULL: as they are */
	ptrdiff_t latest;	    /* the newest finished one, or -1 */
	struct ckpt_stat dir;	    /* the root directory */
	struct ckpt_stat file;	    /* the catalog, or what stands for it */
	bool steps;		    /* the root has a directory steps.bin */
	bool newest_state;	    /* the newest checkpoint has a state.json */
	struct ckpt_pinned *pinned; /* never NULL once it is read */
	struct ckpt_links *by_time, *by_identifier; /* atomic; NULL: not made yet */
};

/* All but slots, order and latest; before is an earlier picture or NULL.
 * With force the catalog is read even if it looks unchanged. */
int ckpt_picture_read(struct ckpt_store *store, struct ckpt_picture *before, bool force,
		      struct ckpt_picture **out, struct ckpt_err *err);
/* Find latest, once the slots are there. */
int ckpt_picture_find_latest(struct ckpt_picture *p, struct ckpt_store *store, struct ckpt_err *err);
/* Whether it shows exactly what before shows. */
bool ckpt_picture_same(const struct ckpt_picture *p, const struct ckpt_picture *before);

struct ckpt_picture *ckpt_picture_ref(struct ckpt_picture *p);
void ckpt_picture_unref(struct ckpt_picture *p); /* NULL is allowed */

/* Whether the checkpoint of s is finished; one that left is not. */
bool ckpt_picture_finished(const struct ckpt_picture *p, struct ckpt_store *store, struct ckpt_slot *s);
/* The index of its entry if this picture shows s, or -1. */
ptrdiff_t ckpt_picture_index(const struct ckpt_picture *p, const struct ckpt_slot *s);

/* NULL: no memory. */
const struct ckpt_links *ckpt_picture_by_time(struct ckpt_picture *p);
const struct ckpt_links *ckpt_picture_by_identifier(struct ckpt_picture *p);

/* EIO if the pins can't be read. */
int ckpt_picture_check_pins(const struct ckpt_picture *p, struct ckpt_err *err);
/* The checkpoint that a pin holds at this time, borrowed: by its index, or by
 * its name.  NULL if there is no such pin, if it has expired, or if the
 * checkpoint is not in the catalog. */
struct ckpt_slot *ckpt_picture_pin(const struct ckpt_picture *p, size_t i, int64_t now_ms);
struct ckpt_slot *ckpt_picture_pin_named(const struct ckpt_picture *p, const char *name, int64_t now_ms);

#endif
