/* At each bound: one below, at it, one above.  Bounds of texts and options that have
 * a table of their own: test_name, test_format, test_pins_file, test_retention,
 * test_cmd; those that only a mount meets: limits.sh, greedy.sh, words.sh. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/name.h"
#include "ckptfs/pins.h"
#include "engine/format.h"
#include "engine/json.h"
#include "engine/limits.h"
#include "engine/pins_format.h"
#include "store/limits.h"
#include "tests/fixture.h"
#include "tests/suite.h"

static struct ckpt_mem *mem;
static struct ckpt_store *store;
static char dir[256];
static struct ckpt_store *posix;

static void setup(void)
{
	struct ckpt_err e = { 0 };

	mem = ckpt_mem_new();
	ck_assert_ptr_nonnull(mem);
	ok(ckpt_store_open_mem(mem, &store, &e), &e);
	snprintf(dir, sizeof(dir), "%s/ckptfs-limits.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ok(ckpt_store_open_posix(dir, &posix, &e), &e);
}

static void teardown(void)
{
	char command[sizeof(dir) + 16];

	ckpt_store_free(store);
	ckpt_mem_free(mem);
	ckpt_store_free(posix);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	ck_assert_int_eq(system(command), 0); /* NOLINT(cert-env33-c) */
}

static char *repeat(char c, size_t n)
{
	char *s = malloc(n + 1);

	ck_assert_ptr_nonnull(s);
	memset(s, c, n);
	s[n] = '\0';
	return s;
}

/* One below the bound of something big takes as long as the bound itself, and is
 * reached on the way to it: only where CKPTFS_LIMITS_ALL is set. */
static int from(void)
{
	return getenv("CKPTFS_LIMITS_ALL") ? -1 : 0;
}

/* --- names ---------------------------------------------------------------- */

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

/* --- files ---------------------------------------------------------------- */

static int read_catalog(struct ckpt_err *err)
{
	struct ckpt_catalog *c = NULL;
	int rc = ckpt_catalog_read(store, NULL, &c, err);

	if (!rc)
		ckpt_catalog_unref(c);
	return rc;
}

static int read_state(struct ckpt_err *err)
{
	struct ckpt_resume r;

	return ckpt_resume_read(store, &r, err);
}

static int read_deps(struct ckpt_err *err)
{
	struct ckpt_uuid u = nth_uuid(1);
	struct ckpt_deps d = { 0 };
	int rc = ckpt_deps_read(store, &u, &d, err);

	ckpt_deps_release(&d);
	return rc;
}

static int read_pins(struct ckpt_err *err)
{
	struct ckpt_pins pins;
	int rc = ckpt_pins_read(store, &pins, err);

	ckpt_pins_release(&pins);
	return rc;
}

START_TEST(a_file_that_we_parse_has_so_many_bytes)
{
	char uuid[CKPT_UUID_TEXT];
	struct ckpt_uuid u = nth_uuid(1);
	const struct {
		const char *dir, *name, *text;
		size_t most;
		int (*read)(struct ckpt_err *err);
	} t[] = {
		{ NULL, CKPT_CATALOG, "[]", CKPT_CATALOG_BYTES_MAX, read_catalog },
		{ NULL, CKPT_STATE, "{}", CKPT_STATE_BYTES_MAX, read_state },
		{ ckpt_uuid_text(&u, uuid), CKPT_DEPENDENCIES, "[]", CKPT_DEPS_BYTES_MAX, read_deps },
		{ NULL, CKPT_PINS, "{\"version\":1,\"pins\":[]}", CKPT_PINS_BYTES_MAX, read_pins },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		if (t[i].dir)
			ck_assert_int_eq(ckpt_store_mkdir(store, t[i].dir, NULL), 0);
		for (int above = from(); above <= 1; above++) {
			size_t len = t[i].most + (size_t)above;
			char *text = repeat(' ', len);
			struct ckpt_err e = { 0 };

			memcpy(text, t[i].text, strlen(t[i].text));
			ck_assert_int_eq(ckpt_store_write(store, t[i].dir, t[i].name, text, len, NULL), 0);
			free(text);
			if (above <= 0) {
				ok(t[i].read(&e), &e);
				continue;
			}
			ck_assert_int_lt(t[i].read(&e), 0);
			ck_assert_msg(strstr(e.msg, t[i].name) != NULL, "it does not name the file: %s",
				      e.msg);
		}
	}
}
END_TEST

static int nothing(void *ctx, size_t index, const char *text, size_t len, struct ckpt_err *err)
{
	(void)ctx, (void)index, (void)text, (void)len, (void)err;
	return 0;
}

START_TEST(json_is_nested_so_deep)
{
	for (size_t depth = CKPT_JSON_DEPTH_MAX - 1; depth <= CKPT_JSON_DEPTH_MAX + 1; depth++) {
		char *text = repeat('[', 2 * depth);
		struct ckpt_err e = { 0 };
		int rc;

		memset(text + depth, ']', depth);
		rc = ckpt_json_split(text, 2 * depth, "a file", nothing, NULL, &e);
		ck_assert_int_eq(rc, depth <= CKPT_JSON_DEPTH_MAX ? 0 : -EUCLEAN);
		free(text);
	}
}
END_TEST

START_TEST(a_checkpoint_names_so_many_batches)
{
	struct ckpt_buf text = CKPT_BUF_INIT;

	for (int above = from(); above <= 1; above++) {
		struct ckpt_deps deps;
		struct ckpt_err e = { 0 };
		int rc;

		ckpt_buf_clear(&text);
		for (int i = 0; i < CKPT_DEPS_NAMES_MAX + above; i++)
			ckpt_buf_addf(&text, "%s\"%x.feldera\"", i ? "," : "[", (unsigned)i);
		ckpt_buf_addc(&text, ']');
		rc = ckpt_deps_parse(text.data, text.len, "a file", &deps, &e);
		if (above <= 0)
			ok(rc, &e);
		else
			ck_assert_int_lt(rc, 0);
		if (!rc)
			ck_assert_uint_eq(deps.batches->n, (size_t)(CKPT_DEPS_NAMES_MAX + above));
		ckpt_deps_release(&deps);
	}
	ckpt_buf_release(&text);
}
END_TEST

START_TEST(an_identifier_has_so_many_bytes)
{
	const uint64_t fingerprint = 42;
	struct ckpt_root *root;
	struct ckpt_err e = { 0 };

	put(store, NULL, CKPT_CATALOG, "[]");
	ok(ckpt_root_open(store, NULL, &root, &e), &e);
	for (int above = -1; above <= 1; above++) {
		char *identifier = repeat('i', (size_t)(CKPT_IDENTIFIER_MAX + above));
		const struct ckpt_commit_opts o = { .fingerprint = &fingerprint, .identifier = identifier };
		struct ckpt_entry *entry = NULL;
		int rc = ckpt_commit(root, &o, &entry, &e);

		if (above <= 0)
			ok(rc, &e);
		else
			ck_assert_int_eq(rc, -EFBIG);
		ckpt_entry_unref(entry);
		free(identifier);
	}
	ck_assert_uint_eq(ckpt_root_catalog(root)->n, 2);
	ckpt_root_free(root);
}
END_TEST

/* --- the store ------------------------------------------------------------- */

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

/* --- rounds ----------------------------------------------------------------- */

static void gc_of(unsigned removable)
{
	struct ckpt_buf catalog = CKPT_BUF_INIT;
	struct ckpt_gc_opts o = { 0 };
	struct ckpt_plan plan = CKPT_PLAN_INIT;
	struct ckpt_root *root;
	struct ckpt_err e = { 0 };

	for (unsigned i = 0; i < removable + CKPT_MIN_CHECKPOINTS; i++) {
		struct ckpt_uuid u = nth_uuid(i);
		char uuid[CKPT_UUID_TEXT];

		ckpt_uuid_text(&u, uuid);
		put(store, uuid, CKPT_MARKER, "");
		put(store, uuid, CKPT_DEPENDENCIES, "[]");
		ckpt_buf_addf(&catalog, "%s{\"uuid\":\"%s\",\"fingerprint\":1}", i ? "," : "[", uuid);
	}
	ckpt_buf_addc(&catalog, ']');
	put(store, NULL, CKPT_CATALOG, catalog.data);
	ok(ckpt_root_open(store, NULL, &root, &e), &e);
	ok(ckpt_gc(root, &o, &plan, &e), &e);
	ck_assert_uint_eq(plan.n_removed, removable);
	ck_assert_uint_eq(ckpt_root_catalog(root)->n, CKPT_MIN_CHECKPOINTS);
	ckpt_plan_release(&plan);
	ckpt_root_free(root);
	ckpt_buf_release(&catalog);
}

START_TEST(a_gc_of_more_than_a_round_removes_all_of_it)
{
	for (unsigned n = CKPT_GC_ROUND - 1; n <= CKPT_GC_ROUND + 1; n++) {
		gc_of(n);
		teardown();
		setup();
	}
}
END_TEST

int main(void)
{
	const TTest *tests[] = {
		a_name_has_255_bytes_with_what_it_is_called_while_it_is_written,
		a_file_that_we_parse_has_so_many_bytes,
		json_is_nested_so_deep,
		a_checkpoint_names_so_many_batches,
		an_identifier_has_so_many_bytes,
		directories_are_nested_so_deep,
		of_a_lock_file_so_many_bytes_are_saved_and_a_longer_one_is_not_touched,
		a_watcher_is_kept_so_many_hints_and_then_told_to_look_at_everything,
		a_gc_of_more_than_a_round_removes_all_of_it,
	};
	Suite *suite = suite_create("limits");
	TCase *tc = tcase_create("limits");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	suite_add_all(tc, tests);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
