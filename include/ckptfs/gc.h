/** @file
 * gc.h - remove what is not wanted any more
 *
 * What deletes first makes a plan: a value that names every file that goes and says
 * why anything stays.  A dry run is that plan, and locks and writes nothing; the real
 * run carries out the same, and the plan is then what was done, also after an error
 * (what was done before it).  Each call begins the plan anew; release it in any case.
 */
#ifndef CKPTFS_GC_H
#define CKPTFS_GC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ckptfs/open.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A gc never leaves fewer checkpoints than this (Feldera's
 * MIN_CHECKPOINT_THRESHOLD). */
#define CKPT_MIN_CHECKPOINTS 2

/** One file, or one directory with all in it, that goes.  It never grows. */
struct ckpt_item {
	char *dir;	/**< NULL: at the top level */
	char *name;	/**< NULL: the directory itself, after its files */
	uint64_t files; /**< 1; of a directory itself: what its own items do not name */
	uint64_t bytes; /**< of those */
};
/** One checkpoint that stays.  It never grows. */
struct ckpt_kept {
	struct ckpt_uuid uuid; /**< which */
	char *why;	       /**< every reason: "newest", "being read", "excepted",
				* "state.json resumes from it", "pinned as NAME", "daily, within 14d" */
};
/** One name that was to go and is still there.  It never grows. */
struct ckpt_left {
	char *name; /**< with its directory, where it has one */
	char *why;  /**< a sentence */
};
/** What is removed, or was.  Initialise it by CKPT_PLAN_INIT where no call is
 * sure to be reached; each call that takes one begins it anew. */
struct ckpt_plan {
	struct ckpt_uuid *removed; /**< gc, remove: the checkpoints that go */
	size_t n_removed;	   /**< how many */
	struct ckpt_kept *kept;	   /**< gc: those that stay, and why */
	size_t n_kept;		   /**< how many */
	struct ckpt_item *items;   /**< the files and directories that go */
	size_t n_items;		   /**< how many */
	struct ckpt_left *left;	   /**< what should have gone */
	size_t n_left;		   /**< how many */
	char **missing;		   /**< sweep: files that are needed, and gone */
	size_t n_missing;	   /**< how many */
	char **notes;		   /**< sentences for the reader */
	size_t n_notes;		   /**< how many */
	uint64_t files;		   /**< sum over items */
	uint64_t bytes;		   /**< sum over items */
	uint64_t usage;		   /**< sweep: bytes left at the top level */
	bool failed;		   /**< no memory: the plan is not to be used */
	uint64_t reserved[4];	   /**< 0 */
};
/** A plan of nothing. */
#define CKPT_PLAN_INIT                                                                                       \
	{                                                                                                    \
		0                                                                                            \
	}
/** Free what it holds. */
void ckpt_plan_release(struct ckpt_plan *p);

struct ckpt_retention;
/** What a gc leaves. */
struct ckpt_gc_opts {
	const struct ckpt_uuid *except;		/**< kept too; each must be in the catalog (ENOENT) */
	size_t n_except;			/**< how many */
	const struct ckpt_retention *retention; /**< what it keeps is kept too (retention.h); NULL: none */
	bool dry_run;				/**< only say what would be done */
	uint64_t reserved[4];			/**< 0 */
};
/** Remove all but the newest two (Feldera's Checkpointer::gc_checkpoint), except
 * those excepted, pinned (pins.h) or being read, and the one that state.json
 * names.  Pins or a state.json that can't be read stop it.  The lock is let go
 * between rounds, and where a disk takes longer to look than it may be held; EAGAIN:
 * it does so each time, and this round changed nothing.  Release *plan in any case;
 * in a dry run nothing is locked or written.  When it returns 0 the catalog without
 * them is durable; a file that could not be removed is in plan->left, and is taken
 * by a sweep. */
int ckpt_gc(struct ckpt_root *root, const struct ckpt_gc_opts *opts, struct ckpt_plan *plan,
	    struct ckpt_err *err);

/** Remove one checkpoint: EBUSY if it is being read, pinned, or named by
 * state.json, ENOENT if the catalog does not have it.  Otherwise as ckpt_gc(). */
int ckpt_remove(struct ckpt_root *root, const struct ckpt_uuid *uuid, bool dry_run, struct ckpt_plan *plan,
		struct ckpt_err *err);

/** Remove what no checkpoint needs (Feldera's Checkpointer::gc_startup).  Never
 * under a pipeline that runs: EBUSY.  EAGAIN: as of ckpt_gc().  Release *plan in any
 * case; in a dry run nothing is locked or written. */
int ckpt_sweep(struct ckpt_root *root, bool dry_run, struct ckpt_plan *plan, struct ckpt_err *err);

#ifdef __cplusplus
}
#endif

#endif
