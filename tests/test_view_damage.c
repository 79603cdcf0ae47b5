/* Floor 3: what a mount shows of a root that is damaged. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "tests/suite.h"
#include "view_world.h"

START_TEST(a_batch_that_is_gone_is_listed_and_cannot_be_opened)
{
	struct ckpt_view_entry e;
	struct ckpt_view_dir *d;
	bool seen = false, settled;
	struct world w;
	uint64_t before;

	world_make(&w, 1000);
	before = id_of(&w, A "/storage/" ONLY(A));
	drop(&w, NULL, ONLY(A));
	check_names(&w, A "/storage", "checkpoints.feldera " A " " ONLY(A) " " SHARED " ");
	ck_assert_int_eq(open_dir(&w, A "/storage", &d), 0);
	for (uint64_t at = 0; ckpt_view_readdir(d, at, true, &e, NULL) == 1; at = e.offset)
		seen |= strcmp(e.name, ONLY(A)) == 0 && e.node.id == 0;
	ckpt_view_closedir(d);
	ck_assert(seen);
	check_look(&w, A "/storage/" ONLY(A), -EIO);
	ck_assert_int_eq(ckpt_view_open(w.view, before, &(struct ckpt_view_file *){ 0 }, &settled, NULL),
			 -EIO);
	check_open(&w, A "/storage/" SHARED, 0);
	drop(&w, A, "z1-0.dat");
	check_look(&w, A "/storage/" A "/z1-0.dat", -EIO);
	world_release(&w);
}
END_TEST

START_TEST(a_checkpoint_with_damaged_dependencies_is_never_empty)
{
	CKPT_AUTO_FREE char *text = NULL;
	struct world w;

	world_make(&w, 1000);
	put(&w, A, "dependencies.json", "[\"../passwd\"]");
	world_close_view(&w);
	world_open_view(&w, 1000);
	check_names(&w, A, "metadata.json dependencies storage ");
	check_opendir(&w, A "/dependencies", -EIO);
	check_opendir(&w, A "/storage", -EIO);
	check_opendir(&w, A "/storage/" A, -EIO);
	check_look(&w, A "/storage/" SHARED, -EIO);
	text = say_of(&w, A "/metadata.json");
	ck_assert_ptr_nonnull(strstr(text, "\"batches\":null,\"dependencies_version\":null}"));
	check_opendir(&w, B "/storage", 0);
	world_release(&w);
}
END_TEST

START_TEST(a_checkpoint_without_a_directory_is_never_empty)
{
	struct ckpt_err e;
	struct world w;

	world_make(&w, 1000);
	ck_assert_int_eq(ckpt_store_remove_tree(w.pipeline, A, 100, &e), 0);
	check_names(&w, A, "metadata.json dependencies storage ");
	check_opendir(&w, A "/storage", -EIO);
	check_opendir(&w, A "/dependencies", -EIO);
	check_open(&w, A "/storage/checkpoints.feldera", -EIO);
	world_release(&w);
}
END_TEST

START_TEST(a_catalog_that_is_lost_leaves_the_last_good_picture)
{
	CKPT_AUTO_FREE char *lost = NULL, *damaged = NULL, *back = NULL;
	const struct ckpt_view_opts o = { .lease_ms = 1000 };
	struct ckpt_view *other;
	struct world w;

	world_make(&w, 1000);
	drop(&w, NULL, "checkpoints.feldera");
	ck_assert_int_lt(ckpt_view_refresh(w.view, NULL), 0);
	check_names(&w, "", "latest .ckptfs " A " " B " " C " ");
	check_open(&w, A "/storage/" SHARED, 0);
	lost = status_of(&w);
	ck_assert_ptr_nonnull(strstr(lost, "\"ok\":false"));
	ck_assert_ptr_nonnull(strstr(lost, "checkpoints.feldera is gone"));
	ck_assert_int_eq(ckpt_view_new(w.store, &o, &other, NULL), -EUCLEAN);
	put(&w, NULL, "checkpoints.feldera", "[{\"uuid\":");
	ck_assert_int_lt(ckpt_view_refresh(w.view, NULL), 0);
	check_names(&w, "", "latest .ckptfs " A " " B " " C " ");
	damaged = status_of(&w);
	ck_assert_ptr_nonnull(strstr(damaged, "\"ok\":false"));
	put_catalog(&w, B, C, NULL);
	refresh(&w);
	check_names(&w, "", "latest .ckptfs " B " " C " ");
	back = status_of(&w);
	ck_assert_ptr_nonnull(strstr(back, "\"ok\":true,\"error\":null"));
	world_release(&w);
}
END_TEST

int main(void)
{
	const TTest *tests[] = {
		a_batch_that_is_gone_is_listed_and_cannot_be_opened,
		a_checkpoint_with_damaged_dependencies_is_never_empty,
		a_checkpoint_without_a_directory_is_never_empty,
		a_catalog_that_is_lost_leaves_the_last_good_picture,
	};
	TCase *tc = tcase_create("view-damage");

	suite_add_all(tc, tests);
	tcase_set_timeout(tc, 60);
	return suite_run_one("view-damage", tc);
}
