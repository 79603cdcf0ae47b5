#include <stdlib.h>
#include <string.h>

#include "engine/plan.h"

struct order {
	size_t *tag; /* of each item: where it belongs in the plan; NULL: no memory for it */
	struct ckpt_item *room;
	size_t n;
};

/* An item, and where it lies. */
struct place {
	uint64_t ino; /* UINT64_MAX: a directory, which goes last */
	size_t item;
};

static int cmp_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->ino != y->ino)
		return x->ino < y->ino ? -1 : 1;
	return x->item < y->item ? -1 : x->item > y->item;
}

/* The items of a sweep are names of the top level, in its order. */
static void find_places(const struct ckpt_sweep_input *in, const struct ckpt_plan *p, struct place *place)
{
	size_t k = 0;

	for (size_t i = 0; i < p->n_items; i++) {
		const char *name = p->items[i].dir ? p->items[i].dir : p->items[i].name;

		while (k < in->n_top && strcmp(in->top[k].name, name) < 0)
			k++;
		place[i].item = i;
		place[i].ino = p->items[i].dir || k == in->n_top ? UINT64_MAX : in->top[k].ino;
	}
}

static void put_in_order(struct order *o, const struct ckpt_sweep_input *in, struct ckpt_plan *p)
{
	struct place *place = malloc(p->n_items * sizeof(*place) + 1);

	*o = (struct order){ .n = p->n_items };
	o->tag = malloc(o->n * sizeof(*o->tag) + 1);
	o->room = malloc(o->n * sizeof(*o->room) + 1);
	if (!place || !o->tag || !o->room) {
		free(o->tag);
		o->tag = NULL;
	} else if (o->n) {
		find_places(in, p, place);
		qsort(place, o->n, sizeof(*place), cmp_place);
		memcpy(o->room, p->items, o->n * sizeof(*o->room));
		for (size_t i = 0; i < o->n; i++) {
			p->items[i] = o->room[place[i].item];
			o->tag[i] = place[i].item;
		}
	}
	free(place);
}

static void put_back(struct order *o, struct ckpt_plan *p)
{
	size_t n = 0;

	if (o->tag && o->n) {
		memset(o->room, 0, o->n * sizeof(*o->room));
		for (size_t i = 0; i < p->n_items; i++)
			o->room[o->tag[i]] = p->items[i];
		for (size_t i = 0; i < o->n; i++)
			if (o->room[i].dir || o->room[i].name)
				p->items[n++] = o->room[i];
	}
	free(o->tag);
	free(o->room);
}

/* What stays although it was to go is still in use. */
void ckpt_sweep_apply(const struct ckpt_sweep_input *in, struct ckpt_plan *p, struct ckpt_root *root,
		      int64_t deadline, bool *more)
{
	uint64_t planned = 0, removed = 0;
	struct order order;

	for (size_t i = 0; i < p->n_items; i++)
		planned += p->items[i].dir ? 0 : p->items[i].bytes;
	put_in_order(&order, in, p);
	ckpt_plan_apply(p, root, deadline, NULL, order.tag, more);
	put_back(&order, p);
	for (size_t i = 0; i < p->n_items; i++)
		removed += p->items[i].dir ? 0 : p->items[i].bytes;
	p->usage += planned - removed;
}
