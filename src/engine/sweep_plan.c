#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "base/names.h"
#include "engine/plan.h"

static int refuse_damaged(const struct ckpt_uses *uses, struct ckpt_err *err)
{
	char text[CKPT_UUID_TEXT];

	for (size_t i = 0; i < uses->catalog->n; i++)
		if (uses->use[i].damage)
			return ckpt_fail(
				err, EUCLEAN,
				"nothing is swept while it is not known what checkpoint %s needs: %s",
				ckpt_uuid_text(&uses->catalog->entry[i]->uuid, text), uses->use[i].damage);
	return 0;
}

static bool held(const struct ckpt_sweep_input *in, const char *name)
{
	if (in->hold_all)
		return ckpt_name_is_batch(name, strlen(name));
	return in->held && ckpt_names_find(in->held, name) >= 0;
}

static bool was_left(const struct ckpt_sweep_input *in, const char *name)
{
	const struct ckpt_left key = { .name = (char *)name };

	return in->n_left && bsearch(&key, in->left, in->n_left, sizeof(key), ckpt_left_cmp);
}

static void plan_file(const struct ckpt_sweep_input *in, const struct ckpt_top *t, struct ckpt_plan *plan)
{
	bool sweepable = ckpt_name_is_sweepable(t->name);

	if (ckpt_uses_needs(in->uses, t->name, NULL) || !sweepable || was_left(in, t->name)) {
		plan->usage += t->size;
	} else if (held(in, t->name)) {
		plan->usage += t->size;
		ckpt_plan_add_left(plan, t->name, "a removed checkpoint that needs it is being read");
	} else {
		ckpt_plan_add_item(plan, NULL, t->name, 1, t->size);
	}
}

static void plan_name(const struct ckpt_sweep_input *in, const struct ckpt_top *t, struct ckpt_plan *plan)
{
	if (t->kind != CKPT_KIND_FILE && was_left(in, t->name))
		return;
	if (ckpt_name_is_own(t->name)) {
		if (t->kind == CKPT_KIND_FILE)
			plan->usage += t->size;
		else if (!strcmp(t->name, CKPT_LOST_FOUND))
			ckpt_plan_add_left(plan, t->name, "it belongs to the file system");
		return;
	}
	switch (t->kind) {
	case CKPT_KIND_FILE:
		plan_file(in, t, plan);
		break;
	case CKPT_KIND_DIR:
		if (t->later || ckpt_catalog_has_dir(in->uses->catalog, t->name))
			break;
		if (t->leave)
			ckpt_plan_add_left(plan, t->name, t->leave);
		else
			ckpt_plan_add_item(plan, t->name, NULL, t->tree_files, t->tree_bytes);
		break;
	case CKPT_KIND_MOUNT:
		ckpt_plan_add_left(plan, t->name, "a file system is mounted there");
		break;
	case CKPT_KIND_LINK:
	case CKPT_KIND_OTHER:
		/* Feldera makes neither, so neither is ours to remove. */
		if (ckpt_name_is_sweepable(t->name))
			ckpt_plan_add_left(plan, t->name, "it is no regular file");
		break;
	}
}

static int cmp_top(const void *a, const void *b)
{
	return strcmp(((const struct ckpt_top *)a)->name, ((const struct ckpt_top *)b)->name);
}

/* Whether a name is there as what the catalog says it is; top is sorted. */
static bool present(const struct ckpt_sweep_input *in, const char *name, enum ckpt_kind kind)
{
	struct ckpt_top key = { .name = (char *)name };
	const struct ckpt_top *t = bsearch(&key, in->top, in->n_top, sizeof(key), cmp_top);

	return t && t->kind == kind;
}

static void plan_missing(const struct ckpt_sweep_input *in, struct ckpt_plan *plan)
{
	const struct ckpt_uses *uses = in->uses;
	char text[CKPT_UUID_TEXT];

	for (size_t i = 0; i < uses->catalog->n; i++)
		if (!present(in, ckpt_uuid_text(&uses->catalog->entry[i]->uuid, text), CKPT_KIND_DIR))
			ckpt_plan_add_missing(plan, text);
	for (uint32_t b = 0; b < uses->n; b++)
		if (uses->count[b] && !present(in, ckpt_uses_name(uses, b), CKPT_KIND_FILE))
			ckpt_plan_add_missing(plan, ckpt_uses_name(uses, b));
}

int ckpt_sweep_plan(const struct ckpt_sweep_input *in, struct ckpt_plan *plan, struct ckpt_err *err)
{
	int rc = refuse_damaged(in->uses, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < in->n_top; i++)
		plan_name(in, &in->top[i], plan);
	plan_missing(in, plan);
	return plan->failed ? ckpt_fail_nomem(err) : 0;
}
