#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "tests/crash_check.h"
#include "tests/crash_world.h"

/* A function here returns whether all is well, and if not says why. */

static const char *const root_name[CRASH_ROOT_NAMES] = { CKPT_CATALOG, CKPT_PINS, CKPT_STATE };

/* --- the root's own files ------------------------------------------------ */

static bool was_at_a_moment(const struct crash_check *k, size_t which, const struct ckpt_blob *now,
			    bool absent)
{
	for (size_t i = 0; i < k->moment[which].n; i++) {
		int file = k->moment[which].file[i];

		if (file < 0 ? absent
			     : !absent && now->len == k->model.file[file].len &&
				       !memcmp(now->data, k->model.file[file].data, now->len))
			return true;
	}
	return false;
}

static bool root_files(const struct crash_check *k, struct ckpt_store *s, struct ckpt_err *why)
{
	bool good = true;

	for (size_t i = 0; good && i < CRASH_ROOT_NAMES; i++) {
		struct ckpt_blob blob;
		int rc = ckpt_store_read(s, NULL, root_name[i], 1 << 20, &blob, why);

		if (rc && rc != -ENOENT)
			return false;
		good = was_at_a_moment(k, i, &blob, rc == -ENOENT);
		if (!good)
			ckpt_fail(why, EIO, "%s is %.*s, which it was not since the last command returned",
				  root_name[i], blob.data ? (int)blob.len : 6,
				  blob.data ? blob.data : "absent");
		free(blob.data);
	}
	return good;
}

/* --- the checkpoints ----------------------------------------------------- */

static bool whole_file(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *why)
{
	struct ckpt_blob blob;
	bool good;

	if (ckpt_store_read(s, dir, name, 1 << 20, &blob, why))
		return false;
	good = crash_is_whole(name, blob.data, blob.len);
	if (!good)
		ckpt_fail(why, EIO, "%s/%s has lost bytes: '%s'", dir ? dir : ".", name, blob.data);
	free(blob.data);
	return good;
}

struct own {
	struct ckpt_store *s;
	const char *dir;
	struct ckpt_err *why;
};

static int own_file(void *ctx, const char *name, const struct ckpt_stat *st)
{
	struct own *o = ctx;

	(void)st;
	/* What a writer left behind is no part of the checkpoint. */
	if (strlen(name) > 4 && !strcmp(name + strlen(name) - 4, ".mut"))
		return 0;
	return whole_file(o->s, o->dir, name, o->why) ? 0 : -EIO;
}

static bool whole(struct ckpt_store *s, const struct ckpt_uuid *u, struct ckpt_err *why)
{
	char dir[CKPT_UUID_TEXT];
	struct own own = { s, ckpt_uuid_text(u, dir), why };
	struct ckpt_deps deps;
	int rc = ckpt_deps_read(s, u, &deps, why);
	bool good = !rc;

	if (good && !ckpt_names_count(deps.batches) && !crash_has_no_batches(u))
		good = !ckpt_fail(why, EIO, "%s lost its batches", dir);
	for (size_t i = 0; good && i < ckpt_names_count(deps.batches); i++)
		good = whole_file(s, NULL, ckpt_names_get(deps.batches, i), why);
	ckpt_deps_release(&deps);
	return good && !ckpt_store_list(s, dir, false, own_file, &own, why);
}

static bool all_whole(struct ckpt_store *s, struct ckpt_err *why)
{
	struct ckpt_problems problems = { 0 };
	struct ckpt_root *root;
	bool good;

	if (ckpt_root_open(s, &crash_env, &root, why))
		return false;
	good = !ckpt_verify(root, NULL, 0, NULL, &problems, why);
	if (good && problems.n) {
		ckpt_fail(why, EIO, "verify: %s", problems.problem[0].what);
		good = false;
	}
	for (size_t i = 0; good && i < ckpt_root_catalog(root)->n; i++)
		good = whole(s, &ckpt_root_catalog(root)->entry[i]->uuid, why);
	ckpt_problems_release(&problems);
	ckpt_root_free(root);
	return good;
}

/* --- going on ------------------------------------------------------------ */

static bool sweep(struct ckpt_store *s, bool again, struct ckpt_err *why)
{
	struct ckpt_plan plan = CKPT_PLAN_INIT;
	struct ckpt_root *root;
	bool good;

	if (ckpt_root_open(s, &crash_env, &root, why))
		return false;
	good = !ckpt_sweep(root, false, &plan, why);
	if (good && (plan.n_missing || plan.n_left || (again && plan.n_items))) {
		ckpt_fail(why, EIO, "a %s sweep: %zu missing, %zu left, %zu removed",
			  again ? "second" : "first", plan.n_missing, plan.n_left, plan.n_items);
		good = false;
	}
	ckpt_plan_release(&plan);
	ckpt_root_free(root);
	return good;
}

static bool sweep_twice(struct ckpt_store *s, struct ckpt_err *why)
{
	return sweep(s, false, why) && sweep(s, true, why) && all_whole(s, why);
}

/* The step that was interrupted; after the last one that one once more. */
static bool redo(const struct crash_check *k, struct ckpt_store *s, struct ckpt_err *why)
{
	size_t i = k->done < k->n_step ? k->done : k->n_step - 1;
	struct ckpt_blob blob;
	bool good;

	if (k->step[i].run(NULL, s, k->step[i].n, why) || !all_whole(s, why))
		return false;
	if (!k->known[i])
		return true;
	if (ckpt_store_read(s, NULL, CKPT_CATALOG, 1 << 20, &blob, why))
		return false;
	good = blob.len == k->after[i].len &&
	       (k->fresh_uuids || !memcmp(blob.data, k->after[i].data, blob.len));
	if (!good)
		ckpt_fail(why, EIO, "run again, the command ends with the catalog %s instead of %s",
			  blob.data, k->after[i].data);
	free(blob.data);
	return good;
}

/* Whether this is a root at all: a catalog that was there and readable at no
 * moment is not the power loss's doing. */
static bool is_root(const struct crash_check *k, struct ckpt_store *s)
{
	struct ckpt_catalog *c;
	bool good;

	if (!k->may_be_lost)
		return true;
	if (ckpt_catalog_read(s, NULL, &c, NULL))
		return false;
	good = !ckpt_catalog_lost(s, c, NULL, NULL);
	ckpt_catalog_unref(c);
	return good;
}

/* Once with the sweep first, as an operator would, and once with the command
 * first, among all that lies about. */
static bool judge(const struct crash_check *k, struct ckpt_store *s, bool sweep_first, struct ckpt_err *why)
{
	if (sweep_first && !root_files(k, s, why))
		return false;
	if (sweep_first && is_root(k, s) && (!all_whole(s, why) || !sweep_twice(s, why)))
		return false;
	if (!redo(k, s, why) || (k->also && !k->also(s, why)))
		return false;
	return sweep_first || sweep_twice(s, why);
}

static void describe(const struct crash_check *k, const struct ckpt_err *why)
{
	static const char *const verb[] = { "create",	"append to", "rename",	  "unlink",
					    "mkdir",	"rmdir",     "sync file", "sync dir",
					    "sync all", "settled",   "returned",  "next" };
	const struct crash_op *op = &k->crash.op[k->at];
	char kept[512] = "";
	size_t used = 0;

	for (int i = 0; i < k->model.n_dir; i++)
		for (size_t n = 0; n < k->model.dir[i]->n && used < sizeof(kept) - 1; n++) {
			const struct crash_change *c = &k->model.dir[i]->change[n];

			used += (size_t)snprintf(kept + used, sizeof(kept) - used, "%s%.60s,",
						 c->kept ? " " : " not ",
						 c->become.name ? c->become.name : c->gone);
		}
	fprintf(stderr, "power lost after \"%s %s/%s\" of command %zu, kept%s: %s\n", verb[op->kind],
		op->dir ? op->dir : ".", op->name ? op->name : "", k->done, kept, why->msg);
}

void crash_judge(struct crash_check *k)
{
	for (int sweep_first = 1; sweep_first >= 0; sweep_first--) {
		struct ckpt_mem *mem = ckpt_mem_new();
		struct ckpt_err why = { 0 };
		struct ckpt_store *s;

		if (!mem || ckpt_store_open_mem(mem, &s, NULL))
			abort();
		crash_model_plant(&k->model, s);
		if (!judge(k, s, sweep_first, &why)) {
			if (!k->violations++)
				snprintf(k->first, sizeof(k->first), "%s", why.msg);
			if (k->violations == 1 && getenv("CKPTFS_CRASH_SHOW"))
				describe(k, &why);
		}
		ckpt_store_free(s);
		ckpt_mem_free(mem);
	}
}
