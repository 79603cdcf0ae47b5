/* choose.h - which checkpoint is restored */
#ifndef CKPT_STATE_CHOOSE_H
#define CKPT_STATE_CHOOSE_H

#include "ckptfs/restore.h"
#include "store/contract.h"

/* The checkpoint that *opts means, with a read lease on it.  One that goes
 * while it is looked at is passed over as if it had never been there. */
int ckpt_choose(struct ckpt_root *root, const struct ckpt_restore_opts *opts, struct ckpt_entry **entry,
		struct ckpt_lease **lease, struct ckpt_err *err);

#endif
