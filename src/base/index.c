#include "base/index.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/siphash.h"

static uint64_t hash_of(const struct ckpt_index *x, const struct ckpt_slice *name)
{
	return ckpt_siphash_bucket(x->key, name->s, name->len);
}

static bool is_called(const struct ckpt_index *x, uint32_t number, const struct ckpt_slice *name)
{
	const char *there = ckpt_names_at(x->names, number - 1);

	return !strncmp(there, name->s, name->len) && !there[name->len];
}

/* A half of it is in the bucket, the other chooses where the search begins. */
static uint32_t kept_half(uint64_t h)
{
	return (uint32_t)(h >> 32);
}

/* The first bucket from *i on that has this half of h, or is empty. */
static struct ckpt_index_bucket *next(const struct ckpt_index *x, uint64_t h, size_t *i)
{
	struct ckpt_index_bucket *b;

	for (;; (*i)++) {
		b = &x->bucket[*i & x->mask];
		if (!b->number || b->hash == kept_half(h))
			return b;
	}
}

/* The bucket that holds name, or the empty one where it belongs. */
static struct ckpt_index_bucket *find(const struct ckpt_index *x, const struct ckpt_slice *name, uint64_t h)
{
	for (size_t i = h;; i++) {
		struct ckpt_index_bucket *b = next(x, h, &i);

		if (!b->number || is_called(x, b->number, name))
			return b;
	}
}

bool ckpt_index_make(struct ckpt_index *x, struct ckpt_names *names)
{
	size_t size = 1, n = 0;

	*x = (struct ckpt_index){ .names = names, .key = ckpt_siphash_secret() };
	while (size < 2 * names->n)
		size *= 2;
	x->bucket = names->failed ? NULL : calloc(size, sizeof(*x->bucket));
	if (!x->bucket)
		return false;
	x->mask = size - 1;
	for (size_t i = 0; i < names->n; i++) {
		const char *s = ckpt_names_at(names, i);
		const struct ckpt_slice name = { s, strlen(s) };
		const uint64_t h = hash_of(x, &name);
		struct ckpt_index_bucket *b = find(x, &name, h);

		if (b->number)
			continue;
		names->start[n++] = names->start[i];
		*b = (struct ckpt_index_bucket){ kept_half(h), (uint32_t)n };
	}
	names->n = n;
	return true;
}

/* Each round asks for the memory that the next one reads: of the bucket, of where
 * its name begins, of the name. */
void ckpt_index_find_some(const struct ckpt_index *x, const struct ckpt_slice *name, size_t n, ptrdiff_t *out)
{
	uint64_t h[CKPT_INDEX_SOME];
	uint32_t number[CKPT_INDEX_SOME];

	assert(n <= CKPT_INDEX_SOME);
	for (size_t k = 0; k < n; k++) {
		h[k] = hash_of(x, &name[k]);
		__builtin_prefetch(&x->bucket[h[k] & x->mask]);
	}
	for (size_t k = 0; k < n; k++) {
		size_t i = h[k];

		number[k] = next(x, h[k], &i)->number;
		if (number[k])
			__builtin_prefetch(&x->names->start[number[k] - 1]);
	}
	for (size_t k = 0; k < n; k++)
		if (number[k])
			__builtin_prefetch(ckpt_names_at(x->names, number[k] - 1));
	for (size_t k = 0; k < n; k++)
		out[k] = number[k] ? (ptrdiff_t)find(x, &name[k], h[k])->number - 1 : -1;
}

void ckpt_index_release(struct ckpt_index *x)
{
	free(x->bucket);
	*x = (struct ckpt_index){ 0 };
}
