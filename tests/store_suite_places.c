/* Floor 1: names and directories, on every store. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/listing.h"
#include "store_suite.h"

static const struct ckpt_version absent;

struct seen {
	const char *name;
	unsigned count;
	int kind;
	struct ckpt_stat st;
};

static int see(void *ctx, const char *name, const struct ckpt_stat *st)
{
	struct seen *seen = ctx;

	seen->count++;
	if (seen->name && strcmp(seen->name, name) == 0) {
		ck_assert_msg(seen->kind == -1, "%s was listed twice", name);
		seen->kind = (int)st->kind;
		seen->st = *st;
	}
	return 0;
}

unsigned count_names(struct ckpt_store *s, const char *dir)
{
	struct seen seen = { .kind = -1 };

	OK(ckpt_store_list(s, dir, false, see, &seen, &e));
	return seen.count;
}

int listed_kind(struct ckpt_store *s, const char *dir, const char *name, bool with_stat)
{
	struct seen seen = { .name = name, .kind = -1 };

	OK(ckpt_store_list(s, dir, with_stat, see, &seen, &e));
	return seen.kind;
}

/* Every operation that takes a name, with this one. */
static void refuse_name(const char *bad)
{
	enum ckpt_adopted how;
	struct ckpt_writer *w;
	struct ckpt_lease *l;
	struct ckpt_file *f;
	struct ckpt_blob blob;
	struct ckpt_stat st;
	struct ckpt_tree tree;
	struct seen seen = { 0 };

	FAILS(EINVAL, ckpt_store_stat(a, NULL, bad, &st, &e));
	FAILS(EINVAL, ckpt_store_stat(a, bad, "f", &st, &e));
	FAILS(EINVAL, ckpt_store_list(a, bad, false, see, &seen, &e));
	FAILS(EINVAL, ckpt_store_open(a, NULL, bad, &f, &e));
	FAILS(EINVAL, ckpt_store_open(a, bad, "f", &f, &e));
	ck_assert_ptr_null(f);
	FAILS(EINVAL, ckpt_store_read(a, NULL, bad, 9, &blob, &e));
	FAILS(EINVAL, ckpt_store_create(a, NULL, bad, &w, &e));
	FAILS(EINVAL, ckpt_store_create(a, bad, "f", &w, &e));
	ck_assert_ptr_null(w);
	FAILS(EINVAL, ckpt_store_replace(a, bad, "", 0, &absent, &e));
	FAILS(EINVAL, ckpt_store_mkdir(a, bad, &e));
	FAILS(EINVAL, ckpt_store_adopt(a, NULL, bad, a, NULL, "f", false, &how, &e));
	FAILS(EINVAL, ckpt_store_adopt(a, bad, "g", a, NULL, "f", false, &how, &e));
	FAILS(EINVAL, ckpt_store_adopt(a, NULL, "g", a, NULL, bad, false, &how, &e));
	FAILS(EINVAL, ckpt_store_adopt(a, NULL, "g", a, bad, "f", false, &how, &e));
	FAILS(EINVAL, ckpt_store_sync_file(a, NULL, bad, &e));
	FAILS(EINVAL, ckpt_store_sync_dir(a, bad, &e));
	FAILS(EINVAL, ckpt_store_remove(a, NULL, bad, &e));
	FAILS(EINVAL, ckpt_store_remove(a, bad, "f", &e));
	FAILS(EINVAL, ckpt_store_measure(a, bad, &tree, &e));
	FAILS(EINVAL, ckpt_store_remove_tree(a, bad, 9, &e));
	FAILS(EINVAL, ckpt_store_lease(a, bad, CKPT_LEASE_SHARED, &l, &e));
}

START_TEST(a_name_that_is_a_path_is_refused_by_every_operation)
{
	char longer[257];

	memset(longer, 'n', 256);
	longer[256] = '\0';
	put_text(a, NULL, "f", "safe");
	refuse_name("");
	refuse_name(".");
	refuse_name("..");
	refuse_name("/f");
	refuse_name("../f");
	refuse_name("d/f");
	refuse_name("f/");
	refuse_name(longer);
	expect_text(a, NULL, "f", "safe");
	ck_assert_uint_eq(count_names(a, NULL), 1);
}
END_TEST

START_TEST(a_written_name_leaves_room_for_its_temporary_one)
{
	char name[256];

	memset(name, 'n', 252);
	name[252] = '\0';
	FAILS(ENAMETOOLONG, ckpt_store_write(a, NULL, name, "", 0, &e));
	FAILS(ENAMETOOLONG, ckpt_store_replace(a, name, "", 0, &absent, &e));
	name[251] = '\0';
	put_text(a, NULL, name, "long");
	expect_text(b, NULL, name, "long");
	/* Strange, but names. */
	put_text(a, NULL, "...", "dots");
	put_text(a, NULL, " \n\xff", "bytes");
	expect_text(b, NULL, "...", "dots");
	expect_text(b, NULL, " \n\xff", "bytes");
}
END_TEST

START_TEST(what_is_missing_or_of_another_kind_has_its_code)
{
	struct seen seen = { 0 };
	struct ckpt_writer *w;
	struct ckpt_file *f;
	struct ckpt_stat st;
	struct ckpt_tree tree;

	put_text(a, NULL, "f", "x");
	OK(ckpt_store_mkdir(a, "d", &e));
	FAILS(ENOENT, ckpt_store_open(a, NULL, "no", &f, &e));
	FAILS(ENOENT, ckpt_store_open(a, "no", "f", &f, &e));
	FAILS(ENOENT, ckpt_store_open(a, "d", "no", &f, &e));
	FAILS(EISDIR, ckpt_store_open(a, NULL, "d", &f, &e));
	FAILS(ENOTDIR, ckpt_store_open(a, "f", "f", &f, &e));
	FAILS(ENOENT, ckpt_store_stat(a, "no", "f", &st, &e));
	FAILS(ENOTDIR, ckpt_store_stat(a, "f", "f", &st, &e));
	FAILS(ENOENT, ckpt_store_list(a, "no", false, see, &seen, &e));
	FAILS(ENOTDIR, ckpt_store_list(a, "f", false, see, &seen, &e));
	FAILS(ENOENT, ckpt_store_create(a, "no", "f", &w, &e));
	FAILS(ENOTDIR, ckpt_store_create(a, "f", "f", &w, &e));
	FAILS(EISDIR, ckpt_store_create(a, NULL, "d", &w, &e));
	FAILS(EISDIR, ckpt_store_replace(a, "d", "", 0, &absent, &e));
	FAILS(EEXIST, ckpt_store_mkdir(a, "d", &e));
	FAILS(EEXIST, ckpt_store_mkdir(a, "f", &e));
	FAILS(ENOENT, ckpt_store_remove(a, NULL, "no", &e));
	FAILS(ENOENT, ckpt_store_remove(a, "no", "f", &e));
	FAILS(EISDIR, ckpt_store_remove(a, NULL, "d", &e));
	FAILS(ENOENT, ckpt_store_sync_file(a, NULL, "no", &e));
	FAILS(EISDIR, ckpt_store_sync_file(a, NULL, "d", &e));
	FAILS(ENOENT, ckpt_store_sync_dir(a, "no", &e));
	FAILS(ENOTDIR, ckpt_store_sync_dir(a, "f", &e));
	FAILS(ENOENT, ckpt_store_measure(a, "no", &tree, &e));
	FAILS(ENOTDIR, ckpt_store_measure(a, "f", &tree, &e));
	FAILS(ENOTDIR, ckpt_store_remove_tree(a, "f", 9, &e));
	expect_text(a, NULL, "f", "x");
	ck_assert_uint_eq(count_names(a, NULL), 2);
}
END_TEST

START_TEST(the_sentence_may_be_nobodys)
{
	struct ckpt_file *f;

	ck_assert_int_eq(ckpt_store_open(a, NULL, "no", &f, NULL), -ENOENT);
	ck_assert_int_eq(ckpt_store_open(a, NULL, "../no", &f, NULL), -EINVAL);
	ck_assert_int_eq(ckpt_store_remove_tree(a, "no", 9, NULL), 0);
	ck_assert_str_ne(ckpt_store_label(a), "");
}
END_TEST

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

START_TEST(a_directory_is_measured_and_removed_in_pieces)
{
	struct ckpt_tree tree;
	char name[16];
	int i, calls = 0, rc;

	OK(ckpt_store_mkdir(a, "d", &e));
	OK(ckpt_store_mkdir(a, "other", &e));
	for (i = 0; i < 25; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		put_text(a, "d", name, "1234");
	}
	OK(ckpt_store_measure(b, "d", &tree, &e));
	ck_assert_uint_eq(tree.files, 25);
	ck_assert_uint_eq(tree.bytes, 100);
	ck_assert(!tree.has_mount);
	FAILS(EAGAIN, ckpt_store_remove_tree(b, "d", 0, &e));
	ck_assert_uint_eq(count_names(a, "d"), 25);
	FAILS(EAGAIN, ckpt_store_remove_tree(b, "d", 10, &e));
	ck_assert_uint_eq(count_names(a, "d"), 15);
	do
		rc = ckpt_store_remove_tree(b, "d", 10, &e);
	while (rc == -EAGAIN && ++calls < 10);
	OK(rc);
	expect_absent(a, NULL, "d");
	OK(ckpt_store_remove_tree(b, "d", 10, &e));
	ck_assert_uint_eq(count_names(a, NULL), 1);
}
END_TEST

START_TEST(what_is_there_can_be_made_durable)
{
	OK(ckpt_store_mkdir(a, "d", &e));
	put_text(a, "d", "f", "x");
	OK(ckpt_store_sync_file(b, "d", "f", &e));
	OK(ckpt_store_sync_dir(b, "d", &e));
	OK(ckpt_store_sync_dir(b, NULL, &e));
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

void store_suite_places(TCase *tc)
{
	tcase_add_test(tc, a_listing_tells_the_numbers_of_files_or_nothing);
	tcase_add_test(tc, a_name_that_is_a_path_is_refused_by_every_operation);
	tcase_add_test(tc, a_written_name_leaves_room_for_its_temporary_one);
	tcase_add_test(tc, what_is_missing_or_of_another_kind_has_its_code);
	tcase_add_test(tc, the_sentence_may_be_nobodys);
	tcase_add_test(tc, the_root_and_its_directories_can_be_looked_at);
	tcase_add_test(tc, a_listing_tells_kinds_and_on_request_all);
	tcase_add_test(tc, a_listing_is_complete_while_its_names_are_removed);
	tcase_add_test(tc, a_name_that_was_read_twice_is_told_once);
	tcase_add_test(tc, a_name_that_vanishes_has_no_attributes);
	tcase_add_test(tc, a_directory_is_measured_and_removed_in_pieces);
	tcase_add_test(tc, what_is_there_can_be_made_durable);
}
