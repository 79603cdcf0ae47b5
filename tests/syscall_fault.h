/* syscall_fault.h - a call to the system that fails when told to
 *
 * A program that is linked with syscall_fault.c has the calls by which the
 * store on a directory works: each goes through to the C library, unless it is
 * its turn to fail.  And nothing waits for the disk: fsync() and syncfs()
 * only count.
 */
#ifndef CKPT_TESTS_SYSCALL_FAULT_H
#define CKPT_TESTS_SYSCALL_FAULT_H

#include <stdbool.h>

enum syscall_fault_kind {
	SYSCALL_FAULT_ERROR, /* the k-th call fails, by turns with what it can fail with */
	SYSCALL_FAULT_SHORT, /* each read and write does half of what it could */
	SYSCALL_FAULT_EINTR  /* each read and write is interrupted the first time */
};

/* From now on, in this thread. */
void syscall_fault_begin(enum syscall_fault_kind kind, unsigned long k);
/* No more; the errno that a call has failed with, or how many were short or
 * interrupted; 0: none. */
unsigned long syscall_fault_end(void);

#endif
