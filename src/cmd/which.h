/* which.h - the names by which a checkpoint may be meant
 *
 * Where something is only read, a checkpoint has more names than its uuid: the
 * beginning of the uuid, if no other checkpoint's begins so and if it has four
 * digits at least (a beginning that is unique by luck today is not tomorrow), and
 * "latest", the newest finished one, as the link in a mount.
 *
 * What removes or changes something takes the whole uuid: what else a name
 * means depends on which checkpoints there are at the moment, and a mistake
 * could not be taken back.
 */
#ifndef CKPT_CMD_WHICH_H
#define CKPT_CMD_WHICH_H

#include <stdbool.h>

#include "ckptfs/ckpt.h"

#define CKPT_WHICH_LATEST "latest"

/* Whether a word can be such a name at all. */
bool ckpt_which_ok(const char *word);
/* The checkpoint that it means.  A whole uuid means itself, whether or not there
 * is such a checkpoint.  ENOENT: none; EINVAL: it could be several, or the word
 * is too short; then the sentence lists them.  latest reads the catalog anew. */
int ckpt_which(struct ckpt_root *root, const char *word, struct ckpt_uuid *out, struct ckpt_err *err);

#endif
