/* diff.h - comparing two sets of names, and two checkpoints for who waits for it */
#ifndef CKPT_ENGINE_DIFF_H
#define CKPT_ENGINE_DIFF_H

#include "ckptfs/diff.h"
#include "engine/catalog.h"

/* ckpt_diff_read() with somebody who is told how far it is, and may stop it; env
 * and each of its members may be NULL. */
int ckpt_diff_told(const struct ckpt_env *env, struct ckpt_store *sa, const struct ckpt_uuid *a,
		   struct ckpt_store *sb, const struct ckpt_uuid *b, struct ckpt_diff *out,
		   struct ckpt_err *err);

/* A pure function: no sizes yet.  Free part->name. */
int ckpt_diff_names(const struct ckpt_names *before, const struct ckpt_names *after,
		    struct ckpt_diff_part *part, struct ckpt_err *err);

#endif
