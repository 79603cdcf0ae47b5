/** @file
 * archive.h - a second storage root, where a pipeline's history lives
 *
 * A pipeline keeps its two newest checkpoints and forgets the others.  An
 * archive is a storage root like any other to which finished checkpoints of a
 * first one (the source) are added: by hard links on the same file system,
 * otherwise by reflink or copy, and only what is not there yet.  Everything
 * that works on a root works on an archive, because it is one.
 *
 * The source is only read: never locked, never written, so that its pipeline
 * notices nothing.  The pipeline knows no lease and may remove a checkpoint at
 * any moment.  So a checkpoint is held first: its lease is taken (for those who
 * heed it), all its files are opened that the archive lacks, and then the
 * source's catalog is looked at once more.  If it still names the checkpoint,
 * nothing of it was gone when its files were opened, since whoever removes one
 * takes it out of the catalog first; and what is open stays readable.  If not,
 * it is skipped, and the archive is untouched.
 *
 * In the archive, under the archive's lock, the order is that of a commit: the
 * files, durable; the directory; the root; the catalog; and last the archive's
 * own state.json, which follows its newest checkpoint.  A failure takes back
 * what was added for this checkpoint and nothing else.  A crash leaves what a
 * sweep removes, and the next run goes on.  The lock is let go between
 * checkpoints.
 *
 * Files are made durable one by one.  Where more than a few dozen are to be
 * linked, a sync of the whole file system that both roots are on takes the place
 * of that, before the lock is taken: it is many times as fast on an idle disk, and
 * waits for whatever others are writing there.  Where any of that can't be
 * written, each file is synced by itself after all.  The kernel lets nobody cut such
 * a sync short, so where the root has a stop it is done by a process that is forked
 * for it, is no child to wait for, and goes on by itself after a stop.  Until then
 * the checkpoint stays leased, and up to 512 of its files open.
 *
 * What is there already with the same name is the same file if size and time
 * are (an archived copy keeps the time), or if all its bytes are.  Otherwise
 * it is EEXIST, and neither is touched.
 *
 * Checkpoints of any fingerprint go into one archive: history must not stop at
 * an upgrade of the pipeline.
 */
#ifndef CKPTFS_ARCHIVE_H
#define CKPTFS_ARCHIVE_H

#include "ckptfs/ckpt.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Which checkpoints are archived. */
struct ckpt_archive_opts {
	const struct ckpt_uuid *uuid; /**< these; n_uuid 0: the newest finished one */
	size_t n_uuid;		      /**< how many */
	bool all;		      /**< all finished ones (then n_uuid is 0) */
	uint64_t reserved[4];	      /**< 0 */
};

/** A checkpoint that was asked for and is not in the archive.  It never grows. */
struct ckpt_archive_skip {
	struct ckpt_uuid uuid; /**< which */
	char *why;	       /**< a sentence, or "gone meanwhile" */
	bool gone;	       /**< the source's catalog does not name it any more */
};
/** What was archived. */
struct ckpt_archived {
	struct ckpt_uuid *added;	   /**< the checkpoints that were added */
	size_t n_added;			   /**< how many */
	struct ckpt_archive_skip *skipped; /**< those that could not be */
	size_t n_skipped;		   /**< how many */
	size_t n_present;		   /**< how many were asked for and in the archive before */
	uint64_t linked;		   /**< files that have another link now: no bytes */
	uint64_t cloned;		   /**< files whose bytes are shared with the source */
	uint64_t copied;		   /**< files copied */
	uint64_t copied_bytes;		   /**< and their bytes */
	uint64_t reserved[4];		   /**< 0 */
};
/** Free what it holds. */
void ckpt_archived_release(struct ckpt_archived *a);

/** Add checkpoints of source to archive.  Each that was asked for is afterwards
 * in the archive, durably, or in out->skipped, or the call has failed; what was
 * added before a failure stays, and is in *out.  Release *out in any case.  A
 * root that is no root yet becomes one.  Where there is nothing to add, nothing
 * is written or locked.
 *
 * ENOENT: a uuid is neither in the source's catalog nor in the archive's
 * (nothing was done).  EBUSY: somebody else changes the archive.  EEXIST: see
 * above. */
int ckpt_archive(struct ckpt_root *source, struct ckpt_root *archive, const struct ckpt_archive_opts *opts,
		 struct ckpt_archived *out, struct ckpt_err *err);

#ifdef __cplusplus
}
#endif

#endif
