/* reserved.h - what a program leaves zero for later versions
 *
 * A structure that programs fill in and that may grow ends in members called
 * reserved.  A later version gives them a meaning, with 0 for what was before.
 * An earlier one must not overlook it, so it refuses what is not 0.
 */
#ifndef CKPT_BASE_RESERVED_H
#define CKPT_BASE_RESERVED_H

#include <stddef.h>

#include "ckptfs/err.h"

/* EINVAL unless all bytes are 0; what names the structure in the sentence. */
int ckpt_refuse_reserved(const void *reserved, size_t size, const char *what, struct ckpt_err *err);
/* The same for the member of a structure. */
#define CKPT_REFUSE_RESERVED(structure, what, err)                                                           \
	ckpt_refuse_reserved((structure)->reserved, sizeof((structure)->reserved), what, err)

#endif
