/* diff.h - comparing two sets of names */
#ifndef CKPT_ENGINE_DIFF_H
#define CKPT_ENGINE_DIFF_H

#include "ckptfs/diff.h"
#include "engine/catalog.h"

/* A pure function: no sizes yet.  Free part->name. */
int ckpt_diff_names(const struct ckpt_names *before, const struct ckpt_names *after,
		    struct ckpt_diff_part *part, struct ckpt_err *err);

#endif
