/** @file
 * diff.h - what came and went between two checkpoints
 *
 * Batches and state files are compared by name.  A batch is immutable and its
 * name unique, so a batch of the same name is the same batch.  A state file of
 * the same name is the same operator's state, which may be another; only its
 * size is compared.  Both checkpoints may lie in one root, or in two.
 */
#ifndef CKPTFS_DIFF_H
#define CKPTFS_DIFF_H

#include "ckptfs/ckpt.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What became of a name. */
enum ckpt_diff_how {
	CKPT_DIFF_CAME,	 /**< only the later one has it */
	CKPT_DIFF_WENT,	 /**< only the earlier one has it */
	CKPT_DIFF_STAYED /**< both have it */
};
/** How many there are. */
#define CKPT_DIFF_HOWS 3

/** One name.  It never grows. */
struct ckpt_diff_name {
	const char *name;	/**< of the sets compared */
	enum ckpt_diff_how how; /**< what became of it */
	uint64_t before;	/**< bytes; 0 where it is not, or is missing */
	uint64_t after;		/**< likewise */
};
/** A sum.  It never grows. */
struct ckpt_diff_sum {
	uint64_t files; /**< how many */
	uint64_t bytes; /**< of these; of what stayed: as they are after */
};
/** What came and went of one kind of file.  It never grows. */
struct ckpt_diff_part {
	struct ckpt_diff_name *name;		  /**< in the order of names */
	size_t n;				  /**< how many */
	struct ckpt_diff_sum sum[CKPT_DIFF_HOWS]; /**< by enum ckpt_diff_how */
	uint64_t bytes_before;			  /**< of all that the earlier one has */
	uint64_t bytes_after;			  /**< of all that the later one has */
	uint64_t resized;			  /**< how many of those that stayed have another size */
};

/** What came and went between two checkpoints. */
struct ckpt_diff {
	struct ckpt_diff_part batches;	   /**< files of the root */
	struct ckpt_diff_part state_files; /**< files of the checkpoints' own directories */
	struct ckpt_deps before;	   /**< what the earlier one needs; the names are of these two */
	struct ckpt_deps after;		   /**< what the later one needs */
	uint64_t reserved[2];		   /**< 0 */
};
/** Free what it holds. */
void ckpt_diff_release(struct ckpt_diff *d);

/** Compare a of store sa with b of store sb.  ENOENT if one is not there.
 * Release *out in any case. */
int ckpt_diff_read(struct ckpt_store *sa, const struct ckpt_uuid *a, struct ckpt_store *sb,
		   const struct ckpt_uuid *b, struct ckpt_diff *out, struct ckpt_err *err);

#ifdef __cplusplus
}
#endif

#endif
