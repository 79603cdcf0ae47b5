#include "view/table.h"

#include <stdlib.h>

#include "view/limits.h"

uint64_t ckpt_table_spread(uint64_t number)
{
	/* 2^64 by the golden ratio: neighbours are far from each other. */
	return number * UINT64_C(0x9e3779b97f4a7c15);
}

/* Where it belongs: as far into the table as the hash is into all numbers. */
static size_t home(const struct ckpt_table *t, uint64_t hash)
{
	return (size_t)((hash >> 32) * (uint64_t)t->cap >> 32);
}

static size_t after(const struct ckpt_table *t, size_t i)
{
	return i + 1 < t->cap ? i + 1 : 0;
}

void ckpt_table_add(struct ckpt_table *t, ckpt_table_hash_fn *hash, struct ckpt_slot *s)
{
	size_t i = home(t, hash(s));

	while (t->at[i])
		i = after(t, i);
	t->at[i] = s;
	t->n++;
}

static bool resize(struct ckpt_table *t, ckpt_table_hash_fn *hash, size_t cap)
{
	struct ckpt_table fresh = { .at = calloc(cap, sizeof(*fresh.at)), .cap = cap };

	if (!fresh.at)
		return false;
	for (size_t i = 0; i < t->cap; i++)
		if (t->at[i])
			ckpt_table_add(&fresh, hash, t->at[i]);
	free(t->at);
	*t = fresh;
	return true;
}

static bool is_full(size_t n, size_t cap)
{
	return n * 100 > cap * CKPT_TABLE_FULL;
}

bool ckpt_table_reserve(struct ckpt_table *t, ckpt_table_hash_fn *hash, size_t more)
{
	size_t cap = t->cap ? t->cap + t->cap / 2 : CKPT_TABLE_MIN, n = t->n + more;

	if (!is_full(n, t->cap))
		return true;
	return resize(t, hash, is_full(n, cap) ? n * 100 / CKPT_TABLE_FULL + CKPT_TABLE_MIN : cap);
}

struct ckpt_slot *ckpt_table_find(const struct ckpt_table *t, uint64_t hash, ckpt_table_is_fn *is,
				  const void *key)
{
	if (!t->cap)
		return NULL;
	for (size_t i = home(t, hash); t->at[i]; i = after(t, i))
		if (is(t->at[i], key))
			return t->at[i];
	return NULL;
}

/* Close the gap: whoever comes after it and may not stand before it stays; the
 * others move up, so that nobody is looked for beyond a free place. */
static void close_gap(struct ckpt_table *t, ckpt_table_hash_fn *hash, size_t gap)
{
	for (size_t i = after(t, gap); t->at[i]; i = after(t, i)) {
		size_t want = home(t, hash(t->at[i]));
		bool between = gap < i ? gap < want && want <= i : gap < want || want <= i;

		if (between)
			continue;
		t->at[gap] = t->at[i];
		gap = i;
	}
	t->at[gap] = NULL;
}

bool ckpt_table_remove(struct ckpt_table *t, ckpt_table_hash_fn *hash, const struct ckpt_slot *s)
{
	size_t i = t->cap ? home(t, hash(s)) : 0;

	while (t->cap && t->at[i] && t->at[i] != s)
		i = after(t, i);
	if (!t->cap || !t->at[i])
		return false;
	close_gap(t, hash, i);
	t->n--;
	/* Without memory it stays as large as it is. */
	if (t->cap > CKPT_TABLE_MIN && t->n < t->cap / 4)
		resize(t, hash, t->cap / 2);
	return true;
}

void ckpt_table_release(struct ckpt_table *t)
{
	free(t->at);
	*t = (struct ckpt_table){ 0 };
}
