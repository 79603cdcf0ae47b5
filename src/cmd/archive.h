/* archive.h - the parts of the verb archive
 *
 * Two roots, and two owners perhaps.  What is made in the archive must belong to
 * the archive's owner, so that a pipeline can be started on it; the source is
 * only read.  So whoever comes as root becomes the owner of the archive (not of
 * the source), and is told if the source can't be read as that user.  An archive
 * that is missing is made, and is given the source's owner.
 *
 * With --watch the verb stays, and prints a result for each checkpoint.
 */
#ifndef CKPT_CMD_ARCHIVE_H
#define CKPT_CMD_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "ckptfs/archive.h"
#include "cmd/cmd.h"

/* The verb's enter (cmd.h): find or make the archive's directory, see that
 * neither root lies inside the other, become its owner. */
int ckpt_archive_enter(struct ckpt_cmd *cmd, const struct ckpt_args *args, int root, struct ckpt_err *err);

/* "30s", "10m", "1h", "7d", in milliseconds.  False for anything else, zero,
 * and more than a year. */
bool ckpt_archive_every(const char *text, int64_t *ms);

/* Add a result to cmd->out. */
void ckpt_archive_print(struct ckpt_cmd *cmd, const struct ckpt_archived *a, bool json);

/* Stay, until cmd->env.stop says so (0). */
int ckpt_archive_watch(struct ckpt_cmd *cmd, struct ckpt_root *archive, const struct ckpt_args *args,
		       struct ckpt_err *err);

#endif
