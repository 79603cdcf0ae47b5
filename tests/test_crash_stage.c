/* What a power loss leaves of a stage, after any step; and of one that was
 * killed, or failed, at any step. */
#include "tests/crash_test.h"
#include "tests/fixture.h"

#define STAGED(n)                                                                                            \
	{                                                                                                    \
		crash_staged, n                                                                              \
	}

START_TEST(stages_into_a_new_root_survive)
{
	k.fresh_uuids = true;
	SURVIVES(STAGED(1), STAGED(2));
}
END_TEST

START_TEST(stages_that_share_batches_survive_with_gcs)
{
	k.fresh_uuids = true;
	BASE(STAGED(1), STAGED(2));
	SURVIVES(STAGED(3), { crash_gc, 0 }, { crash_sweep, 0 });
}
END_TEST

START_TEST(a_dropped_stage_survives)
{
	k.fresh_uuids = true;
	BASE(STAGED(1));
	SURVIVES({ crash_dropped, 9 }, STAGED(2));
}
END_TEST

START_TEST(a_dropped_stage_in_a_new_root_survives)
{
	k.fresh_uuids = true;
	SURVIVES({ crash_dropped, 9 });
}
END_TEST

static const struct crash_step one[] = { STAGED(1) };

START_TEST(a_sweep_after_a_killed_stage_survives)
{
	k.fresh_uuids = true;
	KILLED(one, STAGED(2), { crash_sweep, 0 });
}
END_TEST

START_TEST(a_stage_after_a_killed_stage_survives)
{
	k.fresh_uuids = true;
	KILLED(one, STAGED(2), STAGED(2));
}
END_TEST

START_TEST(a_stage_that_fails_survives)
{
	k.fresh_uuids = true;
	failed(one, 1, STEPS(STAGED(2)));
}
END_TEST

static void add(TCase *t)
{
	tcase_add_test(t, stages_into_a_new_root_survive);
	tcase_add_test(t, stages_that_share_batches_survive_with_gcs);
	tcase_add_test(t, a_dropped_stage_survives);
	tcase_add_test(t, a_dropped_stage_in_a_new_root_survives);
	tcase_add_test(t, a_sweep_after_a_killed_stage_survives);
	tcase_add_test(t, a_stage_after_a_killed_stage_survives);
	tcase_add_test(t, a_stage_that_fails_survives);
}

int main(void)
{
	return run_all("power losses of stages", add);
}
