/* Floor 3: how often the store is asked for what is held, and for what can't be. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/ops.h"
#include "tests/suite.h"
#include "view/shared.h"
#include "view_world.h"

/* --- a store that counts ---------------------------------------------------- */

static const struct ckpt_store_ops *below;
static struct ckpt_store_ops counting;
static unsigned opens, stats;

static int count_open(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_file **out,
		      struct ckpt_stat *st, struct ckpt_err *err)
{
	opens++;
	return below->open(s, dir, name, out, st, err);
}

static int count_stat(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_stat *st,
		      struct ckpt_err *err)
{
	stats += name != NULL && strcmp(name, "state.json") != 0;
	return below->stat(s, dir, name, st, err);
}

static struct world w;

/* A view that may hold so many files, and have so many open (0: any number). */
static void begin(unsigned hold_files, unsigned files)
{
	struct ckpt_view_opts o = { .lease_ms = 60000, .hold_files = hold_files, .files = files };

	world_make(&w, 1000);
	world_close_view(&w);
	below = w.store->ops;
	counting = *below;
	counting.open = count_open;
	counting.stat = count_stat;
	w.store->ops = &counting;
	o.log = w.log;
	ck_assert_int_eq(ckpt_view_new(w.store, &o, &w.view, NULL), 0);
}

static void end(void)
{
	world_release(&w);
}

/* --- tests ------------------------------------------------------------------ */

static void list(const char *path)
{
	struct ckpt_view_entry e = { 0 };
	struct ckpt_view_dir *d;

	ck_assert_int_eq(open_dir(&w, path, &d), 0);
	while (ckpt_view_readdir(d, e.offset, true, &e, NULL) == 1)
		;
	ckpt_view_closedir(d);
}

/* Of five files: two batches, and three of its own directory. */
START_TEST(what_cannot_be_held_is_looked_at_with_the_rest_and_listed_without_another_look)
{
	static const struct {
		unsigned held, before, later;
	} t[] = { { 100, 0, 0 }, { 3, 2, 0 }, { 2, 2, 1 }, { 1, 1, 3 } };
	struct ckpt_view_dir *d;

	begin(t[_i].held, 0);
	id_of(&w, C "/storage/" SHARED); /* its lists are read */
	stats = 0;
	ck_assert_int_eq(open_dir(&w, C "/storage", &d), 0);
	ck_assert_uint_eq(stats, t[_i].before);
	stats = 0;
	list(C "/storage");
	list(C "/storage/" C);
	ck_assert_uint_eq(stats, t[_i].later);
	ckpt_view_closedir(d);
}
END_TEST

struct told {
	unsigned times;
	size_t which;
	int rc;
};

static void tell(void *ctx, size_t i, int rc, const struct ckpt_err *why)
{
	struct told *t = ctx;

	t->times++;
	t->which = i;
	t->rc = rc;
	ck_assert(rc != -EMFILE || strstr(why->msg, "too many files"));
}

START_TEST(of_those_for_which_there_is_no_room_one_is_told_and_none_is_opened)
{
	static const struct ckpt_each each[] = {
		{ NULL, SHARED }, { NULL, ONLY(A) }, { NULL, ONLY(B) }, { NULL, ONLY(C) }, { C, "z1-0.dat" }
	};
	struct ckpt_shared *open[5] = { NULL };
	struct ckpt_view_stats now;
	struct ckpt_stat st[5];
	struct told told = { 0 };

	begin(100, 2);
	opens = 0;
	ckpt_shared_open_each(w.view, each, 5, open, st, tell, &told);
	ck_assert_uint_eq(opens, 2);
	ck_assert_uint_eq(told.times, 1);
	ck_assert_uint_eq(told.which, 2);
	ck_assert_int_eq(told.rc, -EMFILE);
	ck_assert(open[0] && open[1] && !open[2] && !open[3] && !open[4]);
	ckpt_shared_unref(open[0]);
	ckpt_shared_unref(open[1]);
	open[0] = NULL;
	ckpt_shared_open_each(w.view, &(struct ckpt_each){ NULL, ONLY(D) }, 1, open, st, tell, &told);
	ck_assert_int_eq(told.rc, -ENOENT);
	ckpt_room_stats(w.view, &now);
	ck_assert_uint_eq(now.files.open, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("view-holds");
	TCase *tc = tcase_create("view-holds");

	tcase_add_checked_fixture(tc, NULL, end);
	tcase_add_loop_test(
		tc, what_cannot_be_held_is_looked_at_with_the_rest_and_listed_without_another_look, 0, 4);
	tcase_add_test(tc, of_those_for_which_there_is_no_room_one_is_told_and_none_is_opened);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
