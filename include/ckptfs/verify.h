/** @file
 * verify.h - look whether checkpoints are whole, and write a lost catalog anew
 */
#ifndef CKPTFS_VERIFY_H
#define CKPTFS_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ckptfs/open.h"

#ifdef __cplusplus
extern "C" {
#endif

/** One thing that is wrong.  It never grows. */
struct ckpt_problem {
	struct ckpt_uuid uuid; /**< with which checkpoint */
	char *file;	       /**< NULL: the checkpoint as a whole */
	char *what;	       /**< a sentence */
};
/** What is wrong. */
struct ckpt_problems {
	struct ckpt_problem *problem; /**< each */
	size_t n;		      /**< how many */
	bool failed;		      /**< no memory: more is wrong than is here */
	uint64_t reserved[2];	      /**< 0 */
};
/** Free what it holds. */
void ckpt_problems_release(struct ckpt_problems *p);

/** Look whether every file that these checkpoints (n 0: all) name is there, and
 * whether the fingerprint is as given (NULL: not asked).  Returns 0 also if
 * there are problems; ENOENT if a uuid is not in the catalog.  Release *out in
 * any case. */
int ckpt_verify(struct ckpt_root *root, const struct ckpt_uuid *uuids, size_t n, const uint64_t *fingerprint,
		struct ckpt_problems *out, struct ckpt_err *err);

/** What ckpt_verify_deep() has looked at. */
struct ckpt_deep {
	uint64_t files;	      /**< how many */
	uint64_t bytes;	      /**< of these */
	uint64_t damaged;     /**< how many of them are */
	uint64_t not_checked; /**< how many could not be */
	uint64_t reserved[2]; /**< 0 */
};
/** The same, and every bit of every batch against its checksums, several files
 * at a time; each file once, however many checkpoints need it.  One that can't
 * be checked (of a version that is not known; packed by Snappy, whose library
 * can't be loaded) is a problem too.  That library is loaded when it is needed
 * first: not after the program has given up the right to read files. */
int ckpt_verify_deep(struct ckpt_root *root, const struct ckpt_uuid *uuids, size_t n,
		     const uint64_t *fingerprint, struct ckpt_problems *out, struct ckpt_deep *deep,
		     struct ckpt_err *err);

/** Write a lost or damaged catalog anew from the checkpoints' directories:
 * from each state.json, or from dependencies.json and the fingerprint given
 * (NULL: such a one is refused).  EEXIST if the catalog can be read.  A
 * damaged catalog is kept as checkpoints.feldera.damaged.  dry_run: *out
 * (may be NULL; a reference) only.  Directories that are no committed checkpoint
 * are left out and named in problems, which is released in any case.  It works
 * on the store, since a root with such a catalog can't be opened. */
int ckpt_rebuild(struct ckpt_store *store, const uint64_t *fingerprint, bool dry_run,
		 struct ckpt_catalog **out, struct ckpt_problems *problems, struct ckpt_err *err);

#ifdef __cplusplus
}
#endif

#endif
