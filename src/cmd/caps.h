/* caps.h - giving capabilities up, for good
 *
 * What a process of root does not need it does not keep: the broker only what
 * unmounting takes, the daemon of a root that belongs to root only what reaches
 * files of any mode (it could otherwise unmount what is not ours: libfuse tries
 * to, at the end).
 */
#ifndef CKPT_CMD_CAPS_H
#define CKPT_CMD_CAPS_H

/* To unmount, and to find the mount point below a directory of any mode. */
void ckpt_caps_keep_for_unmounting(void);
/* To read and write files of any owner and mode. */
void ckpt_caps_keep_for_files(void);

#endif
