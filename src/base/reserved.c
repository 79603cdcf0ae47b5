#include "base/reserved.h"

#include <errno.h>

int ckpt_refuse_reserved(const void *reserved, size_t size, const char *what, struct ckpt_err *err)
{
	const unsigned char *p = reserved;

	for (size_t i = 0; i < size; i++)
		if (p[i])
			return ckpt_fail(err, EINVAL,
					 "%s: something is set that this version of libckptfs does not know "
					 "(reserved is not 0); begin with zeros, or use a newer libckptfs",
					 what);
	return 0;
}
