/** @file
 * checkpoint.h - what one checkpoint needs, and what it holds
 *
 * A checkpoint is a directory of its own, and batch files of the root that it shares
 * with others; which, its dependencies.json says.  Reading it needs no root, only
 * the store.
 */
#ifndef CKPTFS_CHECKPOINT_H
#define CKPTFS_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ckptfs/err.h"
#include "ckptfs/store.h"
#include "ckptfs/uuid.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ckpt_names; /**< a sorted set of names */
/** How many names. */
size_t ckpt_names_count(const struct ckpt_names *s);
/** Name i in their order (strcmp); the set's own.  i is below the count. */
const char *ckpt_names_get(const struct ckpt_names *s, size_t i);

/** What a checkpoint needs (Feldera's dependencies.json). */
struct ckpt_deps {
	int version;			/**< of dependencies.json: 1, 2; 0: there is none */
	struct ckpt_names *batches;	/**< files of the root */
	struct ckpt_names *state_files; /**< files of its directory; empty unless version 2 */
	uint64_t reserved[2];		/**< 0 */
};
/** Read it.  A checkpoint's directory that is missing is ENOENT, never "no
 * batches".  Release *deps also after an error. */
int ckpt_deps_read(struct ckpt_store *store, const struct ckpt_uuid *u, struct ckpt_deps *deps,
		   struct ckpt_err *err);
/** Free what it holds. */
void ckpt_deps_release(struct ckpt_deps *deps);

/** When a checkpoint was made, in milliseconds since the epoch: its uuid's time
 * if that is of version 7, otherwise the mtime of its CHECKPOINT; 0 if that
 * can't be read. */
int64_t ckpt_time_ms(struct ckpt_store *store, const struct ckpt_uuid *u);

/** Sizes and completeness of one checkpoint, looked up file by file. */
struct ckpt_details {
	bool readable;	      /**< its dependencies could be read; else all below is 0 */
	bool complete;	      /**< every file it names is there */
	int version;	      /**< of dependencies.json; 0: none */
	uint64_t batches;     /**< how many it needs */
	uint64_t batch_bytes; /**< the sizes of those, in sum */
	uint64_t state_bytes; /**< the sizes of the files of its own directory */
	uint64_t reserved[2]; /**< 0 */
};
/** Look them up.  A checkpoint that is damaged is no error: see readable and
 * complete. */
int ckpt_details_read(struct ckpt_store *store, const struct ckpt_uuid *u, struct ckpt_details *out,
		      struct ckpt_err *err);

#ifdef __cplusplus
}
#endif

#endif
