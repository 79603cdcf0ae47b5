/* uses.h - which checkpoint needs which batch
 *
 * A gc must know, of each batch, whether any checkpoint that stays needs it;
 * a sweep, of each file, whether any checkpoint does.  Both ask this table:
 * every batch name once, with the number of checkpoints that need it, and for
 * each checkpoint the numbers of its batches.  It is derived from the catalog
 * and the dependencies, and follows a new generation of the catalog by
 * loading only what came (the dependencies of a committed checkpoint never
 * change).
 *
 * A checkpoint whose dependencies can't be read is in the table as damaged,
 * with the sentence that says why; what follows from it the caller decides.
 */
#ifndef CKPT_ENGINE_USES_H
#define CKPT_ENGINE_USES_H

#include "base/buf.h"
#include "engine/catalog.h"

struct ckpt_use {
	uint32_t *batch; /* numbers, each once */
	size_t n;
	int version;	 /* of dependencies.json */
	char *damage;	 /* NULL: readable; else the sentence */
	int damage_code; /* the errno that belongs to it */
};

struct ckpt_uses {
	struct ckpt_catalog *catalog; /* the generation it follows; use[i] belongs to entry[i] */
	struct ckpt_use *use;
	struct ckpt_buf text; /* the names, each with its NUL */
	uint32_t *start;      /* where in text a batch's name begins */
	uint32_t *count;      /* how many checkpoints need it; 0: none any more */
	uint32_t *seen;	      /* in which load it was named last; of loads in all */
	uint32_t n, cap, loads;
	uint32_t *bucket; /* hash table of numbers + 1, 0 empty */
	size_t n_buckets;
};

#define CKPT_USES_INIT                                                                                       \
	{                                                                                                    \
		0                                                                                            \
	}

void ckpt_uses_release(struct ckpt_uses *u);
/* Follow the root's catalog as last read.  EINTR if stopped. */
int ckpt_uses_follow(struct ckpt_uses *u, struct ckpt_root *root, struct ckpt_err *err);
const char *ckpt_uses_name(const struct ckpt_uses *u, uint32_t batch);
/* Whether a checkpoint of the catalog needs this file; *batch (may be NULL)
 * is its number. */
bool ckpt_uses_needs(const struct ckpt_uses *u, const char *name, uint32_t *batch);

#endif
