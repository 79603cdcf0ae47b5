/* A root that nobody has looked at lately: a gc or sweep waits for its disk, and a pipeline
 * that starts must not wait for that. */
#include "store/ops.h"
#include "tests/engine_world.h"

/* The first look at a name takes so long, the next one no time (_i: as long again). */
#define LOOK_MS 10
#define NAMES 3000

static struct {
	struct ckpt_store_ops ops;
	const struct ckpt_store_ops *usual;
	int64_t now, locked_at, longest, stop_at;
	bool never_warm, warm; /* the root */
	struct ckpt_buf seen;  /* directories that are warm, each after a comma */
	ckpt_list_fn *fn;      /* of the listing that runs */
	void *ctx;
	bool slow;
} disk;

static int64_t told_time(void *ctx)
{
	(void)ctx;
	return disk.now;
}

static bool told_stop(void *ctx)
{
	(void)ctx;
	return disk.stop_at && disk.now > disk.stop_at;
}

static bool is_warm(const char *dir)
{
	return dir ? disk.seen.data && strstr(disk.seen.data, dir) : disk.warm;
}

static int tell_slowly(void *ctx, const char *name, const struct ckpt_stat *st)
{
	(void)ctx;
	disk.now += disk.slow ? LOOK_MS : 0;
	return disk.fn(disk.ctx, name, st);
}

static int list_slowly(struct ckpt_store *s, const char *dir, bool with_stat, ckpt_list_fn *fn, void *ctx,
		       struct ckpt_err *err)
{
	int rc;

	disk.slow = with_stat && !is_warm(dir);
	disk.fn = fn;
	disk.ctx = ctx;
	rc = disk.usual->list(s, dir, with_stat, tell_slowly, NULL, err);
	if (rc || !with_stat || disk.never_warm)
		return rc;
	disk.warm |= !dir;
	if (dir)
		ckpt_buf_addf(&disk.seen, ",%s", dir);
	return rc;
}

static int lock_timed(struct ckpt_store *s, struct ckpt_lock **out, long *holder, struct ckpt_err *err)
{
	disk.locked_at = disk.now;
	return disk.usual->lock(s, out, holder, err);
}

static void unlock_timed(struct ckpt_lock *l)
{
	if (disk.now - disk.locked_at > disk.longest)
		disk.longest = disk.now - disk.locked_at;
	disk.usual->unlock(l);
}

/* What is there goes cold. */
static struct ckpt_root *cold_root(bool never_warm)
{
	static const struct ckpt_env env = { .monotonic_ms = told_time, .stop = told_stop };
	struct ckpt_root *mine;

	memset(&disk, 0, sizeof(disk));
	disk.never_warm = never_warm;
	disk.usual = store->ops;
	disk.ops = *store->ops;
	disk.ops.list = list_slowly;
	disk.ops.lock = lock_timed;
	disk.ops.unlock = unlock_timed;
	store->ops = &disk.ops;
	ok(ckpt_root_open(store, &env, &mine, &e), &e);
	return mine;
}

static void end_cold(struct ckpt_root *mine)
{
	ckpt_root_free(mine);
	ckpt_buf_release(&disk.seen);
	store->ops = disk.usual;
}

/* The root is looked at, for longer than it may be locked. */
static void check_times(void)
{
	ck_assert_int_gt(disk.now, LOOK_MS * NAMES);
	ck_assert_int_le(disk.longest, 20000);
}

static void put_garbage(void)
{
	char name[32];

	commit(1);
	for (unsigned i = 0; i < NAMES; i++) {
		snprintf(name, sizeof(name), "w9-%04u.feldera", i);
		put(store, NULL, name, "1");
	}
}

START_TEST(a_sweep_of_a_cold_root_does_not_keep_the_lock_and_takes_all_or_says_why_nothing)
{
	struct ckpt_root *mine;
	struct ckpt_plan plan;
	int rc;

	put_garbage();
	mine = cold_root(_i);
	rc = ckpt_sweep(mine, false, &plan, &e);
	ck_assert_uint_eq(plan.n_items, _i ? 0 : NAMES);
	ck_assert_int_eq(rc, _i ? -EAGAIN : 0);
	ck_assert(there(store, NULL, "w9-0000.feldera") == _i);
	if (_i)
		ck_assert_ptr_nonnull(strstr(e.msg, "nothing was changed"));
	check_times();
	ckpt_plan_release(&plan);
	end_cold(mine);
}
END_TEST

START_TEST(a_sweep_heeds_a_stop_while_it_lists_a_cold_root)
{
	struct ckpt_root *mine;
	struct ckpt_plan plan;

	put_garbage();
	mine = cold_root(false);
	disk.stop_at = 1000;
	ck_assert_int_eq(ckpt_sweep(mine, false, &plan, &e), -EINTR);
	ck_assert_int_lt(disk.now, 2000);
	ckpt_plan_release(&plan);
	end_cold(mine);
}
END_TEST

#define CHECKPOINTS 12

START_TEST(a_gc_of_a_cold_root_does_not_keep_the_lock_and_takes_all_or_says_why_nothing)
{
	struct ckpt_gc_opts o = { 0 };
	char dir[CKPT_UUID_TEXT], name[32];
	struct ckpt_uuid u;
	struct ckpt_root *mine;
	struct ckpt_plan plan;
	int rc;

	for (unsigned n = 1; n <= CHECKPOINTS; n++) {
		u = nth_uuid(n);
		commit(n);
		for (unsigned i = 0; i < NAMES / (CHECKPOINTS - 2); i++) {
			snprintf(name, sizeof(name), "z%u.dat", i);
			put(store, ckpt_uuid_text(&u, dir), name, "1");
		}
	}
	mine = cold_root(_i);
	rc = ckpt_gc(mine, &o, &plan, &e);
	ck_assert_int_eq(rc, _i ? -EAGAIN : 0);
	ck_assert_uint_eq(plan.n_removed, _i ? 0 : CHECKPOINTS - 2);
	ck_assert_uint_eq(plan.n_left, 0);
	u = nth_uuid(1);
	ck_assert(there(store, ckpt_uuid_text(&u, dir), CKPT_MARKER) == _i);
	if (_i)
		ck_assert_ptr_nonnull(strstr(e.msg, "nothing was changed"));
	check_times();
	ckpt_plan_release(&plan);
	end_cold(mine);
	ok(ckpt_root_refresh(root, &e), &e);
	if (!_i)
		HOLDS(CHECKPOINTS - 1, CHECKPOINTS);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("cold");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(
		tc, a_sweep_of_a_cold_root_does_not_keep_the_lock_and_takes_all_or_says_why_nothing, 0, 2);
	tcase_add_test(tc, a_sweep_heeds_a_stop_while_it_lists_a_cold_root);
	tcase_add_loop_test(tc, a_gc_of_a_cold_root_does_not_keep_the_lock_and_takes_all_or_says_why_nothing,
			    0, 2);
	return suite_run_one("cold", tc);
}
