/* Every allocation fails once, in every command, from the command line and from
 * the control file: ENOMEM in words, no leak, and nothing half done. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/alloc_fault.h"
#include "tests/faults_world.h"
#include "tests/suite.h"

/* Shared with the processes in which the tests run. */
static unsigned long *failed;

/* One run, the k-th allocation of which fails; false: there were fewer. */
static bool run_one(struct faults *f, unsigned long k, bool for_good)
{
	struct faults_outcome o = { .for_good = for_good, .sentence = "not enough memory" };
	struct ckpt_store *s[2];
	unsigned long hits;

	faults_begin(f);
	for (int i = 0; i < 2; i++)
		s[i] = f->place.open(f->place.ctx, i);
	/* What is told is told into memory of the test's own. */
	ckpt_buf_reserve(&o.text, 1 << 16);
	alloc_fault_begin(k, for_good);
	o.rc = faults_run(f->command, s[0], s[1], &o.text, &o.err);
	hits = alloc_fault_end();
	for (int i = 0; i < 2; i++)
		ckpt_store_free(s[i]);
	o.hit = hits;
	*failed += hits;
	ck_assert_msg(!o.rc || o.err.code == ENOMEM, "%s: no memory is not told as that: %s",
		      f->command->line, o.err.msg);
	faults_judge(f, &o);
	return hits;
}

static void run_all_of(const struct faults_command *c, bool for_good)
{
	struct faults f;
	long live = 0;

	/* The first round leaves what libraries keep for themselves. */
	for (int round = 0; round < 2; round++) {
		unsigned long k = round ? 1 : 1000000;

		if (round)
			live = alloc_fault_live();
		faults_init(&f, c, faults_place_mem());
		while (run_one(&f, k, for_good))
			k += for_good ? 3 : 1;
		faults_release(&f);
	}
	ck_assert_msg(alloc_fault_live() == live, "%s: %ld allocations are lost", c->line,
		      alloc_fault_live() - live);
}

START_TEST(an_allocation_that_fails_costs_nothing_but_the_command)
{
	run_all_of(&faults_commands[_i], false);
}
END_TEST

START_TEST(an_allocation_that_fails_in_the_control_file_is_told_in_its_answer)
{
	run_all_of(&faults_controls[_i], false);
}
END_TEST

START_TEST(no_memory_from_some_moment_on_leaves_what_the_next_try_finishes)
{
	run_all_of(&faults_commands[_i], true);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("faults-alloc");
	int n = 0, controls = 0, failures;

	failed = suite_counter();
	while (faults_commands[n].line)
		n++;
	while (faults_controls[controls].line)
		controls++;
	tcase_set_timeout(t, 600);
	tcase_add_loop_test(t, an_allocation_that_fails_costs_nothing_but_the_command, 0, n);
	tcase_add_loop_test(t, no_memory_from_some_moment_on_leaves_what_the_next_try_finishes, 0, n);
	tcase_add_loop_test(t, an_allocation_that_fails_in_the_control_file_is_told_in_its_answer, 0,
			    controls);
	failures = suite_run_one("faults-alloc", t);
	printf("%lu allocations failed in %d commands\n", *failed, n + controls);
	return failures;
}
