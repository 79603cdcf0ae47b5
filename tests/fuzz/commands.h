/* commands.h - two roots, each with its model, for the parts of this target
 *
 * commands.c is the program that the input is, commands_run.c the commands,
 * commands_others.c what everybody else does, commands_compare.c what must be
 * the same after each step.
 */
#ifndef CKPT_TESTS_FUZZ_COMMANDS_H
#define CKPT_TESTS_FUZZ_COMMANDS_H

#include "engine/catalog.h"
#include "tests/fuzz/commands_model.h"
#include "tests/fuzz/fuzz.h"

/* A pipeline's root, and the archive of it. */
struct root {
	struct model model;
	struct ckpt_mem *mem;
	struct ckpt_store *ours, *theirs;
	struct ckpt_lock *lock; /* of a pipeline */
	struct ckpt_lease *lease[N_CKPT];
	/* As they were compared last (commands_compare.c). */
	struct model seen;
	uint64_t seen_mark;
};
extern struct root root[2], *r; /* r: that of this step */
extern struct bytes in;

static inline unsigned take_ckpt(void)
{
	return take(&in) % N_CKPT;
}

/* --- commands_compare.c ------------------------------------------------------- */

/* Sorts the lines of both answers: what order they have is not a rule.  Releases
 * both, and compares the root of this step. */
void must_be_outcome(const char *what, int rc, const struct ckpt_err *err, struct ckpt_buf *answer,
		     struct outcome *want);
void must_be_tree(struct root *of, const char *after);
/* The same, at once where root and model are what they were when they were last
 * compared. */
void must_still_be_tree(struct root *of, const char *after);

/* --- commands_run.c ------------------------------------------------------------ */

void do_commit(void);
void do_gc(void);
void do_remove(void);
void do_sweep(void);
void do_verify(void);
void do_pin(bool set);
void do_rebuild(void);
void do_archive(void);

/* --- commands_others.c --------------------------------------------------------- */

/* A pipeline: a checkpoint's directory and its batches, state.json, the lock. */
void stage(void);
void write_state(void);
void toggle_lock(void);
/* A reader. */
void toggle_reader(void);
/* Somebody who knows no rules. */
void drop_batch(void);
void damage_dir(void);
void damage_catalog(void);
void damage_pins(void);
void add_junk(void);

#endif
