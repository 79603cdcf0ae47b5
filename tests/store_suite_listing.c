/* Floor 1: listings, on every store. */
#include <stdio.h>
#include <string.h>

#include "store/listing.h"
#include "store_suite.h"

START_TEST(the_root_and_its_directories_can_be_looked_at)
{
	struct ckpt_space space;
	struct ckpt_stat st;

	OK(ckpt_store_mkdir(a, "d", &e));
	OK(ckpt_store_stat(b, NULL, NULL, &st, &e));
	ck_assert_int_eq(st.kind, CKPT_KIND_DIR);
	OK(ckpt_store_stat(b, NULL, "d", &st, &e));
	ck_assert_int_eq(st.kind, CKPT_KIND_DIR);
	ck_assert_uint_eq(st.mode & 0777, 0755);
	OK(ckpt_store_stat(b, "d", NULL, &st, &e));
	ck_assert_int_eq(st.kind, CKPT_KIND_DIR);
	OK(ckpt_store_space(b, &space, &e));
	ck_assert_uint_gt(space.block_size, 0);
	ck_assert_uint_ge(space.blocks, space.blocks_free);
	ck_assert_uint_ge(space.name_max, 255);
}
END_TEST

START_TEST(a_listing_tells_kinds_and_on_request_all)
{
	struct seen seen = { .name = "f", .kind = -1 };

	put_text(a, NULL, "f", "12345");
	OK(ckpt_store_mkdir(a, "d", &e));
	put_text(a, "d", "g", "1");
	ck_assert_int_eq(listed_kind(b, NULL, "f", false), CKPT_KIND_FILE);
	ck_assert_int_eq(listed_kind(b, NULL, "d", false), CKPT_KIND_DIR);
	ck_assert_int_eq(listed_kind(b, NULL, "d", true), CKPT_KIND_DIR);
	ck_assert_int_eq(listed_kind(b, "d", "g", true), CKPT_KIND_FILE);
	ck_assert_int_eq(listed_kind(b, NULL, "g", true), -1);
	OK(ckpt_store_list(b, NULL, true, see, &seen, &e));
	ck_assert_uint_eq(seen.count, 2);
	ck_assert_uint_eq(seen.st.size, 5);
	ck_assert_uint_eq(seen.st.nlink, 1);
}
END_TEST

#define MANY 3000

static int remove_it(void *ctx, const char *name, const struct ckpt_stat *st)
{
	(void)st;
	++*(unsigned *)ctx;
	return ckpt_store_remove(b, NULL, name, &e);
}

static int stop_at_three(void *ctx, const char *name, const struct ckpt_stat *st)
{
	(void)name;
	(void)st;
	return ++*(unsigned *)ctx == 3 ? 77 : 0;
}

START_TEST(a_listing_is_complete_while_its_names_are_removed)
{
	unsigned count = 0, i;
	char name[64];

	for (i = 0; i < MANY; i++) {
		enum ckpt_adopted how;

		snprintf(name, sizeof(name), "w0-%08x-%u.feldera", i * 2654435761u, i);
		if (i == 0)
			put_text(a, NULL, name, "");
		else /* by links, since each file would be synced */
			OK(ckpt_store_adopt(a, NULL, name, a, NULL, "w0-00000000-0.feldera", false, &how,
					    &e));
	}
	ck_assert_int_eq(ckpt_store_list(a, NULL, false, stop_at_three, &count, &e), 77);
	ck_assert_uint_eq(count, 3);
	count = 0;
	OK(ckpt_store_list(a, NULL, false, remove_it, &count, &e));
	ck_assert_uint_eq(count, MANY);
	ck_assert_uint_eq(count_names(a, NULL), 0);
}
END_TEST

/* A file system may tell a name twice that changes meanwhile. */
START_TEST(a_name_that_was_read_twice_is_told_once)
{
	struct ckpt_listing l = CKPT_LISTING_INIT;
	struct seen seen = { .name = "f", .kind = -1 };

	ck_assert(ckpt_listing_add(&l, "f", CKPT_KIND_FILE));
	ck_assert(ckpt_listing_add(&l, "f2", CKPT_KIND_FILE));
	ck_assert(ckpt_listing_add(&l, "f", CKPT_KIND_FILE));
	ck_assert(ckpt_listing_add(&l, "f", CKPT_KIND_LINK));
	ck_assert(ckpt_listing_add(&l, "e", CKPT_KIND_DIR));
	OK(ckpt_listing_tell(&l, false, NULL, NULL, see, &seen, &e));
	ck_assert_uint_eq(seen.count, 3);
	ckpt_listing_release(&l);
}
END_TEST

static int remove_the_other(void *ctx, const char *name, const struct ckpt_stat *st)
{
	(void)st;
	++*(unsigned *)ctx;
	return ckpt_store_remove(b, NULL, strcmp(name, "f") == 0 ? "g" : "f", &e);
}

START_TEST(a_name_that_vanishes_has_no_attributes)
{
	unsigned count = 0;

	put_text(a, NULL, "f", "");
	put_text(a, NULL, "g", "");
	OK(ckpt_store_list(a, NULL, true, remove_the_other, &count, &e));
	ck_assert_uint_eq(count, 1);
}
END_TEST

struct numbered {
	unsigned n;
	uint64_t f, g;
	bool dir;
};

static void note_number(void *ctx, const char *name, uint64_t ino)
{
	struct numbered *d = ctx;

	d->n += ino != CKPT_NO_FILE;
	d->dir |= ino == CKPT_NO_FILE && !strcmp(name, "d");
	if (!strcmp(name, "f"))
		d->f = ino;
	else if (!strcmp(name, "g"))
		d->g = ino;
}

START_TEST(a_listing_tells_the_numbers_of_files_or_nothing)
{
	struct numbered d = { 0 };
	struct ckpt_stat st, root;
	int rc;

	put_text(a, NULL, "f", "f");
	put_text(a, NULL, "g", "g");
	OK(ckpt_store_mkdir(a, "d", &e));
	put_text(a, "d", "h", "h");
	rc = ckpt_store_numbers(b, 100, note_number, &d, &e);
	if (rc != 1) { /* a file system whose listings can't tell */
		OK(rc);
		ck_assert_uint_eq(d.n, 2);
		ck_assert(d.dir);
		OK(ckpt_store_stat(a, NULL, "f", &st, &e));
		ck_assert_uint_eq(st.ino, d.f);
		OK(ckpt_store_stat(a, NULL, NULL, &root, &e));
		ck_assert_uint_eq(st.dev, root.dev);
		OK(ckpt_store_stat(a, NULL, "g", &st, &e));
		ck_assert_uint_eq(st.ino, d.g);
	}
	ck_assert_int_eq(ckpt_store_numbers(b, 1, note_number, &d, &e), 1);
}
END_TEST

void store_suite_listing(TCase *tc)
{
	tcase_add_test(tc, the_root_and_its_directories_can_be_looked_at);
	tcase_add_test(tc, a_listing_tells_kinds_and_on_request_all);
	tcase_add_test(tc, a_listing_is_complete_while_its_names_are_removed);
	tcase_add_test(tc, a_name_that_was_read_twice_is_told_once);
	tcase_add_test(tc, a_name_that_vanishes_has_no_attributes);
	tcase_add_test(tc, a_listing_tells_the_numbers_of_files_or_nothing);
}
