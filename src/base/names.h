/* names.h - a sorted set of names
 *
 * The batches of a checkpoint are a set of up to some hundred thousand short
 * names.  They lie one after the other in one block, each with its NUL; a
 * second block holds where each begins, in the order of strcmp.  So a set
 * costs two allocations and is searched by bisection.
 *
 * Add in any order, then seal once (which sorts and drops doubles); only a
 * sealed set is looked at.
 */
#ifndef CKPT_BASE_NAMES_H
#define CKPT_BASE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* A name as it lies in a text, without a NUL. */
struct ckpt_slice {
	const char *s;
	size_t len;
};

struct ckpt_names {
	struct ckpt_buf text;
	uint32_t *start;
	size_t n, cap;
	bool failed; /* no memory, or more than 4 GiB of names */
};

#define CKPT_NAMES_INIT                                                                                      \
	{                                                                                                    \
		.text = CKPT_BUF_INIT                                                                        \
	}

void ckpt_names_release(struct ckpt_names *s);
/* Room for so many more, of so many bytes in all: what grows by and by is copied each
 * time. */
void ckpt_names_reserve(struct ckpt_names *s, size_t names, size_t bytes);
void ckpt_names_add(struct ckpt_names *s, const char *name, size_t len);
/* Sort and drop doubles.  False if an addition failed. */
bool ckpt_names_seal(struct ckpt_names *s);
const char *ckpt_names_at(const struct ckpt_names *s, size_t i);
/* The index of name in a sealed set, or -1. */
ptrdiff_t ckpt_names_find(const struct ckpt_names *s, const char *name);

#endif
