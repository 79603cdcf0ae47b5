/* A gc with a retention: what it decides, and the two things that it keeps
 * besides. */
#include "tests/pins_root.h"

START_TEST(a_retention_decides_the_same_in_one_round_and_in_many)
{
	struct ckpt_retention keep = { .last = 5, .hourly = 3 };
	struct ckpt_gc_opts o = { .retention = &keep, .dry_run = true };
	struct ckpt_plan dry;

	/* A second apart: 1100 take three rounds. */
	for (unsigned n = 5; n <= 1100; n++)
		commit_nth(root, n, NULL);
	ok(ckpt_gc(root, &o, &dry, &e), &e);
	o.dry_run = false;
	ok(ckpt_gc(root, &o, &plan, &e), &e);
	ck_assert_uint_eq(plan.n_removed, 1095);
	ck_assert_uint_eq(dry.n_removed, 1095);
	ck_assert_uint_eq(plan.n_kept, dry.n_kept);
	for (size_t i = 0; i < plan.n_kept; i++)
		ck_assert_str_eq(plan.kept[i].why, dry.kept[i].why);
	why_is(1096, "last");
	why_is(1100, "newest, last, hourly");
	ckpt_plan_release(&dry);
}
END_TEST

/* --- a week, by a clock --------------------------------------------------- */

#define HOUR_MS INT64_C(3600000)
#define WEEK_HOURS (8 * 24)
#define LIVE_MAX 256

static unsigned long state;

static unsigned long below(unsigned long limit)
{
	state = state * 6364136223846793005UL + 1442695040888963407UL;
	return (state >> 33) % limit;
}

static void commit_now(void)
{
	const unsigned char random[10] = { 1, 2, 3 };
	struct ckpt_uuid u;
	uint64_t fingerprint = 42;
	struct ckpt_commit_opts o = { .uuid = &u, .fingerprint = &fingerprint };
	char dir[CKPT_UUID_TEXT];

	ckpt_uuid_make(&u, now, random);
	put(store, ckpt_uuid_text(&u, dir), "pspine-0.dat", "x");
	ok(ckpt_commit(root, &o, NULL, &e), &e);
}

/* What must be left of the catalog as it is now. */
static size_t expected(const struct ckpt_retention *keep, ptrdiff_t resumed, struct ckpt_uuid left[LIVE_MAX])
{
	const struct ckpt_catalog *c = ckpt_root_catalog(root);
	struct ckpt_moment m[LIVE_MAX] = { 0 };
	unsigned reasons[LIVE_MAX];
	size_t n = 0;

	ck_assert_uint_le(c->n, LIVE_MAX);
	for (size_t i = 0; i < c->n; i++)
		ck_assert(ckpt_uuid_time_ms(&c->entry[i]->uuid, &m[i].ms));
	ok(ckpt_retention_decide(keep, m, c->n, now, reasons, &e), &e);
	for (size_t i = 0; i < c->n; i++)
		if (reasons[i] || i + 2 >= c->n || (ptrdiff_t)i == resumed)
			left[n++] = c->entry[i]->uuid;
	return n;
}

static void resume_from(size_t i)
{
	char text[512];

	snprintf(text, sizeof(text), "{\"circuit\":%s}", ckpt_root_catalog(root)->entry[i]->text);
	put(store, NULL, CKPT_STATE, text);
}

START_TEST(after_each_gc_of_a_week_exactly_what_the_retention_keeps_is_there)
{
	static const char *const zones[] = { "Europe/Berlin", "America/New_York", "Pacific/Auckland" };
	/* Some days before the clocks change in each. */
	static const int64_t begin[] = { INT64_C(1792447200000), INT64_C(1793073600000),
					 INT64_C(1774951200000) };
	struct ckpt_retention keep = { .hourly = 5, .daily = 3, .last = _i == 1, .oldest = _i == 2 };
	struct ckpt_gc_opts o = { .retention = &keep };
	struct ckpt_uuid left[LIVE_MAX];
	struct ckpt_uuid named = { 0 };
	ptrdiff_t resumed = -1;
	size_t n;

	state = (unsigned long)_i + 1;
	setenv("TZ", zones[_i], 1);
	for (int hour = 0; hour < WEEK_HOURS; hour++) {
		/* One to three an hour; some hours none. */
		now = begin[_i] + hour * HOUR_MS;
		for (unsigned long k = below(4); k; k--) {
			now += 1 + (int64_t)below(HOUR_MS / 4);
			commit_now();
		}
		if (hour % 50 == 10) {
			resumed = (ptrdiff_t)ckpt_root_catalog(root)->n - 1;
			named = ckpt_root_catalog(root)->entry[resumed]->uuid;
			resume_from((size_t)resumed);
		}
		resumed = hour < 10 ? -1 : ckpt_catalog_find(ckpt_root_catalog(root), &named);
		n = expected(&keep, resumed, left);
		ckpt_plan_release(&plan);
		ok(ckpt_gc(root, &o, &plan, &e), &e);
		ck_assert_uint_eq(ckpt_root_catalog(root)->n, n);
		for (size_t i = 0; i < n; i++)
			ck_assert_int_eq(ckpt_uuid_cmp(&ckpt_root_catalog(root)->entry[i]->uuid, &left[i]),
					 0);
	}
	ck_assert_uint_ge(n, 7);
	ck_assert_uint_le(n, 5 + 3 + 4);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("gc");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_retention_decides_the_same_in_one_round_and_in_many);
	tcase_add_loop_test(t, after_each_gc_of_a_week_exactly_what_the_retention_keeps_is_there, 0, 3);
	return suite_run_one("gc with a retention", t);
}
