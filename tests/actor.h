/* actor.h - system calls made by another process, whatever it wants itself
 *
 * An actor is a thread of some process, stopped, that we make do what somebody
 * who has taken that process over would: through system calls, and through an
 * io_uring of its own, of which a filter of system calls sees nothing.  The
 * process needs nothing for it: calls are put in by ptrace, so it is the
 * program that is shipped which is tried.
 */
#ifndef CKPTFS_TESTS_ACTOR_H
#define CKPTFS_TESTS_ACTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/user.h>

struct ckpt_actor {
	pid_t pid, tid;
	unsigned long entry; /* where our call is put: code that ran once, at the start */
	long code;	     /* what was there */
	struct user_regs_struct regs;
	unsigned long memory; /* ACTOR_MEMORY bytes of the process, for arguments */
	int ring;	      /* a descriptor of the process; -1: none */
};

#define ACTOR_MEMORY 16384
#define ACTOR_ARGS 6

/* False if that thread has just ended; exits with a message if it can't. */
bool ckpt_actor_begin(struct ckpt_actor *a, pid_t pid, pid_t tid);
/* It goes on as if nothing had been. */
void ckpt_actor_end(struct ckpt_actor *a);

/* The result of the call, or -errno. */
long ckpt_actor_call(struct ckpt_actor *a, long nr, const long arg[ACTOR_ARGS]);
/* Copy to and from its memory. */
void ckpt_actor_put(struct ckpt_actor *a, unsigned long to, const void *data, size_t len);
void ckpt_actor_get(struct ckpt_actor *a, unsigned long from, void *data, size_t len);
/* Where argument n may be put; each has a quarter of a page. */
unsigned long ckpt_actor_place(const struct ckpt_actor *a, unsigned n);

/* Make the ring: 0 or -errno. */
long ckpt_actor_ring(struct ckpt_actor *a);
/* One operation through it, as in an io_uring_sqe: the result, or -errno. */
struct ckpt_operation {
	unsigned char opcode;
	int fd;
	unsigned long off, addr;
	unsigned len, flags;
};
long ckpt_actor_operate(struct ckpt_actor *a, const struct ckpt_operation *op);

#endif
