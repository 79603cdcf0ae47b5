/* engine_world.h - a root in memory, for the tests of the engine
 *
 * Every checkpoint n has a batch of its own and the one that all share; the
 * store counts, and fails when told to.
 */
#ifndef CKPT_TESTS_ENGINE_WORLD_H
#define CKPT_TESTS_ENGINE_WORLD_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "tests/fixture.h"
#include "tests/store_fault.h"
#include "tests/suite.h"

extern struct ckpt_mem *mem;
extern struct ckpt_store *store;
extern struct ckpt_root *root;
extern struct ckpt_err e;
extern struct fault fault;

void begin(void);
void end(void);

#define BATCHES(...) ((const char *const[]){ __VA_ARGS__, NULL })
void commit(unsigned n);
/* All from 1 to n. */
void commit_all(unsigned n);
/* How many it removed; must work. */
size_t gc(const struct ckpt_uuid *except, size_t n);
/* They fail by this code; the sentence is in e. */
void gc_fails(int code);
void sweep_fails(int code);

/* The catalog holds exactly these, in this order, in memory and on disk, and
 * each has its directory, its own batch and the one that all share. */
void holds(size_t n, const unsigned *which);
#define HOLDS(...) holds(sizeof((unsigned[]){ __VA_ARGS__ }) / sizeof(unsigned), (unsigned[]){ __VA_ARGS__ })
/* Neither directory nor batch of n is there. */
void gone(unsigned n);

#endif
