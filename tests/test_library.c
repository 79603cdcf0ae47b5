/* The library as a program sees it, by its public headers alone. */
#include <check.h>
#include <ckptfs/archive.h>
#include <ckptfs/restore.h>
#include <ckptfs/retention.h>
#include <ckptfs/stage.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/suite.h"

static struct ckpt_mem *mem;
static struct ckpt_store *store;
static struct ckpt_root *root;
static struct ckpt_err e;
static uint64_t counter;
static const struct ckpt_state states[] = { { "counter", &ckpt_type_u64, &counter } };
static const uint64_t fingerprint = 7;

#define OK(call) ck_assert_msg((call) == 0, "%s", e.msg)

static void setup(void)
{
	mem = ckpt_mem_new();
	ck_assert_ptr_nonnull(mem);
	OK(ckpt_store_open_mem(mem, &store, &e));
	OK(ckpt_root_open(store, NULL, &root, &e));
	counter = 0;
}

static void teardown(void)
{
	ckpt_root_free(root);
	ckpt_store_free(store);
	ckpt_mem_free(mem);
}

static void save(struct ckpt_root *r, char batch[256])
{
	const struct ckpt_commit_opts opts = { .fingerprint = &fingerprint };
	struct ckpt_batch_writer *w;
	struct ckpt_stage *stage;

	counter++;
	OK(ckpt_stage_new(r, &stage, &e));
	OK(ckpt_stage_state(stage, &states[0], &e));
	OK(ckpt_stage_batch(stage, 0, &w, &e));
	OK(ckpt_batch_append(w, "12345", 5, &e));
	OK(ckpt_batch_finish(w, batch, &e));
	OK(ckpt_stage_commit(stage, &opts, NULL, &e));
	ckpt_stage_free(stage);
}

/* --- opening and listing ---------------------------------------------------- */

START_TEST(a_directory_is_opened_and_given_back_as_one)
{
	const char *tmp = getenv("TMPDIR");
	char dir[4000], command[4096], batch[256];
	struct ckpt_root *r;
	struct ckpt_catalog *c;

	snprintf(dir, sizeof(dir), "%s/ckptfs-library.XXXXXX", tmp ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	OK(ckpt_root_open_dir(dir, NULL, &r, &e));
	ck_assert_uint_eq(ckpt_catalog_count(ckpt_root_catalog(r)), 0);
	ck_assert_str_eq(ckpt_store_label(ckpt_root_store(r)), dir);
	save(r, batch);
	ckpt_root_free(r);
	OK(ckpt_root_open_dir(dir, NULL, &r, &e));
	c = ckpt_catalog_ref(ckpt_root_catalog(r));
	ckpt_root_free(r);
	/* It stays when the root goes. */
	ck_assert_uint_eq(ckpt_catalog_count(c), 1);
	ck_assert_uint_eq(ckpt_catalog_get(c, 0)->fingerprint, 7);
	ck_assert_int_eq(ckpt_catalog_find(c, &ckpt_catalog_get(c, 0)->uuid), 0);
	ckpt_catalog_unref(c);
	snprintf(command, sizeof(command), "rm -r '%s'", dir);
	ck_assert_int_eq(system(command), 0);
	r = (struct ckpt_root *)dir;
	ck_assert_int_eq(ckpt_root_open_dir(dir, NULL, &r, &e), -ENOENT);
	ck_assert_ptr_null(r);
}
END_TEST

START_TEST(a_batch_is_read_by_its_size)
{
	char batch[256], bytes[8];
	struct ckpt_file *f;
	uint64_t size;

	save(root, batch);
	OK(ckpt_store_open(store, NULL, batch, &f, &e));
	OK(ckpt_file_size(f, &size, &e));
	ck_assert_uint_eq(size, 5);
	ck_assert_int_eq(ckpt_file_pread(f, bytes, sizeof(bytes), 0, &e), 5);
	ck_assert(!memcmp(bytes, "12345", 5));
	ckpt_file_close(f);
}
END_TEST

START_TEST(without_a_pipeline_the_newest_is_finished)
{
	ptrdiff_t i = 5;
	char batch[256];

	OK(ckpt_newest_finished(root, &i, &e));
	ck_assert_int_eq(i, -1);
	save(root, batch);
	save(root, batch);
	OK(ckpt_newest_finished(root, &i, &e));
	ck_assert_int_eq(i, 1);
}
END_TEST

/* --- structures that may grow ------------------------------------------------- */

/* What a later version means something by is not overlooked: refused, in a
 * sentence that says what helps, and nothing is done. */
static void refused(int rc)
{
	ck_assert_int_eq(rc, -EINVAL);
	ck_assert_msg(strstr(e.msg, "use a newer libckptfs"), "%s", e.msg);
}

START_TEST(options_of_a_later_version_are_refused)
{
	struct ckpt_commit_opts commit = { .fingerprint = &fingerprint, .reserved = { 0, 0, 0, 1 } };
	struct ckpt_restore_opts restore = { .reserved = { 1 } };
	struct ckpt_archive_opts archive = { .reserved = { 1 } };
	struct ckpt_retention retention = { .last = 1, .reserved = { 0, 1 } };
	struct ckpt_gc_opts gc = { .reserved = { 1 } };
	struct ckpt_env env = { .reserved = { 1 } };
	struct ckpt_restore *r;
	struct ckpt_archived archived;
	struct ckpt_stage *stage;
	struct ckpt_root *other;
	struct ckpt_plan plan;
	char batch[256];

	for (int i = 0; i < 4; i++)
		save(root, batch);
	refused(ckpt_commit(root, &commit, NULL, &e));
	OK(ckpt_stage_new(root, &stage, &e));
	refused(ckpt_stage_commit(stage, &commit, NULL, &e));
	ckpt_stage_free(stage);
	refused(ckpt_restore_new(root, &restore, &r, &e));
	ck_assert_ptr_null(r);
	refused(ckpt_archive(root, root, &archive, &archived, &e));
	ckpt_archived_release(&archived);
	refused(ckpt_gc(root, &gc, &plan, &e));
	ckpt_plan_release(&plan);
	gc = (struct ckpt_gc_opts){ .retention = &retention };
	refused(ckpt_gc(root, &gc, &plan, &e));
	ckpt_plan_release(&plan);
	refused(ckpt_root_open(store, &env, &other, &e));
	ck_assert_ptr_null(other);
	ck_assert_uint_eq(ckpt_catalog_count(ckpt_root_catalog(root)), 4);
}
END_TEST

static int nothing_written(const void *o, struct ckpt_out *out, struct ckpt_err *err)
{
	(void)o, (void)out, (void)err;
	return 0;
}

static int nothing_read(void *o, struct ckpt_in *in, struct ckpt_err *err)
{
	(void)o, (void)in, (void)err;
	return 0;
}

static void no_function(void)
{
}

START_TEST(types_of_a_later_version_are_refused)
{
	const struct ckpt_custom later = { .write = nothing_written,
					   .read = nothing_read,
					   .reserved = { no_function } };
	const struct ckpt_type custom = CKPT_CUSTOM("later", int, &later);
	struct ckpt_type type = CKPT_ARRAY_OF(&custom);
	struct ckpt_array array = { NULL, 0 };
	struct ckpt_bytes bytes;

	refused(ckpt_state_checkpoint(&type, &array, &bytes, &e));
	type.of = &ckpt_type_u64;
	OK(ckpt_state_checkpoint(&type, &array, &bytes, &e));
	type.reserved[1] = &array;
	refused(ckpt_state_restore(&type, &array, bytes.data, bytes.len, "it", &e));
	free(bytes.data);
}
END_TEST

START_TEST(types_without_what_they_are_made_of_are_refused)
{
	static const struct ckpt_custom none = { .write = nothing_written };
	const struct ckpt_type bad[] = { CKPT_CUSTOM("half", int, &none),
					 CKPT_CUSTOM("none", int, NULL),
					 { .kind = CKPT_TYPE_RECORD, .name = "r", .n = 1 },
					 { .kind = CKPT_TYPE_ANY, .n = 1, .size = sizeof(struct ckpt_any) } };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		e.code = 0;
		ck_assert_ptr_null(ckpt_type_text(&bad[i], &e));
		ck_assert_int_eq(e.code, EINVAL);
	}
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("as a program sees it");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_directory_is_opened_and_given_back_as_one);
	tcase_add_test(t, a_batch_is_read_by_its_size);
	tcase_add_test(t, without_a_pipeline_the_newest_is_finished);
	tcase_add_test(t, options_of_a_later_version_are_refused);
	tcase_add_test(t, types_of_a_later_version_are_refused);
	tcase_add_test(t, types_without_what_they_are_made_of_are_refused);
	return suite_run_one("library", t);
}
