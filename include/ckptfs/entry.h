/** @file
 * entry.h - the entries of the catalog, the list of checkpoints
 *
 * The catalog is the file that says which checkpoints there are, the oldest first.
 * What was read of it is a generation: it never changes, is counted by references,
 * and may be used from any thread.  The errors and rules are those of ckpt.h.
 */
#ifndef CKPTFS_ENTRY_H
#define CKPTFS_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ckptfs/uuid.h"

#ifdef __cplusplus
extern "C" {
#endif

/** An integer that may be absent (null).  It never grows. */
struct ckpt_u64 {
	uint64_t value; /**< all 64 bits, unsigned */
	bool present;	/**< false: null */
};

/** One catalog entry (Feldera's CheckpointMetadata).  The library makes it, and
 * the strings are part of it; it is immutable.  New members come at its end. */
struct ckpt_entry {
	unsigned refs;			   /**< the library's own */
	struct ckpt_uuid uuid;		   /**< its name */
	uint64_t fingerprint;		   /**< of the program that wrote it */
	struct ckpt_u64 size;		   /**< bytes of its own directory at commit */
	struct ckpt_u64 steps;		   /**< of the pipeline, so far */
	struct ckpt_u64 processed_records; /**< of the pipeline, so far */
	const char *identifier;		   /**< UTF-8, may contain NUL; NULL: none */
	size_t identifier_len;		   /**< bytes of it */
	const char *text;		   /**< the entry as JSON, compact, unknown members and all */
	size_t text_len;		   /**< bytes of it */
};
/** Another reference to an entry; returns it. */
struct ckpt_entry *ckpt_entry_ref(struct ckpt_entry *e);
/** Give a reference back.  NULL is allowed. */
void ckpt_entry_unref(struct ckpt_entry *e);

struct ckpt_catalog; /**< one generation of the catalog; immutable */
/** Another reference to a catalog; returns it. */
struct ckpt_catalog *ckpt_catalog_ref(struct ckpt_catalog *c);
/** Give a reference back.  NULL is allowed. */
void ckpt_catalog_unref(struct ckpt_catalog *c);
/** How many checkpoints it has. */
size_t ckpt_catalog_count(const struct ckpt_catalog *c);
/** Checkpoint i, the oldest first; the catalog's own (ckpt_entry_ref() to keep
 * it longer).  i is below the count. */
struct ckpt_entry *ckpt_catalog_get(const struct ckpt_catalog *c, size_t i);
/** The index of a checkpoint, or -1. */
ptrdiff_t ckpt_catalog_find(const struct ckpt_catalog *c, const struct ckpt_uuid *u);

#ifdef __cplusplus
}
#endif

#endif
