/* diff.h - what came and went between two checkpoints
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

enum ckpt_diff_how { CKPT_DIFF_CAME, CKPT_DIFF_WENT, CKPT_DIFF_STAYED };
#define CKPT_DIFF_HOWS 3

struct ckpt_diff_name {
	const char *name; /* of the sets compared */
	enum ckpt_diff_how how;
	uint64_t before, after; /* bytes; 0 where it is not, or is missing */
};
struct ckpt_diff_sum {
	uint64_t files, bytes; /* bytes of what stayed: as they are after */
};
struct ckpt_diff_part {
	struct ckpt_diff_name *name;
	size_t n; /* in the order of names */
	struct ckpt_diff_sum sum[CKPT_DIFF_HOWS];
	uint64_t bytes_before, bytes_after;
	uint64_t resized; /* of what stayed: with another size */
};

struct ckpt_diff {
	struct ckpt_diff_part batches, state_files;
	/* What the names belong to. */
	struct ckpt_deps before, after;
};
void ckpt_diff_release(struct ckpt_diff *d);

/* Compare two sets; a pure function: no sizes yet.  Free part->name. */
int ckpt_diff_names(const struct ckpt_names *before, const struct ckpt_names *after,
		    struct ckpt_diff_part *part, struct ckpt_err *err);

/* Compare a of store sa with b of store sb.  Release *out in any case. */
int ckpt_diff_read(struct ckpt_store *sa, const struct ckpt_uuid *a, struct ckpt_store *sb,
		   const struct ckpt_uuid *b, struct ckpt_diff *out, struct ckpt_err *err);

#ifdef __cplusplus
}
#endif

#endif
