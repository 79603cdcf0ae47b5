/* said.h - libfuse's own words, in our log
 *
 * libfuse says what went wrong through one function, which is told nothing of the
 * mount that it is about.  A process has one mount, so there is one place that it
 * goes to.  Before the mount is there somebody waits for a sentence, of which
 * this is the reason: the last is kept for it.
 */
#ifndef CKPT_FUSE_SAID_H
#define CKPT_FUSE_SAID_H

#include "base/log.h"
#include "ckptfs/err.h"

/* From now on to log (NULL: nowhere), escaped and bounded as all that is there;
 * with last, there instead, with a code that is not 0.  While no thread of
 * libfuse runs. */
void ckpt_said_to(struct ckpt_log *log, struct ckpt_err *last);

#endif
