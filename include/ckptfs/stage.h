/** @file
 * stage.h - a checkpoint in the making
 *
 * A stage is a new checkpoint that no catalog names yet.  States and batches
 * are written into it one by one, by any number of threads; then one commit
 * makes a checkpoint of all of them together.  A stage that is dropped leaves
 * nothing, and one that a crash ended leaves garbage for a sweep, never part
 * of a checkpoint.
 *
 *	struct ckpt_stage *stage;
 *	rc = ckpt_stage_new(root, &stage, &err);
 *	for (i = 0; !rc && i < n; i++)
 *		rc = ckpt_stage_state(stage, &states[i], &err);
 *	if (!rc)
 *		rc = ckpt_stage_commit(stage, &opts, NULL, &err);
 *	ckpt_stage_free(stage);
 *
 * The root's lock is held from ckpt_stage_new() to ckpt_stage_free(), or a sweep
 * would take the files for garbage: what else changes the root is EBUSY
 * meanwhile, also in this process.  Reading goes on.
 *
 * What it writes: states as UUID/NAME.dat, batches as
 * wWORKER-UUID.feldera at the top level, as Feldera names them.  A batch
 * never changes; a later stage shares it by its name.
 *
 * Durability: when ckpt_stage_commit() has returned 0 the checkpoint survives a
 * power loss, whole.
 *
 * Threads.  ckpt_stage_state(), ckpt_stage_share() and the functions of a batch
 * writer (each in one thread at a time) may run at the same time; the others
 * alone.  The struct ckpt_root must not be used otherwise until the stage is
 * freed.
 */
#ifndef CKPTFS_STAGE_H
#define CKPTFS_STAGE_H

#include "ckptfs/ckpt.h"
#include "ckptfs/state.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ckpt_stage;	  /**< a checkpoint in the making */
struct ckpt_batch_writer; /**< a batch in the making */

/** Begin a checkpoint: EBUSY where a pipeline, or another stage, has the root.
 * *out is given back by ckpt_stage_free(). */
int ckpt_stage_new(struct ckpt_root *root, struct ckpt_stage **out, struct ckpt_err *err);
/** End it: unless it was committed, all that it wrote is removed.  NULL is
 * allowed.  Batch writers end before. */
void ckpt_stage_free(struct ckpt_stage *stage);
/** The uuid that the checkpoint will have; the stage's own. */
const struct ckpt_uuid *ckpt_stage_uuid(const struct ckpt_stage *stage);

/** Write a state (what the program encodes for itself is one of
 * ckpt_type_bytes).  The object is not needed afterwards.  EEXIST if the stage
 * has one of that name; EINVAL for a name that can be none, or an object that
 * can't be written. */
int ckpt_stage_state(struct ckpt_stage *stage, const struct ckpt_state *state, struct ckpt_err *err);

/** Write a new batch by stream.  worker is the number in its name. */
int ckpt_stage_batch(struct ckpt_stage *stage, unsigned worker, struct ckpt_batch_writer **out,
		     struct ckpt_err *err);
/** Write len more bytes. */
int ckpt_batch_append(struct ckpt_batch_writer *w, const void *data, size_t len, struct ckpt_err *err);
/** The batch is whole.  Ends the writer, also when it fails.  name becomes what
 * to share the batch by in later stages. */
int ckpt_batch_finish(struct ckpt_batch_writer *w, char name[256], struct ckpt_err *err);
/** There shall be no such batch.  Ends the writer.  NULL is allowed. */
void ckpt_batch_abort(struct ckpt_batch_writer *w);

/** Need a batch of an earlier checkpoint too: ENOENT if the root has it not,
 * EINVAL if it can be no batch. */
int ckpt_stage_share(struct ckpt_stage *stage, const char *batch, struct ckpt_err *err);

/** Make the checkpoint.  Of *opts all but uuid counts.  *out (may be NULL) is a
 * reference to its entry.  When it returns 0 the checkpoint survives a power
 * loss, whole.  After a failure the stage may be committed again, or freed.
 * EINVAL: it was committed already, or a batch is not finished. */
int ckpt_stage_commit(struct ckpt_stage *stage, const struct ckpt_commit_opts *opts, struct ckpt_entry **out,
		      struct ckpt_err *err);

#ifdef __cplusplus
}
#endif

#endif
