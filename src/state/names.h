/* names.h - the names of states and their files */
#ifndef CKPT_STATE_NAMES_H
#define CKPT_STATE_NAMES_H

#include <stdbool.h>

#include "base/name.h"
#include "ckptfs/err.h"

#define CKPT_STATE_SUFFIX ".dat"

/* Letters, digits, '_', '-' and '.', not too many. */
bool ckpt_state_name_ok(const char *name);

/* The file of a state; EINVAL for a name that can be none, or is Feldera's own. */
int ckpt_state_file_name(const char *name, char file[CKPT_NAME_MAX + 1], struct ckpt_err *err);

#endif
