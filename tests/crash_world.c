#include "tests/crash_world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "ckptfs/archive.h"
#include "ckptfs/pins.h"
#include "tests/fixture.h"

static int64_t at_noon(void *ctx)
{
	(void)ctx;
	return INT64_C(1800000000000);
}

const struct ckpt_env crash_env = { .now_ms = at_noon, .monotonic_ms = at_noon };

/* --- commands -------------------------------------------------------------- */

static int commit_staged(struct crash *c, struct ckpt_store *s, unsigned n, bool catalog,
			 struct ckpt_err *err)
{
	const struct ckpt_uuid u = nth_uuid(n);
	const uint64_t fingerprint = 42;
	const struct ckpt_commit_opts o = { .uuid = &u, .fingerprint = &fingerprint };
	struct ckpt_root *root;
	int rc = 0;

	if (catalog && !there(s, NULL, CKPT_CATALOG))
		rc = ckpt_store_write(s, NULL, CKPT_CATALOG, "[]", 2, err);
	if (!rc)
		rc = ckpt_root_open(s, &crash_env, &root, err);
	if (rc)
		return rc;
	if (ckpt_catalog_find(ckpt_root_catalog(root), &u) < 0) {
		rc = n < CRASH_BARE ? crash_stage(c, s, n, err) : 0;
		rc = rc ? rc : ckpt_commit(root, &o, NULL, err);
	}
	ckpt_root_free(root);
	return rc;
}

int crash_commit(struct crash *c, struct ckpt_store *s, unsigned n, struct ckpt_err *err)
{
	return commit_staged(c, s, n, true, err);
}

int crash_commit_first(struct crash *c, struct ckpt_store *s, unsigned n, struct ckpt_err *err)
{
	return commit_staged(c, s, n, false, err);
}

int crash_commit_bare(struct crash *c, struct ckpt_store *s, unsigned n, struct ckpt_err *err)
{
	return commit_staged(c, s, CRASH_BARE + n, false, err);
}

typedef int command(struct ckpt_root *root, unsigned n, struct ckpt_err *err);

static int on_root(struct ckpt_store *s, command *f, unsigned n, struct ckpt_err *err)
{
	struct ckpt_root *root;
	int rc = ckpt_root_open(s, &crash_env, &root, err);

	if (rc)
		return rc;
	rc = f(root, n, err);
	ckpt_root_free(root);
	return rc;
}

static int gc(struct ckpt_root *root, unsigned n, struct ckpt_err *err)
{
	struct ckpt_gc_opts o = { 0 };
	struct ckpt_plan plan;
	int rc = ckpt_gc(root, &o, &plan, err);

	(void)n;
	ckpt_plan_release(&plan);
	return rc;
}

int crash_gc(struct crash *c, struct ckpt_store *s, unsigned n, struct ckpt_err *err)
{
	(void)c;
	return on_root(s, gc, n, err);
}

static int remove_nth(struct ckpt_root *root, unsigned n, struct ckpt_err *err)
{
	const struct ckpt_uuid u = nth_uuid(n);
	struct ckpt_plan plan;
	int rc = ckpt_remove(root, &u, false, &plan, err);

	ckpt_plan_release(&plan);
	return rc == -ENOENT ? 0 : rc;
}

int crash_remove(struct crash *c, struct ckpt_store *s, unsigned n, struct ckpt_err *err)
{
	(void)c;
	return on_root(s, remove_nth, n, err);
}

static int sweep(struct ckpt_root *root, unsigned n, struct ckpt_err *err)
{
	struct ckpt_plan plan;
	int rc = ckpt_sweep(root, false, &plan, err);

	(void)n;
	ckpt_plan_release(&plan);
	return rc;
}

int crash_sweep(struct crash *c, struct ckpt_store *s, unsigned n, struct ckpt_err *err)
{
	(void)c;
	return on_root(s, sweep, n, err);
}

static int pin(struct ckpt_root *root, unsigned n, struct ckpt_err *err)
{
	const struct ckpt_uuid u = nth_uuid(n);
	char name[16];
	int rc;

	snprintf(name, sizeof(name), "p%u", n);
	rc = ckpt_pin(root, name, &u, NULL, NULL, err);
	return rc == -EEXIST ? 0 : rc;
}

int crash_pin(struct crash *c, struct ckpt_store *s, unsigned n, struct ckpt_err *err)
{
	(void)c;
	return on_root(s, pin, n, err);
}

static int unpin(struct ckpt_root *root, unsigned n, struct ckpt_err *err)
{
	char name[16];
	int rc;

	snprintf(name, sizeof(name), "p%u", n);
	rc = ckpt_unpin(root, name, NULL, err);
	return rc == -ENOENT ? 0 : rc;
}

int crash_unpin(struct crash *c, struct ckpt_store *s, unsigned n, struct ckpt_err *err)
{
	(void)c;
	return on_root(s, unpin, n, err);
}

int crash_rebuild(struct crash *c, struct ckpt_store *s, unsigned n, struct ckpt_err *err)
{
	const uint64_t fingerprint = 42;
	struct ckpt_problems problems;
	int rc = ckpt_rebuild(s, &fingerprint, false, NULL, &problems, err);

	(void)c, (void)n;
	ckpt_problems_release(&problems);
	return rc == -EEXIST ? 0 : rc;
}

/* --- archiving ------------------------------------------------------------- */

static struct ckpt_mem *source_mem;
static struct ckpt_store *source_store;

void crash_source(unsigned n)
{
	struct ckpt_err e;

	source_mem = ckpt_mem_new();
	source_store = in_memory(source_mem);
	for (unsigned i = 1; i <= n; i++) {
		ok(crash_commit(NULL, source_store, i, &e), &e);
		ok(crash_state(NULL, source_store, i, &e), &e);
	}
}

void crash_source_end(void)
{
	ckpt_store_free(source_store);
	ckpt_mem_free(source_mem);
}

static int archive(struct ckpt_root *root, unsigned n, struct ckpt_err *err)
{
	struct ckpt_uuid uuid[8];
	struct ckpt_archive_opts o = { .uuid = uuid, .n_uuid = n };
	struct ckpt_archived out;
	struct ckpt_root *source;
	int rc = ckpt_root_open(source_store, &crash_env, &source, err);

	if (rc)
		return rc;
	for (unsigned i = 0; i < n; i++)
		uuid[i] = nth_uuid(i + 1);
	rc = ckpt_archive(source, root, &o, &out, err);
	if (!rc && out.n_skipped)
		rc = ckpt_fail(err, EIO, "%s", out.skipped[0].why);
	ckpt_archived_release(&out);
	ckpt_root_free(source);
	return rc;
}

int crash_archive(struct crash *c, struct ckpt_store *s, unsigned n, struct ckpt_err *err)
{
	(void)c;
	return on_root(s, archive, n, err);
}
