/* Floor 3: what is read is protected, and nothing else is read. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/when.h"
#include "tests/suite.h"
#include "view/inside.h"
#include "view/limits.h"
#include "view_world.h"

static int exclusive(struct world *w, const char *uuid, struct ckpt_lease **out)
{
	return ckpt_store_lease(w->pipeline, uuid, CKPT_LEASE_EXCLUSIVE, out, NULL);
}

START_TEST(what_is_read_is_leased_until_it_rests)
{
	struct ckpt_view_file *f, *g;
	struct ckpt_lease *lease;
	struct world w;
	int waited = 0;

	world_make(&w, 50);
	ck_assert_int_eq(ckpt_view_start(w.view, NULL), 0);
	ck_assert_int_eq(open_file(&w, A "/storage/" SHARED, &f), 0);
	ck_assert_int_eq(open_file(&w, A "/storage/" ONLY(A), &g), 0);
	ck_assert_int_eq(exclusive(&w, A, &lease), -EBUSY);
	ckpt_view_close(f);
	for (int i = 0; i < 20; i++)
		nap();
	ck_assert_int_eq(exclusive(&w, A, &lease), -EBUSY);
	ckpt_view_close(g);
	ck_assert_int_eq(exclusive(&w, A, &lease), -EBUSY);
	while (exclusive(&w, A, &lease) == -EBUSY && waited++ < WAIT_MS / NAP_MS)
		nap();
	ck_assert_int_ge(waited, 2);
	ck_assert_int_lt(waited, WAIT_MS / NAP_MS);
	ckpt_lease_release(lease);
	world_release(&w);
}
END_TEST

/* A lease that ends with its last reader is not looked after while there is one. */
START_TEST(a_reader_keeps_nobody_busy)
{
	struct ckpt_view_file *f, *g;
	struct ckpt_lease *lease;
	struct world w;
	int waited = 0;

	world_make(&w, 0);
	ck_assert_int_eq(open_file(&w, A "/storage/" SHARED, &f), 0);
	ck_assert_int_eq(open_file(&w, A "/storage/" ONLY(A), &g), 0);
	ck_assert_int_eq(ckpt_lease_expire(w.view, ckpt_when_monotonic()), -1);
	ck_assert_int_eq(ckpt_view_start(w.view, NULL), 0);
	ckpt_view_close(f);
	for (int i = 0; i < 20; i++)
		nap();
	ck_assert_int_eq(exclusive(&w, A, &lease), -EBUSY);
	ckpt_view_close(g);
	while (exclusive(&w, A, &lease) == -EBUSY && waited++ < WAIT_MS / NAP_MS)
		nap();
	ck_assert_int_lt(waited, WAIT_MS / NAP_MS);
	ckpt_lease_release(lease);
	world_release(&w);
}
END_TEST

/* Lists of more than half of what is kept. */
static void put_huge_lists(struct world *w, const char *uuid)
{
	struct ckpt_buf text = CKPT_BUF_INIT;
	const size_t names = CKPT_CONTENTS_CACHE / 2 / 64;

	ckpt_buf_adds(&text, "{\"batches\":[\"" SHARED "\"");
	for (size_t i = 0; i < names; i++)
		ckpt_buf_addf(&text, ",\"w0-%055zu.feldera\"", i);
	ckpt_buf_adds(&text, "],\"state_files\":[\"z1-0.dat\"]}");
	ck_assert(!text.failed);
	drop(w, uuid, "dependencies.json");
	put(w, uuid, "dependencies.json", text.data);
	ckpt_buf_release(&text);
}

START_TEST(what_is_read_is_found_however_much_else_is_looked_into)
{
	struct ckpt_view_dir *d;
	struct world w;

	world_make(&w, 60000);
	put_huge_lists(&w, B);
	put_huge_lists(&w, C);
	ck_assert_int_eq(open_dir(&w, A "/storage", &d), 0);
	check_look(&w, B "/storage/" SHARED, 0);
	check_look(&w, C "/storage/" SHARED, 0);
	put_catalog(&w, B, C, NULL);
	drop(&w, A, "dependencies.json");
	refresh(&w);
	check_open(&w, A "/storage/" ONLY(A), 0);
	ckpt_view_closedir(d);
	world_release(&w);
}
END_TEST

START_TEST(each_place_below_a_checkpoint_leases_it)
{
	static const char *const dirs[] = { A "/storage", A "/dependencies", A "/storage/" A };
	struct ckpt_view_dir *d;
	struct ckpt_lease *lease;
	struct world w;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		world_make(&w, 60000);
		/* To look is not to read. */
		check_look(&w, A "/storage/" SHARED, 0);
		check_open(&w, A "/metadata.json", 0);
		check_opendir(&w, A, 0);
		ck_assert_int_eq(exclusive(&w, A, &lease), 0);
		ckpt_lease_release(lease);
		ck_assert_int_eq(open_dir(&w, dirs[i], &d), 0);
		ck_assert_int_eq(exclusive(&w, A, &lease), -EBUSY);
		ckpt_view_closedir(d);
		ck_assert_int_eq(exclusive(&w, A, &lease), -EBUSY);
		world_release(&w);
	}
}
END_TEST

START_TEST(what_cannot_be_leased_is_not_read)
{
	struct ckpt_lease *lease;
	struct world w;

	world_make(&w, 1000);
	ck_assert_int_eq(exclusive(&w, A, &lease), 0);
	check_open(&w, A "/storage/" SHARED, -ESTALE);
	check_opendir(&w, A "/dependencies", -ESTALE);
	check_open(&w, B "/storage/" SHARED, 0);
	ckpt_lease_release(lease);
	check_open(&w, A "/storage/" SHARED, 0);
	drop(&w, C, "CHECKPOINT");
	check_names(&w, "", "latest .ckptfs " A " " B " " C " ");
	check_open(&w, C "/storage/" SHARED, -EIO);
	world_release(&w);
}
END_TEST

START_TEST(a_reader_goes_on_in_a_checkpoint_that_left)
{
	struct ckpt_view_dir *d;
	struct ckpt_node n;
	struct world w;
	uint64_t file;
	int waited = 0;

	world_make(&w, 50);
	ck_assert_int_eq(ckpt_view_start(w.view, NULL), 0);
	file = id_of(&w, A "/storage/" SHARED);
	ck_assert_int_eq(open_dir(&w, A "/storage", &d), 0);
	put_catalog(&w, B, C, NULL);
	/* Its lists can't be read any more. */
	drop(&w, A, "dependencies.json");
	refresh(&w);
	check_names(&w, "", "latest .ckptfs " B " " C " ");
	check_open(&w, A "/storage/" ONLY(A), 0);
	check_names(&w, A "/storage", "checkpoints.feldera " A " " ONLY(A) " " SHARED " ");
	/* What is gone is not made up. */
	drop(&w, NULL, ONLY(A));
	check_open(&w, A "/storage/" ONLY(A), -ESTALE);
	ckpt_view_closedir(d);
	/* Looking again and again would be a use. */
	do {
		for (int i = 0; i < 10; i++)
			nap();
	} while (look(&w, A, &n) != -ESTALE && waited++ < WAIT_MS / (10 * NAP_MS));
	ck_assert_int_eq(ckpt_view_getattr(w.view, file, &n, NULL), -ESTALE);
	world_release(&w);
}
END_TEST

START_TEST(what_is_let_go_of_has_rested_for_as_long_as_a_lease_and_not_since_the_beginning_of_time)
{
	CKPT_AUTO_FREE char *status = NULL;
	struct ckpt_view_dir *d;
	const char *idle;
	struct world w;

	world_make(&w, 60000);
	ck_assert_int_eq(open_dir(&w, A "/storage", &d), 0);
	ck_assert_int_eq(ckpt_view_release(w.view, NULL, NULL), 0);
	status = status_of(&w);
	idle = strstr(status, "\"idle_ms\":");
	ck_assert_ptr_nonnull(idle);
	ck_assert_int_ge(strtoll(idle + strlen("\"idle_ms\":"), NULL, 10), 60000);
	ck_assert_int_lt(strtoll(idle + strlen("\"idle_ms\":"), NULL, 10), 24 * 3600 * 1000);
	ckpt_view_closedir(d);
	world_release(&w);
}
END_TEST

int main(void)
{
	const TTest *tests[] = {
		what_is_read_is_leased_until_it_rests,
		a_reader_keeps_nobody_busy,
		what_is_read_is_found_however_much_else_is_looked_into,
		each_place_below_a_checkpoint_leases_it,
		what_cannot_be_leased_is_not_read,
		a_reader_goes_on_in_a_checkpoint_that_left,
		what_is_let_go_of_has_rested_for_as_long_as_a_lease_and_not_since_the_beginning_of_time,
	};
	TCase *tc = tcase_create("view-leases");

	suite_add_all(tc, tests);
	tcase_set_timeout(tc, 60);
	return suite_run_one("view-leases", tc);
}
