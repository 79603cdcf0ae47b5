#include "tests/store_crash.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "store/mem.h"

/* It is a store in memory, so that its functions that only look take it as it
 * is; those that change something come here first. */
struct crash_store {
	struct ckpt_mem_store mem;
	struct ckpt_store_ops ops;
	const struct ckpt_store_ops *real;
	struct crash *crash;
};

static struct crash *of(struct ckpt_store *s)
{
	return ((struct crash_store *)s)->crash;
}

static const struct ckpt_store_ops *real(struct ckpt_store *s)
{
	return ((struct crash_store *)s)->real;
}

static int killed(struct ckpt_err *err)
{
	return ckpt_fail(err, EIO, "the process was killed");
}

static unsigned lies(const struct crash *c)
{
	return c->foreign ? ~0U : c->lies;
}

/* --- writing ------------------------------------------------------------ */

static void temp_name(char out[CKPT_NAME_MAX + 8], const char *name)
{
	snprintf(out, CKPT_NAME_MAX + 8, "%s.mut", name);
}

static bool record_publish(struct crash *c, const char *dir, const char *temp)
{
	char name[CKPT_NAME_MAX + 8];

	snprintf(name, sizeof(name), "%.*s", (int)strlen(temp) - 4, temp);
	return crash_record(c, CRASH_RENAME, dir, temp, name);
}

static bool record_commit(struct crash *c, const char *dir, const char *temp, bool durable)
{
	if (durable)
		crash_record(c, CRASH_SYNC_FILE, dir, temp, NULL);
	return record_publish(c, dir, temp);
}

static bool commit_syncs(const struct crash *c)
{
	return !(lies(c) & CRASH_LIE_COMMIT);
}

static bool record_write(struct crash *c, const char *dir, const char *name, const void *data, size_t len,
			 bool durable)
{
	char temp[CKPT_NAME_MAX + 8];

	temp_name(temp, name);
	crash_record(c, CRASH_CREATE, dir, temp, NULL);
	crash_record_data(c, dir, temp, data, len);
	return record_commit(c, dir, temp, durable);
}

static bool record_sync_dir(struct crash *c, const char *dir)
{
	return lies(c) & CRASH_LIE_SYNC_DIR ? !crash_is_dead(c)
					    : crash_record(c, CRASH_SYNC_DIR, dir, NULL, NULL);
}

/* Where a writer is noted; NULL: a free place. */
static size_t find(struct crash *c, const struct ckpt_writer *w)
{
	for (size_t i = 0; i < CRASH_WRITERS; i++)
		if (c->writer[i].w == w)
			return i;
	abort();
}

static void forget(struct crash *c, size_t i)
{
	free(c->writer[i].dir);
	free(c->writer[i].name);
	memset(&c->writer[i], 0, sizeof(c->writer[i]));
}

static int c_create(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_writer **out,
		    struct ckpt_err *err)
{
	struct crash *c = of(s);
	char temp[CKPT_NAME_MAX + 8];
	int rc = crash_is_dead(c) ? killed(err) : real(s)->create(s, dir, name, out, err);
	size_t i;

	if (rc)
		return rc;
	i = find(c, NULL);
	temp_name(temp, name);
	c->writer[i].w = *out;
	c->writer[i].dir = dir ? strdup(dir) : NULL;
	c->writer[i].name = strdup(temp);
	crash_record(c, CRASH_CREATE, dir, temp, NULL);
	return 0;
}

static int c_append(struct ckpt_writer *w, const void *data, size_t len, struct ckpt_err *err)
{
	struct crash *c = of(w->store);
	size_t i = find(c, w);

	if (!crash_record_data(c, c->writer[i].dir, c->writer[i].name, data, len))
		return killed(err);
	return real(w->store)->append(w, data, len, err);
}

static void c_abort(struct ckpt_writer *w)
{
	struct crash *c = of(w->store);
	size_t i = find(c, w);

	crash_record(c, CRASH_UNLINK, c->writer[i].dir, c->writer[i].name, NULL);
	forget(c, i);
	real(w->store)->abort(w);
}

static int c_commit(struct ckpt_writer *w, struct ckpt_err *err)
{
	struct crash *c = of(w->store);
	size_t i = find(c, w);
	bool alive = record_commit(c, c->writer[i].dir, c->writer[i].name, commit_syncs(c));
	int rc;

	forget(c, i);
	rc = real(w->store)->commit(w, err);
	return rc ? rc : alive ? 0 : killed(err);
}

static int c_publish(struct ckpt_writer *w, struct ckpt_err *err)
{
	struct crash *c = of(w->store);
	size_t i = find(c, w);
	bool alive = record_publish(c, c->writer[i].dir, c->writer[i].name);
	int rc;

	forget(c, i);
	rc = real(w->store)->publish(w, err);
	return rc ? rc : alive ? 0 : killed(err);
}

static int c_replace(struct ckpt_store *s, const char *name, const void *data, size_t len,
		     const struct ckpt_version *expect, struct ckpt_err *err)
{
	struct crash *c = of(s);
	int rc = crash_is_dead(c) ? killed(err) : real(s)->replace(s, name, data, len, expect, err);

	if (rc)
		return rc;
	record_write(c, NULL, name, data, len, commit_syncs(c));
	return record_sync_dir(c, NULL) ? 0 : killed(err);
}

static int c_mkdir(struct ckpt_store *s, const char *dir, struct ckpt_err *err)
{
	struct crash *c = of(s);
	int rc = crash_is_dead(c) ? killed(err) : real(s)->mkdir(s, dir, err);

	if (!rc)
		crash_record(c, CRASH_MKDIR, NULL, dir, NULL);
	return rc;
}

static int c_adopt(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_file *from,
		   bool durable, enum ckpt_adopted *how, struct ckpt_err *err)
{
	struct crash *c = of(s);
	struct ckpt_blob blob;
	bool alive;
	int rc = crash_is_dead(c) ? killed(err) : real(s)->adopt(s, dir, name, from, durable, how, err);

	if (!rc)
		rc = ckpt_store_read(s, dir, name, 1 << 20, &blob, err);
	if (rc)
		return rc;
	/* Of an original that is said to be durable nothing is synced. */
	alive = record_write(c, dir, name, blob.data, blob.len, durable ? c->synced_all : commit_syncs(c));
	free(blob.data);
	return alive ? 0 : killed(err);
}

static int c_sync_file(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err)
{
	struct crash *c = of(s);
	int rc = crash_is_dead(c) ? killed(err) : real(s)->sync_file(s, dir, name, err);

	if (!rc && !(lies(c) & CRASH_LIE_SYNC_FILE))
		crash_record(c, CRASH_SYNC_FILE, dir, name, NULL);
	return rc;
}

static int c_sync_dir(struct ckpt_store *s, const char *dir, struct ckpt_err *err)
{
	struct crash *c = of(s);
	int rc = crash_is_dead(c) ? killed(err) : real(s)->sync_dir(s, dir, err);

	if (!rc)
		record_sync_dir(c, dir);
	return rc;
}

static int c_sync_all(struct ckpt_store *s, size_t n, int begun, ckpt_stop_fn *stop, void *ctx,
		      struct ckpt_err *err)
{
	struct crash *c = of(s);

	(void)n, (void)begun, (void)stop, (void)ctx;
	if (crash_is_dead(c))
		return killed(err);
	if (!c->can_sync_all)
		return 1;
	if (!(lies(c) & CRASH_LIE_SYNC_ALL)) {
		c->synced_all = true;
		crash_record(c, CRASH_SYNC_ALL, NULL, NULL, NULL);
	}
	return 0;
}

/* --- removing ----------------------------------------------------------- */

static int c_remove(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err)
{
	struct crash *c = of(s);
	int rc = crash_is_dead(c) ? killed(err) : real(s)->remove(s, dir, name, err);

	if (!rc)
		crash_record(c, CRASH_UNLINK, dir, name, NULL);
	return rc;
}

static int add_name(void *ctx, const char *name, const struct ckpt_stat *st)
{
	(void)st;
	ckpt_names_add(ctx, name, strlen(name));
	return 0;
}

/* Whole: no test has a directory of more names than go at a time. */
static int c_remove_tree(struct ckpt_store *s, const char *dir, uint64_t max, struct ckpt_err *err)
{
	struct crash *c = of(s);
	struct ckpt_names names = CKPT_NAMES_INIT;
	bool there = !real(s)->list(s, dir, false, add_name, &names, NULL);
	int rc = crash_is_dead(c) ? killed(err) : real(s)->remove_tree(s, dir, max, err);

	if (!ckpt_names_seal(&names))
		abort();
	for (size_t i = 0; !rc && i < names.n; i++)
		crash_record(c, CRASH_UNLINK, dir, ckpt_names_at(&names, i), NULL);
	if (!rc && there)
		crash_record(c, CRASH_RMDIR, NULL, dir, NULL);
	ckpt_names_release(&names);
	return rc ? rc : crash_is_dead(c) ? killed(err) : 0;
}

struct ckpt_store *crash_open(struct crash *c)
{
	struct crash_store *s = calloc(1, sizeof(*s));
	struct ckpt_store *mem;

	if (!s || ckpt_store_open_mem(c->mem, &mem, NULL))
		abort();
	s->mem = *(struct ckpt_mem_store *)mem;
	free(mem); /* what it held is in s now */
	s->crash = c;
	c->synced_all = false;
	s->real = s->mem.base.ops;
	s->ops = *s->real;
	s->ops.create = c_create;
	s->ops.append = c_append;
	s->ops.commit = c_commit;
	s->ops.publish = c_publish;
	s->ops.abort = c_abort;
	s->ops.replace = c_replace;
	s->ops.mkdir = c_mkdir;
	s->ops.adopt = c_adopt;
	s->ops.sync_file = c_sync_file;
	s->ops.sync_dir = c_sync_dir;
	s->ops.sync_all = c_sync_all;
	s->ops.remove = c_remove;
	s->ops.remove_tree = c_remove_tree;
	s->mem.base.ops = &s->ops;
	return &s->mem.base;
}
