#include "base/names.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CAP_MIN 16

void ckpt_names_release(struct ckpt_names *s)
{
	ckpt_buf_release(&s->text);
	free(s->start);
	*s = (struct ckpt_names)CKPT_NAMES_INIT;
}

static bool grow(struct ckpt_names *s, size_t cap)
{
	uint32_t *start = reallocarray(s->start, cap, sizeof(*start));

	if (!start)
		return false;
	s->start = start;
	s->cap = cap;
	return true;
}

void ckpt_names_add(struct ckpt_names *s, const char *name, size_t len)
{
	size_t at = s->text.len, end;

	if (s->failed)
		return;
	s->failed = true;
	if (__builtin_add_overflow(at, len, &end) || end >= UINT32_MAX)
		return;
	if (s->n == s->cap && !grow(s, s->cap ? s->cap * 2 : CAP_MIN))
		return;
	/* With its NUL at once, so that a failure leaves no half of a name. */
	if (!ckpt_buf_reserve(&s->text, len + 1))
		return;
	if (len)
		memcpy(s->text.data + at, name, len);
	s->text.len = end + 1;
	s->text.data[end] = s->text.data[end + 1] = '\0';
	s->start[s->n++] = (uint32_t)at;
	s->failed = false;
}

void ckpt_names_reserve(struct ckpt_names *s, size_t names, size_t bytes)
{
	size_t cap, room;

	if (s->failed)
		return;
	s->failed = __builtin_add_overflow(s->n, names, &cap) ||
		    __builtin_add_overflow(names, bytes, &room) || !ckpt_buf_reserve(&s->text, room) ||
		    (cap > s->cap && !grow(s, cap));
}

static int compare(const void *a, const void *b, void *text)
{
	const char *base = text;

	return strcmp(base + *(const uint32_t *)a, base + *(const uint32_t *)b);
}

bool ckpt_names_seal(struct ckpt_names *s)
{
	size_t i, n = 0;

	if (s->failed)
		return false;
	if (s->n == 0)
		return true;
	qsort_r(s->start, s->n, sizeof(*s->start), compare, s->text.data);
	for (i = 0; i < s->n; i++)
		if (i == 0 || compare(&s->start[n - 1], &s->start[i], s->text.data) != 0)
			s->start[n++] = s->start[i];
	s->n = n;
	return true;
}

const char *ckpt_names_at(const struct ckpt_names *s, size_t i)
{
	assert(i < s->n);
	return s->text.data + s->start[i];
}

ptrdiff_t ckpt_names_find(const struct ckpt_names *s, const char *name)
{
	size_t low = 0, high = s->n, mid;
	int c;

	while (low < high) {
		mid = low + (high - low) / 2;
		c = strcmp(name, ckpt_names_at(s, mid));
		if (c == 0)
			return (ptrdiff_t)mid;
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return -1;
}
