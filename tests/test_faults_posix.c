/* A system call of the store on a directory fails, in every command, which
 * costs nothing but the command; and reads and writes that do less than asked,
 * or are interrupted, change nothing.
 *
 * Every fifth call; each one with CKPTFS_FAULTS_ALL=1. */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/faults_world.h"
#include "tests/fixture.h"
#include "tests/suite.h"
#include "tests/syscall_fault.h"

#define STRIDE 5

/* Shared with the processes in which the tests run. */
static unsigned long *injected;

/* --- two directories ---------------------------------------------------------- */

static char dir[2][128];

static void clear(void *ctx)
{
	(void)ctx;
	for (int n = 0; n < 2; n++) {
		if (dir[n][0])
			remove_disk(dir[n]);
		dir[n][0] = '\0';
	}
}

static struct ckpt_store *open_dir(void *ctx, int n)
{
	struct ckpt_store *s;
	struct ckpt_err e;

	(void)ctx;
	if (!dir[n][0])
		return on_disk(dir[n], sizeof(dir[n]));
	ok(ckpt_store_open_posix(dir[n], &s, &e), &e);
	return s;
}

static unsigned count_open(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned n = 0;

	ck_assert_ptr_nonnull(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* --- running --------------------------------------------------------------------- */

/* False: no call was disturbed. */
static bool run_one(struct faults *f, enum syscall_fault_kind kind, unsigned long k)
{
	struct faults_outcome o = { 0 };
	struct ckpt_store *s[2];
	unsigned long hits;
	unsigned open;

	faults_begin(f);
	for (int i = 0; i < 2; i++)
		s[i] = f->place.open(f->place.ctx, i);
	open = count_open();
	syscall_fault_begin(kind, k);
	o.rc = faults_run(f->command, s[0], s[1], &o.text, &o.err);
	hits = syscall_fault_end();
	ck_assert_msg(count_open() == open, "%s: after the %lu-th call failed %u descriptors are open",
		      f->command->line, k, count_open() - open);
	for (int i = 0; i < 2; i++)
		ckpt_store_free(s[i]);
	o.hit = hits;
	*injected += kind == SYSCALL_FAULT_ERROR ? o.hit : hits;
	if (kind == SYSCALL_FAULT_ERROR)
		o.sentence = strerror((int)hits);
	else
		ck_assert_msg(!o.rc, "%s: %s", f->command->line, o.err.msg);
	faults_judge(f, &o);
	return hits;
}

static void run(const struct faults_command *c, enum syscall_fault_kind kind)
{
	struct faults f;

	faults_init(&f, c, (struct faults_place){ open_dir, clear, NULL });
	if (kind == SYSCALL_FAULT_ERROR)
		for (unsigned long k = 1; run_one(&f, kind, k);)
			k += getenv("CKPTFS_FAULTS_ALL") ? 1 : STRIDE;
	else
		ck_assert(run_one(&f, kind, 0));
	faults_release(&f);
	clear(NULL);
}

START_TEST(a_system_call_that_fails_costs_nothing_but_the_command)
{
	run(&faults_commands[_i], SYSCALL_FAULT_ERROR);
}
END_TEST

START_TEST(short_reads_and_writes_change_nothing)
{
	run(&faults_commands[_i], SYSCALL_FAULT_SHORT);
}
END_TEST

START_TEST(interrupted_reads_and_writes_change_nothing)
{
	run(&faults_commands[_i], SYSCALL_FAULT_EINTR);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("faults-posix");
	int n = 0, failures;

	injected = suite_counter();
	while (faults_commands[n].line)
		n++;
	tcase_set_timeout(t, 600);
	tcase_add_loop_test(t, a_system_call_that_fails_costs_nothing_but_the_command, 0, n);
	tcase_add_loop_test(t, short_reads_and_writes_change_nothing, 0, n);
	tcase_add_loop_test(t, interrupted_reads_and_writes_change_nothing, 0, n);
	failures = suite_run_one("faults-posix", t);
	printf("%lu system calls disturbed in %d commands\n", *injected, n);
	return failures;
}
