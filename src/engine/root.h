/* root.h - the inside of a struct ckpt_root, for the files of the engine
 *
 * What changes a root follows one shape: take the lock, read the catalog again
 * under it, decide by a pure function of what was read, carry it out, let go.
 */
#ifndef CKPT_ENGINE_ROOT_H
#define CKPT_ENGINE_ROOT_H

#include "engine/catalog.h"

struct ckpt_root {
	struct ckpt_store *store;
	struct ckpt_store *own_store; /* the same, where it is freed with the root; or NULL */
	struct ckpt_env env;	      /* every member set */
	struct ckpt_catalog *catalog;
};

void ckpt_root_event(struct ckpt_root *root, enum ckpt_event level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
bool ckpt_root_stopped(const struct ckpt_root *root);
/* Whether that may ever be. */
bool ckpt_root_is_stoppable(const struct ckpt_root *root);
void ckpt_root_progress(struct ckpt_root *root, const char *what, uint64_t done, uint64_t total);
int64_t ckpt_root_now_ms(struct ckpt_root *root);
int64_t ckpt_root_monotonic_ms(struct ckpt_root *root);

/* Race 6.  Who takes no lock looks at a root from which others remove: what was
 * in the catalog a moment ago is gone.  So whatever seems to be wrong there is
 * wrong only if the catalog is still the one that was read; otherwise one looks
 * again.  Whether it is another one now, and whether u is not in it any more;
 * both read it anew (one that can't be read says neither). */
bool ckpt_root_moved(struct ckpt_root *root);
bool ckpt_root_has_lost(struct ckpt_root *root, const struct ckpt_uuid *u);

/* Lock, then read the catalog and refuse a lost one (but: see
 * ckpt_catalog_lost).  On failure nothing is held. */
int ckpt_root_lock(struct ckpt_root *root, const struct ckpt_uuid *but, struct ckpt_lock **lock,
		   struct ckpt_err *err);
/* The same for who removes nothing because of what the root says: one sync
 * less. */
int ckpt_root_lock_to_add(struct ckpt_root *root, const struct ckpt_uuid *but, struct ckpt_lock **lock,
			  struct ckpt_err *err);

/* Whether name is spelt as the directory of one of the catalog's checkpoints
 * (in lower case). */
bool ckpt_catalog_has_dir(const struct ckpt_catalog *c, const char *name);

/* A new generation in memory: those entries of c for which gone[i] is false
 * (gone may be NULL), and then added (may be NULL).  Its version is that of
 * nothing on disk. */
int ckpt_catalog_derive(const struct ckpt_catalog *c, const bool *gone, struct ckpt_entry *added,
			struct ckpt_catalog **out, struct ckpt_err *err);
/* The same from entries in their order; takes a reference of each. */
int ckpt_catalog_make(struct ckpt_entry *const *entry, size_t n, struct ckpt_catalog **out,
		      struct ckpt_err *err);
/* Let a catalog whose entries are set find them by uuid.  EUCLEAN: one is there twice,
 * in the catalog of label. */
int ckpt_catalog_index(struct ckpt_catalog *c, const char *label, struct ckpt_err *err);
/* Replace the catalog on disk, if it is still root->catalog, by next, and
 * root->catalog by what then lies on disk. */
int ckpt_root_replace(struct ckpt_root *root, const struct ckpt_catalog *next, struct ckpt_err *err);
/* The same with u added.  If it fails so late that the new content may be visible,
 * the old one is put back.  *stays: it was not, as far as is known; what u needs must
 * not be taken back then. */
int ckpt_root_replace_adding(struct ckpt_root *root, const struct ckpt_catalog *next,
			     const struct ckpt_uuid *u, bool *stays, struct ckpt_err *err);

#endif
