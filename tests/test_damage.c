/* What is damaged or lost: gc and sweep stop, verify says it, rebuild mends it. */
#include "tests/engine_world.h"

static void damage(unsigned n)
{
	struct ckpt_uuid u = nth_uuid(n);
	char dir[CKPT_UUID_TEXT];

	put(store, ckpt_uuid_text(&u, dir), CKPT_DEPENDENCIES, "{\"batches\":[\"w0");
}

START_TEST(damaged_dependencies_of_a_kept_checkpoint_stop_gc_and_sweep)
{
	commit_all(3);
	put(store, NULL, "w0-garbage.feldera", "x");
	damage(3);
	gc_fails(-EUCLEAN);
	sweep_fails(-EUCLEAN);
	HOLDS(1, 2, 3);
	ck_assert(there(store, NULL, "w0-garbage.feldera"));
}
END_TEST

START_TEST(a_damaged_checkpoint_that_goes_does_not_block_the_gc)
{
	struct ckpt_gc_opts o = { 0 };
	struct ckpt_plan plan;

	commit_all(3);
	damage(1);
	ok(ckpt_gc(root, &o, &plan, &e), &e);
	ck_assert_uint_eq(plan.n_removed, 1);
	ck_assert_uint_eq(plan.n_notes, 1);
	ckpt_plan_release(&plan);
	HOLDS(2, 3);
	ck_assert(there(store, NULL, "w0-1.feldera")); /* left to sweep */
	ok(ckpt_sweep(root, false, &plan, &e), &e);
	ckpt_plan_release(&plan);
	gone(1);
	HOLDS(2, 3);
}
END_TEST

START_TEST(a_checkpoint_whose_directory_is_gone_is_never_one_without_batches)
{
	struct ckpt_uuid u = nth_uuid(3);
	char dir[CKPT_UUID_TEXT];

	commit_all(3);
	ok(ckpt_store_remove_tree(store, ckpt_uuid_text(&u, dir), 100, &e), &e);
	gc_fails(-EUCLEAN);
	ck_assert(there(store, NULL, "w0-1.feldera"));
	sweep_fails(-EUCLEAN);
}
END_TEST

START_TEST(verify_names_every_file_that_is_gone)
{
	struct ckpt_problems p;
	struct ckpt_uuid u = nth_uuid(2);
	uint64_t other = 43;
	char dir[CKPT_UUID_TEXT];

	commit_all(2);
	ok(ckpt_verify(root, NULL, 0, NULL, &p, &e), &e);
	ck_assert_uint_eq(p.n, 0);
	ckpt_problems_release(&p);
	ok(ckpt_store_remove(store, NULL, "w0-2.feldera", &e), &e);
	ok(ckpt_store_remove(store, ckpt_uuid_text(&u, dir), "pspine-0.dat", &e), &e);
	ok(ckpt_verify(root, NULL, 0, NULL, &p, &e), &e);
	ck_assert_uint_eq(p.n, 2);
	ck_assert_str_eq(p.problem[0].file, "w0-2.feldera");
	ck_assert_str_eq(p.problem[1].file, "pspine-0.dat");
	ckpt_problems_release(&p);
	ok(ckpt_verify(root, NULL, 0, &other, &p, &e), &e);
	ck_assert_uint_eq(p.n, 4);
	ckpt_problems_release(&p);
}
END_TEST

/* --- the catalog is lost ------------------------------------------------ */

START_TEST(a_lost_catalog_is_refused_and_rebuild_brings_it_back)
{
	struct ckpt_buf before = CKPT_BUF_INIT, after = CKPT_BUF_INIT;
	struct ckpt_commit_opts c = { 0 };
	struct ckpt_problems problems;
	struct ckpt_catalog *rebuilt;
	uint64_t fingerprint = 42;

	commit_all(3);
	ok(ckpt_store_remove(store, NULL, CKPT_CATALOG, &e), &e);
	snapshot(store, &before);
	gc_fails(-EUCLEAN);
	ck_assert_ptr_nonnull(strstr(e.msg, "rebuild"));
	sweep_fails(-EUCLEAN);
	ck_assert_int_eq(ckpt_commit(root, &c, NULL, &e), -EUCLEAN);
	ck_assert_int_eq(ckpt_rebuild(store, NULL, false, NULL, &problems, &e), -EINVAL);
	ckpt_problems_release(&problems);
	snapshot(store, &after);
	ck_assert_str_eq(before.data, after.data);
	ok(ckpt_rebuild(store, &fingerprint, false, &rebuilt, &problems, &e), &e);
	ck_assert_uint_eq(rebuilt->n, 3);
	ckpt_catalog_unref(rebuilt);
	ckpt_problems_release(&problems);
	ok(ckpt_root_refresh(root, &e), &e);
	HOLDS(1, 2, 3);
	ck_assert_int_eq(ckpt_rebuild(store, &fingerprint, false, NULL, &problems, &e), -EEXIST);
	ckpt_problems_release(&problems);
	ckpt_buf_release(&before);
	ckpt_buf_release(&after);
}
END_TEST

START_TEST(rebuild_takes_an_entry_whole_from_state_json_and_keeps_a_damaged_catalog)
{
	static const char entry[] =
		"{\"uuid\":\"%s\",\"identifier\":\"night\",\"fingerprint\":18446744073709551615,"
		"\"size\":9,\"steps\":1,\"processed_records\":2,\"later\":[1.50]}";
	struct ckpt_uuid u = nth_uuid(1);
	char dir[CKPT_UUID_TEXT], text[512], state[600];
	struct ckpt_problems problems;
	struct ckpt_blob blob;

	commit(1);
	snprintf(text, sizeof(text), entry, ckpt_uuid_text(&u, dir));
	snprintf(state, sizeof(state), "{\"circuit\":%s}", text);
	put(store, dir, CKPT_STATE, state);
	put(store, NULL, CKPT_CATALOG, "[{\"uuid\":");
	ok(ckpt_rebuild(store, NULL, false, NULL, &problems, &e), &e);
	ckpt_problems_release(&problems);
	ok(ckpt_store_read(store, NULL, CKPT_CATALOG, 4096, &blob, &e), &e);
	ck_assert_int_eq(blob.len, strlen(text) + 2);
	ck_assert_int_eq(memcmp(blob.data + 1, text, strlen(text)), 0);
	free(blob.data);
	ok(ckpt_store_read(store, NULL, CKPT_CATALOG ".damaged", 4096, &blob, &e), &e);
	ck_assert_str_eq(blob.data, "[{\"uuid\":");
	free(blob.data);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("damage");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, damaged_dependencies_of_a_kept_checkpoint_stop_gc_and_sweep);
	tcase_add_test(tc, a_damaged_checkpoint_that_goes_does_not_block_the_gc);
	tcase_add_test(tc, a_checkpoint_whose_directory_is_gone_is_never_one_without_batches);
	tcase_add_test(tc, verify_names_every_file_that_is_gone);
	tcase_add_test(tc, a_lost_catalog_is_refused_and_rebuild_brings_it_back);
	tcase_add_test(tc, rebuild_takes_an_entry_whole_from_state_json_and_keeps_a_damaged_catalog);
	return suite_run_one("damage", tc);
}
