/* caps.h - giving capabilities up, for good
 *
 * What a process of root does not need it does not keep: the broker only what
 * unmounting takes (the same lets it register files for passthrough), the daemon nothing, also where the root
 * belongs to root.
 */
#ifndef CKPT_CMD_CAPS_H
#define CKPT_CMD_CAPS_H

#include "ckptfs/err.h"

/* To unmount, and to find the mount point below a directory of any mode.  If
 * it fails it only keeps more than it needs. */
void ckpt_caps_keep_for_unmounting(void);
/* No program that is started later may have any; takes CAP_SETPCAP, and does
 * nothing without. */
void ckpt_caps_bound(void);
int ckpt_caps_drop(struct ckpt_err *err);

#endif
