/** @file
 * open.h - a storage root that is open, and what the library needs around it
 *
 * A root is the catalog as last read, the store that it lies in, and the program's
 * surroundings.  It is used by one thread at a time.
 */
#ifndef CKPTFS_OPEN_H
#define CKPTFS_OPEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ckptfs/entry.h"
#include "ckptfs/err.h"
#include "ckptfs/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How much an event matters. */
enum ckpt_event {
	CKPT_EVENT_WARNING, /**< somebody should look */
	CKPT_EVENT_INFO	    /**< what was done */
};

/** What the library needs from outside.  Each function may be NULL: then the
 * system's clocks and random source, silence, and never.  They are called by
 * the thread that uses the root, and must not use it. */
struct ckpt_env {
	int64_t (*now_ms)(void *ctx);			 /**< wall clock, ms since the epoch */
	int64_t (*monotonic_ms)(void *ctx);		 /**< how long a lock was held, in ms */
	int (*random)(void *ctx, void *buf, size_t len); /**< 0, or a negative errno */
	void (*event)(void *ctx, enum ckpt_event level, const char *sentence); /**< what is worth a log */
	bool (*stop)(void *ctx); /**< true: end at the next safe point with EINTR */
	/** How far it is: so many of so many of what ("batches checked").  It may
	 * be called many times a second, and by several threads, one at a time. */
	void (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total);
	void *ctx;	      /**< theirs */
	uint64_t reserved[4]; /**< 0 */
};

struct ckpt_root; /**< a storage root that is open */
/** Open the root in a directory: its store and it as one.  Reads the catalog,
 * changes nothing; a directory without one is a root without checkpoints.
 * *env is copied (NULL: all defaults).  *out is given back by ckpt_root_free(). */
int ckpt_root_open_dir(const char *path, const struct ckpt_env *env, struct ckpt_root **out,
		       struct ckpt_err *err);
/** The same on a store that is open; it stays the caller's and must outlive the
 * root. */
int ckpt_root_open(struct ckpt_store *store, const struct ckpt_env *env, struct ckpt_root **out,
		   struct ckpt_err *err);
/** Give a root back, after its stages and restores.  NULL is allowed. */
void ckpt_root_free(struct ckpt_root *root);
/** Where it lies; the root's own, or the caller's. */
struct ckpt_store *ckpt_root_store(struct ckpt_root *root);
/** The catalog as last read or written; valid until the next call with root
 * (ckpt_catalog_ref() to keep it longer). */
struct ckpt_catalog *ckpt_root_catalog(struct ckpt_root *root);
/** Read it again: what a pipeline or another program has changed.  After a
 * failure the one that was read before is still there. */
int ckpt_root_refresh(struct ckpt_root *root, struct ckpt_err *err);
/** The index in the catalog, as last read, of the newest checkpoint that is
 * finished; -1: none.  Where a pipeline runs, one is finished when it can
 * resume from it: once the checkpoint has a state.json, or is older than the
 * one that the root's state.json names.  Without the latter all are. */
int ckpt_newest_finished(struct ckpt_root *root, ptrdiff_t *index, struct ckpt_err *err);

#ifdef __cplusplus
}
#endif

#endif
