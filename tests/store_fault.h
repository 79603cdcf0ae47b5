/* store_fault.h - a store that fails when told to
 *
 * A wrapper round a real store: it counts the operations that change
 * something, and makes the k-th of them fail before it does anything.
 */
#ifndef CKPT_TESTS_STORE_FAULT_H
#define CKPT_TESTS_STORE_FAULT_H

#include "ckptfs/store.h"

struct fault {
	unsigned long done;	 /* changing operations so far, and syncs */
	unsigned long syncs;	 /* these alone */
	unsigned long fail_at;	 /* 1: the first; 0: never */
	int code;		 /* errno of the failure */
	unsigned long locks;	 /* times the root was locked */
	unsigned long looks;	 /* into directories, and at files in them */
	unsigned long at_look;	 /* just before this one (0: never) ... */
	void (*meanwhile)(void); /* ... somebody else does this */
};

/* Takes inner over; *f stays the caller's and may be changed at any time. */
struct ckpt_store *store_fault_new(struct ckpt_store *inner, struct fault *f);

#endif
