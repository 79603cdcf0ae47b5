/* Floor 1: watches, on every store. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "store_suite.h"

struct hints {
	const char *dir, *name; /* looked for */
	unsigned found, others, lost;
};

static void take_hint(void *ctx, const char *dir, const char *name)
{
	struct hints *h = ctx;

	if (!name)
		h->lost++;
	else if (strcmp(name, h->name) == 0 && (dir ? h->dir && strcmp(dir, h->dir) == 0 : h->dir == NULL))
		h->found++;
	else
		h->others++;
}

/* Whether a hint for (dir, name) has come. */
static bool hinted(struct ckpt_watch *w, const char *dir, const char *name)
{
	struct pollfd p = { .fd = ckpt_watch_fd(w), .events = POLLIN };
	struct hints h = { .dir = dir, .name = name };

	ck_assert_int_eq(poll(&p, 1, 0), 1);
	OK(ckpt_watch_next(w, take_hint, &h, &e));
	ck_assert_int_eq(poll(&p, 1, 0), 0);
	return h.found > 0 || h.lost > 0;
}

static bool silent(struct ckpt_watch *w)
{
	struct pollfd p = { .fd = ckpt_watch_fd(w), .events = POLLIN };
	struct hints h = { .name = "" };

	OK(ckpt_watch_next(w, take_hint, &h, &e));
	return poll(&p, 1, 0) == 0 && h.others == 0 && h.lost == 0;
}

/* The same, and nobody was even woken up. */
static bool asleep(struct ckpt_watch *w)
{
	struct pollfd p = { .fd = ckpt_watch_fd(w), .events = POLLIN };

	return poll(&p, 1, 0) == 0;
}

START_TEST(a_watch_tells_of_every_change_of_the_root)
{
	enum ckpt_adopted how;
	struct ckpt_watch *w;

	OK(ckpt_store_watch(a, &w, &e));
	ck_assert(silent(w));
	put_text(b, NULL, "f", "x");
	ck_assert(hinted(w, NULL, "f"));
	put_text(b, NULL, "f", "y");
	ck_assert(hinted(w, NULL, "f"));
	OK(ckpt_store_replace(b, "c", "x", 1, &absent, &e));
	ck_assert(hinted(w, NULL, "c"));
	OK(ckpt_store_adopt(b, NULL, "g", b, NULL, "f", false, &how, &e));
	ck_assert(hinted(w, NULL, "g"));
	OK(ckpt_store_mkdir(b, "d", &e));
	ck_assert(hinted(w, NULL, "d"));
	OK(ckpt_store_remove(b, NULL, "f", &e));
	ck_assert(hinted(w, NULL, "f"));
	OK(ckpt_store_remove_tree(b, "d", 10, &e));
	ck_assert(hinted(w, NULL, "d"));
	expect_text(a, NULL, "c", "x");
	ck_assert(silent(w));
	ckpt_watch_close(w);
	ckpt_watch_close(NULL);
}
END_TEST

START_TEST(a_watch_tells_of_the_one_directory_it_was_given)
{
	struct ckpt_watch *w;

	OK(ckpt_store_mkdir(a, "d", &e));
	OK(ckpt_store_mkdir(a, "other", &e));
	OK(ckpt_store_watch(a, &w, &e));
	put_text(b, "d", "f", "x");
	ck_assert(silent(w));
	OK(ckpt_watch_dir(w, "d", &e));
	OK(ckpt_watch_dir(w, "d", &e));
	put_text(b, "d", "f", "y");
	ck_assert(hinted(w, "d", "f"));
	put_text(b, "other", "f", "y");
	ck_assert(silent(w));
	OK(ckpt_store_remove(b, "d", "f", &e));
	ck_assert(hinted(w, "d", "f"));
	OK(ckpt_watch_dir(w, "other", &e));
	ck_assert(silent(w));
	put_text(b, "d", "f", "z");
	ck_assert(asleep(w));
	put_text(b, "other", "f", "z");
	ck_assert(hinted(w, "other", "f"));
	OK(ckpt_watch_dir(w, NULL, &e));
	put_text(b, "other", "f", "z");
	ck_assert(silent(w));
	FAILS(ENOENT, ckpt_watch_dir(w, "no", &e));
	FAILS(EINVAL, ckpt_watch_dir(w, "../x", &e));
	/* The root's are told all the while; the directory may go. */
	OK(ckpt_watch_dir(w, "d", &e));
	OK(ckpt_store_remove_tree(b, "d", 10, &e));
	ck_assert(hinted(w, NULL, "d"));
	ckpt_watch_close(w);
}
END_TEST

START_TEST(two_watches_are_told_the_same)
{
	struct ckpt_watch *one, *two;

	OK(ckpt_store_watch(a, &one, &e));
	OK(ckpt_store_watch(b, &two, &e));
	put_text(b, NULL, "f", "x");
	ck_assert(hinted(one, NULL, "f"));
	ck_assert(hinted(two, NULL, "f"));
	ckpt_watch_close(one);
	put_text(b, NULL, "f", "x");
	ck_assert(hinted(two, NULL, "f"));
	ckpt_watch_close(two);
}
END_TEST

void store_suite_watching(TCase *tc)
{
	tcase_add_test(tc, a_watch_tells_of_every_change_of_the_root);
	tcase_add_test(tc, a_watch_tells_of_the_one_directory_it_was_given);
	tcase_add_test(tc, two_watches_are_told_the_same);
}
