/* Restores: which checkpoint, and all of it or nothing. */
#include "tests/stage_world.h"

/* Nothing of the program changes. */
static void not_restored(const struct ckpt_restore_opts *opts, const struct ckpt_state *into, size_t n,
			 int code, const char *sentence)
{
	set(1000, "untouched");
	ck_assert_int_eq(restore(opts, into, n), code);
	ck_assert_msg(strstr(e.msg, sentence), "%s", e.msg);
	ck_assert_uint_eq(counter, 1000);
	ck_assert_str_eq(word, "untouched");
}

START_TEST(a_state_that_is_missing_extra_or_of_another_type_is_named)
{
	const struct ckpt_state more[] = { states[0], states[1], { "third", &ckpt_type_u64, &counter } };
	const struct ckpt_state other[] = { states[0], { "word", &ckpt_type_bytes, &word } };
	const uint64_t wrong = 43;

	set(1, "one");
	save();
	not_restored(&newest, more, 3, -ENOENT, "has no state 'third'");
	not_restored(&newest, states, 1, -EINVAL, "a state 'word' that this program does not have");
	not_restored(&newest, other, 2, -EINVAL, "it has 'string' where this program has 'bytes'");
	not_restored(&(struct ckpt_restore_opts){ .fingerprint = &wrong }, states, 2, -EINVAL,
		     "its fingerprint 42 is not this program's 43");
}
END_TEST

START_TEST(a_damaged_state_changes_nothing_and_an_older_one_is_found)
{
	const struct ckpt_restore_opts intact = { .which = CKPT_RESTORE_INTACT };
	char dir[CKPT_UUID_TEXT];
	struct ckpt_catalog *c;

	not_restored(&intact, states, 2, -ENOENT, "has no checkpoint yet");
	set(1, "one");
	save();
	set(2, "two");
	save();
	c = ckpt_root_catalog(root);
	put(store, ckpt_uuid_text(&c->entry[1]->uuid, dir), "word.dat", "CKPTSTAT");
	not_restored(&newest, states, 2, -EUCLEAN, "state 'word' of checkpoint");
	ok(restore(&intact, states, 2), &e);
	ck_assert_uint_eq(counter, 1);
	ck_assert_str_eq(word, "one");
	put(store, ckpt_uuid_text(&c->entry[0]->uuid, dir), "word.dat", "");
	not_restored(&intact, states, 2, -ENOENT, "no checkpoint that is intact");
}
END_TEST

START_TEST(a_checkpoint_is_chosen_by_uuid_and_identifier)
{
	struct ckpt_commit_opts named = plain;
	struct ckpt_restore_opts by_uuid = { .which = CKPT_RESTORE_UUID },
				 by_name = { .which = CKPT_RESTORE_IDENTIFIER, .identifier = "nightly" };
	char name[256];

	named.identifier = "nightly";
	set(1, "one");
	ok(save_with(&named, "", name, &e), &e);
	set(2, "two");
	ok(save_with(&named, "", name, &e), &e);
	set(3, "three");
	save();
	by_uuid.uuid = ckpt_root_catalog(root)->entry[0]->uuid;
	ok(restore(&by_uuid, states, 2), &e);
	ck_assert_uint_eq(counter, 1);
	ok(restore(&by_name, states, 2), &e);
	ck_assert_uint_eq(counter, 2);
	ok(restore(&newest, states, 2), &e);
	ck_assert_uint_eq(counter, 3);
	by_uuid.uuid.b[15] ^= 1;
	not_restored(&by_uuid, states, 2, -ENOENT, "has no checkpoint");
	by_name.identifier = "weekly";
	not_restored(&by_name, states, 2, -ENOENT, "called 'weekly'");
}
END_TEST

START_TEST(what_is_restored_is_not_collected)
{
	struct ckpt_restore_opts oldest = { .which = CKPT_RESTORE_UUID };
	struct ckpt_plan plan = CKPT_PLAN_INIT;
	struct ckpt_restore *r;

	for (int i = 0; i < 4; i++)
		save();
	oldest.uuid = ckpt_root_catalog(root)->entry[0]->uuid;
	ok(ckpt_restore_new(root, &oldest, &r, &e), &e);
	ok(ckpt_gc(root, &(struct ckpt_gc_opts){ 0 }, &plan, &e), &e);
	ck_assert_uint_eq(plan.n_removed, 1);
	ckpt_plan_release(&plan);
	ok(ckpt_restore_states(r, states, 2, &e), &e);
	ckpt_restore_free(r);
	ok(ckpt_gc(root, &(struct ckpt_gc_opts){ 0 }, &plan, &e), &e);
	ck_assert_uint_eq(plan.n_removed, 1);
	ckpt_plan_release(&plan);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("restore");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, a_state_that_is_missing_extra_or_of_another_type_is_named);
	tcase_add_test(t, a_damaged_state_changes_nothing_and_an_older_one_is_found);
	tcase_add_test(t, a_checkpoint_is_chosen_by_uuid_and_identifier);
	tcase_add_test(t, what_is_restored_is_not_collected);
	return suite_run_one("restore", t);
}
