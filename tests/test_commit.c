/* A commit: all of it or nothing, and what is refused. */
#include "tests/engine_world.h"

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

START_TEST(a_catalog_that_may_not_be_durable_is_put_back_and_that_is_said)
{
	const struct ckpt_uuid u = nth_uuid(2);
	const struct ckpt_commit_opts o = { .uuid = &u };

	commit(1);
	stage(store, 2, BATCHES("w0-2.feldera", "w0-shared.feldera"));
	fault = (struct fault){ .code = EUCLEAN, .ask_at = 1 };
	ck_assert_int_eq(ckpt_commit(root, &o, NULL, &e), -EUCLEAN);
	ck_assert_ptr_nonnull(strstr(e.msg, "put back"));
	HOLDS(1);
}
END_TEST

/* The catalog names it, perhaps for good: nobody could see what it says. */
START_TEST(what_a_catalog_may_name_that_cannot_be_read_again_is_not_taken_back)
{
	const struct ckpt_uuid u = nth_uuid(2);
	const struct ckpt_commit_opts o = { .uuid = &u };
	struct ckpt_problems problems;

	commit(1);
	stage(store, 2, BATCHES("w0-2.feldera", "w0-shared.feldera"));
	fault = (struct fault){ .code = EUCLEAN, .ask_at = 1, .next = EIO };
	ck_assert_int_eq(ckpt_commit(root, &o, NULL, &e), -EUCLEAN);
	ck_assert_uint_eq(fault.hits, 2);
	fault = (struct fault){ 0 };
	ok(ckpt_root_refresh(root, &e), &e);
	ok(ckpt_verify(root, NULL, 0, NULL, &problems, &e), &e);
	ck_assert_msg(!problems.n, "%s", problems.n ? problems.problem[0].what : "");
	ckpt_problems_release(&problems);
	HOLDS(1, 2);
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

int main(void)
{
	TCase *tc = tcase_create("commit");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, a_commit_that_fails_anywhere_leaves_list_and_disk_as_they_were, 0, 2);
	tcase_add_test(tc, the_same_uuid_twice_is_refused);
	tcase_add_test(tc, a_commit_for_people_refuses_a_strange_fingerprint_and_an_empty_one);
	tcase_add_test(tc, a_commit_writes_the_dependencies_version_of_the_newest);
	tcase_add_test(tc, a_catalog_that_may_not_be_durable_is_put_back_and_that_is_said);
	tcase_add_test(tc, what_a_catalog_may_name_that_cannot_be_read_again_is_not_taken_back);
	tcase_add_test(tc, a_commit_is_deterministic_under_a_given_clock_and_random_source);
	return suite_run_one("commit", tc);
}
