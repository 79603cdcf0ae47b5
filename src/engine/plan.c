#include "engine/plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vfail.h"
/* Room for one more of n elements; NULL (and failed) without memory. */
static void *grow(struct ckpt_plan *p, void **array, size_t n, size_t size)
{
	void *grown;

	if (p->failed)
		return NULL;
	if (n & (n - 1)) /* capacity is the next power of two */
		return (char *)*array + n * size;
	grown = reallocarray(*array, n ? 2 * n : 1, size);
	if (!grown) {
		p->failed = true;
		return NULL;
	}
	*array = grown;
	return (char *)grown + n * size;
}
#define GROW(p, array, n) grow(p, (void **)&(array), n, sizeof(*(array)))

static char *copy(struct ckpt_plan *p, const char *s)
{
	char *c = s ? strdup(s) : NULL;

	if (s && !c)
		p->failed = true;
	return c;
}

void ckpt_plan_add_removed(struct ckpt_plan *p, const struct ckpt_uuid *u)
{
	struct ckpt_uuid *slot = GROW(p, p->removed, p->n_removed);

	if (slot) {
		*slot = *u;
		p->n_removed++;
	}
}

void ckpt_plan_add_kept(struct ckpt_plan *p, const struct ckpt_uuid *u, const char *why)
{
	struct ckpt_kept *slot = GROW(p, p->kept, p->n_kept);

	if (slot) {
		*slot = (struct ckpt_kept){ .uuid = *u, .why = copy(p, why) };
		p->n_kept++;
	}
}

void ckpt_plan_add_item(struct ckpt_plan *p, const char *dir, const char *name, uint64_t files,
			uint64_t bytes)
{
	struct ckpt_item *slot = GROW(p, p->items, p->n_items);

	if (slot) {
		*slot = (struct ckpt_item){ copy(p, dir), copy(p, name), files, bytes };
		p->n_items++;
		p->files += files;
		p->bytes += bytes;
	}
}

void ckpt_plan_add_left(struct ckpt_plan *p, const char *name, const char *why)
{
	struct ckpt_left *slot = GROW(p, p->left, p->n_left);

	if (slot) {
		*slot = (struct ckpt_left){ copy(p, name), copy(p, why) };
		p->n_left++;
	}
}

int ckpt_left_cmp(const void *a, const void *b)
{
	return strcmp(((const struct ckpt_left *)a)->name, ((const struct ckpt_left *)b)->name);
}

void ckpt_plan_sort_left(struct ckpt_plan *p)
{
	if (p->n_left && !p->failed)
		qsort(p->left, p->n_left, sizeof(*p->left), ckpt_left_cmp);
}

void ckpt_plan_add_missing(struct ckpt_plan *p, const char *name)
{
	char **slot = GROW(p, p->missing, p->n_missing);

	if (slot) {
		*slot = copy(p, name);
		p->n_missing++;
	}
}

void ckpt_plan_add_note(struct ckpt_plan *p, const char *fmt, ...)
{
	char **slot = GROW(p, p->notes, p->n_notes);
	struct ckpt_err sentence;
	va_list ap;

	if (!slot)
		return;
	va_start(ap, fmt);
	ckpt_vfail(&sentence, EIO, fmt, ap);
	va_end(ap);
	*slot = copy(p, sentence.msg);
	p->n_notes++;
}

static void release_strings(char **s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(s[i]);
	free(s);
}

void ckpt_plan_drop_kept(struct ckpt_plan *p)
{
	for (size_t i = 0; i < p->n_kept; i++)
		free(p->kept[i].why);
	free(p->kept);
	p->kept = NULL;
	p->n_kept = 0;
}

void ckpt_plan_release(struct ckpt_plan *p)
{
	for (size_t i = 0; i < p->n_items; i++) {
		free(p->items[i].dir);
		free(p->items[i].name);
	}
	for (size_t i = 0; i < p->n_left; i++) {
		free(p->left[i].name);
		free(p->left[i].why);
	}
	ckpt_plan_drop_kept(p);
	release_strings(p->missing, p->n_missing);
	release_strings(p->notes, p->n_notes);
	free(p->items);
	free(p->left);
	free(p->removed);
	*p = (struct ckpt_plan)CKPT_PLAN_INIT;
}

void ckpt_plan_merge(struct ckpt_plan *p, struct ckpt_plan *from)
{
	for (size_t i = 0; i < from->n_removed; i++)
		ckpt_plan_add_removed(p, &from->removed[i]);
	for (size_t i = 0; i < from->n_items; i++)
		ckpt_plan_add_item(p, from->items[i].dir, from->items[i].name, from->items[i].files,
				   from->items[i].bytes);
	for (size_t i = 0; i < from->n_left; i++)
		ckpt_plan_add_left(p, from->left[i].name, from->left[i].why);
	for (size_t i = 0; i < from->n_notes; i++)
		ckpt_plan_add_note(p, "%s", from->notes[i]);
	ckpt_plan_drop_kept(p);
	release_strings(p->missing, p->n_missing);
	p->kept = from->kept;
	p->n_kept = from->n_kept;
	p->missing = from->missing;
	p->n_missing = from->n_missing;
	p->usage = from->usage;
	p->failed |= from->failed;
	from->kept = NULL;
	from->missing = NULL;
	from->n_kept = from->n_missing = 0;
	ckpt_plan_release(from);
}
