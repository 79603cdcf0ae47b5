/* crash_check.h - is what a power loss leaves still a root?
 *
 * Commands run one after the other on a store that keeps a log.  Then for each
 * prefix of the log, and each state that a power loss can leave of it:
 *
 * - the root can be opened, and its catalog, pins and state.json are what they
 *   were when the last command returned, or at a moment since;
 * - each checkpoint that the catalog names is whole: verify finds nothing, and
 *   every byte of every file of it is there;
 * - a sweep takes what is left over, and a second one finds nothing more;
 * - the command that was interrupted can be run again, before the sweep or
 *   after it, and then the root is what it would have been.
 */
#ifndef CKPT_TESTS_CRASH_CHECK_H
#define CKPT_TESTS_CRASH_CHECK_H

#include "base/buf.h"
#include "engine/catalog.h"
#include "tests/crash_model.h"

/* A command, run to its end: what is done already is no failure.  c is NULL
 * where the store keeps no log. */
typedef int crash_run(struct crash *c, struct ckpt_store *s, unsigned n, struct ckpt_err *err);
struct crash_step {
	crash_run *run;
	unsigned n;
};

#define CRASH_STEPS 16
#define CRASH_ROOT_NAMES 3 /* catalog, pins, state.json */
#define CRASH_MOMENTS 32   /* contents of one of them since a command returned */

struct crash_check {
	struct crash crash;
	const struct crash_step *step;
	size_t n_step;
	/* A root that looks as if its catalog was lost is none of the command's
	 * doing: only the command itself is run again. */
	bool may_be_lost;
	/* One of many logs that are much alike: the bounds are an eighth. */
	bool alike;
	/* Only what is left once the first command has ended. */
	bool after_first;
	/* A command chooses its uuids anew: catalogs are compared by length. */
	bool fresh_uuids;
	/* NULL, or what else must hold of a root. */
	bool (*also)(struct ckpt_store *s, struct ckpt_err *why);

	/* The answer. */
	unsigned long points; /* steps of the log */
	unsigned long states; /* looked at */
	unsigned long violations;
	char first[1024]; /* of these, as a sentence */

	/* While it runs. */
	struct crash_model model;
	size_t at, done; /* in the log; commands that have ended */
	struct {
		int file[CRASH_MOMENTS]; /* -1: absent */
		size_t n;
	} moment[CRASH_ROOT_NAMES];
	struct ckpt_buf after[CRASH_STEPS]; /* the catalog after each that returned 0 */
	bool known[CRASH_STEPS];
	uint64_t *seen;
	size_t n_seen, cap_seen;
};

/* The environment of every command: clocks that stand still. */
extern const struct ckpt_env crash_env;

/* Run steps on the store, each by a process of its own: what they do is
 * durable (base), happens before (begin), or is to be looked at (do). */
void crash_base(struct crash_check *k, const struct crash_step *step, size_t n);
void crash_begin(struct crash_check *k, const struct crash_step *step, size_t n);
void crash_do(struct crash_check *k, const struct crash_step *step, size_t n);
/* Run one, kill it after so many steps of the log; false: it ended before. */
bool crash_killed(struct crash_check *k, const struct crash_step *step, size_t steps);
/* Run one whose fail-th operation fails; false: none did. */
bool crash_failed(struct crash_check *k, const struct crash_step *step, unsigned long fail);
/* Look at all of it.  CKPTFS_CRASH_ALL and CKPTFS_CRASH_DRAWN raise the bounds
 * of crash_model.h. */
void crash_look(struct crash_check *k);

void crash_check_init(struct crash_check *k);
void crash_check_release(struct crash_check *k);

/* crash_judge.c: whether the state that is chosen in k->model is one; adds to
 * the violations. */
void crash_judge(struct crash_check *k);

#endif
