/* mount_code.h - the exit codes of mount(8) */
#ifndef CKPT_CMD_MOUNT_CODE_H
#define CKPT_CMD_MOUNT_CODE_H

#include "ckptfs/err.h"

#define CKPT_MOUNT_OK 0
#define CKPT_MOUNT_USAGE 1
#define CKPT_MOUNT_SYSTEM 2
#define CKPT_MOUNT_INTERNAL 4
#define CKPT_MOUNT_INTERRUPTED 8
#define CKPT_MOUNT_FAILED 32

/* The exit code for what failed. */
int ckpt_mount_code(const struct ckpt_err *err);

#endif
