#include "fuse/awake.h"

#include <poll.h>
#include <sched.h>
#include <time.h>

/* Twice as long after what came so soon that it would have been worth it, half as long
 * after what did not; shorter than the least is not at all. */
#define LEAST_NS 5000
#define MOST_NS 80000

/* A yield that takes so long has given the processor to somebody. */
#define YIELDED_NS 10000

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

bool ckpt_awake_has(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) != 0;
}

void ckpt_awake_wait(struct ckpt_awake *a, int fd, bool allowed)
{
	int64_t now = now_ns(), before;

	a->since = now;
	if (!allowed)
		a->ns = 0;
	while (now - a->since < a->ns && !ckpt_awake_has(fd)) {
		sched_yield();
		before = now;
		now = now_ns();
		if (now - before > YIELDED_NS)
			a->ns = 0;
	}
}

void ckpt_awake_came(struct ckpt_awake *a)
{
	if (now_ns() - a->since <= MOST_NS)
		a->ns = a->ns ? 2 * a->ns : LEAST_NS;
	else
		a->ns /= 2;
	if (a->ns > MOST_NS)
		a->ns = MOST_NS;
	else if (a->ns < LEAST_NS)
		a->ns = 0;
}
