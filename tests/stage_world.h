/* stage_world.h - a root in memory and a program of two states, for the tests of
 * stages and restores */
#ifndef CKPT_TESTS_STAGE_WORLD_H
#define CKPT_TESTS_STAGE_WORLD_H

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ckptfs/restore.h"
#include "ckptfs/stage.h"
#include "tests/fixture.h"
#include "tests/store_fault.h"
#include "tests/suite.h"

extern struct ckpt_mem *mem;
extern struct fault fault;
extern struct ckpt_store *store;
extern struct ckpt_root *root;
extern struct ckpt_err e;

/* The program. */
#define N_STATES 2
extern uint64_t counter;
extern char *word;
extern const struct ckpt_state states[N_STATES];
void set(uint64_t n, const char *text);

/* Faults are counted for one thread. */
void begin(void);
void begin_for_threads(void);
void end(void);

extern const uint64_t fingerprint; /* 42 */
extern const struct ckpt_commit_opts plain;
extern const struct ckpt_restore_opts newest;

int write_batch(struct ckpt_stage *s, unsigned worker, const char *text, char name[256],
		struct ckpt_err *err);
/* One checkpoint of the two states, a new batch, and one that is shared (""
 * for none); keeps the new batch's name. */
int save_with(const struct ckpt_commit_opts *opts, const char *shared, char name[256], struct ckpt_err *err);
void save(void); /* must work */
int restore(const struct ckpt_restore_opts *opts, const struct ckpt_state *into, size_t n);

#endif
