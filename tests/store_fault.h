/* store_fault.h - a store that fails when told to
 *
 * A wrapper round a real store, switched on from outside.  It counts what is
 * asked of it in two ways, and fails the k-th of either before anything is done:
 *
 * - done: the operations that change something, and the syncs;
 * - asked: all that the code of the failure can befall.  EIO and EACCES befall
 *   everything, a listing also in its middle; ENOSPC, EDQUOT and EROFS what
 *   writes.  EUCLEAN is the one failure of replace() that comes after the deed.
 */
#ifndef CKPT_TESTS_STORE_FAULT_H
#define CKPT_TESTS_STORE_FAULT_H

#include <stdbool.h>

#include "store/contract.h"

struct fault {
	unsigned long done;    /* changing operations so far, and syncs */
	unsigned long syncs;   /* these alone */
	unsigned long fail_at; /* of done; 1: the first; 0: never */
	int code;	       /* errno of the failure */
	unsigned long locks;   /* times the root was locked */

	unsigned long asked;  /* what code can befall, so far */
	unsigned long ask_at; /* of asked; 0: never */
	bool for_good;	      /* and all that come after it */
	int next;	      /* errno that the operation after a failure fails with, too; 0: none */

	unsigned long looks;	 /* into directories, and at files in them */
	unsigned long at_look;	 /* just before this one (0: never) ... */
	void (*meanwhile)(void); /* ... somebody else does this */

	unsigned long hits; /* failures so far */
	long open;	    /* files, writers, locks, leases and watches that are not given back */
	char last[CKPT_ERR_MAX];
};

/* Takes inner over; *f stays the caller's and may be changed at any time. */
struct ckpt_store *store_fault_new(struct ckpt_store *inner, struct fault *f);

#endif
