/* catalog_found.h - the catalog that the checkpoints in a root speak of
 *
 * For a rebuild: nothing is written.  An entry is that of <uuid>/state.json, else
 * it is made of dependencies.json and the fingerprint that is given; the oldest is
 * first by the uuid's time.  What is no whole checkpoint is left out, and is one of
 * the problems; what can't be looked at is an error.
 */
#ifndef CKPT_ENGINE_CATALOG_FOUND_H
#define CKPT_ENGINE_CATALOG_FOUND_H

#include "engine/catalog.h"

/* env, and fingerprint, may be NULL.  *out is one reference. */
int ckpt_catalog_found(struct ckpt_store *store, const struct ckpt_env *env, const uint64_t *fingerprint,
		       struct ckpt_catalog **out, struct ckpt_problems *problems, struct ckpt_err *err);

#endif
