/** @file
 * commit.h - add a checkpoint whose files lie there
 *
 * For a pipeline, or whoever writes as one does.  A program that checkpoints itself
 * uses a stage (stage.h) instead.
 */
#ifndef CKPTFS_COMMIT_H
#define CKPTFS_COMMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "ckptfs/open.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How a checkpoint is committed. */
struct ckpt_commit_opts {
	const struct ckpt_uuid *uuid;	   /**< NULL: a new one (then its directory is made) */
	const uint64_t *fingerprint;	   /**< NULL: the newest checkpoint's; EINVAL if there is none */
	const char *identifier;		   /**< NULL: none; UTF-8 */
	struct ckpt_u64 steps;		   /**< for people, and for Feldera */
	struct ckpt_u64 processed_records; /**< for people, and for Feldera */
	int dependencies_version;	   /**< 1 or 2; 0: the newest checkpoint's, 2 in an empty root */
	bool check_fingerprint;		   /**< refuse one that differs from the newest's (EINVAL) */
	bool check_empty;		   /**< refuse a checkpoint without a state file (EINVAL) */
	uint64_t reserved[4];		   /**< 0 */
};
/** Add a checkpoint to the catalog (Feldera's Checkpointer::commit): what lies in
 * its directory, and the batches that its dependencies.json or pspine-batches*
 * files name.  EEXIST if the catalog has it already.  *out (may be NULL) is a
 * reference.  All of it is durable when it returns 0; on failure the list and
 * the disk are as before. */
int ckpt_commit(struct ckpt_root *root, const struct ckpt_commit_opts *opts, struct ckpt_entry **out,
		struct ckpt_err *err);

#ifdef __cplusplus
}
#endif

#endif
