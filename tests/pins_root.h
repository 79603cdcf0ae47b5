/* pins_root.h - a root of four checkpoints, a clock, and short words for what is
 * done with pins */
#ifndef CKPT_TESTS_PINS_ROOT_H
#define CKPT_TESTS_PINS_ROOT_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "ckptfs/pins.h"
#include "engine/retention.h"
#include "tests/fixture.h"
#include "tests/store_fault.h"
#include "tests/suite.h"

#define NOW INT64_C(1800000000000)

static struct ckpt_mem *mem;
static struct ckpt_store *store;
static struct ckpt_root *root;
static struct ckpt_err e;
static struct fault fault;
static struct ckpt_plan plan;
static struct ckpt_pins pins;
static int64_t now;

static inline int64_t clock_of_test(void *ctx)
{
	(void)ctx;
	return now;
}

static inline void setup(void)
{
	struct ckpt_env env = { .now_ms = clock_of_test };

	mem = ckpt_mem_new();
	now = NOW;
	fault = (struct fault){ .code = EIO };
	store = store_fault_new(in_memory(mem), &fault);
	ok(ckpt_root_open(store, &env, &root, &e), &e);
	for (unsigned n = 1; n <= 4; n++)
		commit_nth(root, n, NULL);
}

static inline void teardown(void)
{
	ckpt_plan_release(&plan);
	ckpt_pins_release(&pins);
	ckpt_root_free(root);
	ckpt_store_free(store);
	ckpt_mem_free(mem);
}

static inline int pin(const char *name, unsigned n)
{
	struct ckpt_uuid u = nth_uuid(n);

	ckpt_pins_release(&pins);
	return ckpt_pin(root, name, &u, NULL, &pins, &e);
}

static inline int pin_until(const char *name, unsigned n, int64_t ms)
{
	struct ckpt_uuid u = nth_uuid(n);

	ckpt_pins_release(&pins);
	return ckpt_pin(root, name, &u, &ms, &pins, &e);
}

static inline int unpin(const char *name)
{
	ckpt_pins_release(&pins);
	return ckpt_unpin(root, name, &pins, &e);
}

static inline int gc(bool dry_run)
{
	struct ckpt_gc_opts o = { .dry_run = dry_run };

	ckpt_plan_release(&plan);
	return ckpt_gc(root, &o, &plan, &e);
}

static inline int drop(unsigned n)
{
	struct ckpt_uuid u = nth_uuid(n);

	ckpt_plan_release(&plan);
	return ckpt_remove(root, &u, false, &plan, &e);
}

static inline void why_is(unsigned n, const char *why)
{
	struct ckpt_uuid u = nth_uuid(n);

	for (size_t i = 0; i < plan.n_kept; i++)
		if (ckpt_uuid_cmp(&plan.kept[i].uuid, &u) == 0) {
			ck_assert_str_eq(plan.kept[i].why, why);
			return;
		}
	ck_abort_msg("checkpoint %u was not kept", n);
}

#endif
