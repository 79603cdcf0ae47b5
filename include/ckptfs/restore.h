/* restore.h - a checkpoint becomes the program's state again
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

enum ckpt_restore_which {
	CKPT_RESTORE_NEWEST,	 /* the last in the catalog */
	CKPT_RESTORE_UUID,	 /* this one */
	CKPT_RESTORE_IDENTIFIER, /* the newest of that identifier */
	CKPT_RESTORE_INTACT	 /* the newest whose files are all there, and whose states are undamaged */
};
struct ckpt_restore_opts {
	enum ckpt_restore_which which;
	struct ckpt_uuid uuid;
	const char *identifier;
	const uint64_t
		*fingerprint; /* the program's: EINVAL if the checkpoint has another; NULL: not asked */
};

struct ckpt_restore;
/* Choose a checkpoint and lease it.  ENOENT if there is none such. */
int ckpt_restore_new(struct ckpt_root *root, const struct ckpt_restore_opts *opts, struct ckpt_restore **out,
		     struct ckpt_err *err);
void ckpt_restore_free(struct ckpt_restore *r); /* NULL is allowed */
/* Which one it is; r's own. */
const struct ckpt_entry *ckpt_restore_entry(const struct ckpt_restore *r);

/* Restore these states, which must be all that it has: ENOENT for one that it
 * lacks, EINVAL for one that is not among them or of another type, EUCLEAN for
 * one that is damaged.  All, or nothing. */
int ckpt_restore_states(struct ckpt_restore *r, const struct ckpt_state *states, size_t n,
			struct ckpt_err *err);

/* Its batches, sorted; r's own (ckpt_names_count, ckpt_names_get). */
const struct ckpt_names *ckpt_restore_batches(const struct ckpt_restore *r);
int ckpt_restore_batch(struct ckpt_restore *r, const char *batch, struct ckpt_file **out,
		       struct ckpt_err *err);

#ifdef __cplusplus
}
#endif

#endif
