/* mountoption.h - the options of -o, each with its meaning and its help */
#ifndef CKPT_CMD_MOUNTOPTION_H
#define CKPT_CMD_MOUNTOPTION_H

#include "cmd/mountopts.h"

/* Take one; EINVAL with a sentence.  What mount(8) says to everybody is taken and
 * means nothing, as whatever is not known does if o is sloppy. */
int ckpt_mountopts_take(struct ckpt_mountopts *o, const char *word, struct ckpt_err *err);
/* Ours, a line each. */
void ckpt_mountopts_list(struct ckpt_buf *out);

#endif
