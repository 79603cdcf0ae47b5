/* contents.h - the lists of one checkpoint
 *
 * Which batches it needs, and which files its own directory has.  They are
 * read when somebody looks.  Those of finished checkpoints never change, and
 * are kept as long as their sum stays within a bound, the least recently used
 * leave first.  Those of an unfinished one are used again only if its directory
 * and its dependencies.json are still what they were.
 *
 * What is listed of the own directory: its regular files, but for names that
 * end in .mut (they are being written), and what dependencies.json names,
 * there or not.  Links, directories and special files are neither shown nor
 * followed.
 *
 * A checkpoint whose lists can't be read is damaged: its lists are empty, it
 * says so, and nobody may take them for the truth.
 */
#ifndef CKPT_VIEW_CONTENTS_H
#define CKPT_VIEW_CONTENTS_H

#include "base/names.h"
#include "engine/catalog.h"
#include "view/stamp.h"

struct ckpt_slot;
struct ckpt_view;

/* Immutable once it is shared. */
struct ckpt_contents {
	unsigned refs; /* atomic */
	int damage;    /* an errno; 0: none */
	char *why;     /* the sentence that belongs to it, or NULL */
	struct ckpt_deps deps;
	struct ckpt_names files;    /* sorted; without state.json */
	struct ckpt_stat dir;	    /* the directory itself; all zero: it could not be described */
	uint64_t number;	    /* of these lists; 0: damaged, so no node has one */
	uint64_t hash;		    /* CKPT_SLOT_HASH_BITS of it */
	size_t bytes;		    /* of memory */
	struct ckpt_stamp stamp[2]; /* of the directory, and of dependencies.json */
	bool quiet;		    /* the stamps were old enough to be trusted */
	bool fixed;		    /* it was finished, or had left, before they were read */
};

/* A reference to the lists of s.  0 also if they are damaged; ESTALE if the
 * checkpoint turns out to have left; EMFILE and the like if they could not be
 * read now. */
int ckpt_contents_get(struct ckpt_view *v, struct ckpt_slot *s, struct ckpt_contents **out,
		      struct ckpt_err *err);
/* The same, but damage is EIO. */
int ckpt_contents_sound(struct ckpt_view *v, struct ckpt_slot *s, struct ckpt_contents **out,
			struct ckpt_err *err);
struct ckpt_contents *ckpt_contents_ref(struct ckpt_contents *c);
void ckpt_contents_unref(struct ckpt_contents *c); /* NULL is allowed */

/* How many batches s has and the version of its dependencies, without keeping
 * the lists; *batches is -1 if they can't be read. */
int ckpt_contents_count(struct ckpt_view *v, struct ckpt_slot *s, int *version, int64_t *batches,
			struct ckpt_err *err);

/* Read them; c is zeroed.  0 also if they are damaged. */
int ckpt_contents_read(struct ckpt_store *store, const struct ckpt_slot *s, struct ckpt_contents *c,
		       struct ckpt_err *err);
/* Whether those of an unfinished checkpoint are still as they were read. */
bool ckpt_contents_current(struct ckpt_store *store, const struct ckpt_slot *s,
			   const struct ckpt_contents *c);

/* The name at an index of these lists; NULL if there is none. */
const char *ckpt_contents_batch(const struct ckpt_contents *c, uint32_t index);
const char *ckpt_contents_file(const struct ckpt_contents *c, uint32_t index);

/* --- kept.c; all under the view's lock ----------------------------------- */

/* Keep them for whoever looks next, at the cost of those used longest ago. */
void ckpt_contents_keep(struct ckpt_view *v, struct ckpt_slot *s, struct ckpt_contents *c);
/* A reference to what is kept of s, used now; or NULL. */
struct ckpt_contents *ckpt_contents_kept(struct ckpt_view *v, struct ckpt_slot *s);
/* Forget what is kept of s. */
void ckpt_contents_drop(struct ckpt_view *v, struct ckpt_slot *s);

#endif
