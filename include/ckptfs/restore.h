/** @file
 * restore.h - a checkpoint becomes the program's state again
 *
 * A checkpoint is chosen, and read-leased so that no gc of ckptfs takes it
 * while it is read.  Its states go into the program's objects all together:
 * when one of them is missing, is damaged or of another type, no object is
 * touched and the sentence names it.
 *
 * Threads: a struct ckpt_restore is used by one thread at a time.  The
 * functions return 0 or a negative errno (err.h).
 */
#ifndef CKPTFS_RESTORE_H
#define CKPTFS_RESTORE_H

#include "ckptfs/ckpt.h"
#include "ckptfs/state.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Which checkpoint is meant. */
enum ckpt_restore_which {
	CKPT_RESTORE_NEWEST,	 /**< the last in the catalog */
	CKPT_RESTORE_UUID,	 /**< this one */
	CKPT_RESTORE_IDENTIFIER, /**< the newest of that identifier */
	CKPT_RESTORE_INTACT	 /**< the newest whose files are all there, and whose states are undamaged */
};
/** Which checkpoint is restored, and for whom. */
struct ckpt_restore_opts {
	enum ckpt_restore_which which; /**< the next two belong to it */
	struct ckpt_uuid uuid;	       /**< CKPT_RESTORE_UUID */
	const char *identifier;	       /**< CKPT_RESTORE_IDENTIFIER */
	/** The program's: EINVAL if the checkpoint has another; NULL: not asked. */
	const uint64_t *fingerprint;
	uint64_t reserved[4]; /**< 0 */
};

struct ckpt_restore; /**< a checkpoint that is being read */
/** Choose a checkpoint and lease it.  ENOENT if there is none such.  *out is
 * given back by ckpt_restore_free(). */
int ckpt_restore_new(struct ckpt_root *root, const struct ckpt_restore_opts *opts, struct ckpt_restore **out,
		     struct ckpt_err *err);
/** End the lease, after files that are open.  NULL is allowed. */
void ckpt_restore_free(struct ckpt_restore *r);
/** Which one it is; r's own. */
const struct ckpt_entry *ckpt_restore_entry(const struct ckpt_restore *r);

/** Restore these n states, which must be all that it has: ENOENT for one that it
 * lacks, EINVAL for one that is not among them or of another type, EUCLEAN for
 * one that is damaged.  All, or nothing.  What the objects held is released. */
int ckpt_restore_states(struct ckpt_restore *r, const struct ckpt_state *states, size_t n,
			struct ckpt_err *err);

/** Its batches, sorted; r's own (ckpt_names_count, ckpt_names_get). */
const struct ckpt_names *ckpt_restore_batches(const struct ckpt_restore *r);
/** Open one of them; *out is given back by ckpt_file_close().  ENOENT if it is
 * none of them. */
int ckpt_restore_batch(struct ckpt_restore *r, const char *batch, struct ckpt_file **out,
		       struct ckpt_err *err);

#ifdef __cplusplus
}
#endif

#endif
