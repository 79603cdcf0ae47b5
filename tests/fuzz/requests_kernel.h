/* requests_kernel.h - the kernel's side of a FUSE session, without a kernel
 *
 * A request is put together here, byte for byte as /dev/fuse would give it, and
 * handed to libfuse; what libfuse would write to /dev/fuse comes back here.  The
 * kernel's promises are kept: a length is right, a name ends and has no '/',
 * and a file handle is one that an open has answered and that is not released
 * yet.  (libfuse and ckptfs take it for a pointer, and rely on that.)  A node id
 * is any number.
 *
 * Each request that wants an answer gets exactly one.
 */
#ifndef CKPT_TESTS_FUZZ_REQUESTS_KERNEL_H
#define CKPT_TESTS_FUZZ_REQUESTS_KERNEL_H

#include <linux/fuse.h>
#include <stdbool.h>

#include "fuse/inside.h"

/* The longest answer, and the most that a request may carry. */
#define KERNEL_DATA_MAX ((size_t)64 << 10)

struct kernel_reply {
	int error; /* 0, or a positive errno */
	size_t len;
	uint8_t data[KERNEL_DATA_MAX];
};

/* A part of a request. */
struct kernel_arg {
	const void *data;
	size_t len;
};

/* A session of ckpt_fuse_ops that has been initialised; its INIT is checked. */
void kernel_start(struct ckpt_fuse *f);

/* Ask, and wait for the answer; arg ends with one without data.  The reply is
 * good until the next call. */
const struct kernel_reply *kernel_ask(uint32_t opcode, uint64_t node, uint32_t uid,
				      const struct kernel_arg *arg);
/* What wants no answer: FORGET, BATCH_FORGET. */
void kernel_tell(uint32_t opcode, uint64_t node, const struct kernel_arg *arg);
/* The next request is interrupted before libfuse has seen it; or one that was
 * answered already is. */
void kernel_interrupt(bool next);
/* Let libfuse answer all interrupts. */
void kernel_settle(void);

/* Begin to count; and a number that all requests since then, and their answers'
 * errors and node ids, make: the same of the same conversation. */
void kernel_begin(void);
uint64_t kernel_answers(void);

#endif
