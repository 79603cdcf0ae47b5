/* plan.h - plans as values, and the two that the engine makes
 *
 * A plan is made by a pure function of what was read: the same input gives
 * the same plan, and nothing is touched.  It is then measured (sizes are
 * looked up), and printed or carried out by ckpt_plan_apply().
 */
#ifndef CKPT_ENGINE_PLAN_H
#define CKPT_ENGINE_PLAN_H

#include "engine/root.h"
#include "engine/uses.h"

/* What shall become of one checkpoint of the catalog. */
struct ckpt_fate {
	bool goes;  /* it leaves the catalog now */
	bool later; /* it will leave, in a later round */
	char *why;  /* why it stays, every reason; NULL: nothing keeps it */
};
/* Another reason for it to stay. */
int ckpt_fate_because(struct ckpt_fate *fate, struct ckpt_err *err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void ckpt_fates_free(struct ckpt_fate *fate, size_t n); /* NULL is allowed */

/* Read what keeps a checkpoint of the catalog as last read (rules, not
 * readers), and give each that stays its reasons.  What can't be read (pins,
 * state.json) is an error: it never means that nothing is kept.  only: all but
 * this one stay in any case (remove), or NULL (gc). */
int ckpt_gc_rules(struct ckpt_root *root, const struct ckpt_gc_opts *opts, const struct ckpt_uuid *only,
		  struct ckpt_fate *fate, struct ckpt_err *err);

/* gc and remove: of all checkpoints those go whose fate says so, with the
 * batches that only they need.  A checkpoint that stays and whose
 * dependencies can't be read stops it: EUCLEAN. */
int ckpt_gc_plan(const struct ckpt_uses *uses, const struct ckpt_fate *fate, struct ckpt_plan *plan,
		 struct ckpt_err *err);

/* What lies at the top level of a root. */
struct ckpt_top {
	char *name;
	enum ckpt_kind kind;
	uint64_t size, ino;
	uint64_t tree_files, tree_bytes; /* of an unknown directory */
	const char *leave;		 /* why an unknown directory stays; a constant, or NULL */
	bool later;			 /* an unknown directory that a later round removes */
};
struct ckpt_sweep_input {
	const struct ckpt_uses *uses;
	const struct ckpt_top *top;
	size_t n_top;
	const struct ckpt_names *held; /* batches that leased, unknown directories name */
	bool hold_all;		       /* one of those can't be read: keep every batch */
	const struct ckpt_left *left;  /* by name: what earlier rounds have left, which is not tried again */
	size_t n_left;
};
/* sweep: what no checkpoint needs.  A checkpoint whose dependencies can't be
 * read stops it: EUCLEAN. */
int ckpt_sweep_plan(const struct ckpt_sweep_input *in, struct ckpt_plan *plan, struct ckpt_err *err);

/* gc, and of only this one: remove (NULL: gc); the options have been looked at. */
int ckpt_gc_run(struct ckpt_root *root, const struct ckpt_gc_opts *opts, const struct ckpt_uuid *only,
		struct ckpt_plan *plan, struct ckpt_err *err);

/* Building: sticky plan->failed instead of errors.  dir and name are copied. */
void ckpt_plan_add_removed(struct ckpt_plan *p, const struct ckpt_uuid *u);
void ckpt_plan_add_kept(struct ckpt_plan *p, const struct ckpt_uuid *u, const char *why);
void ckpt_plan_drop_kept(struct ckpt_plan *p);
void ckpt_plan_add_item(struct ckpt_plan *p, const char *dir, const char *name, uint64_t files,
			uint64_t bytes);
/* By their names. */
int ckpt_left_cmp(const void *a, const void *b);
void ckpt_plan_sort_left(struct ckpt_plan *p);
void ckpt_plan_add_left(struct ckpt_plan *p, const char *name, const char *why);
void ckpt_plan_add_missing(struct ckpt_plan *p, const char *name);
void ckpt_plan_add_note(struct ckpt_plan *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Move all of from to the end of p (usage, missing and kept: those of from replace p's); from is then empty.
 */
void ckpt_plan_merge(struct ckpt_plan *p, struct ckpt_plan *from);

/* gc: look up the size of each batch that goes, and name each file of each
 * directory that goes.  What is gone already drops out; what is no regular
 * file goes to left.  A stop ends it: nothing has changed yet.  EAGAIN: it took until
 * then (monotonic ms; 0: no end); the plan is as it was, and to measure it once without
 * the lock makes the next time quick. */
int ckpt_plan_measure(struct ckpt_plan *p, struct ckpt_root *root, int64_t until, struct ckpt_err *err);
/* The sentence for that, where it doesn't help. */
int ckpt_look_late(struct ckpt_root *root, struct ckpt_err *err);

/* It was carried out, and the plan that says what was done is not whole. */
int ckpt_plan_untold(struct ckpt_root *root, bool dry_run, struct ckpt_err *err);
/* Remove the items, in order, until deadline (monotonic ms; 0: none); those
 * not reached, and those that could not be removed (they are also added to
 * left), are taken out of items.  *more: the deadline came first; what was not
 * reached is added to left with the reason unreached.  With unreached NULL (a
 * sweep, which finds them again) it is not, and then a stop counts as well: a
 * gc whose catalog is written already does not stop in the middle.  tag (NULL:
 * none) has a number for each item, and loses those of the items that are taken
 * out.  Under the root's lock. */
void ckpt_plan_apply(struct ckpt_plan *p, struct ckpt_root *root, int64_t deadline, const char *unreached,
		     size_t *tag, bool *more);

/* The same for a sweep.  Removing is much faster in the order in which the files lie
 * on the disk, so it is done in that, where there is memory for it; what is left of the
 * items is in the plan's own. */
void ckpt_sweep_apply(const struct ckpt_sweep_input *in, struct ckpt_plan *p, struct ckpt_root *root,
		      int64_t deadline, bool *more);

#endif
