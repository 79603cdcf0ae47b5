/* What a gc takes and what it keeps, its rounds, and remove. */
#include "tests/engine_world.h"

START_TEST(commits_and_gcs_go_through_the_states_of_felderas_own_test)
{
	struct ckpt_uuid newest, oldest;

	holds(0, NULL);
	commit(1);
	commit(2);
	HOLDS(1, 2);
	commit(3);
	HOLDS(1, 2, 3);
	ck_assert_uint_eq(gc(NULL, 0), 1);
	HOLDS(2, 3);
	gone(1);
	commit(4);
	HOLDS(2, 3, 4);
	commit(5);
	HOLDS(2, 3, 4, 5);
	newest = nth_uuid(3); /* the newest of those that would go */
	ck_assert_uint_eq(gc(&newest, 1), 1);
	HOLDS(3, 4, 5);
	gone(2);
	commit(6);
	HOLDS(3, 4, 5, 6);
	oldest = nth_uuid(3);
	ck_assert_uint_eq(gc(&oldest, 1), 1);
	HOLDS(3, 5, 6);
	gone(4);
	ck_assert_uint_eq(gc(NULL, 0), 1);
	HOLDS(5, 6);
	gone(3);
	ck_assert_uint_eq(gc(NULL, 0), 0);
	HOLDS(5, 6);
}
END_TEST

START_TEST(gc_keeps_the_batches_of_every_kept_checkpoint)
{
	commit_nth(root, 1, BATCHES("w0-a.feldera", "w0-b.feldera"));
	commit_nth(root, 2, BATCHES("w0-c.feldera"));
	commit_nth(root, 3, BATCHES("w0-a.feldera"));
	ck_assert_uint_eq(gc(NULL, 0), 1);
	ck_assert(there(store, NULL, "w0-a.feldera")); /* only the newest needs it */
	ck_assert(there(store, NULL, "w0-c.feldera"));
	ck_assert(!there(store, NULL, "w0-b.feldera"));
}
END_TEST

START_TEST(gc_does_what_its_dry_run_says_file_for_file)
{
	struct ckpt_gc_opts o = { .dry_run = true };
	struct ckpt_plan dry, real;
	struct ckpt_buf before = CKPT_BUF_INIT, after = CKPT_BUF_INIT;

	commit_all(5);
	snapshot(store, &before);
	fault.locks = fault.done = 0;
	ok(ckpt_gc(root, &o, &dry, &e), &e);
	ck_assert_uint_eq(fault.locks + fault.done, 0);
	snapshot(store, &after);
	ck_assert_str_eq(before.data, after.data);
	o.dry_run = false;
	ok(ckpt_gc(root, &o, &real, &e), &e);
	ck_assert_uint_eq(dry.n_removed, 3);
	ck_assert_uint_eq(real.n_removed, 3);
	ck_assert_uint_eq(real.n_items, dry.n_items);
	ck_assert_uint_eq(real.bytes, dry.bytes);
	ck_assert_uint_gt(real.bytes, 0);
	for (size_t i = 0; i < dry.n_items; i++) {
		ck_assert_pstr_eq(dry.items[i].dir, real.items[i].dir);
		ck_assert_pstr_eq(dry.items[i].name, real.items[i].name);
		ck_assert_uint_eq(dry.items[i].bytes, real.items[i].bytes);
		ck_assert(!there(store, dry.items[i].dir, dry.items[i].name));
	}
	ckpt_plan_release(&dry);
	ckpt_plan_release(&real);
	ckpt_buf_release(&before);
	ckpt_buf_release(&after);
}
END_TEST

START_TEST(gc_keeps_the_checkpoint_that_state_json_names)
{
	char state[256];

	commit_all(4);
	snprintf(state, sizeof(state), "{\"circuit\":%s,\"steps\":7}",
		 ckpt_root_catalog(root)->entry[0]->text);
	put(store, NULL, CKPT_STATE, state);
	ck_assert_uint_eq(gc(NULL, 0), 1);
	HOLDS(1, 3, 4);
	put(store, NULL, CKPT_STATE, "{\"circuit\":null}");
	ck_assert_uint_eq(gc(NULL, 0), 1);
	HOLDS(3, 4);
}
END_TEST

START_TEST(a_state_json_that_cannot_be_read_stops_the_gc)
{
	commit_all(3);
	put(store, NULL, CKPT_STATE, "{\"circuit\":");
	gc_fails(-EUCLEAN);
	HOLDS(1, 2, 3);
}
END_TEST

START_TEST(a_checkpoint_being_read_is_kept_and_goes_the_next_time)
{
	struct ckpt_gc_opts o = { 0 };
	struct ckpt_uuid u = nth_uuid(1);
	struct ckpt_store *reader;
	struct ckpt_lease *lease;
	struct ckpt_plan plan;
	char dir[CKPT_UUID_TEXT];

	commit_all(4);
	reader = in_memory(mem);
	ok(ckpt_store_lease(reader, ckpt_uuid_text(&u, dir), CKPT_LEASE_SHARED, &lease, &e), &e);
	ok(ckpt_gc(root, &o, &plan, &e), &e);
	ck_assert_uint_eq(plan.n_removed, 1);
	ck_assert_uint_eq(plan.n_kept, 3);
	ck_assert_str_eq(plan.kept[0].why, "being read");
	ckpt_plan_release(&plan);
	HOLDS(1, 3, 4);
	ck_assert_int_eq(ckpt_remove(root, &u, false, &plan, &e), -EBUSY);
	ckpt_plan_release(&plan);
	ckpt_lease_release(lease);
	ckpt_store_free(reader);
	ck_assert_uint_eq(gc(NULL, 0), 1);
	HOLDS(3, 4);
}
END_TEST

START_TEST(remove_takes_out_the_one_that_is_named)
{
	struct ckpt_uuid second = nth_uuid(2), unknown = nth_uuid(9);
	struct ckpt_plan plan;

	commit_all(3);
	ok(ckpt_remove(root, &second, true, &plan, &e), &e);
	ck_assert_uint_eq(plan.n_removed, 1);
	ckpt_plan_release(&plan);
	HOLDS(1, 2, 3);
	ok(ckpt_remove(root, &second, false, &plan, &e), &e);
	ckpt_plan_release(&plan);
	HOLDS(1, 3);
	gone(2);
	ck_assert_int_eq(ckpt_remove(root, &unknown, false, &plan, &e), -ENOENT);
	ckpt_plan_release(&plan);
	HOLDS(1, 3);
}
END_TEST

START_TEST(an_exception_that_is_not_in_the_catalog_stops_the_gc)
{
	struct ckpt_uuid unknown = nth_uuid(9);
	struct ckpt_gc_opts o = { .except = &unknown, .n_except = 1 };
	struct ckpt_plan plan;

	commit_all(3);
	ck_assert_int_eq(ckpt_gc(root, &o, &plan, &e), -ENOENT);
	ckpt_plan_release(&plan);
	HOLDS(1, 2, 3);
}
END_TEST

/* --- rounds ------------------------------------------------------------- */

START_TEST(a_gc_of_many_lets_go_of_the_lock_between_its_rounds)
{
	enum { MANY = 1203 };
	struct ckpt_buf text = CKPT_BUF_INIT;
	char dir[CKPT_UUID_TEXT];

	ckpt_buf_addc(&text, '[');
	for (unsigned n = 1; n <= MANY; n++) {
		struct ckpt_uuid u = nth_uuid(n);

		put(store, ckpt_uuid_text(&u, dir), CKPT_MARKER, "");
		put(store, dir, CKPT_DEPENDENCIES,
		    "{\"batches\":[\"w0-shared.feldera\"],\"state_files\":[]}");
		ckpt_buf_addf(&text, "%s{\"uuid\":\"%s\",\"fingerprint\":1}", n > 1 ? "," : "", dir);
	}
	ckpt_buf_addc(&text, ']');
	put(store, NULL, CKPT_CATALOG, text.data);
	ckpt_buf_release(&text);
	fault.locks = 0;
	ck_assert_uint_eq(gc(NULL, 0), MANY - 2);
	ck_assert_uint_eq(fault.locks, 3); /* 1201 in rounds of 500 */
	ck_assert_uint_eq(ckpt_root_catalog(root)->n, 2);
}
END_TEST

static bool stop_once_the_catalog_is_written(void *ctx)
{
	struct ckpt_catalog *c;
	bool written;

	(void)ctx;
	ok(ckpt_catalog_read(store, NULL, &c, &e), &e);
	written = c->n == 2;
	ckpt_catalog_unref(c);
	return written;
}

START_TEST(a_gc_that_is_told_to_stop_finishes_what_the_catalog_has_lost)
{
	struct ckpt_env env = { .stop = stop_once_the_catalog_is_written };
	struct ckpt_gc_opts o = { 0 };
	struct ckpt_root *mine;
	struct ckpt_plan plan;

	commit_all(5);
	ok(ckpt_root_open(store, &env, &mine, &e), &e);
	ok(ckpt_gc(mine, &o, &plan, &e), &e);
	ck_assert_uint_eq(plan.n_removed, 3);
	ck_assert_uint_eq(plan.n_left, 0);
	ckpt_plan_release(&plan);
	ckpt_root_free(mine);
	ok(ckpt_root_refresh(root, &e), &e);
	HOLDS(4, 5);
	gone(1);
	gone(3);
}
END_TEST

START_TEST(unknown_members_survive_a_gc_unchanged_and_in_place)
{
	static const char member[] = "{\"new\":{\"a\":[1e400,0.10,\"\\u0001\"]},\"uuid\":";
	struct ckpt_buf text = CKPT_BUF_INIT;
	const struct ckpt_entry *kept;

	commit_all(3);
	ckpt_buf_addf(&text, "[%s,", ckpt_root_catalog(root)->entry[0]->text);
	ckpt_buf_addf(&text, " { \"new\" : {\"a\":[1e400,0.10,\"\\u0001\"]},%s,",
		      ckpt_root_catalog(root)->entry[1]->text + 1);
	ckpt_buf_addf(&text, "%s]\n", ckpt_root_catalog(root)->entry[2]->text);
	put(store, NULL, CKPT_CATALOG, text.data);
	ckpt_buf_release(&text);
	ck_assert_uint_eq(gc(NULL, 0), 1);
	HOLDS(2, 3);
	kept = ckpt_root_catalog(root)->entry[0];
	ck_assert_int_eq(strncmp(kept->text, member, strlen(member)), 0);
}
END_TEST

/* They have left the catalog, perhaps for good: nothing else is done. */
START_TEST(a_catalog_that_may_not_be_durable_ends_the_gc_and_a_sweep_is_advised)
{
	struct ckpt_gc_opts o = { 0 };
	struct ckpt_plan plan;

	commit_all(3);
	fault = (struct fault){ .code = EUCLEAN, .ask_at = 1 };
	ck_assert_int_eq(ckpt_gc(root, &o, &plan, &e), -EUCLEAN);
	ck_assert_ptr_nonnull(strstr(e.msg, "a sweep removes them"));
	ckpt_plan_release(&plan);
	ck_assert(there(store, NULL, "w0-1.feldera"));
	ok(ckpt_sweep(root, false, &plan, &e), &e);
	ckpt_plan_release(&plan);
	gone(1);
	HOLDS(2, 3);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("gc");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, commits_and_gcs_go_through_the_states_of_felderas_own_test);
	tcase_add_test(tc, gc_keeps_the_batches_of_every_kept_checkpoint);
	tcase_add_test(tc, gc_does_what_its_dry_run_says_file_for_file);
	tcase_add_test(tc, gc_keeps_the_checkpoint_that_state_json_names);
	tcase_add_test(tc, a_state_json_that_cannot_be_read_stops_the_gc);
	tcase_add_test(tc, a_checkpoint_being_read_is_kept_and_goes_the_next_time);
	tcase_add_test(tc, remove_takes_out_the_one_that_is_named);
	tcase_add_test(tc, an_exception_that_is_not_in_the_catalog_stops_the_gc);
	tcase_add_test(tc, a_gc_of_many_lets_go_of_the_lock_between_its_rounds);
	tcase_add_test(tc, a_gc_that_is_told_to_stop_finishes_what_the_catalog_has_lost);
	tcase_add_test(tc, unknown_members_survive_a_gc_unchanged_and_in_place);
	tcase_add_test(tc, a_catalog_that_may_not_be_durable_ends_the_gc_and_a_sweep_is_advised);
	return suite_run_one("gc", tc);
}
