/* table.h - slots by one of their numbers, or by their name
 *
 * A hash table with open places, a pointer each: of 50,000 checkpoints every
 * byte counts.  What a slot is found by is in the slot itself, and must not
 * change while it is in the table.
 */
#ifndef CKPT_VIEW_TABLE_H
#define CKPT_VIEW_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ckpt_slot;

struct ckpt_table {
	struct ckpt_slot **at; /* NULL: a free place */
	size_t n, cap;
};
/* The hash of what a slot is found by. */
typedef uint64_t ckpt_table_hash_fn(const struct ckpt_slot *s);
typedef bool ckpt_table_is_fn(const struct ckpt_slot *s, const void *key);

/* A number that counts, spread over all 64 bits. */
uint64_t ckpt_table_spread(uint64_t number);

/* Room for so many more; false without memory. */
bool ckpt_table_reserve(struct ckpt_table *t, ckpt_table_hash_fn *hash, size_t more);
/* There is room, and it is not there yet. */
void ckpt_table_add(struct ckpt_table *t, ckpt_table_hash_fn *hash, struct ckpt_slot *s);
/* NULL: there is none. */
struct ckpt_slot *ckpt_table_find(const struct ckpt_table *t, uint64_t hash, ckpt_table_is_fn *is,
				  const void *key);
/* False if it was not there. */
bool ckpt_table_remove(struct ckpt_table *t, ckpt_table_hash_fn *hash, const struct ckpt_slot *s);
/* Without the slots. */
void ckpt_table_release(struct ckpt_table *t);

#endif
