/* crash_world.h - the commands whose power losses are looked at
 *
 * Every file says by its own content whether it is whole: a batch and a state
 * file hold their name and an end, JSON ends with its bracket.
 */
#ifndef CKPT_TESTS_CRASH_WORLD_H
#define CKPT_TESTS_CRASH_WORLD_H

#include "tests/crash_check.h"

bool crash_is_whole(const char *name, const char *data, size_t len);
/* Checkpoints from here on have no batches. */
#define CRASH_BARE 100
bool crash_has_no_batches(const struct ckpt_uuid *u);

/* Stage checkpoint n as a pipeline does, nothing of it synced, and commit it:
 * with a batch that all share, one that it shares with the next, and one of its
 * own.  In an empty root the pipeline also makes the catalog. */
crash_run crash_commit;
/* The same where the pipeline left the catalog to us. */
crash_run crash_commit_first;
/* Nothing staged: the commit makes the directory. */
crash_run crash_commit_bare;
crash_run crash_gc, crash_remove, crash_sweep;
crash_run crash_pin, crash_unpin; /* n, by the name pN */
crash_run crash_rebuild;
/* All checkpoints of the source into this store. */
crash_run crash_archive;

/* What is no command of ours, nothing of it synced (crash_others.c): */
crash_run crash_garbage;      /* leftovers of every kind */
crash_run crash_state;	      /* n's own state.json, and the root's */
crash_run crash_resume;	      /* the root's alone */
crash_run crash_lose;	      /* the catalog goes */
crash_run crash_spoil;	      /* it is cut off in the middle */
crash_run crash_stage;	      /* the files of checkpoint n */
crash_run crash_stage_alone;  /* checkpoint n, as a pipeline leaves it that is to be rebuilt */
crash_run crash_copy_batches; /* the batches of checkpoint n, as cp does */

/* A stage (crash_stage.c): the n-th checkpoint, of two states, a batch of its own
 * and those of the newest; and the same, dropped. */
#define CRASH_STAGED_BATCH "a staged batch, and this is its end"
crash_run crash_staged, crash_dropped;

/* The source of archives: n checkpoints that are finished. */
void crash_source(unsigned n);
void crash_source_end(void);

#endif
