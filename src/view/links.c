#include "view/links.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "view/slot.h"

const char *ckpt_links_name(const struct ckpt_links *l, const struct ckpt_link *link)
{
	return l->text.data + link->name;
}

void ckpt_links_free(struct ckpt_links *l)
{
	if (!l)
		return;
	ckpt_buf_release(&l->text);
	free(l->by_name);
	free(l->by_slot);
	free(l);
}

/* --- making -------------------------------------------------------------- */

static struct ckpt_links *links_new(size_t n)
{
	struct ckpt_links *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->by_name = calloc(n + 1, sizeof(*l->by_name));
	l->by_slot = calloc(n + 1, sizeof(*l->by_slot));
	if (l->by_name && l->by_slot)
		return l;
	ckpt_links_free(l);
	return NULL;
}

static void links_add(struct ckpt_links *l, const char *name, size_t entry)
{
	l->by_name[l->n++] = (struct ckpt_link){ .name = (uint32_t)l->text.len, .entry = (uint32_t)entry };
	ckpt_buf_add(&l->text, name, strlen(name) + 1);
}

/* By name; of one name the newest entry first. */
static int by_name(const void *a, const void *b, void *ctx)
{
	const struct ckpt_link *x = a, *y = b;
	const struct ckpt_links *l = ctx;
	int order = strcmp(ckpt_links_name(l, x), ckpt_links_name(l, y));

	return order ? order : (x->entry < y->entry) - (x->entry > y->entry);
}

static void sort_names(struct ckpt_links *l)
{
	/* n is 0 where text.data may be NULL. */
	if (l->n)
		qsort_r(l->by_name, l->n, sizeof(*l->by_name), by_name, l);
}

struct by_slot {
	const struct ckpt_links *l;
	struct ckpt_slot *const *slot;
};

static int by_slot(const void *a, const void *b, void *ctx)
{
	const struct by_slot *c = ctx;
	uint64_t x = c->slot[c->l->by_name[*(const uint32_t *)a].entry]->number;
	uint64_t y = c->slot[c->l->by_name[*(const uint32_t *)b].entry]->number;

	return (x > y) - (x < y);
}

static struct ckpt_links *finish(struct ckpt_links *l, struct ckpt_slot *const *slot)
{
	struct by_slot ctx = { .l = l, .slot = slot };

	if (l->text.failed || l->text.len > UINT32_MAX) {
		ckpt_links_free(l);
		return NULL;
	}
	for (size_t i = 0; i < l->n; i++)
		l->by_slot[i] = (uint32_t)i;
	qsort_r(l->by_slot, l->n, sizeof(*l->by_slot), by_slot, &ctx);
	return l;
}

static bool same_name(const struct ckpt_links *l, size_t i, size_t j)
{
	return j < l->n && i < l->n &&
	       !strcmp(ckpt_links_name(l, &l->by_name[i]), ckpt_links_name(l, &l->by_name[j]));
}

ptrdiff_t ckpt_links_find(const struct ckpt_links *l, const char *name)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(name, ckpt_links_name(l, &l->by_name[mid]));

		if (!order)
			return l->by_name[mid].entry;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return -1;
}

/* --- by time ------------------------------------------------------------- */

static void tell_apart(struct ckpt_links *l, struct ckpt_slot *const *slot, size_t from, size_t to)
{
	char name[CKPT_WHEN_TEXT + 1 + CKPT_UUID_TEXT], uuid[CKPT_UUID_TEXT];

	for (size_t i = from; i < to; i++) {
		struct ckpt_link *link = &l->by_name[i];

		snprintf(name, sizeof(name), "%s~%s", ckpt_links_name(l, link),
			 ckpt_slot_name(slot[link->entry], uuid));
		link->name = (uint32_t)l->text.len;
		ckpt_buf_add(&l->text, name, strlen(name) + 1);
		if (l->text.failed)
			return;
	}
}

struct ckpt_links *ckpt_links_by_time(struct ckpt_slot *const *slot, size_t n)
{
	struct ckpt_links *l = links_new(n);
	char text[CKPT_WHEN_TEXT];

	if (!l)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (slot[i]->time_ms)
			links_add(l, ckpt_when_text(slot[i]->time_ms, text), i);
	if (l->text.failed)
		return finish(l, slot);
	sort_names(l);
	for (size_t i = 0, end; i < l->n && !l->text.failed; i = end) {
		for (end = i + 1; same_name(l, i, end);)
			end++;
		if (end > i + 1)
			tell_apart(l, slot, i, end);
	}
	if (!l->text.failed)
		sort_names(l);
	return finish(l, slot);
}

/* --- by identifier ------------------------------------------------------- */

/* Append the name of one character, of len bytes; false if it does not fit. */
static bool encode(char name[CKPT_NAME_MAX + 1], size_t *used, const char *s, size_t len, bool plain)
{
	size_t need = plain ? len : 3 * len;

	if (*used + need > CKPT_NAME_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (plain)
			name[(*used)++] = s[i];
		else
			*used += (size_t)snprintf(name + *used, 4, "%%%02X", (unsigned char)s[i]);
	}
	name[*used] = '\0';
	return true;
}

void ckpt_links_encode(const char *identifier, size_t len, char name[CKPT_NAME_MAX + 1])
{
	char shown[CKPT_SHOWN_MAX];
	size_t used = 0, taken;

	name[0] = '\0';
	for (size_t at = 0; at < len; at += taken) {
		const char *s = identifier + at;
		/* What a person may see as it is, a terminal may too. */
		size_t n = ckpt_shown(s, len - at, shown, &taken);
		bool plain =
			n == taken && !memcmp(shown, s, n) && *s != '/' && *s != '%' && (at || *s != '.');

		if (!encode(name, &used, s, taken, plain))
			return;
	}
}

struct ckpt_links *ckpt_links_by_identifier(struct ckpt_slot *const *slot, size_t n)
{
	struct ckpt_links *l = links_new(n);
	char name[CKPT_NAME_MAX + 1];
	size_t kept = 0;

	if (!l)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		const struct ckpt_entry *e = slot[i]->entry;

		ckpt_links_encode(e->identifier ? e->identifier : "", e->identifier_len, name);
		if (name[0])
			links_add(l, name, i);
	}
	if (l->text.failed)
		return finish(l, slot);
	sort_names(l);
	for (size_t i = 0; i < l->n; i++)
		if (i == 0 || !same_name(l, kept - 1, i))
			l->by_name[kept++] = l->by_name[i];
	l->n = kept;
	return finish(l, slot);
}
