/* sweep_look.h - what a sweep sees of a root
 *
 * Under the root's lock, since whoever works there meanwhile makes files that no
 * checkpoint needs yet.  But a pipeline that starts waits for that lock, and a root
 * that nobody has looked at lately may be a minute's work for its disk.  So a look
 * under the lock has an end; where it is not done by then the lock is let go, and all
 * is looked at once without it, which takes as long as it takes and finds nothing out
 * but brings it into the system's memory.  Then it is tried again.
 *
 * Race 4.  A checkpoint that left the catalog may still be read under a lease
 * (its directory is then unknown to the catalog).  As in a gc the exclusive
 * lease of an unknown directory is taken before it goes; one that can't be had
 * leaves the directory, and the batches that it names.
 */
#ifndef CKPT_ENGINE_SWEEP_LOOK_H
#define CKPT_ENGINE_SWEEP_LOOK_H

#include "base/names.h"
#include "engine/plan.h"

struct ckpt_sweep_look {
	struct ckpt_root *root;
	bool asks;	  /* takes no lease: nothing is removed after it */
	int64_t until;	  /* monotonic ms; 0: no end */
	uint64_t pidlock; /* its size while nobody of ours held it */
	/* What was seen. */
	struct ckpt_top *top; /* by name */
	size_t n_top, cap;
	struct ckpt_lease **lease; /* of unknown directories */
	size_t n_lease;
	struct ckpt_names held; /* batches that leased, unknown directories name */
	bool hold_all;		/* one of those can't be read */
	bool more;		/* directories were put off to the next round */
};

/* The first four members are set.  EAGAIN: it was not done in time; EINTR: stopped.  To
 * be released in any case. */
int ckpt_sweep_look(struct ckpt_sweep_look *l, struct ckpt_err *err);
void ckpt_sweep_look_release(struct ckpt_sweep_look *l);

#endif
