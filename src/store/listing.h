/* listing.h - the names of a directory, taken down before they are looked at
 *
 * A listing promises each name once, also while others create, rename and
 * remove, and also while the one who lists removes what he is given.  File
 * systems differ widely in that.  So the names are read first, with their
 * kinds, sorted, and only then told one by one.
 */
#ifndef CKPT_STORE_LISTING_H
#define CKPT_STORE_LISTING_H

#include "base/names.h"
#include "store/contract.h"

struct ckpt_listing {
	struct ckpt_names names; /* each followed by '/' and a letter for its kind */
};

#define CKPT_LISTING_INIT                                                                                    \
	{                                                                                                    \
		.names = CKPT_NAMES_INIT                                                                     \
	}
/* The kind of a name that has to be looked up. */
#define CKPT_KIND_UNKNOWN (-1)

void ckpt_listing_release(struct ckpt_listing *l);
/* kind is an enum ckpt_kind or CKPT_KIND_UNKNOWN.  False: too many names. */
bool ckpt_listing_add(struct ckpt_listing *l, const char *name, int kind);

/* Describe one name, complete.  ENOENT leaves it out. */
typedef int ckpt_listing_stat_fn(void *ctx, const char *name, struct ckpt_stat *st, struct ckpt_err *err);
/* Tell the names to fn, by the rules of ckpt_store_list().  look is asked for
 * all names if with_stat, else only for those of unknown kind. */
int ckpt_listing_tell(struct ckpt_listing *l, bool with_stat, ckpt_listing_stat_fn *look, void *look_ctx,
		      ckpt_list_fn *fn, void *ctx, struct ckpt_err *err);

#endif
