/* problems.h - what verify and rebuild found, printed */
#ifndef CKPT_CMD_PROBLEMS_H
#define CKPT_CMD_PROBLEMS_H

#include "cmd/cmd.h"

/* The member "problems" of the object that out is in. */
void ckpt_problems_json(struct ckpt_buf *out, const struct ckpt_problems *p);
/* A line each. */
void ckpt_problems_text(struct ckpt_buf *out, const struct ckpt_problems *p);

#endif
