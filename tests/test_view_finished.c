/* Floor 3: what a mount shows of a checkpoint that is not finished yet, and once it is. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "tests/suite.h"
#include "view_world.h"

static void check_latest(struct world *w, const char *uuid)
{
	CKPT_AUTO_FREE char *got = say_of(w, "latest");

	ck_assert_str_eq(got, uuid);
}

START_TEST(latest_skips_what_is_not_finished)
{
	struct ckpt_node n;
	struct world w;

	world_make(&w, 1000);
	check_latest(&w, C);
	put(&w, NULL, "state.json",
	    "{\"circuit\":{\"uuid\":\"" B "\",\"identifier\":null,\"fingerprint\":7}}");
	refresh(&w);
	check_latest(&w, B);
	ck_assert_int_eq(look(&w, C "/storage/" SHARED, &n), 0);
	ck_assert(!n.settled);
	ck_assert_int_eq(look(&w, A "/storage/" SHARED, &n), 0);
	ck_assert(n.settled);
	put(&w, C, "state.json", "{}");
	refresh(&w);
	check_latest(&w, C);
	ck_assert_int_eq(look(&w, C "/storage/" SHARED, &n), 0);
	ck_assert(n.settled);
	world_release(&w);
}
END_TEST

static bool is_kept(struct world *w, const char *path)
{
	struct ckpt_view_dir *d;
	struct ckpt_node n;
	bool settled = false;

	ck_assert_int_eq(look(w, path, &n), 0);
	ck_assert_int_eq(ckpt_view_opendir(w->view, n.id, &d, &settled, NULL), 0);
	ckpt_view_closedir(d);
	return settled;
}

/* The first state.json of a root comes after its checkpoint; one that opened the directory
 * before, and reads it after the kernel was told, reads what is not to be kept. */
START_TEST(a_listing_that_state_json_may_still_come_to_is_not_for_the_kernel_to_keep)
{
	static const char *const of_newest[] = { C "/storage", C "/storage/" C };
	struct world w;

	world_make(&w, 1000);
	for (size_t i = 0; i < 2; i++)
		ck_assert(!is_kept(&w, of_newest[i]));
	ck_assert(is_kept(&w, C "/dependencies") && is_kept(&w, B "/storage"));
	put(&w, C, "state.json", "{}");
	refresh(&w);
	for (size_t i = 0; i < 2; i++)
		ck_assert(is_kept(&w, of_newest[i]));
	world_release(&w);
}
END_TEST

static void check_text(struct world *w, const char *path, const char *text)
{
	CKPT_AUTO_FREE char *got = say_of(w, path);

	ck_assert_str_eq(got, text);
}

/* Also where what was there before is held. */
START_TEST(a_file_that_is_replaced_before_its_checkpoint_is_finished_is_the_new_one)
{
	struct ckpt_view_opts o = { .lease_ms = 1000, .hold_files = 100 };
	struct ckpt_view_dir *d;
	struct ckpt_view_file *f;
	struct world w;

	world_make(&w, 1000);
	o.log = w.log;
	world_close_view(&w);
	put(&w, NULL, "state.json", "{\"circuit\":{\"uuid\":\"" B "\",\"fingerprint\":7}}");
	ck_assert_int_eq(ckpt_view_new(w.store, &o, &w.view, NULL), 0);
	ck_assert_int_eq(open_dir(&w, C "/storage", &d), 0);
	ck_assert_int_eq(open_file(&w, C "/storage/" ONLY(C), &f), 0);
	put(&w, NULL, ONLY(C), "another");
	check_text(&w, C "/storage/" ONLY(C), "another");
	put(&w, C, "state.json", "{}");
	refresh(&w);
	check_text(&w, C "/storage/" ONLY(C), "another");
	/* What goes then is held as ever. */
	put_catalog(&w, A, B, NULL);
	remove_checkpoint(&w, C);
	refresh(&w);
	check_text(&w, C "/storage/" C "/z1-0.dat", "state");
	ckpt_view_close(f);
	ckpt_view_closedir(d);
	world_release(&w);
}
END_TEST

/* Nobody looked in between. */
START_TEST(what_came_last_to_a_checkpoint_that_is_finished_then_is_listed)
{
	char *text;
	struct world w;

	world_make(&w, 1000);
	put(&w, NULL, "state.json", "{\"circuit\":{\"uuid\":\"" B "\",\"fingerprint\":7}}");
	refresh(&w);
	text = say_of(&w, C "/metadata.json");
	ck_assert_ptr_nonnull(strstr(text, "\"batches\":2"));
	free(text);
	check_names(&w, C "/storage/" C, "CHECKPOINT dependencies.json z1-0.dat ");
	put(&w, C, "a.dat", "new");
	put(&w, C, "dependencies.json", "{\"batches\":[\"" SHARED "\"],\"state_files\":[\"a.dat\"]}");
	put(&w, C, "state.json", "{}");
	/* The next one came before the first look, too. */
	put_checkpoint(&w, D);
	put_catalog(&w, A, B, C, D, NULL);
	refresh(&w);
	text = say_of(&w, C "/metadata.json");
	ck_assert_ptr_nonnull(strstr(text, "\"batches\":1"));
	free(text);
	check_names(&w, C "/storage/" C, "state.json CHECKPOINT a.dat dependencies.json z1-0.dat ");
	check_look(&w, C "/storage/" ONLY(C), -ENOENT);
	/* And is kept when it goes. */
	put_catalog(&w, A, B, D, NULL);
	remove_checkpoint(&w, C);
	refresh(&w);
	check_names(&w, C "/storage/" C, "CHECKPOINT a.dat dependencies.json z1-0.dat ");
	world_release(&w);
}
END_TEST

START_TEST(there_is_no_latest_where_nothing_is_finished)
{
	struct world w;

	world_init(&w);
	put_checkpoint(&w, A);
	put_catalog(&w, A, NULL);
	put(&w, NULL, "state.json", "{\"circuit\":null}");
	world_open_view(&w, 1000);
	check_names(&w, "", ".ckptfs " A " ");
	check_look(&w, "latest", -ENOENT);
	world_release(&w);
}
END_TEST

int main(void)
{
	const TTest *tests[] = {
		latest_skips_what_is_not_finished,
		a_listing_that_state_json_may_still_come_to_is_not_for_the_kernel_to_keep,
		a_file_that_is_replaced_before_its_checkpoint_is_finished_is_the_new_one,
		what_came_last_to_a_checkpoint_that_is_finished_then_is_listed,
		there_is_no_latest_where_nothing_is_finished,
	};
	TCase *tc = tcase_create("view-finished");

	suite_add_all(tc, tests);
	return suite_run_one("view-finished", tc);
}
