/* commit.h - the parts of a commit that a stage uses
 *
 * A stage holds the root's lock itself, from its first file on.  What it wrote
 * is visible and need not be durable: the commit syncs all of it together.
 */
#ifndef CKPT_ENGINE_COMMIT_H
#define CKPT_ENGINE_COMMIT_H

#include "base/names.h"
#include "engine/catalog.h"

/* The root is locked: give it a catalog if it has none (*made is then set):
 * a checkpoint's directory without one would look like a catalog that was
 * lost. */
int ckpt_commit_begin(struct ckpt_root *root, bool *made, struct ckpt_err *err);

/* The root is locked: commit opts->uuid, whose state files lie in its directory
 * and which needs these batches. */
int ckpt_commit_staged(struct ckpt_root *root, const struct ckpt_commit_opts *opts,
		       const struct ckpt_names *batches, struct ckpt_entry **out, struct ckpt_err *err);

#endif
