#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/limits.h"
#include "store/posix_temp.h"

#define MODE_NEW 0644

static const struct ckpt_version absent;

struct posix_writer {
	struct ckpt_writer base;
	struct ckpt_posix_temp temp;
	bool in_dir;
	char dir[CKPT_NAME_MAX + 1];
	char name[CKPT_NAME_MAX + 1];
};

static int fail(struct posix_writer *w, int rc, struct ckpt_err *err)
{
	return ckpt_place_fail(w->base.store, rc, "write", w->in_dir ? w->dir : NULL, w->name, err);
}

static void discard(struct posix_writer *w)
{
	ckpt_posix_temp_discard(&w->temp);
	ckpt_posix_put_dir(w->temp.s, w->temp.at);
	free(w);
}

/* Whether what has the name now may be replaced, and the mode to keep. */
static int check_target(struct posix_writer *w, const struct ckpt_version *expect, mode_t *mode)
{
	struct ckpt_version now;
	struct ckpt_stat st;
	int rc = ckpt_posix_stat_at(w->temp.at, w->name, &st, &now);

	*mode = MODE_NEW;
	if (rc == -ENOENT) {
		now = absent;
	} else if (rc || (rc = ckpt_kind_error(st.kind))) {
		return rc;
	} else {
		*mode = st.mode & 0777;
	}
	if (!expect || memcmp(&now, expect, sizeof(now)) == 0)
		return 0;
	return memcmp(expect, &absent, sizeof(absent)) == 0 ? -EEXIST : -ESTALE;
}

int ckpt_posix_create(struct ckpt_store *store, const char *dir, const char *name, struct ckpt_writer **out,
		      struct ckpt_err *err)
{
	struct posix_writer *w = calloc(1, sizeof(*w));
	mode_t ignored;
	int rc;

	if (!w)
		return ckpt_fail_nomem(err);
	w->base.store = store;
	w->in_dir = dir;
	snprintf(w->dir, sizeof(w->dir), "%s", dir ? dir : "");
	snprintf(w->name, sizeof(w->name), "%s", name);
	w->temp.s = (struct ckpt_posix *)store;
	w->temp.fd = -1;
	w->temp.at = rc = ckpt_posix_get_dir(w->temp.s, dir, O_PATH);
	if (rc >= 0)
		rc = check_target(w, NULL, &ignored);
	if (!rc)
		rc = ckpt_posix_temp_open(&w->temp, name);
	if (rc) {
		rc = fail(w, rc, err);
		discard(w);
		return rc;
	}
	*out = &w->base;
	return 0;
}

int ckpt_posix_writer_fd(struct ckpt_writer *writer)
{
	return ((struct posix_writer *)writer)->temp.fd;
}

int ckpt_posix_append(struct ckpt_writer *writer, const void *data, size_t len, struct ckpt_err *err)
{
	struct posix_writer *w = (struct posix_writer *)writer;
	int rc = ckpt_posix_write_all(w->temp.fd, data, len);

	return rc ? fail(w, rc, err) : 0;
}

/* Make the finished file durable (sync), and then visible.  It must have a name
 * before fsync: btrfs writes no metadata of a file that has none. */
static int publish(struct posix_writer *w, bool sync, const struct ckpt_version *expect)
{
	const bool fresh = expect && memcmp(expect, &absent, sizeof(absent)) == 0;
	mode_t ignored;
	int rc = -ENOENT, tries;

	for (tries = 0; rc == -ENOENT && tries < CKPT_TEMP_TRIES; tries++) {
		rc = ckpt_posix_temp_hold(&w->temp);
		if (rc)
			return rc;
		if (sync && fsync(w->temp.fd))
			return -errno;
		/* Again: fsync can take long (race 3). */
		rc = check_target(w, expect, &ignored);
		if (!rc)
			rc = ckpt_posix_temp_rename(&w->temp, w->name, fresh);
	}
	return rc;
}

/* A new file that need not be durable yet takes its name at once. */
static int link_new(struct posix_writer *w)
{
	int rc = w->temp.named ? -EEXIST : ckpt_posix_settle(w->temp.s, w->temp.fd, MODE_NEW);

	return rc ? rc : ckpt_posix_link_fd(w->temp.fd, w->temp.at, w->name);
}

static int finish(struct ckpt_writer *writer, bool sync, const struct ckpt_version *expect,
		  struct ckpt_err *err)
{
	struct posix_writer *w = (struct posix_writer *)writer;
	mode_t mode;
	int rc = check_target(w, expect, &mode);

	if (!rc)
		rc = ckpt_posix_settle(w->temp.s, w->temp.fd, mode);
	if (!rc)
		rc = publish(w, sync, expect);
	if (rc)
		rc = fail(w, rc, err);
	discard(w);
	return rc;
}

int ckpt_posix_commit_if(struct ckpt_writer *w, const struct ckpt_version *expect, struct ckpt_err *err)
{
	return finish(w, true, expect, err);
}

int ckpt_posix_commit(struct ckpt_writer *w, struct ckpt_err *err)
{
	return finish(w, true, NULL, err);
}

/* What has the name already, and a system that can't give one later, take the
 * other way. */
int ckpt_posix_publish(struct ckpt_writer *writer, struct ckpt_err *err)
{
	struct posix_writer *w = (struct posix_writer *)writer;

	if (link_new(w))
		return finish(writer, false, NULL, err);
	discard(w);
	return 0;
}

void ckpt_posix_abort(struct ckpt_writer *w)
{
	discard((struct posix_writer *)w);
}
