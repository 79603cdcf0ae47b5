/* What a sweep takes, and what it never touches. */
#include "store/ops.h"
#include "tests/engine_world.h"

START_TEST(sweep_never_touches_the_roots_own_names_and_unknown_files)
{
	static const char *const keep[] = { "steps.bin",	 "status.json", "status.json.mut",
					    "activated.feldera", CKPT_PINS,	"notes.txt" };
	static const char *const keep_dirs[] = { "adhoc-tmp", "datafusion-tmp", "coordinator",
						 CKPT_LOST_FOUND };
	struct ckpt_plan plan;

	commit(1);
	for (size_t i = 0; i < sizeof(keep) / sizeof(*keep); i++)
		put(store, NULL, keep[i], "1234");
	for (size_t i = 0; i < sizeof(keep_dirs) / sizeof(*keep_dirs); i++)
		put(store, keep_dirs[i], "x.feldera", "1234");
	put(store, NULL, "w9-x.feldera", "123");
	put(store, NULL, "w9-x.feldera.mut", "123");
	put(store, "unknown", "a", "12");
	ok(ckpt_sweep(root, false, &plan, &e), &e);
	ck_assert_uint_eq(plan.n_items, 3);
	ck_assert_uint_eq(plan.bytes, 8);
	ckpt_plan_release(&plan);
	for (size_t i = 0; i < sizeof(keep) / sizeof(*keep); i++)
		ck_assert(there(store, NULL, keep[i]));
	for (size_t i = 0; i < sizeof(keep_dirs) / sizeof(*keep_dirs); i++)
		ck_assert(there(store, keep_dirs[i], "x.feldera"));
	ck_assert(!there(store, NULL, "w9-x.feldera") && !there(store, NULL, "w9-x.feldera.mut"));
	ck_assert(!there(store, NULL, "unknown"));
	HOLDS(1);
}
END_TEST

START_TEST(sweep_keeps_steps_bin_as_a_directory)
{
	struct ckpt_plan plan;

	commit(1);
	put(store, CKPT_STEPS, "0.bin", "1234");
	ok(ckpt_sweep(root, false, &plan, &e), &e);
	ckpt_plan_release(&plan);
	ck_assert(there(store, CKPT_STEPS, "0.bin"));
}
END_TEST

START_TEST(sweep_leaves_an_orphan_that_is_read_and_the_batches_it_names)
{
	struct ckpt_uuid u = nth_uuid(2);
	struct ckpt_lease *lease;
	struct ckpt_store *reader;
	struct ckpt_plan plan;
	char dir[CKPT_UUID_TEXT];

	commit(1);
	stage(store, 2, BATCHES("w0-2.feldera"));
	put(store, ckpt_uuid_text(&u, dir), CKPT_MARKER, "");
	put(store, NULL, "w9-x.feldera", "123");
	reader = in_memory(mem);
	ok(ckpt_store_lease(reader, dir, CKPT_LEASE_SHARED, &lease, &e), &e);
	ok(ckpt_sweep(root, false, &plan, &e), &e);
	ck_assert_uint_eq(plan.n_left, 2);
	ckpt_plan_release(&plan);
	ck_assert(there(store, NULL, "w0-2.feldera") && there(store, dir, CKPT_MARKER));
	ck_assert(!there(store, NULL, "w9-x.feldera"));
	ckpt_lease_release(lease);
	ckpt_store_free(reader);
	ok(ckpt_sweep(root, false, &plan, &e), &e);
	ckpt_plan_release(&plan);
	gone(2);
}
END_TEST

START_TEST(sweep_writes_nothing_and_names_what_is_missing)
{
	struct ckpt_plan plan;

	commit(1);
	ok(ckpt_store_remove(store, NULL, "w0-1.feldera", &e), &e);
	fault.done = fault.syncs = 0;
	ok(ckpt_sweep(root, false, &plan, &e), &e);
	ck_assert_uint_eq(fault.done, fault.syncs);
	ck_assert_uint_eq(plan.n_missing, 1);
	ck_assert_str_eq(plan.missing[0], "w0-1.feldera");
	ckpt_plan_release(&plan);
}
END_TEST

static int refuse(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err)
{
	return ckpt_fail(err, EPERM, "can't remove %s/%s%s", s->label, dir ? dir : "", name);
}

static struct ckpt_buf events;
static const struct ckpt_store_ops *usual;
static bool all_refused;

static void hear(void *ctx, enum ckpt_event level, const char *sentence)
{
	(void)ctx, (void)level;
	ckpt_buf_addf(&events, "%s\n", sentence);
}

/* They are removed in another order. */
START_TEST(what_a_sweep_could_not_remove_is_listed_by_name_and_no_other_sweep_is_advised)
{
	static const char *const name[] = { "w9-c.feldera", "w9-d.feldera", "w9-a.feldera", "w9-b.feldera" };
	const struct ckpt_store_ops *before = store->ops;
	struct ckpt_store_ops ops = *before;
	const struct ckpt_env env = { .event = hear };
	struct ckpt_root *mine;
	struct ckpt_plan plan;

	commit(1);
	for (size_t i = 0; i < 4; i++)
		put(store, NULL, name[i], "123");
	ops.remove = refuse;
	store->ops = &ops;
	ok(ckpt_root_open(store, &env, &mine, &e), &e);
	ok(ckpt_sweep(mine, false, &plan, &e), &e);
	ck_assert_uint_eq(plan.n_items, 0);
	ck_assert_uint_eq(plan.n_left, 4);
	for (size_t i = 1; i < 4; i++)
		ck_assert_str_lt(plan.left[i - 1].name, plan.left[i].name);
	ckpt_buf_addc(&events, '\0');
	ck_assert_ptr_nonnull(strstr(events.data, "w9-a.feldera"));
	ck_assert_ptr_null(strstr(events.data, "a sweep finishes it"));
	ckpt_plan_release(&plan);
	ckpt_root_free(mine);
	ckpt_buf_release(&events);
	store->ops = before;
}
END_TEST

static int64_t now;

static int64_t told_time(void *ctx)
{
	(void)ctx;
	return now;
}

/* Of the first names none can be removed (_i: of all); each takes time. */
static int refuse_some(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err)
{
	now += 5;
	if (strncmp(name, "w8-", 3) && !all_refused)
		return usual->remove(s, dir, name, err);
	return ckpt_fail(err, EPERM, "can't remove %s/%s", s->label, name);
}

START_TEST(a_sweep_of_many_rounds_ends_and_tells_each_name_that_is_left_once)
{
	const struct ckpt_env env = { .monotonic_ms = told_time };
	struct ckpt_store_ops ops = *store->ops;
	struct ckpt_root *mine;
	struct ckpt_plan plan;
	char name[32];

	usual = store->ops;
	all_refused = _i;
	commit(1);
	put(store, CKPT_LOST_FOUND, "x", "1");
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "w%c-%04u.feldera", i < 1500 ? '8' : '9', i);
		put(store, NULL, name, "1");
	}
	ops.remove = refuse_some;
	store->ops = &ops;
	ok(ckpt_root_open(store, &env, &mine, &e), &e);
	fault.locks = 0;
	ok(ckpt_sweep(mine, false, &plan, &e), &e);
	ck_assert_uint_gt(fault.locks, 1);
	ck_assert_uint_eq(plan.n_items, _i ? 0 : 3500);
	ck_assert_uint_eq(plan.n_left, _i ? 5001 : 1501);
	ck_assert_str_eq(plan.left[0].name, CKPT_LOST_FOUND);
	for (size_t i = 1; i < plan.n_left; i++)
		ck_assert_str_lt(plan.left[i - 1].name, plan.left[i].name);
	ckpt_plan_release(&plan);
	ckpt_root_free(mine);
	store->ops = usual;
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("sweep");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_set_timeout(tc, 20);
	tcase_add_test(tc, sweep_never_touches_the_roots_own_names_and_unknown_files);
	tcase_add_test(tc, sweep_keeps_steps_bin_as_a_directory);
	tcase_add_test(tc, sweep_leaves_an_orphan_that_is_read_and_the_batches_it_names);
	tcase_add_test(tc, sweep_writes_nothing_and_names_what_is_missing);
	tcase_add_test(tc, what_a_sweep_could_not_remove_is_listed_by_name_and_no_other_sweep_is_advised);
	tcase_add_loop_test(tc, a_sweep_of_many_rounds_ends_and_tells_each_name_that_is_left_once, 0, 2);
	return suite_run_one("sweep", tc);
}
