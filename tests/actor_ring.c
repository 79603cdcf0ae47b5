#include <errno.h>
#include <linux/io_uring.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>

#include "tests/actor.h"

/* The ring lies in memory that the process has already (Linux 6.5), so that we
 * can write to it: the third page of it, and its requests the fourth. */
#define NO_MMAP (1U << 14)
#define RINGS(a) ((a)->memory + 2 * 4096UL)
#define REQUESTS(a) ((a)->memory + 3 * 4096UL)

/* Where things are in a ring of one entry. */
static struct io_uring_params params;

long ckpt_actor_ring(struct ckpt_actor *a)
{
	const unsigned long at = ckpt_actor_place(a, 7);
	struct io_uring_params p = { .flags = NO_MMAP };
	long fd;

	p.sq_off.resv2 = REQUESTS(a);
	p.cq_off.resv2 = RINGS(a);
	ckpt_actor_put(a, at, &p, sizeof(p));
	fd = ckpt_actor_call(a, SYS_io_uring_setup, (const long[ACTOR_ARGS]){ 1, (long)at });
	if (fd < 0)
		return fd;
	ckpt_actor_get(a, at, &params, sizeof(params));
	a->ring = (int)fd;
	return 0;
}

static unsigned get(struct ckpt_actor *a, unsigned off)
{
	unsigned v;

	ckpt_actor_get(a, RINGS(a) + off, &v, sizeof(v));
	return v;
}

static void set(struct ckpt_actor *a, unsigned off, unsigned v)
{
	ckpt_actor_put(a, RINGS(a) + off, &v, sizeof(v));
}

long ckpt_actor_operate(struct ckpt_actor *a, const struct ckpt_operation *op)
{
	const struct io_uring_sqe sqe = {
		.opcode = op->opcode,
		.fd = op->fd,
		.off = op->off,
		.addr = op->addr,
		.len = op->len,
		.open_flags = op->flags,
	};
	struct io_uring_cqe cqe;
	unsigned head = get(a, params.cq_off.head);
	long rc;

	ckpt_actor_put(a, REQUESTS(a), &sqe, sizeof(sqe));
	set(a, params.sq_off.array, 0);
	set(a, params.sq_off.tail, get(a, params.sq_off.tail) + 1);
	rc = ckpt_actor_call(a, SYS_io_uring_enter,
			     (const long[ACTOR_ARGS]){ a->ring, 1, 1, IORING_ENTER_GETEVENTS });
	if (rc < 0)
		return rc;
	ckpt_actor_get(a,
		       RINGS(a) + params.cq_off.cqes + (head & get(a, params.cq_off.ring_mask)) * sizeof(cqe),
		       &cqe, sizeof(cqe));
	set(a, params.cq_off.head, head + 1);
	return cqe.res;
}
