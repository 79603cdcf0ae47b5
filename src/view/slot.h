/* slot.h - every checkpoint that was ever shown
 *
 * A checkpoint has a slot from the first picture that shows it until an hour
 * after it left.  The slot holds what does not depend on the generation of the
 * catalog: its numbers, its time, what is known of its lists, its lease.
 *
 * A catalog may have 50,000 checkpoints of which hardly one is looked into.  So
 * a slot itself has only what every checkpoint needs, and can be found by.  What
 * is known of the lists (struct ckpt_listed) comes when somebody looks into the
 * checkpoint, and goes with the lists; what is there of it while it is read
 * (struct ckpt_use, lease.c) comes and goes with its lease.
 *
 * Numbers.  A slot has its own number, and lists have one: the same at first.
 * If the lists of a checkpoint turn out to be others than before (its directory
 * grew, or was damaged or mended), they get a new number, so that an old id
 * never means another file: that is why the hash of the lists outlives them.  So do
 * their version and the number of the batches, for metadata.json: the kernel knows its
 * size, so it must not say anything else because the lists can't be read again.
 * Numbers are given in the order of the catalog and never twice.  An entry whose
 * text changed counts as another checkpoint: a new slot takes the name over.
 *
 * A slot is kept by whoever holds a reference: the table (one for each of its
 * numbers), pictures, leases, open files and directories.
 */
#ifndef CKPT_VIEW_SLOT_H
#define CKPT_VIEW_SLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/catalog.h"
#include "view/table.h"

struct ckpt_contents;
struct ckpt_slot;
struct ckpt_use;

/* What is known of the lists.  All of it under the view's lock. */
struct ckpt_listed {
	uint64_t number;		 /* what their ids carry; in the table if not the slot's; 0: none */
	bool loading;			 /* somebody reads them */
	struct ckpt_contents *contents;	 /* cached; a reference */
	struct ckpt_slot *newer, *older; /* in the cache, by use */
	int64_t complained_ms;		 /* monotonic; 0: never */
};

/* In one word, since there are many slots; as many batches as a checkpoint may have
 * (CKPT_DEPS_NAMES_MAX), and versions 0 to 2. */
#define CKPT_SLOT_HASH_BITS 42
#define CKPT_SLOT_BATCHES_BITS 20
#define CKPT_SLOT_VERSION_BITS 2

struct ckpt_slot {
	unsigned refs; /* atomic */
	/* Atomic. */
	bool finished; /* only ever becomes true */
	bool leased;   /* mirrors the lease of use */
	/* Under the view's lock; a byte of their own. */
	bool present : 1; /* the current picture shows it */
	bool hashed : 1;  /* the next three are those of the lists as last read */
	bool counted : 1; /* it was finished then: version and batches are so for good */
	uint8_t left;	  /* how often it left, as far as that can be counted */

	/* These never change. */
	struct ckpt_entry *entry;
	int64_t time_ms;
	uint64_t number; /* its own; set when it enters the table */

	/* Under the view's lock. */
	uint64_t hash : CKPT_SLOT_HASH_BITS;
	uint64_t batches : CKPT_SLOT_BATCHES_BITS;
	uint64_t version : CKPT_SLOT_VERSION_BITS;
	struct ckpt_listed *listed; /* NULL: nobody looked into it lately */

	/* Under the lock of the leases. */
	struct ckpt_use *use; /* NULL: nobody reads it */
};

/* One reference.  Asks the store for the time of a uuid that carries none. */
int ckpt_slot_new(struct ckpt_store *store, struct ckpt_entry *entry, struct ckpt_slot **out,
		  struct ckpt_err *err);
struct ckpt_slot *ckpt_slot_ref(struct ckpt_slot *s);
void ckpt_slot_unref(struct ckpt_slot *s); /* NULL is allowed */
/* Somebody reads it, or did lately.  No lock is needed. */
bool ckpt_slot_leased(const struct ckpt_slot *s);
/* Its uuid, which is the name of its directory; returns name. */
char *ckpt_slot_name(const struct ckpt_slot *s, char name[CKPT_UUID_TEXT]);

/* What is known of its lists, made now if need be; NULL: no memory.  Under the
 * view's lock. */
struct ckpt_listed *ckpt_slot_listed(struct ckpt_slot *s);
/* Nobody needs them now: forget what can be found out again.  Under the view's
 * lock. */
void ckpt_slot_unlisted(struct ckpt_slot *s);

/* One that left, and when (monotonic); a reference.  Of no meaning any more if it
 * came back or left again. */
struct ckpt_gone {
	struct ckpt_gone *next;
	struct ckpt_slot *slot;
	int64_t ms;
	uint8_t left;
};

/* The table; all of it under the view's lock. */
struct ckpt_slots {
	struct ckpt_table by_number; /* by their own; each holds a reference */
	struct ckpt_table by_lists;  /* by that of their lists, if it is another; each a reference */
	struct ckpt_table by_uuid;   /* those that own their name */
	uint64_t last;		     /* the last number given */
	struct ckpt_gone *first_gone, *last_gone;
};

/* Room for so many more; false without memory. */
bool ckpt_slots_reserve(struct ckpt_slots *t, size_t more);
/* Give it a number and its name; false without memory.  fresh: no other has had the
 * name, which need not be looked up then. */
bool ckpt_slots_add(struct ckpt_slots *t, struct ckpt_slot *s, bool fresh);
/* Both borrowed, or NULL. */
struct ckpt_slot *ckpt_slots_by_number(const struct ckpt_slots *t, uint64_t number);
struct ckpt_slot *ckpt_slots_by_uuid(const struct ckpt_slots *t, const struct ckpt_uuid *u);
/* Give its lists, of which something is known, a new number; false without memory. */
bool ckpt_slots_renumber(struct ckpt_slots *t, struct ckpt_slot *s);
/* It left.  Without memory it stays known until the next time. */
void ckpt_slots_leave(struct ckpt_slots *t, struct ckpt_slot *s, int64_t now);
/* Drop those that left an hour ago. */
void ckpt_slots_forget(struct ckpt_slots *t, int64_t now);
void ckpt_slots_release(struct ckpt_slots *t);

#endif
