/* Every operation of the store fails once, in every command, in every way. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "tests/alloc_fault.h"
#include "tests/faults_world.h"
#include "tests/fixture.h"
#include "tests/store_fault.h"
#include "tests/suite.h"

/* From some operation on: not from every one. */
#define STRIDE 3

#define N_CODES (sizeof(codes) / sizeof(codes[0]))
static const int codes[] = { EIO, ENOSPC, EDQUOT, EROFS, EACCES, EUCLEAN };

/* Shared with the processes in which the tests run. */
static unsigned long *injected;

/* One run, the k-th operation of the root (of its source, with in_source) of
 * which fails; false: there were fewer. */
static bool run_one(struct faults *f, const struct fault *wanted, bool in_source)
{
	struct fault fault[2] = { { .code = wanted->code }, { .code = wanted->code } };
	struct faults_outcome o = { .for_good = wanted->for_good };
	struct ckpt_store *s[2];

	fault[in_source] = *wanted;
	faults_begin(f);
	for (int i = 0; i < 2; i++)
		s[i] = store_fault_new(f->place.open(f->place.ctx, i), &fault[i]);
	o.rc = faults_run(f->command, s[0], s[1], &o.text, &o.err);
	ck_assert_msg(!fault[0].open && !fault[1].open, "%s: %ld are left open after \"%s\"",
		      f->command->line, fault[0].open + fault[1].open, fault[in_source].last);
	for (int i = 0; i < 2; i++)
		ckpt_store_free(s[i]);
	o.hit = fault[in_source].hits;
	o.sentence = wanted->for_good ? strerror(wanted->code) : fault[in_source].last;
	*injected += fault[in_source].hits;
	faults_judge(f, &o);
	return o.hit;
}

static void run_all_of(const struct faults_command *c, bool for_good)
{
	struct faults f;
	long live;

	faults_init(&f, c, faults_place_mem());
	faults_release(&f); /* what libraries keep for themselves is there now */
	live = alloc_fault_live();
	faults_init(&f, c, faults_place_mem());
	for (size_t i = 0; i < N_CODES; i++)
		for (int in_source = 0; in_source <= (c->source != NULL); in_source++) {
			struct fault wanted = { .code = codes[i], .for_good = for_good };

			do
				wanted.ask_at += for_good && wanted.ask_at ? STRIDE : 1;
			while (run_one(&f, &wanted, in_source));
		}
	faults_release(&f);
	ck_assert_msg(alloc_fault_live() == live, "%s: %ld allocations are lost", c->line,
		      alloc_fault_live() - live);
}

START_TEST(an_operation_that_fails_once_costs_nothing_but_the_command)
{
	run_all_of(&faults_commands[_i], false);
}
END_TEST

START_TEST(a_store_that_fails_from_some_operation_on_leaves_what_the_next_try_finishes)
{
	run_all_of(&faults_commands[_i], true);
}
END_TEST

/* The first of a root: "[]" with nothing behind it. */
START_TEST(a_first_catalog_that_may_not_be_durable_is_taken_back)
{
	struct fault fault = { .code = EUCLEAN, .ask_at = 1 };
	const uint64_t fingerprint = 42;
	const struct ckpt_commit_opts o = { .fingerprint = &fingerprint };
	struct faults_place place = faults_place_mem();
	struct ckpt_store *s = store_fault_new(place.open(place.ctx, 0), &fault);
	struct ckpt_root *root;
	struct ckpt_err e;

	ok(ckpt_root_open(s, NULL, &root, &e), &e);
	ck_assert_int_eq(ckpt_commit(root, &o, NULL, &e), -EUCLEAN);
	ck_assert(!there(s, NULL, CKPT_CATALOG));
	ok(ckpt_commit(root, &o, NULL, &e), &e);
	ckpt_root_free(root);
	ckpt_store_free(s);
	place.clear(place.ctx);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("faults");
	int n = 0, failures;

	injected = suite_counter();
	while (faults_commands[n].line)
		n++;
	tcase_set_timeout(t, 600);
	tcase_add_loop_test(t, an_operation_that_fails_once_costs_nothing_but_the_command, 0, n);
	tcase_add_loop_test(t, a_store_that_fails_from_some_operation_on_leaves_what_the_next_try_finishes, 0,
			    n);
	tcase_add_test(t, a_first_catalog_that_may_not_be_durable_is_taken_back);
	failures = suite_run_one("faults", t);
	printf("%lu faults injected in %d commands\n", *injected, n);
	return failures;
}
