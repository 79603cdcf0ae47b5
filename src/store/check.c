#include "store/check.h"

#include <errno.h>
#include <string.h>

#include "base/name.h"
#include "store/limits.h"

int ckpt_check_name(struct ckpt_store *s, const char *name, bool optional, struct ckpt_err *err)
{
	if (name ? ckpt_name_ok(name, strlen(name)) : optional)
		return 0;
	return ckpt_fail(err, EINVAL,
			 "'%s' is not a name in storage root %s: it must be one component of 1 to %d "
			 "bytes, not a path",
			 name ? name : "", s->label, CKPT_NAME_MAX);
}

int ckpt_check_place(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err)
{
	int rc = ckpt_check_name(s, dir, true, err);

	return rc ? rc : ckpt_check_name(s, name, false, err);
}

int ckpt_check_new(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err)
{
	int rc = ckpt_check_place(s, dir, name, err);

	if (!rc && strlen(name) + sizeof(CKPT_TEMP_SUFFIX) - 1 > CKPT_NAME_MAX)
		rc = ckpt_fail(
			err, ENAMETOOLONG,
			"can't write '%s' in storage root %s: the name is too long, with " CKPT_TEMP_SUFFIX
			" it would have more than %d bytes",
			name, s->label, CKPT_NAME_MAX);
	return rc;
}
