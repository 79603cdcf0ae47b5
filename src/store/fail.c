#include "store/fail.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/name.h"

/* What the system's words would not explain. */
static const char *reason(int code)
{
	switch (code) {
	case ELOOP:
		return "there is a symbolic link, and none is followed";
	case EXDEV:
		return "something else is mounted there, and it is not entered (or it has just left the "
		       "root)";
	case EINVAL:
		return "it is no regular file, or the file system can't do that";
	default:
		return NULL;
	}
}

int ckpt_place_fail(const struct ckpt_store *s, int rc, const char *what, const char *dir, const char *name,
		    struct ckpt_err *err)
{
	const char *slash = dir ? "/" : "", *slash2 = name ? "/" : "";

	dir = dir ? dir : "";
	name = name ? name : "";
	if (reason(-rc))
		return ckpt_fail(err, -rc, "can't %s %s%s%s%s%s: %s", what, s->label, slash, dir, slash2,
				 name, reason(-rc));
	return ckpt_fail_errno(err, -rc, "can't %s %s%s%s%s%s", what, s->label, slash, dir, slash2, name);
}

int ckpt_kind_error(enum ckpt_kind kind)
{
	switch (kind) {
	case CKPT_KIND_FILE:
		return 0;
	case CKPT_KIND_DIR:
		return -EISDIR;
	case CKPT_KIND_LINK:
		return -ELOOP;
	case CKPT_KIND_MOUNT:
		return -EXDEV;
	case CKPT_KIND_OTHER:
		break;
	}
	return -EINVAL;
}

int ckpt_changed_fail(const struct ckpt_store *s, const char *name, struct ckpt_err *err)
{
	return ckpt_fail(
		err, ESTALE,
		"can't replace %s/%s: somebody else changed it since it was read; nothing was written, read "
		"it again",
		s->label, name);
}

int ckpt_more_fail(const struct ckpt_store *s, const char *dir, uint64_t max, struct ckpt_err *err)
{
	return ckpt_fail(err, EAGAIN,
			 "%s/%s holds more than the %" PRIu64 " names that were to be removed at once",
			 s->label, dir, max);
}

int ckpt_locked_fail(const struct ckpt_store *s, long holder, struct ckpt_err *err)
{
	char who[64];

	if (holder > 0)
		snprintf(who, sizeof(who), "process %ld", holder);
	else
		snprintf(who, sizeof(who), "another process");
	return ckpt_fail(err, EBUSY,
			 "storage root %s is in use by %s (%s is locked); stop the pipeline or let it prune "
			 "for itself",
			 s->label, who, CKPT_PIDLOCK);
}

int ckpt_leased_fail(const struct ckpt_store *s, const char *dir, enum ckpt_lease_mode mode,
		     struct ckpt_err *err)
{
	if (mode == CKPT_LEASE_SHARED)
		return ckpt_fail(err, EBUSY, "checkpoint %s/%s is just being removed", s->label, dir);
	return ckpt_fail(err, EBUSY, "checkpoint %s/%s is being read", s->label, dir);
}
