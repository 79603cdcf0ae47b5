/* racer_turns.c - who runs when
 *
 * Interleaved: attacker and victim are two stacks of one thread.  Before a
 * system call of the victim's, every so often, the attacker goes on to his next
 * pause: so he gets between any two of them, also on a busy machine, and as
 * often as one likes.  What happens within a call is not tried so, nor what a
 * second thread of the engine's does.
 *
 * Parallel: two threads, which meet in the kernel as the machine has it.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "racer.h"

#define STACK ((size_t)1 << 20)
/* One in so many system calls. */
#define EVERY 3
#define SPINS 7 /* pauses of different lengths, so that no rhythm keeps them apart */

static struct world *world;
static const struct attack *attack;
static bool interleaved;
static unsigned long changes;

/* Interleaved. */
static ucontext_t victim, attacker;
static char *stack;
static _Thread_local bool takes_turns; /* the engine's other threads have no stack to leave */
static bool victim_runs, at_rest;      /* at_rest: nothing is out of place */
static unsigned long drawn;

/* Parallel. */
static pthread_t thread;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER; /* the attacker's, a change long */
static atomic_bool ended, waiting;

static void to_attacker(void)
{
	victim_runs = false;
	swapcontext(&victim, &attacker);
	victim_runs = true;
}

/* Before a system call. */
static void point(void)
{
	if (!takes_turns || !victim_runs)
		return;
	drawn = drawn * 6364136223846793005UL + 1442695040888963407UL;
	if ((drawn >> 33) % EVERY == 0)
		to_attacker();
}

void turns_pause(unsigned i)
{
	if (interleaved)
		swapcontext(&attacker, &victim);
	else
		for (volatile unsigned n = 0; n < (i % SPINS) * 300; n++)
			;
}

static void attacker_stack(void)
{
	for (unsigned i = 0;; i++) {
		at_rest = false;
		attack->once(world, i);
		at_rest = true;
		changes++;
		swapcontext(&attacker, &victim);
	}
}

static void *attacker_thread(void *arg)
{
	(void)arg;
	for (unsigned i = 0; !ended; i++) {
		while (waiting) /* or the victim would seldom get his turn */
			sched_yield();
		pthread_mutex_lock(&turn);
		attack->once(world, i);
		changes++;
		pthread_mutex_unlock(&turn);
	}
	return NULL;
}

void turns_begin(struct world *w, const struct attack *a, bool interleave)
{
	world = w;
	attack = a;
	interleaved = interleave;
	changes = 0;
	if (interleave) {
		stack = malloc(STACK);
		if (!stack || getcontext(&attacker))
			die("no stack for", a->name);
		attacker.uc_stack.ss_sp = stack;
		attacker.uc_stack.ss_size = STACK;
		makecontext(&attacker, attacker_stack, 0);
		drawn = 1;
		at_rest = victim_runs = takes_turns = true;
	} else {
		ended = waiting = false;
		if (pthread_create(&thread, NULL, attacker_thread, NULL))
			die("no thread for", a->name);
	}
}

void turns_rest(void)
{
	if (interleaved) {
		while (!at_rest)
			to_attacker();
		victim_runs = false;
	} else {
		waiting = true;
		pthread_mutex_lock(&turn);
		waiting = false;
	}
}

void turns_go_on(void)
{
	if (interleaved)
		victim_runs = true;
	else
		pthread_mutex_unlock(&turn);
}

unsigned long turns_end(void)
{
	turns_rest();
	if (interleaved) {
		free(stack);
	} else {
		ended = true;
		turns_go_on();
		pthread_join(thread, NULL);
	}
	return changes;
}

/* --- the victim's system calls ------------------------------------------ */

/* By the linker's --wrap: what calls NAME comes to __wrap_NAME. */
#define WRAP(type, name, params, args)                                                                       \
	type __real_##name params;                                                                           \
	type __wrap_##name params;                                                                           \
	type __wrap_##name params                                                                            \
	{                                                                                                    \
		point();                                                                                     \
		return __real_##name args;                                                                   \
	}

WRAP(int, unlinkat, (int at, const char *name, int flags), (at, name, flags))
WRAP(int, renameat2, (int a, const char *from, int b, const char *to, unsigned flags),
     (a, from, b, to, flags))
WRAP(int, linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags))
WRAP(int, mkdirat, (int at, const char *name, mode_t mode), (at, name, mode))
WRAP(int, fstatat, (int at, const char *name, struct stat *st, int flags), (at, name, st, flags))
WRAP(int, statx, (int at, const char *name, int flags, unsigned mask, struct statx *st),
     (at, name, flags, mask, st))
WRAP(int, fsync, (int fd), (fd))
WRAP(ssize_t, pread, (int fd, void *buf, size_t len, off_t off), (fd, buf, len, off))

/* openat2 is called by its number. */
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...)
{
	va_list ap;
	long a[6];

	va_start(ap, number);
	for (size_t i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	point();
	return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
