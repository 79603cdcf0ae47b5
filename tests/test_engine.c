/* The engine's promises, on a root in memory and on one on a disk. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "tests/fixture.h"
#include "tests/store_fault.h"
#include "tests/suite.h"

static struct ckpt_mem *mem;
static struct ckpt_store *store;
static struct ckpt_root *root;
static struct ckpt_err e;
static struct fault fault;

static void setup(void)
{
	struct ckpt_store *inner;

	mem = ckpt_mem_new();
	memset(&fault, 0, sizeof(fault));
	fault.code = EIO;
	ok(ckpt_store_open_mem(mem, &inner, &e), &e);
	store = store_fault_new(inner, &fault);
	ok(ckpt_root_open(store, NULL, &root, &e), &e);
}

static void teardown(void)
{
	ckpt_root_free(root);
	ckpt_store_free(store);
	ckpt_mem_free(mem);
}

#define BATCHES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static size_t gc(const struct ckpt_uuid *except, size_t n)
{
	struct ckpt_gc_opts o = { .except = except, .n_except = n };
	struct ckpt_plan plan;
	size_t removed;

	ok(ckpt_gc(root, &o, &plan, &e), &e);
	removed = plan.n_removed;
	ckpt_plan_release(&plan);
	return removed;
}

/* The catalog holds exactly these, in this order, in memory and on disk, and
 * each has its directory, its own batch and the one that all share. */
static void holds(size_t n, const unsigned *which)
{
	struct ckpt_catalog *disk;
	char dir[CKPT_UUID_TEXT], batch[32];

	ok(ckpt_catalog_read(store, NULL, &disk, &e), &e);
	ck_assert_uint_eq(disk->n, n);
	ck_assert_uint_eq(ckpt_root_catalog(root)->n, n);
	for (size_t i = 0; i < n; i++) {
		struct ckpt_uuid u = nth_uuid(which[i]);

		ck_assert_int_eq(ckpt_uuid_cmp(&disk->entry[i]->uuid, &u), 0);
		ck_assert_int_eq(ckpt_uuid_cmp(&ckpt_root_catalog(root)->entry[i]->uuid, &u), 0);
		ck_assert(there(store, ckpt_uuid_text(&u, dir), CKPT_MARKER));
		snprintf(batch, sizeof(batch), "w0-%u.feldera", which[i]);
		ck_assert(there(store, NULL, batch));
	}
	ck_assert(!n || there(store, NULL, "w0-shared.feldera"));
	ckpt_catalog_unref(disk);
}
#define HOLDS(...) holds(sizeof((unsigned[]){ __VA_ARGS__ }) / sizeof(unsigned), (unsigned[]){ __VA_ARGS__ })

static void gone(unsigned n)
{
	struct ckpt_uuid u = nth_uuid(n);
	char dir[CKPT_UUID_TEXT], batch[32];

	snprintf(batch, sizeof(batch), "w0-%u.feldera", n);
	ck_assert(!there(store, NULL, ckpt_uuid_text(&u, dir)));
	ck_assert(!there(store, NULL, batch));
}

static void commit(unsigned n)
{
	char batch[32];

	snprintf(batch, sizeof(batch), "w0-%u.feldera", n);
	commit_nth(root, n, BATCHES("w0-shared.feldera", batch));
}

START_TEST(commits_and_gcs_go_through_the_states_of_felderas_own_test)
{
	struct ckpt_uuid newest, oldest;

	holds(0, NULL);
	commit(1);
	commit(2);
	HOLDS(1, 2);
	commit(3);
	HOLDS(1, 2, 3);
	ck_assert_uint_eq(gc(NULL, 0), 1);
	HOLDS(2, 3);
	gone(1);
	commit(4);
	HOLDS(2, 3, 4);
	commit(5);
	HOLDS(2, 3, 4, 5);
	newest = nth_uuid(3); /* the newest of those that would go */
	ck_assert_uint_eq(gc(&newest, 1), 1);
	HOLDS(3, 4, 5);
	gone(2);
	commit(6);
	HOLDS(3, 4, 5, 6);
	oldest = nth_uuid(3);
	ck_assert_uint_eq(gc(&oldest, 1), 1);
	HOLDS(3, 5, 6);
	gone(4);
	ck_assert_uint_eq(gc(NULL, 0), 1);
	HOLDS(5, 6);
	gone(3);
	ck_assert_uint_eq(gc(NULL, 0), 0);
	HOLDS(5, 6);
}
END_TEST

START_TEST(gc_keeps_the_batches_of_every_kept_checkpoint)
{
	commit_nth(root, 1, BATCHES("w0-a.feldera", "w0-b.feldera"));
	commit_nth(root, 2, BATCHES("w0-c.feldera"));
	commit_nth(root, 3, BATCHES("w0-a.feldera"));
	ck_assert_uint_eq(gc(NULL, 0), 1);
	ck_assert(there(store, NULL, "w0-a.feldera")); /* only the newest needs it */
	ck_assert(there(store, NULL, "w0-c.feldera"));
	ck_assert(!there(store, NULL, "w0-b.feldera"));
}
END_TEST

START_TEST(gc_does_what_its_dry_run_says_file_for_file)
{
	struct ckpt_gc_opts o = { .dry_run = true };
	struct ckpt_plan dry, real;
	struct ckpt_buf before = CKPT_BUF_INIT, after = CKPT_BUF_INIT;

	for (unsigned n = 1; n <= 5; n++)
		commit(n);
	snapshot(store, &before);
	fault.locks = fault.done = 0;
	ok(ckpt_gc(root, &o, &dry, &e), &e);
	ck_assert_uint_eq(fault.locks + fault.done, 0);
	snapshot(store, &after);
	ck_assert_str_eq(before.data, after.data);
	o.dry_run = false;
	ok(ckpt_gc(root, &o, &real, &e), &e);
	ck_assert_uint_eq(dry.n_removed, 3);
	ck_assert_uint_eq(real.n_removed, 3);
	ck_assert_uint_eq(real.n_items, dry.n_items);
	ck_assert_uint_eq(real.bytes, dry.bytes);
	ck_assert_uint_gt(real.bytes, 0);
	for (size_t i = 0; i < dry.n_items; i++) {
		ck_assert_pstr_eq(dry.items[i].dir, real.items[i].dir);
		ck_assert_pstr_eq(dry.items[i].name, real.items[i].name);
		ck_assert_uint_eq(dry.items[i].bytes, real.items[i].bytes);
		ck_assert(!there(store, dry.items[i].dir, dry.items[i].name));
	}
	ckpt_plan_release(&dry);
	ckpt_plan_release(&real);
	ckpt_buf_release(&before);
	ckpt_buf_release(&after);
}
END_TEST

START_TEST(gc_keeps_the_checkpoint_that_state_json_names)
{
	char state[256];

	for (unsigned n = 1; n <= 4; n++)
		commit(n);
	snprintf(state, sizeof(state), "{\"circuit\":%s,\"steps\":7}",
		 ckpt_root_catalog(root)->entry[0]->text);
	put(store, NULL, CKPT_STATE, state);
	ck_assert_uint_eq(gc(NULL, 0), 1);
	HOLDS(1, 3, 4);
	put(store, NULL, CKPT_STATE, "{\"circuit\":null}");
	ck_assert_uint_eq(gc(NULL, 0), 1);
	HOLDS(3, 4);
}
END_TEST

START_TEST(a_state_json_that_cannot_be_read_stops_the_gc)
{
	struct ckpt_gc_opts o = { 0 };
	struct ckpt_plan plan;

	for (unsigned n = 1; n <= 3; n++)
		commit(n);
	put(store, NULL, CKPT_STATE, "{\"circuit\":");
	ck_assert_int_eq(ckpt_gc(root, &o, &plan, &e), -EUCLEAN);
	ckpt_plan_release(&plan);
	HOLDS(1, 2, 3);
}
END_TEST

START_TEST(a_checkpoint_being_read_is_kept_and_goes_the_next_time)
{
	struct ckpt_gc_opts o = { 0 };
	struct ckpt_uuid u = nth_uuid(1);
	struct ckpt_store *reader;
	struct ckpt_lease *lease;
	struct ckpt_plan plan;
	char dir[CKPT_UUID_TEXT];

	for (unsigned n = 1; n <= 4; n++)
		commit(n);
	ok(ckpt_store_open_mem(mem, &reader, &e), &e);
	ok(ckpt_store_lease(reader, ckpt_uuid_text(&u, dir), CKPT_LEASE_SHARED, &lease, &e), &e);
	ok(ckpt_gc(root, &o, &plan, &e), &e);
	ck_assert_uint_eq(plan.n_removed, 1);
	ck_assert_uint_eq(plan.n_kept, 3);
	ck_assert_str_eq(plan.kept[0].why, "being read");
	ckpt_plan_release(&plan);
	HOLDS(1, 3, 4);
	ck_assert_int_eq(ckpt_remove(root, &u, false, &plan, &e), -EBUSY);
	ckpt_plan_release(&plan);
	ckpt_lease_release(lease);
	ckpt_store_free(reader);
	ck_assert_uint_eq(gc(NULL, 0), 1);
	HOLDS(3, 4);
}
END_TEST

START_TEST(remove_takes_out_the_one_that_is_named)
{
	struct ckpt_uuid second = nth_uuid(2), unknown = nth_uuid(9);
	struct ckpt_plan plan;

	for (unsigned n = 1; n <= 3; n++)
		commit(n);
	ok(ckpt_remove(root, &second, true, &plan, &e), &e);
	ck_assert_uint_eq(plan.n_removed, 1);
	ckpt_plan_release(&plan);
	HOLDS(1, 2, 3);
	ok(ckpt_remove(root, &second, false, &plan, &e), &e);
	ckpt_plan_release(&plan);
	HOLDS(1, 3);
	gone(2);
	ck_assert_int_eq(ckpt_remove(root, &unknown, false, &plan, &e), -ENOENT);
	ckpt_plan_release(&plan);
	HOLDS(1, 3);
}
END_TEST

START_TEST(an_exception_that_is_not_in_the_catalog_stops_the_gc)
{
	struct ckpt_uuid unknown = nth_uuid(9);
	struct ckpt_gc_opts o = { .except = &unknown, .n_except = 1 };
	struct ckpt_plan plan;

	for (unsigned n = 1; n <= 3; n++)
		commit(n);
	ck_assert_int_eq(ckpt_gc(root, &o, &plan, &e), -ENOENT);
	ckpt_plan_release(&plan);
	HOLDS(1, 2, 3);
}
END_TEST

/* --- damage ------------------------------------------------------------- */

static void damage(unsigned n)
{
	struct ckpt_uuid u = nth_uuid(n);
	char dir[CKPT_UUID_TEXT];

	put(store, ckpt_uuid_text(&u, dir), CKPT_DEPENDENCIES, "{\"batches\":[\"w0");
}

START_TEST(damaged_dependencies_of_a_kept_checkpoint_stop_gc_and_sweep)
{
	struct ckpt_gc_opts o = { 0 };
	struct ckpt_plan plan;

	for (unsigned n = 1; n <= 3; n++)
		commit(n);
	put(store, NULL, "w0-garbage.feldera", "x");
	damage(3);
	ck_assert_int_eq(ckpt_gc(root, &o, &plan, &e), -EUCLEAN);
	ckpt_plan_release(&plan);
	ck_assert_int_eq(ckpt_sweep(root, false, &plan, &e), -EUCLEAN);
	ckpt_plan_release(&plan);
	HOLDS(1, 2, 3);
	ck_assert(there(store, NULL, "w0-garbage.feldera"));
}
END_TEST

START_TEST(a_damaged_checkpoint_that_goes_does_not_block_the_gc)
{
	struct ckpt_gc_opts o = { 0 };
	struct ckpt_plan plan;

	for (unsigned n = 1; n <= 3; n++)
		commit(n);
	damage(1);
	ok(ckpt_gc(root, &o, &plan, &e), &e);
	ck_assert_uint_eq(plan.n_removed, 1);
	ck_assert_uint_eq(plan.n_notes, 1);
	ckpt_plan_release(&plan);
	HOLDS(2, 3);
	ck_assert(there(store, NULL, "w0-1.feldera")); /* left to sweep */
	ok(ckpt_sweep(root, false, &plan, &e), &e);
	ckpt_plan_release(&plan);
	gone(1);
	HOLDS(2, 3);
}
END_TEST

START_TEST(a_checkpoint_whose_directory_is_gone_is_never_one_without_batches)
{
	struct ckpt_gc_opts o = { 0 };
	struct ckpt_uuid u = nth_uuid(3);
	struct ckpt_plan plan;
	char dir[CKPT_UUID_TEXT];

	for (unsigned n = 1; n <= 3; n++)
		commit(n);
	ok(ckpt_store_remove_tree(store, ckpt_uuid_text(&u, dir), 100, &e), &e);
	ck_assert_int_eq(ckpt_gc(root, &o, &plan, &e), -EUCLEAN);
	ckpt_plan_release(&plan);
	ck_assert(there(store, NULL, "w0-1.feldera"));
	ck_assert_int_eq(ckpt_sweep(root, false, &plan, &e), -EUCLEAN);
	ckpt_plan_release(&plan);
}
END_TEST

START_TEST(verify_names_every_file_that_is_gone)
{
	struct ckpt_problems p;
	struct ckpt_uuid u = nth_uuid(2);
	uint64_t other = 43;
	char dir[CKPT_UUID_TEXT];

	for (unsigned n = 1; n <= 2; n++)
		commit(n);
	ok(ckpt_verify(root, NULL, 0, NULL, &p, &e), &e);
	ck_assert_uint_eq(p.n, 0);
	ckpt_problems_release(&p);
	ok(ckpt_store_remove(store, NULL, "w0-2.feldera", &e), &e);
	ok(ckpt_store_remove(store, ckpt_uuid_text(&u, dir), "pspine-0.dat", &e), &e);
	ok(ckpt_verify(root, NULL, 0, NULL, &p, &e), &e);
	ck_assert_uint_eq(p.n, 2);
	ck_assert_str_eq(p.problem[0].file, "w0-2.feldera");
	ck_assert_str_eq(p.problem[1].file, "pspine-0.dat");
	ckpt_problems_release(&p);
	ok(ckpt_verify(root, NULL, 0, &other, &p, &e), &e);
	ck_assert_uint_eq(p.n, 4);
	ckpt_problems_release(&p);
}
END_TEST

/* --- commit ------------------------------------------------------------- */

START_TEST(a_commit_that_fails_anywhere_leaves_list_and_disk_as_they_were)
{
	struct ckpt_buf before = CKPT_BUF_INIT, after = CKPT_BUF_INIT;
	struct ckpt_uuid u = nth_uuid(2);
	uint64_t fingerprint = 42;
	struct ckpt_commit_opts o = { .uuid = &u, .fingerprint = &fingerprint };
	unsigned long failures = 0;
	int rc = -1;

	if (_i)
		commit(1);
	stage(store, 2, BATCHES("w0-2.feldera", "w0-shared.feldera"));
	snapshot(store, &before);
	for (unsigned long k = 1; rc; k++) {
		fault.done = 0;
		fault.fail_at = k;
		rc = ckpt_commit(root, &o, NULL, &e);
		if (!rc)
			break;
		ck_assert_int_eq(rc, -EIO);
		failures++;
		fault.fail_at = 0;
		snapshot(store, &after);
		ck_assert_str_eq(before.data, after.data);
		ck_assert_uint_eq(ckpt_root_catalog(root)->n, _i);
	}
	ck_assert_uint_ge(failures, 8);
	ck_assert_uint_eq(ckpt_root_catalog(root)->n, 1 + _i);
	ckpt_buf_release(&before);
	ckpt_buf_release(&after);
}
END_TEST

START_TEST(the_same_uuid_twice_is_refused)
{
	struct ckpt_uuid u = nth_uuid(1);
	struct ckpt_commit_opts o = { .uuid = &u };

	commit(1);
	ck_assert_int_eq(ckpt_commit(root, &o, NULL, &e), -EEXIST);
	HOLDS(1);
}
END_TEST

START_TEST(a_commit_for_people_refuses_a_strange_fingerprint_and_an_empty_one)
{
	struct ckpt_uuid u = nth_uuid(2);
	char dir[CKPT_UUID_TEXT];
	uint64_t other = 43;
	struct ckpt_commit_opts o = {
		.uuid = &u, .fingerprint = &other, .check_fingerprint = true, .check_empty = true
	};

	commit(1);
	ck_assert_int_eq(ckpt_commit(root, &o, NULL, &e), -EINVAL);
	o.fingerprint = NULL;
	ck_assert_int_eq(ckpt_commit(root, &o, NULL, &e), -EINVAL);
	put(store, ckpt_uuid_text(&u, dir), CKPT_MARKER, ""); /* no state file either */
	ck_assert_int_eq(ckpt_commit(root, &o, NULL, &e), -EINVAL);
	HOLDS(1);
	stage(store, 2, BATCHES("w0-2.feldera", "w0-shared.feldera"));
	ok(ckpt_commit(root, &o, NULL, &e), &e);
	HOLDS(1, 2);
	ck_assert_uint_eq(ckpt_root_catalog(root)->entry[1]->fingerprint, 42);
}
END_TEST

START_TEST(a_commit_writes_the_dependencies_version_of_the_newest)
{
	struct ckpt_uuid u = nth_uuid(1);
	uint64_t fingerprint = 42;
	struct ckpt_commit_opts o = { .uuid = &u, .fingerprint = &fingerprint, .dependencies_version = 1 };
	struct ckpt_deps deps;

	put(store, NULL, CKPT_CATALOG, "[]");
	stage(store, 1, BATCHES("w0-shared.feldera"));
	ok(ckpt_commit(root, &o, NULL, &e), &e);
	commit(2);
	u = nth_uuid(2);
	ok(ckpt_deps_read(store, &u, &deps, &e), &e);
	ck_assert_int_eq(deps.version, 1);
	ckpt_deps_release(&deps);
}
END_TEST

static int64_t clock_of_test(void *ctx)
{
	(void)ctx;
	return INT64_C(1767225600123);
}

static int random_of_test(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	memset(buf, 0xab, len);
	return 0;
}

START_TEST(a_commit_is_deterministic_under_a_given_clock_and_random_source)
{
	struct ckpt_env env = { .now_ms = clock_of_test, .random = random_of_test };
	uint64_t fingerprint = UINT64_MAX;
	struct ckpt_commit_opts o = { .fingerprint = &fingerprint };
	struct ckpt_entry *entry;
	struct ckpt_root *mine;

	ok(ckpt_root_open(store, &env, &mine, &e), &e);
	ok(ckpt_commit(mine, &o, &entry, &e), &e);
	ck_assert_str_eq(entry->text,
			 "{\"uuid\":\"019b76da-a87b-7bab-abab-abababababab\",\"identifier\":null,"
			 "\"fingerprint\":18446744073709551615,\"size\":43,\"steps\":null,"
			 "\"processed_records\":null}");
	ckpt_entry_unref(entry);
	ckpt_root_free(mine);
}
END_TEST

/* --- sweep -------------------------------------------------------------- */

START_TEST(sweep_never_touches_the_roots_own_names_and_unknown_files)
{
	static const char *const keep[] = { "steps.bin",	 "status.json", "status.json.mut",
					    "activated.feldera", CKPT_PINS,	"notes.txt" };
	static const char *const keep_dirs[] = { "adhoc-tmp", "datafusion-tmp", "coordinator",
						 CKPT_LOST_FOUND };
	struct ckpt_plan plan;

	commit(1);
	for (size_t i = 0; i < sizeof(keep) / sizeof(*keep); i++)
		put(store, NULL, keep[i], "1234");
	for (size_t i = 0; i < sizeof(keep_dirs) / sizeof(*keep_dirs); i++)
		put(store, keep_dirs[i], "x.feldera", "1234");
	put(store, NULL, "w9-x.feldera", "123");
	put(store, NULL, "w9-x.feldera.mut", "123");
	put(store, "unknown", "a", "12");
	ok(ckpt_sweep(root, false, &plan, &e), &e);
	ck_assert_uint_eq(plan.n_items, 3);
	ck_assert_uint_eq(plan.bytes, 8);
	ckpt_plan_release(&plan);
	for (size_t i = 0; i < sizeof(keep) / sizeof(*keep); i++)
		ck_assert(there(store, NULL, keep[i]));
	for (size_t i = 0; i < sizeof(keep_dirs) / sizeof(*keep_dirs); i++)
		ck_assert(there(store, keep_dirs[i], "x.feldera"));
	ck_assert(!there(store, NULL, "w9-x.feldera") && !there(store, NULL, "w9-x.feldera.mut"));
	ck_assert(!there(store, NULL, "unknown"));
	HOLDS(1);
}
END_TEST

START_TEST(sweep_keeps_steps_bin_as_a_directory)
{
	struct ckpt_plan plan;

	commit(1);
	put(store, CKPT_STEPS, "0.bin", "1234");
	ok(ckpt_sweep(root, false, &plan, &e), &e);
	ckpt_plan_release(&plan);
	ck_assert(there(store, CKPT_STEPS, "0.bin"));
}
END_TEST

START_TEST(sweep_leaves_an_orphan_that_is_read_and_the_batches_it_names)
{
	struct ckpt_uuid u = nth_uuid(2);
	struct ckpt_lease *lease;
	struct ckpt_store *reader;
	struct ckpt_plan plan;
	char dir[CKPT_UUID_TEXT];

	commit(1);
	stage(store, 2, BATCHES("w0-2.feldera"));
	put(store, ckpt_uuid_text(&u, dir), CKPT_MARKER, "");
	put(store, NULL, "w9-x.feldera", "123");
	ok(ckpt_store_open_mem(mem, &reader, &e), &e);
	ok(ckpt_store_lease(reader, dir, CKPT_LEASE_SHARED, &lease, &e), &e);
	ok(ckpt_sweep(root, false, &plan, &e), &e);
	ck_assert_uint_eq(plan.n_left, 2);
	ckpt_plan_release(&plan);
	ck_assert(there(store, NULL, "w0-2.feldera") && there(store, dir, CKPT_MARKER));
	ck_assert(!there(store, NULL, "w9-x.feldera"));
	ckpt_lease_release(lease);
	ckpt_store_free(reader);
	ok(ckpt_sweep(root, false, &plan, &e), &e);
	ckpt_plan_release(&plan);
	gone(2);
}
END_TEST

START_TEST(sweep_writes_nothing_and_names_what_is_missing)
{
	struct ckpt_plan plan;

	commit(1);
	ok(ckpt_store_remove(store, NULL, "w0-1.feldera", &e), &e);
	fault.done = fault.syncs = 0;
	ok(ckpt_sweep(root, false, &plan, &e), &e);
	ck_assert_uint_eq(fault.done, fault.syncs);
	ck_assert_uint_eq(plan.n_missing, 1);
	ck_assert_str_eq(plan.missing[0], "w0-1.feldera");
	ckpt_plan_release(&plan);
}
END_TEST

/* --- the catalog is lost ------------------------------------------------ */

START_TEST(a_lost_catalog_is_refused_and_rebuild_brings_it_back)
{
	struct ckpt_buf before = CKPT_BUF_INIT, after = CKPT_BUF_INIT;
	struct ckpt_gc_opts o = { 0 };
	struct ckpt_commit_opts c = { 0 };
	struct ckpt_problems problems;
	struct ckpt_catalog *rebuilt;
	struct ckpt_plan plan;
	uint64_t fingerprint = 42;

	for (unsigned n = 1; n <= 3; n++)
		commit(n);
	ok(ckpt_store_remove(store, NULL, CKPT_CATALOG, &e), &e);
	snapshot(store, &before);
	ck_assert_int_eq(ckpt_gc(root, &o, &plan, &e), -EUCLEAN);
	ckpt_plan_release(&plan);
	ck_assert_ptr_nonnull(strstr(e.msg, "rebuild"));
	ck_assert_int_eq(ckpt_sweep(root, false, &plan, &e), -EUCLEAN);
	ckpt_plan_release(&plan);
	ck_assert_int_eq(ckpt_commit(root, &c, NULL, &e), -EUCLEAN);
	ck_assert_int_eq(ckpt_rebuild(store, NULL, false, NULL, &problems, &e), -EINVAL);
	ckpt_problems_release(&problems);
	snapshot(store, &after);
	ck_assert_str_eq(before.data, after.data);
	ok(ckpt_rebuild(store, &fingerprint, false, &rebuilt, &problems, &e), &e);
	ck_assert_uint_eq(rebuilt->n, 3);
	ckpt_catalog_unref(rebuilt);
	ckpt_problems_release(&problems);
	ok(ckpt_root_refresh(root, &e), &e);
	HOLDS(1, 2, 3);
	ck_assert_int_eq(ckpt_rebuild(store, &fingerprint, false, NULL, &problems, &e), -EEXIST);
	ckpt_problems_release(&problems);
	ckpt_buf_release(&before);
	ckpt_buf_release(&after);
}
END_TEST

START_TEST(rebuild_takes_an_entry_whole_from_state_json_and_keeps_a_damaged_catalog)
{
	static const char entry[] =
		"{\"uuid\":\"%s\",\"identifier\":\"night\",\"fingerprint\":18446744073709551615,"
		"\"size\":9,\"steps\":1,\"processed_records\":2,\"later\":[1.50]}";
	struct ckpt_uuid u = nth_uuid(1);
	char dir[CKPT_UUID_TEXT], text[512], state[600];
	struct ckpt_problems problems;
	struct ckpt_blob blob;

	commit(1);
	snprintf(text, sizeof(text), entry, ckpt_uuid_text(&u, dir));
	snprintf(state, sizeof(state), "{\"circuit\":%s}", text);
	put(store, dir, CKPT_STATE, state);
	put(store, NULL, CKPT_CATALOG, "[{\"uuid\":");
	ok(ckpt_rebuild(store, NULL, false, NULL, &problems, &e), &e);
	ckpt_problems_release(&problems);
	ok(ckpt_store_read(store, NULL, CKPT_CATALOG, 4096, &blob, &e), &e);
	ck_assert_int_eq(blob.len, strlen(text) + 2);
	ck_assert_int_eq(memcmp(blob.data + 1, text, strlen(text)), 0);
	free(blob.data);
	ok(ckpt_store_read(store, NULL, CKPT_CATALOG ".damaged", 4096, &blob, &e), &e);
	ck_assert_str_eq(blob.data, "[{\"uuid\":");
	free(blob.data);
}
END_TEST

/* --- rounds ------------------------------------------------------------- */

START_TEST(a_gc_of_many_lets_go_of_the_lock_between_its_rounds)
{
	enum { MANY = 1203 };
	struct ckpt_buf text = CKPT_BUF_INIT;
	char dir[CKPT_UUID_TEXT];

	ckpt_buf_addc(&text, '[');
	for (unsigned n = 1; n <= MANY; n++) {
		struct ckpt_uuid u = nth_uuid(n);

		put(store, ckpt_uuid_text(&u, dir), CKPT_MARKER, "");
		put(store, dir, CKPT_DEPENDENCIES,
		    "{\"batches\":[\"w0-shared.feldera\"],\"state_files\":[]}");
		ckpt_buf_addf(&text, "%s{\"uuid\":\"%s\",\"fingerprint\":1}", n > 1 ? "," : "", dir);
	}
	ckpt_buf_addc(&text, ']');
	put(store, NULL, CKPT_CATALOG, text.data);
	ckpt_buf_release(&text);
	fault.locks = 0;
	ck_assert_uint_eq(gc(NULL, 0), MANY - 2);
	ck_assert_uint_eq(fault.locks, 3); /* 1201 in rounds of 500 */
	ck_assert_uint_eq(ckpt_root_catalog(root)->n, 2);
}
END_TEST

static bool stop_once_the_catalog_is_written(void *ctx)
{
	struct ckpt_catalog *c;
	bool written;

	(void)ctx;
	ok(ckpt_catalog_read(store, NULL, &c, &e), &e);
	written = c->n == 2;
	ckpt_catalog_unref(c);
	return written;
}

START_TEST(a_gc_that_is_told_to_stop_finishes_what_the_catalog_has_lost)
{
	struct ckpt_env env = { .stop = stop_once_the_catalog_is_written };
	struct ckpt_gc_opts o = { 0 };
	struct ckpt_root *mine;
	struct ckpt_plan plan;

	for (unsigned n = 1; n <= 5; n++)
		commit(n);
	ok(ckpt_root_open(store, &env, &mine, &e), &e);
	ok(ckpt_gc(mine, &o, &plan, &e), &e);
	ck_assert_uint_eq(plan.n_removed, 3);
	ck_assert_uint_eq(plan.n_left, 0);
	ckpt_plan_release(&plan);
	ckpt_root_free(mine);
	ok(ckpt_root_refresh(root, &e), &e);
	HOLDS(4, 5);
	gone(1);
	gone(3);
}
END_TEST

START_TEST(unknown_members_survive_a_gc_unchanged_and_in_place)
{
	static const char member[] = "{\"new\":{\"a\":[1e400,0.10,\"\\u0001\"]},\"uuid\":";
	struct ckpt_buf text = CKPT_BUF_INIT;
	const struct ckpt_entry *kept;

	for (unsigned n = 1; n <= 3; n++)
		commit(n);
	ckpt_buf_addf(&text, "[%s,", ckpt_root_catalog(root)->entry[0]->text);
	ckpt_buf_addf(&text, " { \"new\" : {\"a\":[1e400,0.10,\"\\u0001\"]},%s,",
		      ckpt_root_catalog(root)->entry[1]->text + 1);
	ckpt_buf_addf(&text, "%s]\n", ckpt_root_catalog(root)->entry[2]->text);
	put(store, NULL, CKPT_CATALOG, text.data);
	ckpt_buf_release(&text);
	ck_assert_uint_eq(gc(NULL, 0), 1);
	HOLDS(2, 3);
	kept = ckpt_root_catalog(root)->entry[0];
	ck_assert_int_eq(strncmp(kept->text, member, strlen(member)), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("engine");
	TCase *tc = tcase_create("engine");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, commits_and_gcs_go_through_the_states_of_felderas_own_test);
	tcase_add_test(tc, gc_keeps_the_batches_of_every_kept_checkpoint);
	tcase_add_test(tc, gc_does_what_its_dry_run_says_file_for_file);
	tcase_add_test(tc, gc_keeps_the_checkpoint_that_state_json_names);
	tcase_add_test(tc, a_state_json_that_cannot_be_read_stops_the_gc);
	tcase_add_test(tc, a_checkpoint_being_read_is_kept_and_goes_the_next_time);
	tcase_add_test(tc, remove_takes_out_the_one_that_is_named);
	tcase_add_test(tc, an_exception_that_is_not_in_the_catalog_stops_the_gc);
	tcase_add_test(tc, damaged_dependencies_of_a_kept_checkpoint_stop_gc_and_sweep);
	tcase_add_test(tc, a_damaged_checkpoint_that_goes_does_not_block_the_gc);
	tcase_add_test(tc, a_checkpoint_whose_directory_is_gone_is_never_one_without_batches);
	tcase_add_test(tc, verify_names_every_file_that_is_gone);
	tcase_add_loop_test(tc, a_commit_that_fails_anywhere_leaves_list_and_disk_as_they_were, 0, 2);
	tcase_add_test(tc, the_same_uuid_twice_is_refused);
	tcase_add_test(tc, a_commit_for_people_refuses_a_strange_fingerprint_and_an_empty_one);
	tcase_add_test(tc, a_commit_writes_the_dependencies_version_of_the_newest);
	tcase_add_test(tc, a_commit_is_deterministic_under_a_given_clock_and_random_source);
	tcase_add_test(tc, sweep_never_touches_the_roots_own_names_and_unknown_files);
	tcase_add_test(tc, sweep_keeps_steps_bin_as_a_directory);
	tcase_add_test(tc, sweep_leaves_an_orphan_that_is_read_and_the_batches_it_names);
	tcase_add_test(tc, sweep_writes_nothing_and_names_what_is_missing);
	tcase_add_test(tc, a_lost_catalog_is_refused_and_rebuild_brings_it_back);
	tcase_add_test(tc, rebuild_takes_an_entry_whole_from_state_json_and_keeps_a_damaged_catalog);
	tcase_add_test(tc, a_gc_of_many_lets_go_of_the_lock_between_its_rounds);
	tcase_add_test(tc, a_gc_that_is_told_to_stop_finishes_what_the_catalog_has_lost);
	tcase_add_test(tc, unknown_members_survive_a_gc_unchanged_and_in_place);
	suite_add_tcase(suite, tc);
	return suite_run(suite);
}
