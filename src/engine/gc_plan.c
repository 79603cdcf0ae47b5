#include <errno.h>
#include <stdlib.h>

#include "engine/plan.h"

/* Feldera keeps, besides what is excepted, only the batches of the oldest
 * checkpoint that stays; a batch that only a newer one shares with one that
 * goes would be lost.  Here a batch goes when the last checkpoint that needs
 * it goes. */
static void plan_batches(const struct ckpt_uses *uses, const struct ckpt_fate *fate, uint32_t *dropped,
			 struct ckpt_plan *plan)
{
	for (size_t i = 0; i < uses->catalog->n; i++) {
		const struct ckpt_use *use = &uses->use[i];

		for (size_t k = 0; fate[i].goes && k < use->n; k++) {
			uint32_t batch = use->batch[k];

			if (++dropped[batch] == uses->count[batch])
				ckpt_plan_add_item(plan, NULL, ckpt_uses_name(uses, batch), 1, 0);
		}
	}
}

int ckpt_gc_plan(const struct ckpt_uses *uses, const struct ckpt_fate *fate, struct ckpt_plan *plan,
		 struct ckpt_err *err)
{
	const struct ckpt_catalog *c = uses->catalog;
	uint32_t *dropped = calloc((size_t)uses->n + 1, sizeof(*dropped));
	char text[CKPT_UUID_TEXT];

	if (!dropped)
		return ckpt_fail_nomem(err);
	for (size_t i = 0; i < c->n; i++) {
		const struct ckpt_uuid *u = &c->entry[i]->uuid;
		const struct ckpt_use *use = &uses->use[i];

		ckpt_uuid_text(u, text);
		if (use->damage && !fate[i].goes && !fate[i].later) {
			free(dropped);
			return ckpt_fail(
				err, EUCLEAN,
				"checkpoint %s is kept (%s), but what it needs can't be read, so nothing "
				"is removed: %s",
				text, fate[i].why, use->damage);
		}
		if (use->damage && fate[i].goes)
			ckpt_plan_add_note(
				plan,
				"checkpoint %s goes; its batches stay until a sweep, since what it "
				"needs can't be read: %s",
				text, use->damage);
		if (fate[i].goes)
			ckpt_plan_add_removed(plan, u);
		else if (!fate[i].later)
			ckpt_plan_add_kept(plan, u, fate[i].why);
	}
	plan_batches(uses, fate, dropped, plan);
	free(dropped);
	for (size_t i = 0; i < c->n; i++)
		if (fate[i].goes)
			ckpt_plan_add_item(plan, ckpt_uuid_text(&c->entry[i]->uuid, text), NULL, 0, 0);
	return plan->failed ? ckpt_fail_nomem(err) : 0;
}
