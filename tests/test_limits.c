/* At each bound of what is read and of a gc: one below, at it, one above.  Those of
 * the store: test_limits_store.  Bounds of texts and options that have a table of
 * their own: test_name, test_format, test_pins_file, test_retention, test_cmd; those
 * that only a mount meets: limits.sh, greedy.sh, words.sh. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "ckptfs/pins.h"
#include "engine/format.h"
#include "engine/json.h"
#include "engine/limits.h"
#include "engine/pins_format.h"
#include "tests/fixture.h"
#include "tests/suite.h"

static struct ckpt_mem *mem;
static struct ckpt_store *store;

static void setup(void)
{
	mem = ckpt_mem_new();
	store = in_memory(mem);
}

static void teardown(void)
{
	ckpt_store_free(store);
	ckpt_mem_free(mem);
}

/* One below the bound of something big takes as long as the bound itself, and is
 * reached on the way to it: only where CKPTFS_LIMITS_ALL is set. */
static int from(void)
{
	return getenv("CKPTFS_LIMITS_ALL") ? -1 : 0;
}

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
		a_file_that_we_parse_has_so_many_bytes,	     json_is_nested_so_deep,
		a_checkpoint_names_so_many_batches,	     an_identifier_has_so_many_bytes,
		a_gc_of_more_than_a_round_removes_all_of_it,
	};
	TCase *tc = tcase_create("limits");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 120);
	suite_add_all(tc, tests);
	return suite_run_one("limits", tc);
}
