/** @file
 * usage.h - what each checkpoint costs
 *
 * Checkpoints share their batches, so no sum over checkpoints says what a root
 * holds.  Here every byte of a root is counted once: in a checkpoint's own
 * directory, in a batch that only one checkpoint needs (alone), in a batch that
 * several need (shared), as garbage that a sweep would remove, or as the rest
 * (the catalog, state.json, the journal).  The five add up to the total, which
 * is the sum of the sizes of all regular files in the root, at any depth.
 *
 * A file that has a hard link elsewhere (an archive) does not become free when
 * it is removed here; so what a gc would remove and what that would free are
 * two numbers.
 *
 * Nothing is locked or written.  What changes meanwhile may be missed, or show
 * in one number and not in another.
 */
#ifndef CKPTFS_USAGE_H
#define CKPTFS_USAGE_H

#include "ckptfs/ckpt.h"

#ifdef __cplusplus
extern "C" {
#endif

/** One checkpoint.  It never grows. */
struct ckpt_usage_one {
	struct ckpt_uuid uuid; /**< which */
	bool readable;	       /**< what it needs could be read; else its batches are not among those below */
	uint64_t state_bytes;  /**< all of its own directory */
	uint64_t batches;      /**< how many it needs */
	uint64_t batch_bytes;  /**< of these */
	uint64_t batch_bytes_alone; /**< of those that no other checkpoint needs */
};

/** A whole root. */
struct ckpt_usage {
	struct ckpt_usage_one *checkpoint; /**< as in the catalog, the oldest first */
	size_t n;			   /**< how many */
	size_t unreadable;		   /**< of them those that are not readable */
	struct ckpt_err unreadable_why;	   /**< of the first that is not readable; code 0: all are */
	uint64_t state_bytes;		   /**< of all checkpoints */
	uint64_t alone_bytes;		   /**< of batches that one needs */
	uint64_t shared_bytes;		   /**< of batches that several need */
	uint64_t other_bytes;		   /**< of the rest */
	uint64_t total_bytes;		   /**< of all */
	/** Whether it is known what a sweep would remove.  Where the sweep would
	 * be refused it is not (and then in other_bytes). */
	bool garbage_known;
	uint64_t garbage_bytes;	     /**< what a sweep would remove */
	uint64_t garbage_files;	     /**< and how many files */
	struct ckpt_err garbage_why; /**< why that is not known */
	bool gc_known;		     /**< whether it is known what a gc would remove */
	size_t gc_checkpoints;	     /**< how many checkpoints that would be */
	uint64_t gc_bytes;	     /**< and how many bytes */
	uint64_t gc_free_bytes;	     /**< what of it has no other link */
	struct ckpt_err gc_why;	     /**< why that is not known */
	uint64_t reserved[4];	     /**< 0 */
};
/** Free what it holds. */
void ckpt_usage_release(struct ckpt_usage *u);

/** Look at every file of the root.  Release *out in any case. */
int ckpt_usage_read(struct ckpt_root *root, struct ckpt_usage *out, struct ckpt_err *err);

#ifdef __cplusplus
}
#endif

#endif
