#include "state/names.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "state/limits.h"

bool ckpt_state_name_ok(const char *s)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
	size_t n = s ? strspn(s, allowed) : 0;

	return n > 0 && n <= CKPT_STATE_NAME_MAX && s[n] == '\0';
}

int ckpt_state_file_name(const char *name, char file[CKPT_NAME_MAX + 1], struct ckpt_err *err)
{
	if (!ckpt_state_name_ok(name))
		return ckpt_fail(err, EINVAL,
				 "a state can't be called '%s': a name is of letters, digits, '_', '-' and "
				 "'.', at most %d",
				 name ? name : "", CKPT_STATE_NAME_MAX);
	/* Feldera looks for a checkpoint's batches in files that begin so. */
	if (!strncmp(name, CKPT_SPINE_PREFIX, strlen(CKPT_SPINE_PREFIX)))
		return ckpt_fail(err, EINVAL, "a state can't be called '%s': %s... is Feldera's own name",
				 name, CKPT_SPINE_PREFIX);
	snprintf(file, CKPT_NAME_MAX + 1, "%s" CKPT_STATE_SUFFIX, name);
	return 0;
}
