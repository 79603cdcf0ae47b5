/* slot.h - every checkpoint that was ever shown
 *
 * A checkpoint has a slot from the first picture that shows it until an hour
 * after it left.  The slot holds what does not depend on the generation of the
 * catalog: its numbers, its time, what is known of its lists, its lease.
 *
 * Numbers.  A slot has its own number, and lists have one: the same at first.
 * If the lists of a checkpoint turn out to be others than before (its directory
 * grew, or was damaged or mended), they get a new number, so that an old id
 * never means another file.  Numbers are given in the order of the catalog and
 * never twice.  An entry whose text changed counts as another checkpoint: a
 * new slot takes the name over.
 *
 * A slot is kept by whoever holds a reference: the table (one for each of its
 * numbers), pictures, leases, open files and directories.
 */
#ifndef CKPT_VIEW_SLOT_H
#define CKPT_VIEW_SLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/catalog.h"

struct ckpt_contents;
struct ckpt_hold;
struct ckpt_view_file;
struct ckpt_slot;

struct ckpt_number {
	uint64_t value;
	struct ckpt_slot *slot;
};

struct ckpt_slot {
	unsigned refs; /* atomic */
	/* These never change. */
	struct ckpt_entry *entry;
	char uuid[CKPT_UUID_TEXT];
	int64_t time_ms;
	struct ckpt_number own; /* set when it enters the table */

	/* Atomic. */
	bool finished;	  /* only ever becomes true */
	bool leased;	  /* mirrors lease */
	int64_t last_use; /* monotonic ms */

	/* Under the view's lock. */
	bool present;	 /* the current picture shows it */
	int64_t gone_ms; /* monotonic; when it left */
	bool queued;	 /* in the queue of those that left */
	struct ckpt_slot *next_gone;
	struct ckpt_number lists; /* what the ids of its lists carry; in the table if not own's; 0: none */
	bool hashed;		  /* hash is that of the lists as last read */
	uint64_t hash;
	bool loading;			 /* somebody reads the lists */
	struct ckpt_contents *contents;	 /* cached; a reference */
	struct ckpt_slot *newer, *older; /* in the cache, by use */
	bool counted;			 /* version and batches are known */
	int version;
	size_t batches;
	int64_t complained_ms; /* monotonic; 0: never */

	/* Under the lock of the leases. */
	struct ckpt_lease *lease;
	struct ckpt_hold *hold;	       /* only while it is leased; may be NULL then too */
	unsigned open;		       /* open files and directories */
	struct ckpt_view_file *opened; /* those that are files of the store */
	bool taking;		       /* somebody asks the store */
	struct ckpt_slot *next_leased, *prev_leased;

	/* Of the one who ended its lease, until it is told. */
	struct ckpt_lease *ended;
	struct ckpt_hold *ended_hold;
	struct ckpt_slot *next_due;
};

/* One reference.  Asks the store for the time of a uuid that carries none. */
int ckpt_slot_new(struct ckpt_store *store, struct ckpt_entry *entry, struct ckpt_slot **out,
		  struct ckpt_err *err);
struct ckpt_slot *ckpt_slot_ref(struct ckpt_slot *s);
void ckpt_slot_unref(struct ckpt_slot *s); /* NULL is allowed */

/* The table; all of it under the view's lock. */
struct ckpt_slots {
	void *by_number; /* a search tree of struct ckpt_number; each holds a reference */
	void *by_uuid;	 /* a search tree of the slots that own their name */
	uint64_t last;	 /* the last number given */
	struct ckpt_slot *first_gone, *last_gone;
};

/* Give it a number and its name; false without memory. */
bool ckpt_slots_add(struct ckpt_slots *t, struct ckpt_slot *s);
/* Both borrowed, or NULL. */
struct ckpt_slot *ckpt_slots_by_number(const struct ckpt_slots *t, uint64_t number);
struct ckpt_slot *ckpt_slots_by_uuid(const struct ckpt_slots *t, const struct ckpt_uuid *u);
/* Give its lists a new number; false without memory. */
bool ckpt_slots_renumber(struct ckpt_slots *t, struct ckpt_slot *s);
/* It left. */
void ckpt_slots_leave(struct ckpt_slots *t, struct ckpt_slot *s, int64_t now);
/* Drop those that left an hour ago. */
void ckpt_slots_forget(struct ckpt_slots *t, int64_t now);
void ckpt_slots_release(struct ckpt_slots *t);

#endif
