/* archive_job.h - the parts of the verb archive
 *
 * Two roots, and two owners perhaps.  What is made in the archive must belong to
 * the archive's owner, so that a pipeline can be started on it; the source is
 * only read.  So whoever comes as root becomes the owner of the archive (not of
 * the source), and is told if the source can't be read as that user.  An archive
 * that is missing is made, and is given the source's owner.
 *
 * With --watch the verb stays, and prints a result for each checkpoint.
 *
 * With a retention (keep.h) the archive is pruned after each checkpoint, or at
 * the end, as a gc of it would with the same words: pins, readers, state.json and
 * the newest two hold against it.  What it would remove is not added in the first
 * place, or each run would add and remove the same ones for as long as the source
 * has them.  That needs no memory of what was removed: a rule that has dropped a
 * checkpoint drops it again from the archive as it would be with it.  Who names a
 * checkpoint wants that one: it is added, and this run leaves it alone; a pin is
 * what keeps it for longer.
 */
#ifndef CKPT_CMD_ARCHIVE_JOB_H
#define CKPT_CMD_ARCHIVE_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "ckptfs/archive.h"
#include "cmd/cmd.h"
#include "engine/retention.h"

/* What is asked for.  The source is cmd->root. */
struct ckpt_archive_job {
	struct ckpt_cmd *cmd;
	struct ckpt_root *archive;
	const struct ckpt_args *args;
	const struct ckpt_retention *keep; /* NULL: nothing is ever removed */
};

/* What came of it. */
struct ckpt_archive_result {
	struct ckpt_archived archived;
	size_t n_unwanted;   /* not added, since the retention would remove them at once */
	struct ckpt_plan gc; /* what the retention removed and kept */
};
void ckpt_archive_result_release(struct ckpt_archive_result *r);

/* The verb's enter (cmd.h): find or make the archive's directory, see that
 * neither root lies inside the other, become its owner. */
int ckpt_archive_enter(struct ckpt_cmd *cmd, const struct ckpt_args *args, int root, struct ckpt_err *err);

/* "30s", "10m", "1h", "7d", in milliseconds.  False for anything else, zero,
 * and more than a year. */
bool ckpt_archive_every(const char *text, int64_t *ms);

/* Add a result to cmd->out. */
void ckpt_archive_print(const struct ckpt_archive_job *job, const struct ckpt_archive_result *r);

/* Whether each of n checkpoints of the source, oldest first, would stay if all of
 * them were in the archive.  What is there already, or gone from the source, is
 * not for this to decide: true.  Both catalogs as last read. */
int ckpt_archive_wanted(const struct ckpt_archive_job *job, const struct ckpt_uuid *uuid, size_t n,
			bool *wanted, struct ckpt_err *err);
/* ckpt_archive() of the newest or of all, but for those that are not wanted. */
int ckpt_archive_add_wanted(const struct ckpt_archive_job *job, bool all, struct ckpt_archive_result *out,
			    struct ckpt_err *err);
/* Remove from the archive what the retention does not keep; *gc as by ckpt_gc().
 * Where that is nothing, nothing is locked or written. */
int ckpt_archive_prune(const struct ckpt_archive_job *job, struct ckpt_plan *gc, struct ckpt_err *err);

/* Stay, until cmd->env.stop says so (0). */
int ckpt_archive_watch(const struct ckpt_archive_job *job, struct ckpt_err *err);

#endif
