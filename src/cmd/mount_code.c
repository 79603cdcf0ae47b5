#include "cmd/mount_code.h"

#include <errno.h>

int ckpt_mount_code(const struct ckpt_err *err)
{
	switch (err->code) {
	case ENOMEM:
	case ENFILE:
	case EMFILE:
	case EAGAIN:
		return CKPT_MOUNT_SYSTEM;
	case EINTR:
		return CKPT_MOUNT_INTERRUPTED;
	case EPERM:
		return CKPT_MOUNT_USAGE;
	default:
		return CKPT_MOUNT_FAILED;
	}
}
