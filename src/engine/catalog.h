/* catalog.h - the inside of a catalog, and what a root says of its checkpoints
 *
 * What programs see of this is in ckptfs/{entry,open}.h; here is what the engine, the
 * view and the commands need besides.
 */
#ifndef CKPT_ENGINE_CATALOG_H
#define CKPT_ENGINE_CATALOG_H

#include "ckptfs/ckpt.h"
#include "store/contract.h"

/* One generation of the catalog.  Immutable. */
struct ckpt_catalog {
	unsigned refs; /* atomic */
	bool absent;   /* there is no catalog file (then n is 0) */
	size_t n;
	struct ckpt_entry **entry; /* oldest first */
	uint32_t *by_uuid;	   /* indices of entry, in the order of uuids; NULL: they are in it */
	struct ckpt_version version;
};
/* Read the catalog.  before (may be NULL) is an earlier generation: entries
 * that did not change are shared with it instead of parsed.  A catalog that
 * is absent is an empty one; whether it was lost is for those to ask who
 * change something (ckpt_catalog_lost). */
int ckpt_catalog_read(struct ckpt_store *store, struct ckpt_catalog *before, struct ckpt_catalog **out,
		      struct ckpt_err *err);
/* EUCLEAN if the catalog is absent while directories of checkpoints exist
 * (except that of but, which may be NULL); the sentence names rebuild. */
int ckpt_catalog_lost(struct ckpt_store *store, const struct ckpt_catalog *c, const struct ckpt_uuid *but,
		      struct ckpt_err *err);

/* ENOENT: u is not in it.  so: what does not happen because of that ("; nothing
 * was archived"), or "". */
int ckpt_catalog_lacks(struct ckpt_store *store, const struct ckpt_uuid *u, const char *so,
		       struct ckpt_err *err);

/* Whether an error of reading a checkpoint says that something of it is damaged,
 * missing, or not what it should be.  Others (a disk that fails, a file that we
 * may not read, no memory) say nothing about it. */
bool ckpt_is_damage(int rc);

/* ckpt_time_ms() with its errors; 0 if there is no CHECKPOINT. */
int ckpt_time_read(struct ckpt_store *store, const struct ckpt_uuid *u, int64_t *ms, struct ckpt_err *err);

/* What the root says about which checkpoints are finished. */
struct ckpt_resume {
	bool has_state; /* the root has a state.json */
	bool names;	/* it belongs to a checkpoint: uuid */
	struct ckpt_uuid uuid;
	struct ckpt_version version;
};
int ckpt_resume_read(struct ckpt_store *store, struct ckpt_resume *out, struct ckpt_err *err);
/* Whether entry i is finished: in a root that has state.json, once it has one
 * itself, or is older than the one that the root's names. */
int ckpt_is_finished(struct ckpt_store *store, const struct ckpt_catalog *c, const struct ckpt_resume *r,
		     size_t i, bool *finished, struct ckpt_err *err);

#endif
