/* store_fault_inside.h - what the two files of store_fault.h share: store_fault.c has
 * the failures and the store's own operations, store_fault_handles.c those of what a
 * store gives out */
#ifndef CKPT_TESTS_STORE_FAULT_INSIDE_H
#define CKPT_TESTS_STORE_FAULT_INSIDE_H

#include "store/ops.h"
#include "tests/store_fault.h"

struct fault_store {
	struct ckpt_store base;
	struct ckpt_store *inner;
	struct fault *fault;
};

static inline struct fault_store *fault_self(struct ckpt_store *s)
{
	return (struct fault_store *)s;
}

/* What an operation does, and so which failures can befall it. */
enum fault_act { FAULT_LOOK, FAULT_WRITE, FAULT_REMOVE, FAULT_REPLACE };

/* Counts what is asked; the failure, or 0 where it is to be done. */
int fault_hit(struct ckpt_store *s, enum fault_act act, const char *what, const char *dir, const char *name,
	      struct ckpt_err *err);

/* Add the operations of handles to a table. */
void fault_handles(struct ckpt_store_ops *ops);

#endif
