#include "base/index.h"

#include <stdlib.h>
#include <string.h>

#include "base/siphash.h"

/* The bucket that holds name, or the empty one where it belongs; its hash. */
static struct ckpt_index_bucket *find(const struct ckpt_index *x, const char *name, uint32_t *hash)
{
	const uint64_t h = ckpt_siphash(x->key, name, strlen(name));
	struct ckpt_index_bucket *b;

	*hash = (uint32_t)(h >> 32); /* the other half chooses where it begins */
	for (size_t i = h & x->mask;; i = (i + 1) & x->mask) {
		b = &x->bucket[i];
		if (!b->number || (b->hash == *hash && !strcmp(ckpt_names_at(x->names, b->number - 1), name)))
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
		uint32_t hash;
		struct ckpt_index_bucket *b = find(x, ckpt_names_at(names, i), &hash);

		if (b->number)
			continue;
		names->start[n++] = names->start[i];
		*b = (struct ckpt_index_bucket){ hash, (uint32_t)n };
	}
	names->n = n;
	return true;
}

ptrdiff_t ckpt_index_find(const struct ckpt_index *x, const char *name)
{
	uint32_t hash;

	return x->names->n ? (ptrdiff_t)find(x, name, &hash)->number - 1 : -1;
}

void ckpt_index_release(struct ckpt_index *x)
{
	free(x->bucket);
	*x = (struct ckpt_index){ 0 };
}
