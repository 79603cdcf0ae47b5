/* gc_call.c - gc, and remove, which is a gc of one checkpoint */
#include <errno.h>

#include "base/reserved.h"
#include "ckptfs/retention.h"
#include "engine/plan.h"

int ckpt_gc(struct ckpt_root *root, const struct ckpt_gc_opts *opts, struct ckpt_plan *plan,
	    struct ckpt_err *err)
{
	int rc;

	*plan = (struct ckpt_plan)CKPT_PLAN_INIT;
	rc = CKPT_REFUSE_RESERVED(opts, "the options of a gc", err);
	if (!rc && opts->retention)
		rc = CKPT_REFUSE_RESERVED(opts->retention, "a retention", err);
	return rc ? rc : ckpt_gc_run(root, opts, NULL, plan, err);
}

int ckpt_remove(struct ckpt_root *root, const struct ckpt_uuid *uuid, bool dry_run, struct ckpt_plan *plan,
		struct ckpt_err *err)
{
	struct ckpt_gc_opts opts = { .dry_run = dry_run };
	const char *label = ckpt_store_label(root->store);
	char text[CKPT_UUID_TEXT];
	int rc;

	*plan = (struct ckpt_plan)CKPT_PLAN_INIT;
	rc = ckpt_gc_run(root, &opts, uuid, plan, err);
	if (rc || plan->n_removed) {
		ckpt_plan_drop_kept(plan); /* those that were not named */
		return rc;
	}
	if (ckpt_catalog_find(root->catalog, uuid) < 0)
		return ckpt_catalog_lacks(root->store, uuid, "", err);
	ckpt_uuid_text(uuid, text);
	for (size_t i = 0; i < plan->n_kept; i++)
		if (!ckpt_uuid_cmp(&plan->kept[i].uuid, uuid))
			return ckpt_fail(err, EBUSY, "%s: checkpoint %s stays: %s", label, text,
					 plan->kept[i].why);
	return ckpt_fail(err, EBUSY, "%s: checkpoint %s stays", label, text);
}
