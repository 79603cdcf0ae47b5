/* rebuild.h - ckpt_rebuild() for who waits for it */
#ifndef CKPT_ENGINE_REBUILD_H
#define CKPT_ENGINE_REBUILD_H

#include "ckptfs/ckpt.h"

/* The same (verify.h), with somebody who is told how far it is, and may stop it
 * before anything is written. */
int ckpt_rebuild_told(struct ckpt_store *store, const struct ckpt_env *env, const uint64_t *fingerprint,
		      bool dry_run, struct ckpt_catalog **out, struct ckpt_problems *problems,
		      struct ckpt_err *err);

#endif
