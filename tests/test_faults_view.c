/* Floor 3: a store that fails under a view.  Whoever looks is told so, by an
 * error: never by wrong bytes, a listing that is too short, or ENOENT for what
 * is there.  And then it works again. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/suite.h"
#include "tests/view_looks.h"

#define w looks_world

/* Shared with the processes in which the tests run. */
static unsigned long *injected;

/* --- judging ------------------------------------------------------------------ */

static void judge(const struct look *l, int rc, const struct ckpt_buf *got, const struct ckpt_buf *right)
{
	/* EACCES is told as it is; everything else is EIO. */
	if (rc)
		ck_assert_msg(rc == -EIO || rc == -looks_fault.code, "%s: after \"%s\" it is %s", l->path,
			      looks_fault.last, strerror(-rc));
	else
		ck_assert_msg(!strcmp(got->data, right->data), "%s: after \"%s\" it is '%s', not '%s'",
			      l->path, looks_fault.last, got->data, right->data);
}

/* With a fault at the k-th question; false: there were fewer. */
static bool look_once(const struct look *l, const struct fault *wanted, struct ckpt_buf *right)
{
	struct ckpt_buf got = CKPT_BUF_INIT;
	bool hit;
	int rc;

	looks_begin(l);
	looks_fault = *wanted;
	looks_fault.open = 0;
	ckpt_buf_adds(&got, "");
	rc = l->ask(l->path, &got);
	hit = looks_fault.hits;
	*injected += looks_fault.hits;
	if (right->len)
		judge(l, rc, &got, right);
	looks_fault.ask_at = 0;
	looks_mend();
	ckpt_buf_clear(&got);
	ck_assert_msg(!l->ask(l->path, &got), "%s: it does not recover from \"%s\"", l->path,
		      looks_fault.last);
	if (right->len)
		ck_assert_msg(!strcmp(got.data, right->data), "%s: after \"%s\" it remains '%s', not '%s'",
			      l->path, looks_fault.last, got.data, right->data);
	else
		ckpt_buf_add(right, got.data, got.len);
	ckpt_buf_release(&got);
	looks_end();
	return hit;
}

static void look_at_all_faults(const struct look *l, bool for_good)
{
	static const int codes[] = { EIO, EACCES };
	struct ckpt_buf right = CKPT_BUF_INIT;

	look_once(l, &(const struct fault){ .code = EIO }, &right);
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		struct fault wanted = { .code = codes[i], .for_good = for_good };

		do
			wanted.ask_at++;
		while (look_once(l, &wanted, &right));
	}
	ckpt_buf_release(&right);
}

START_TEST(one_failure_is_an_error_and_then_all_is_well)
{
	look_at_all_faults(&looks[_i], false);
}
END_TEST

START_TEST(a_store_that_fails_for_a_while_is_an_error_and_then_all_is_well)
{
	look_at_all_faults(&looks[_i], true);
}
END_TEST

START_TEST(an_open_file_reads_on_after_an_error)
{
	struct ckpt_buf got = CKPT_BUF_INIT;
	struct ckpt_view_file *f;
	struct ckpt_node n;

	looks_begin(&looks[0]);
	ck_assert_int_eq(open_file(&w, A "/storage/" SHARED, &f), 0);
	looks_fault = (struct fault){ .code = EIO, .ask_at = 1, .for_good = true, .open = looks_fault.open };
	ck_assert_int_eq(looks_read(f, &got), -EIO);
	ck_assert_uint_eq(got.len, 0);
	ck_assert_int_eq(look(&w, A "/storage/" SHARED, &n), -EIO);
	ck_assert_int_lt(ckpt_view_refresh(w.view, NULL), 0);
	looks_fault.ask_at = 0;
	ck_assert_int_eq(looks_read(f, &got), 0);
	ck_assert_str_eq(got.data, "shared bytes");
	ckpt_view_close(f);
	refresh(&w);
	check_look(&w, A "/storage/" SHARED, 0);
	ckpt_buf_release(&got);
	looks_end();
}
END_TEST

/* What a listing was told of its files answers for them a moment; not for state.json,
 * and not for what may be another file tomorrow. */
START_TEST(what_was_seen_when_it_was_listed_is_forgotten)
{
	struct ckpt_view_dir *d;
	struct ckpt_node n;
	int rc = 0;

	looks_begin(&looks[0]);
	put_checkpoint(&w, D);
	put_catalog(&w, A, B, C, D, NULL);
	refresh(&w);
	check_look(&w, A "/storage/" SHARED, 0);
	check_look(&w, D "/storage/" SHARED, 0);
	ck_assert_int_eq(open_dir(&w, D "/storage", &d), 0);
	ckpt_view_closedir(d);
	ck_assert_int_eq(open_dir(&w, A "/storage", &d), 0);
	ckpt_view_closedir(d);
	looks_fault = (struct fault){ .code = EIO, .ask_at = 1, .for_good = true, .open = looks_fault.open };
	rc = look(&w, A "/storage/" SHARED, &n);
	ck_assert_int_eq(rc, 0);
	ck_assert_int_eq(n.attr.st_size, strlen("shared bytes"));
	ck_assert_int_eq(look(&w, A "/storage/" A "/z1-0.dat", &n), 0);
	ck_assert_int_eq(look(&w, A "/storage/state.json", &n), -EIO);
	ck_assert_int_eq(look(&w, D "/storage/" SHARED, &n), -EIO);
	for (int waited = 0; waited < WAIT_MS && !rc; waited += NAP_MS) {
		nap();
		rc = look(&w, A "/storage/" SHARED, &n);
	}
	ck_assert_int_eq(rc, -EIO);
	looks_fault.ask_at = 0;
	check_look(&w, A "/storage/" SHARED, 0);
	looks_end();
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("faults-view");
	int n = 0, failures;

	injected = suite_counter();
	while (looks[n].path)
		n++;
	tcase_add_loop_test(tc, one_failure_is_an_error_and_then_all_is_well, 0, n);
	tcase_add_loop_test(tc, a_store_that_fails_for_a_while_is_an_error_and_then_all_is_well, 0, n);
	tcase_add_test(tc, an_open_file_reads_on_after_an_error);
	tcase_add_test(tc, what_was_seen_when_it_was_listed_is_forgotten);
	tcase_set_timeout(tc, 300);
	failures = suite_run_one("faults-view", tc);
	printf("%lu faults injected in %d looks\n", *injected, n);
	return failures;
}
