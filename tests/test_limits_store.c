/* At each bound of the store: one below, at it, one above. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/name.h"
#include "store/limits.h"
#include "tests/fixture.h"
#include "tests/suite.h"

static struct ckpt_mem *mem;
static struct ckpt_store *store;
static char dir[256];
static struct ckpt_store *posix;

static void setup(void)
{
	mem = ckpt_mem_new();
	store = in_memory(mem);
	posix = on_disk(dir, sizeof(dir));
}

static void teardown(void)
{
	ckpt_store_free(store);
	ckpt_mem_free(mem);
	ckpt_store_free(posix);
	remove_disk(dir);
}

static int write_named(struct ckpt_store *s, size_t len)
{
	char *name = repeat('n', len);
	int rc = ckpt_store_write(s, NULL, name, "x", 1, NULL);

	free(name);
	return rc;
}

/* What is written has a suffix for as long as it is written. */
START_TEST(a_name_has_255_bytes_with_what_it_is_called_while_it_is_written)
{
	const size_t most = CKPT_NAME_MAX - strlen(CKPT_TEMP_SUFFIX);
	struct ckpt_store *const both[] = { store, posix };

	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(write_named(both[i], most - 1), 0);
		ck_assert_int_eq(write_named(both[i], most), 0);
		ck_assert_int_lt(write_named(both[i], most + 1), 0);
		ck_assert_int_lt(write_named(both[i], CKPT_NAME_MAX), 0);
		ck_assert_int_lt(write_named(both[i], CKPT_NAME_MAX + 1), 0);
	}
}
END_TEST

/* n directories, one in the other. */
static void nest(const char *top, size_t n)
{
	char path[sizeof(dir) + 64 + 2 * (CKPT_DEPTH_MAX + 2)];
	size_t len = (size_t)snprintf(path, sizeof(path), "%s/%s", dir, top);

	ck_assert_int_eq(mkdir(path, 0755), 0);
	while (n-- > 1) {
		len += (size_t)snprintf(path + len, sizeof(path) - len, "/d");
		ck_assert_int_eq(mkdir(path, 0755), 0);
	}
}

START_TEST(directories_are_nested_so_deep)
{
	struct ckpt_tree tree;

	nest("below", CKPT_DEPTH_MAX - 1);
	nest("at", CKPT_DEPTH_MAX);
	nest("above", CKPT_DEPTH_MAX + 1);
	ck_assert_int_eq(ckpt_store_measure(posix, "below", &tree, NULL), 0);
	ck_assert_int_eq(ckpt_store_measure(posix, "at", &tree, NULL), 0);
	ck_assert_int_eq(ckpt_store_measure(posix, "above", &tree, NULL), -ENAMETOOLONG);
	ck_assert_int_eq(ckpt_store_remove_tree(posix, "below", 1000, NULL), 0);
	ck_assert_int_eq(ckpt_store_remove_tree(posix, "at", 1000, NULL), 0);
	ck_assert_int_eq(ckpt_store_remove_tree(posix, "above", 1000, NULL), -ENAMETOOLONG);
	ck_assert(!there(posix, NULL, "below") && !there(posix, NULL, "at") && there(posix, NULL, "above"));
}
END_TEST

/* The text of the lock file, as others see it. */
static size_t lock_text(char text[CKPT_PIDLOCK_MAX + 2])
{
	struct ckpt_blob blob;

	ck_assert_int_eq(ckpt_store_read(posix, NULL, CKPT_PIDLOCK, CKPT_PIDLOCK_MAX + 2, &blob, NULL), 0);
	memcpy(text, blob.data, blob.len);
	free(blob.data);
	return blob.len;
}

START_TEST(of_a_lock_file_so_many_bytes_are_saved_and_a_longer_one_is_not_touched)
{
	for (size_t len = CKPT_PIDLOCK_MAX - 1; len <= CKPT_PIDLOCK_MAX + 1; len++) {
		char *text = repeat('p', len), now[CKPT_PIDLOCK_MAX + 2];
		struct ckpt_lock *lock;
		bool same;

		ck_assert_int_eq(ckpt_store_write(posix, NULL, CKPT_PIDLOCK, text, len, NULL), 0);
		ck_assert_int_eq(ckpt_store_lock(posix, &lock, NULL, NULL), 0);
		same = lock_text(now) == len && !memcmp(now, text, len);
		ck_assert(same == (len > CKPT_PIDLOCK_MAX));
		ckpt_lock_release(lock);
		ck_assert_uint_eq(lock_text(now), len);
		ck_assert_mem_eq(now, text, len);
		free(text);
	}
}
END_TEST

struct hints {
	size_t named, everything;
};

static void count_hint(void *ctx, const char *where, const char *name)
{
	struct hints *h = ctx;

	(void)where;
	*(name ? &h->named : &h->everything) += 1;
}

START_TEST(a_watcher_is_kept_so_many_hints_and_then_told_to_look_at_everything)
{
	struct ckpt_watch *w;

	ck_assert_int_eq(ckpt_store_watch(store, &w, NULL), 0);
	ck_assert_int_eq(ckpt_store_mkdir(store, "d", NULL), 0);
	for (size_t n = CKPT_WATCH_QUEUE - 1; n <= CKPT_WATCH_QUEUE + 1; n++) {
		struct hints h = { 0 }, none = { 0 };

		ck_assert_int_eq(ckpt_watch_next(w, count_hint, &none, NULL), 0);
		/* One change is one hint: a directory that comes. */
		for (size_t i = 0; i < n; i++) {
			char name[32];

			snprintf(name, sizeof(name), "d%zu-%zu", n, i);
			ck_assert_int_eq(ckpt_store_mkdir(store, name, NULL), 0);
		}
		ck_assert_int_eq(ckpt_watch_next(w, count_hint, &h, NULL), 0);
		ck_assert_uint_eq(h.everything > 0, n > CKPT_WATCH_QUEUE);
		ck_assert_uint_eq(h.named, n > CKPT_WATCH_QUEUE ? CKPT_WATCH_QUEUE : n);
	}
	ckpt_watch_close(w);
}
END_TEST

int main(void)
{
	const TTest *tests[] = {
		a_name_has_255_bytes_with_what_it_is_called_while_it_is_written,
		directories_are_nested_so_deep,
		of_a_lock_file_so_many_bytes_are_saved_and_a_longer_one_is_not_touched,
		a_watcher_is_kept_so_many_hints_and_then_told_to_look_at_everything,
	};
	TCase *tc = tcase_create("limits_store");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	suite_add_all(tc, tests);
	return suite_run_one("limits_store", tc);
}
