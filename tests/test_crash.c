/* What a power loss leaves, after any step of any command. */
#include <errno.h>

#include "base/name.h"
#include "tests/crash_test.h"
#include "tests/fixture.h"

START_TEST(a_commit_into_a_new_root_survives)
{
	SURVIVES({ crash_commit_bare, 1 });
}
END_TEST

START_TEST(a_commit_of_what_was_staged_in_a_new_root_survives)
{
	k.may_be_lost = true; /* a directory without a catalog, before we came */
	SURVIVES({ crash_commit_first, 1 });
}
END_TEST

START_TEST(a_commit_of_what_somebody_else_did_not_sync_survives)
{
	BASE({ crash_commit, 1 }, { crash_commit, 2 });
	SURVIVES({ crash_commit, 3 });
}
END_TEST

START_TEST(a_gc_that_shares_batches_survives)
{
	BASE({ crash_commit, 1 }, { crash_commit, 2 }, { crash_commit, 3 }, { crash_commit, 4 });
	SURVIVES({ crash_gc, 0 });
}
END_TEST

START_TEST(a_gc_is_for_good_only_with_the_state_json_that_it_heeded)
{
	k.after_first = true;
	BASE({ crash_commit, 1 }, { crash_commit, 2 }, { crash_commit, 3 }, { crash_state, 1 });
	crash_begin(&k, STEPS({ crash_resume, 3 }), 1);
	SURVIVES({ crash_gc, 0 });
}
END_TEST

START_TEST(a_sweep_survives)
{
	BASE({ crash_commit, 1 }, { crash_commit, 2 }, { crash_garbage, 9 });
	SURVIVES({ crash_sweep, 0 });
}
END_TEST

START_TEST(pins_survive)
{
	BASE({ crash_commit, 1 }, { crash_commit, 2 }, { crash_commit, 3 });
	SURVIVES({ crash_pin, 1 }, { crash_pin, 2 }, { crash_gc, 0 }, { crash_unpin, 1 }, { crash_gc, 0 });
}
END_TEST

START_TEST(a_remove_survives)
{
	BASE({ crash_commit, 1 }, { crash_commit, 2 }, { crash_commit, 3 });
	SURVIVES({ crash_remove, 3 }, { crash_remove, 1 });
}
END_TEST

START_TEST(a_life_survives)
{
	BASE({ crash_commit, 1 }, { crash_commit, 2 }, { crash_state, 2 });
	SURVIVES({ crash_commit, 3 }, { crash_gc, 0 }, { crash_pin, 3 }, { crash_commit, 4 }, { crash_gc, 0 },
		 { crash_commit, 5 }, { crash_unpin, 3 }, { crash_sweep, 0 }, { crash_gc, 0 },
		 { crash_remove, 4 });
}
END_TEST

/* --- rebuild ------------------------------------------------------------- */

START_TEST(a_rebuild_of_a_lost_catalog_survives)
{
	k.may_be_lost = true;
	BASE({ crash_commit, 1 }, { crash_commit, 2 }, { crash_lose, 0 });
	SURVIVES({ crash_rebuild, 0 });
}
END_TEST

static bool damaged_is_kept(struct ckpt_store *s, struct ckpt_err *why)
{
	if (there(s, NULL, CKPT_CATALOG ".damaged"))
		return true;
	ckpt_fail(why, EIO, "the damaged catalog was not kept");
	return false;
}

START_TEST(a_rebuild_keeps_the_damaged_catalog)
{
	k.may_be_lost = true;
	k.also = damaged_is_kept;
	BASE({ crash_commit, 1 }, { crash_commit, 2 }, { crash_spoil, 0 });
	SURVIVES({ crash_rebuild, 0 });
}
END_TEST

START_TEST(a_rebuild_of_what_somebody_else_did_not_sync_survives)
{
	k.may_be_lost = true;
	k.after_first = true;
	BASE({ crash_garbage, 9 });
	crash_begin(&k, STEPS({ crash_stage_alone, 1 }, { crash_stage_alone, 2 }), 2);
	SURVIVES({ crash_rebuild, 0 });
}
END_TEST

/* --- archive -------------------------------------------------------------- */

START_TEST(archiving_into_a_new_archive_survives)
{
	crash_source(2);
	SURVIVES({ crash_archive, 1 }, { crash_archive, 2 });
	crash_source_end();
}
END_TEST

START_TEST(archiving_into_an_archive_survives)
{
	crash_source(3);
	BASE({ crash_archive, 1 });
	SURVIVES({ crash_archive, 3 });
	crash_source_end();
}
END_TEST

/* All is made durable at once, not one file after the other. */
START_TEST(archiving_with_one_sync_of_all_survives)
{
	crash_source(3);
	BASE({ crash_archive, 1 });
	k.crash.can_sync_all = true;
	SURVIVES({ crash_archive, 2 }, { crash_archive, 3 });
	crash_source_end();
}
END_TEST

START_TEST(archiving_with_one_sync_beside_what_somebody_else_copied_survives)
{
	crash_source(2);
	k.after_first = true;
	BASE({ crash_archive, 1 });
	k.crash.can_sync_all = true;
	crash_begin(&k, STEPS({ crash_copy_batches, 2 }), 1);
	SURVIVES({ crash_archive, 2 });
	crash_source_end();
}
END_TEST

START_TEST(archiving_beside_what_somebody_else_copied_survives)
{
	crash_source(2);
	k.after_first = true;
	BASE({ crash_archive, 1 });
	crash_begin(&k, STEPS({ crash_copy_batches, 2 }), 1);
	SURVIVES({ crash_archive, 2 });
	crash_source_end();
}
END_TEST

static void add(TCase *t)
{
	tcase_add_test(t, a_commit_into_a_new_root_survives);
	tcase_add_test(t, a_commit_of_what_was_staged_in_a_new_root_survives);
	tcase_add_test(t, a_commit_of_what_somebody_else_did_not_sync_survives);
	tcase_add_test(t, a_gc_that_shares_batches_survives);
	tcase_add_test(t, a_gc_is_for_good_only_with_the_state_json_that_it_heeded);
	tcase_add_test(t, a_sweep_survives);
	tcase_add_test(t, pins_survive);
	tcase_add_test(t, a_remove_survives);
	tcase_add_test(t, a_life_survives);
	tcase_add_test(t, a_rebuild_of_a_lost_catalog_survives);
	tcase_add_test(t, a_rebuild_keeps_the_damaged_catalog);
	tcase_add_test(t, a_rebuild_of_what_somebody_else_did_not_sync_survives);
	tcase_add_test(t, archiving_into_a_new_archive_survives);
	tcase_add_test(t, archiving_into_an_archive_survives);
	tcase_add_test(t, archiving_with_one_sync_of_all_survives);
	tcase_add_test(t, archiving_with_one_sync_beside_what_somebody_else_copied_survives);
	tcase_add_test(t, archiving_beside_what_somebody_else_copied_survives);
}

int main(void)
{
	return run_all("crash", add);
}
