#include "cmd/control_errno.h"

#include <errno.h>
#include <stddef.h>

const struct ckpt_control_errno ckpt_control_errnos[CKPT_CONTROL_ERRNOS] = {
	{ EBUSY, EBUSY, "EBUSY" },    { EINVAL, EINVAL, "EINVAL" }, { EEXIST, EEXIST, "EEXIST" },
	{ ENOENT, ENOENT, "ENOENT" }, { ESTALE, ESTALE, "ESTALE" }, { EACCES, EACCES, "EACCES" },
	{ EPERM, EACCES, "EACCES" },  { EINTR, EINTR, "EINTR" },    { EROFS, EROFS, "EROFS" },
	{ ENOSPC, ENOSPC, "ENOSPC" }, { EDQUOT, ENOSPC, "ENOSPC" }, { EIO, EIO, "EIO" },
};

const struct ckpt_control_errno *ckpt_control_errno_of(int code)
{
	size_t i, n = CKPT_CONTROL_ERRNOS;

	for (i = 0; i < n - 1; i++)
		if (ckpt_control_errnos[i].code == code)
			return &ckpt_control_errnos[i];
	return &ckpt_control_errnos[n - 1];
}
