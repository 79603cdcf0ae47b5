/* Floor 3: what a mount shows while the root changes. */
#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "tests/suite.h"
#include "view_world.h"

/* --- generations --------------------------------------------------------- */

START_TEST(a_checkpoint_that_left_is_stale_and_not_absent)
{
	struct world w;
	struct ckpt_node n;
	uint64_t dir, file;

	world_make(&w, 1000);
	dir = id_of(&w, A);
	file = id_of(&w, A "/storage/" SHARED);
	put_catalog(&w, B, C, NULL);
	remove_checkpoint(&w, A);
	refresh(&w);
	check_names(&w, "", "latest .ckptfs " B " " C " ");
	check_look(&w, A, -ESTALE);
	check_look(&w, D, -ENOENT);
	ck_assert_int_eq(ckpt_view_getattr(w.view, dir, &n, NULL), -ESTALE);
	ck_assert_int_eq(ckpt_view_getattr(w.view, file, &n, NULL), -ESTALE);
	ck_assert_int_eq(ckpt_view_lookup(w.view, dir, "storage", &n, NULL), -ESTALE);
	world_release(&w);
}
END_TEST

/* Race: the pipeline is deleting, and the picture does not know it yet. */
START_TEST(what_is_deleted_before_the_picture_knows_is_stale_and_not_damage)
{
	struct world w;
	CKPT_AUTO_FREE char *status = NULL;
	uint64_t dir;

	world_make(&w, 1000);
	dir = id_of(&w, A "/storage");
	put_catalog(&w, B, C, NULL);
	remove_checkpoint(&w, A);
	ck_assert_int_eq(ckpt_view_lookup(w.view, dir, ONLY(A), &(struct ckpt_node){ 0 }, NULL), -ESTALE);
	check_opendir(&w, A "/storage", -ESTALE);
	status = status_of(&w);
	ck_assert_ptr_nonnull(strstr(status, "\"ok\":true"));
	world_release(&w);
}
END_TEST

START_TEST(a_checkpoint_that_comes_back_is_what_it_was)
{
	struct world w;
	uint64_t before;

	world_make(&w, 1000);
	before = id_of(&w, A "/storage/" SHARED);
	put_catalog(&w, B, C, NULL);
	refresh(&w);
	check_look(&w, A, -ESTALE);
	put_catalog(&w, A, B, C, NULL);
	refresh(&w);
	ck_assert_uint_eq(id_of(&w, A "/storage/" SHARED), before);
	world_release(&w);
}
END_TEST

START_TEST(an_open_directory_keeps_its_generation)
{
	struct ckpt_view_entry e;
	struct ckpt_view_dir *d;
	char names[512] = "";
	struct world w;
	uint64_t at = 0;

	world_make(&w, 1000);
	ck_assert_int_eq(open_dir(&w, "", &d), 0);
	put_checkpoint(&w, D);
	put_catalog(&w, C, D, NULL);
	refresh(&w);
	while (ckpt_view_readdir(d, at, true, &e, NULL) == 1) {
		at = e.offset;
		/* What has left is named, but not described as if it were there. */
		if (strcmp(e.name, A) == 0 || strcmp(e.name, B) == 0)
			ck_assert_uint_eq(e.node.id, 0);
		if (strcmp(e.name, C) == 0)
			ck_assert_uint_ne(e.node.id, 0);
		strncat(names, e.name, sizeof(names) - strlen(names) - 2);
		strncat(names, " ", 2);
	}
	ckpt_view_closedir(d);
	ck_assert_str_eq(names, ". .. latest .ckptfs " A " " B " " C " ");
	world_release(&w);
}
END_TEST

START_TEST(an_offset_is_a_property_of_the_name)
{
	struct ckpt_view_entry e;
	struct ckpt_view_dir *d;
	uint64_t at = 0, of_b = 0;
	struct world w;

	world_make(&w, 1000);
	ck_assert_int_eq(open_dir(&w, "", &d), 0);
	while (ckpt_view_readdir(d, at, false, &e, NULL) == 1) {
		at = e.offset;
		if (strcmp(e.name, B) == 0)
			of_b = e.offset;
	}
	ckpt_view_closedir(d);
	/* A directory opened after A and B left goes on behind them. */
	put_checkpoint(&w, D);
	put_catalog(&w, C, D, NULL);
	refresh(&w);
	ck_assert_int_eq(open_dir(&w, "", &d), 0);
	ck_assert_int_eq(ckpt_view_readdir(d, of_b, false, &e, NULL), 1);
	ck_assert_str_eq(e.name, C);
	ck_assert_int_eq(ckpt_view_readdir(d, e.offset, false, &e, NULL), 1);
	ck_assert_str_eq(e.name, D);
	ck_assert_int_eq(ckpt_view_readdir(d, e.offset, false, &e, NULL), 0);
	ckpt_view_closedir(d);
	world_release(&w);
}
END_TEST

START_TEST(an_id_never_means_another_file)
{
	struct world w;
	struct ckpt_node n;
	uint64_t z1, shared, dir;

	world_make(&w, 1000);
	put(&w, NULL, "state.json", "{\"circuit\":{\"uuid\":\"" B "\",\"fingerprint\":7}}");
	refresh(&w);
	z1 = id_of(&w, C "/storage/" C "/z1-0.dat");
	shared = id_of(&w, C "/storage/" SHARED);
	dir = id_of(&w, C "/storage/" C);
	/* Another file has z1's place now. */
	put(&w, C, "a.dat", "new");
	ck_assert_int_eq(ckpt_view_getattr(w.view, z1, &n, NULL), -ESTALE);
	ck_assert_int_eq(ckpt_view_getattr(w.view, shared, &n, NULL), -ESTALE);
	ck_assert_int_eq(ckpt_view_getattr(w.view, dir, &n, NULL), 0);
	ck_assert_uint_ne(id_of(&w, C "/storage/" C "/z1-0.dat"), z1);
	/* state.json is what comes in the end; it changes no number. */
	z1 = id_of(&w, C "/storage/" C "/z1-0.dat");
	put(&w, C, "state.json", "{}");
	refresh(&w);
	ck_assert_int_eq(ckpt_view_getattr(w.view, z1, &n, NULL), 0);
	ck_assert_uint_eq(id_of(&w, C "/storage/" C "/z1-0.dat"), z1);
	check_names(&w, C "/storage/" C, "state.json CHECKPOINT a.dat dependencies.json z1-0.dat ");
	world_release(&w);
}
END_TEST

START_TEST(an_entry_that_changed_is_another_checkpoint)
{
	struct world w;
	struct ckpt_node n;
	uint64_t before;

	world_make(&w, 1000);
	before = id_of(&w, A "/metadata.json");
	put(&w, NULL, "checkpoints.feldera", "[{\"uuid\":\"" A "\",\"fingerprint\":7,\"steps\":9}]");
	refresh(&w);
	ck_assert_uint_ne(id_of(&w, A "/metadata.json"), before);
	ck_assert_int_eq(ckpt_view_getattr(w.view, before, &n, NULL), -ESTALE);
	world_release(&w);
}
END_TEST

/* --- the view's own thread ----------------------------------------------- */

struct heard {
	pthread_mutex_t lock;
	char text[1024]; /* under lock */
};

static void hear(void *ctx, const struct ckpt_change_event *e)
{
	struct heard *h = ctx;
	size_t len;

	pthread_mutex_lock(&h->lock);
	len = strlen(h->text);
	snprintf(h->text + len, sizeof(h->text) - len, "%s ",
		 e->what == CKPT_CHANGE_ENTRY ? e->name : "inode");
	pthread_mutex_unlock(&h->lock);
}

static bool has_heard(struct heard *h, const char *text)
{
	bool equal = false;

	for (int i = 0; !equal && i < WAIT_MS / NAP_MS; i++) {
		nap();
		pthread_mutex_lock(&h->lock);
		equal = strcmp(h->text, text) == 0;
		pthread_mutex_unlock(&h->lock);
	}
	return equal;
}

static void start_heard(struct world *w, struct heard *h, int64_t poll_ms)
{
	const struct ckpt_view_opts o = {
		.lease_ms = 1000, .poll_ms = poll_ms, .log = w->log, .changed = hear, .ctx = h
	};

	*h = (struct heard){ .lock = PTHREAD_MUTEX_INITIALIZER };
	world_close_view(w);
	ck_assert_int_eq(ckpt_view_new(w->store, &o, &w->view, NULL), 0);
	ck_assert_int_eq(ckpt_view_start(w->view, NULL), 0);
}

/* With hints (0), and by looking. */
START_TEST(changes_by_others_appear_by_themselves)
{
	struct heard h;
	struct world w;

	world_make(&w, 1000);
	start_heard(&w, &h, _i ? 20 : 0);
	put_checkpoint(&w, D);
	put_catalog(&w, C, D, NULL);
	ck_assert_msg(has_heard(&h, "latest inode inode inode " A " " B " "), "%s", h.text);
	check_names(&w, "", "latest " C " " D " ");
	/* The newest one's own state.json: listings below it are others now. */
	put(&w, D, "state.json", "{}");
	ck_assert_msg(has_heard(&h, "latest inode inode inode " A " " B " inode inode inode "), "%s", h.text);
	world_release(&w);
}
END_TEST

int main(void)
{
	const TTest *tests[] = {
		a_checkpoint_that_left_is_stale_and_not_absent,
		what_is_deleted_before_the_picture_knows_is_stale_and_not_damage,
		a_checkpoint_that_comes_back_is_what_it_was,
		an_open_directory_keeps_its_generation,
		an_offset_is_a_property_of_the_name,
		an_id_never_means_another_file,
		an_entry_that_changed_is_another_checkpoint,
	};
	TCase *tc = tcase_create("view-changes");

	suite_add_all(tc, tests);
	tcase_add_loop_test(tc, changes_by_others_appear_by_themselves, 0, 2);
	tcase_set_timeout(tc, 60);
	return suite_run_one("view-changes", tc);
}
