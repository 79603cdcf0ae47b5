/* root.h - from the path in a command to a store
 *
 * What ckptfs creates in a root must belong to the root's owner, or the
 * pipeline can't write there any more.  So whoever comes as root becomes that
 * owner before the first file below the directory is touched: the directory is
 * opened by path only (O_PATH), its owner is read, and from then on everything
 * goes beneath that one descriptor.
 *
 * A wrong path must not be taken for an empty root: a directory counts as a
 * storage root only if it has a catalog or a pipeline's lock file.
 */
#ifndef CKPT_CMD_ROOT_H
#define CKPT_CMD_ROOT_H

#include <sys/types.h>

#include "ckptfs/err.h"
#include "ckptfs/uuid.h"
#include "store/contract.h"

/* What must be there already. */
enum ckpt_root_need {
	CKPT_ROOT_EXISTING, /* a catalog or a lock file */
	CKPT_ROOT_NEW_TOO,  /* or nothing at all, or the directory that is to be committed */
	CKPT_ROOT_LOST_TOO, /* or directories of checkpoints: their catalog was lost */
	CKPT_ROOT_ANY	    /* the caller takes it for a root */
};

/* Open the directory (O_PATH).  Refuses what is missing or no directory, and
 * the top of a mount of ckptfs. */
int ckpt_root_dir_open(const char *path, int *fd, struct ckpt_err *err);
/* Become the owner of the directory, and of its group alone, for good.  Nothing
 * happens unless we are root. */
int ckpt_root_become_owner(int fd, const char *path, struct ckpt_err *err);
/* Refuse a directory that is no storage root.  commit (may be NULL) is the
 * checkpoint that is about to be committed. */
int ckpt_root_check(struct ckpt_store *store, enum ckpt_root_need need, const struct ckpt_uuid *commit,
		    struct ckpt_err *err);

/* Open another root to look at, as whoever we are by now.  Free both, also after
 * an error. */
struct ckpt_root;
int ckpt_root_open_other(const char *path, struct ckpt_store **store, struct ckpt_root **root,
			 struct ckpt_err *err);

#endif
