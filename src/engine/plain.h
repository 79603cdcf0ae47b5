/* plain.h - the JSON that Feldera writes, read in one pass
 *
 * What it writes is compact, without escapes in names, and has its members in
 * one order.  The readers here know exactly that, and no other JSON: they are
 * a hundred lines and ten times as fast as a parser, which matters where a gc
 * reads a million names, and a mount an entry for each of 50,000 checkpoints.
 *
 * Whatever they accept means the same to the parser behind (format.c).
 * Whatever they don't, valid or not, is left to it, and so is every message.
 */
#ifndef CKPT_ENGINE_PLAIN_H
#define CKPT_ENGINE_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/names.h"
#include "engine/format.h"

/* The names of a dependencies.json; those of state files follow the batches.
 * What they are called is not looked at. */
struct ckpt_plain_deps {
	int version;
	struct ckpt_slice *name; /* on the heap, also if it is not plain */
	size_t n_batches, n, cap, guess;
};
/* False: it is not plain (or there is no memory); *d is to be freed by
 * free(d->name) in either case. */
bool ckpt_plain_deps(const char *text, size_t len, struct ckpt_plain_deps *d);

/* The entry of the catalog that text begins with: how many bytes it has; 0: it
 * is not plain.  v->identifier points into text. */
size_t ckpt_plain_entry(const char *text, size_t len, struct ckpt_entry_values *v);

#endif
