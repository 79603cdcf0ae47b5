#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ckptfs/stage.h"
#include "tests/crash_world.h"
#include "tests/fixture.h"

static int64_t now; /* so that uuids are in the order of checkpoints */

static int64_t at_its_time(void *ctx)
{
	(void)ctx;
	return now;
}

static int write_batch(struct ckpt_stage *s, struct ckpt_err *err)
{
	static const char half[] = CRASH_STAGED_BATCH;
	struct ckpt_batch_writer *w;
	char name[256];
	int rc = ckpt_stage_batch(s, 0, &w, err);

	if (rc)
		return rc;
	rc = ckpt_batch_append(w, half, 5, err);
	if (!rc)
		rc = ckpt_batch_append(w, half + 5, sizeof(half) - 1 - 5, err);
	if (!rc)
		return ckpt_batch_finish(w, name, err);
	ckpt_batch_abort(w);
	return rc;
}

static int share_newest(struct ckpt_stage *s, struct ckpt_root *root, struct ckpt_err *err)
{
	struct ckpt_catalog *c = ckpt_root_catalog(root);
	struct ckpt_deps deps;
	int rc;

	if (!c->n)
		return 0;
	rc = ckpt_deps_read(ckpt_root_store(root), &c->entry[c->n - 1]->uuid, &deps, err);
	for (size_t i = 0; !rc && i < ckpt_names_count(deps.batches); i++)
		rc = ckpt_stage_share(s, ckpt_names_get(deps.batches, i), err);
	ckpt_deps_release(&deps);
	return rc;
}

static int fill(struct ckpt_stage *s, struct ckpt_root *root, uint64_t n, struct ckpt_err *err)
{
	char some[] = "some bytes";
	struct ckpt_bytes bytes = { some, sizeof(some) };
	const struct ckpt_state states[] = { { "counter", &ckpt_type_u64, &n },
					     { "bytes", &ckpt_type_bytes, &bytes } };
	int rc = share_newest(s, root, err);

	for (size_t i = 0; !rc && i < 2; i++)
		rc = ckpt_stage_state(s, &states[i], err);
	return rc ? rc : write_batch(s, err);
}

int crash_staged(struct crash *c, struct ckpt_store *store, unsigned n, struct ckpt_err *err)
{
	const struct ckpt_env env = { .now_ms = at_its_time, .monotonic_ms = at_its_time };
	const struct ckpt_uuid u = nth_uuid(n);
	const uint64_t fingerprint = 42;
	const struct ckpt_commit_opts o = { .fingerprint = &fingerprint };
	struct ckpt_root *root;
	struct ckpt_stage *s;
	int rc = ckpt_root_open(store, &env, &root, err);

	(void)c;
	if (rc)
		return rc;
	ckpt_uuid_time_ms(&u, &now);
	rc = ckpt_stage_new(root, &s, err);
	if (!rc) {
		/* Whether it is done already is known under the lock. */
		if (ckpt_root_catalog(root)->n < n) {
			rc = fill(s, root, n, err);
			rc = rc ? rc : ckpt_stage_commit(s, &o, NULL, err);
		}
		ckpt_stage_free(s);
	}
	ckpt_root_free(root);
	return rc;
}

int crash_dropped(struct crash *c, struct ckpt_store *store, unsigned n, struct ckpt_err *err)
{
	struct ckpt_root *root;
	struct ckpt_stage *s;
	int rc = ckpt_root_open(store, &crash_env, &root, err);

	(void)c;
	if (rc)
		return rc;
	rc = ckpt_stage_new(root, &s, err);
	if (!rc) {
		rc = fill(s, root, n, err);
		ckpt_stage_free(s);
	}
	ckpt_root_free(root);
	return rc;
}
