/* Of the threads that may receive one does, as long as it keeps up; and none waits behind
 * an answer that takes its time. */
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "fuse/receive.h"
#include "tests/suite.h"

#define THREADS 16

enum kind {
	QUICK = 1,
	SLOW, /* answered once it is let */
	LONG, /* the same, and says so before */
};

struct request {
	enum kind kind;
	uint32_t reader;
};

static struct ckpt_receive *r;
static int end[2];
static pthread_t threads[THREADS];
static sem_t answered, let;
static unsigned slow;
static const void *last;
static unsigned long others; /* requests that another thread received than the one before */

static void note_thread(void)
{
	static __thread char self;

	if (__atomic_exchange_n(&last, &self, __ATOMIC_SEQ_CST) != &self)
		__atomic_add_fetch(&others, 1, __ATOMIC_SEQ_CST);
}

static void answer(enum kind kind)
{
	switch (kind) {
	case LONG:
		ckpt_receive_long(r);
		/* fall through */
	case SLOW:
		__atomic_add_fetch(&slow, 1, __ATOMIC_SEQ_CST);
		while (sem_wait(&let))
			;
		return;
	default:
		note_thread();
		sem_post(&answered);
	}
}

static void *run(void *unused)
{
	struct request q;
	ssize_t n;

	(void)unused;
	for (;;) {
		ckpt_receive_begin(r);
		n = read(end[0], &q, sizeof(q));
		ckpt_receive_end(r, n == sizeof(q) ? q.reader : 0);
		if (n == sizeof(q))
			answer(q.kind);
	}
	return NULL;
}

static void setup(void)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, end), 0);
	ck_assert_int_eq(sem_init(&answered, 0, 0), 0);
	ck_assert_int_eq(sem_init(&let, 0, 0), 0);
	r = ckpt_receive_new();
	ck_assert_ptr_nonnull(r);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, run, NULL), 0);
}

/* Whatever they wait for, they can be cancelled there. */
static void teardown(void)
{
	for (size_t i = 0; i < THREADS; i++)
		pthread_cancel(threads[i]);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	ckpt_receive_free(r);
	close(end[0]);
	close(end[1]);
}

static void pause_ms(long ms)
{
	const struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static void ask(enum kind kind, uint32_t reader)
{
	const struct request q = { .kind = kind, .reader = reader };

	ck_assert_int_eq(write(end[1], &q, sizeof(q)), sizeof(q));
}

static void wait_for_answer(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_sec += 30;
	ck_assert_msg(!sem_timedwait(&answered, &t), "nobody received it");
}

static void quick(void)
{
	ask(QUICK, 1);
	wait_for_answer();
}

static unsigned long changes(void (*thousand)(void))
{
	unsigned long before = __atomic_load_n(&others, __ATOMIC_SEQ_CST);

	thousand();
	return __atomic_load_n(&others, __ATOMIC_SEQ_CST) - before;
}

static void one_by_one(void)
{
	for (int i = 0; i < 1000; i++)
		quick();
}

static void two_at_once(void)
{
	for (int i = 0; i < 500; i++) {
		ask(QUICK, 1);
		ask(QUICK, 2);
		wait_for_answer();
		wait_for_answer();
	}
}

/* --- the tests ------------------------------------------------------------- */

/* Of a thousand requests, so many come to another thread than the one before.  Some do
 * anyway, since a thread was kept from the processor for longer than a look. */
#define OFTEN 250

START_TEST(what_comes_one_by_one_one_thread_receives)
{
	ck_assert_uint_lt(changes(one_by_one), OFTEN);
}
END_TEST

START_TEST(one_is_left_that_receives_whatever_the_others_wait_for)
{
	const char kind = _i ? LONG : SLOW;

	for (int i = 1; i < THREADS; i++) {
		ask(kind, 1);
		quick();
	}
	for (int i = 0; i < 30000 && __atomic_load_n(&slow, __ATOMIC_SEQ_CST) < THREADS - 1; i++)
		pause_ms(1);
	ck_assert_uint_eq(__atomic_load_n(&slow, __ATOMIC_SEQ_CST), THREADS - 1);
	for (int i = 0; i < 100; i++)
		quick();
	/* Those that come back stand by again. */
	for (int i = 1; i < THREADS; i++)
		sem_post(&let);
	for (int i = 1; i < THREADS; i++) {
		ask(kind, 1);
		quick();
	}
}
END_TEST

START_TEST(two_receive_for_two_readers_and_then_one_for_one)
{
	unsigned long n = 0;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		return;
	for (int i = 0; i < 100 && n <= OFTEN; i++)
		n = changes(two_at_once);
	ck_assert_uint_gt(n, OFTEN);
	for (int i = 0; i < 100 && n >= OFTEN; i++)
		n = changes(one_by_one);
	ck_assert_uint_lt(n, OFTEN);
}
END_TEST

static unsigned long switches(void)
{
	unsigned long n, sum = 0;
	char line[256];
	FILE *f = popen("cat /proc/$PPID/task/*/status", "re");

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f)) {
		const char *at = strstr(line, "voluntary_ctxt_switches:");

		if (line[0] == 'v' && at && sscanf(at, "voluntary_ctxt_switches: %lu", &n) == 1)
			sum += n;
	}
	pclose(f);
	return sum;
}

/* Our own thread sleeps and waits for the one that reads. */
#define OWN 20

START_TEST(while_nothing_comes_all_sleep)
{
	unsigned long before, after = 0;

	for (int i = 0; i < 100; i++)
		quick();
	for (int i = 0; i < 20; i++) {
		before = switches();
		pause_ms(500);
		after = switches() - before;
		if (after <= OWN)
			break;
	}
	ck_assert_uint_le(after, OWN);
	quick();
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("receive");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, what_comes_one_by_one_one_thread_receives);
	tcase_add_loop_test(t, one_is_left_that_receives_whatever_the_others_wait_for, 0, 2);
	tcase_add_test(t, two_receive_for_two_readers_and_then_one_for_one);
	tcase_add_test(t, while_nothing_comes_all_sleep);
	return suite_run_one("receive", t);
}
