#include <stdlib.h>
#include <string.h>

#include "tests/crash_model.h"

#define CHOICES_MAX 512

/* One thing to choose: the fate of a file, or whether a change is kept. */
struct choice {
	struct crash_file *file;
	struct crash_change *change;
	unsigned n; /* how many values; the last loses nothing */
};

struct choices {
	struct crash_model *m;
	struct choice c[CHOICES_MAX];
	size_t n;
	crash_visit *visit;
	void *ctx;
};

/* --- what there is to choose --------------------------------------------- */

struct reached {
	bool file[CRASH_FILES], dir[CRASH_DIRS];
};

static void reach(struct reached *r, const struct crash_entry *e)
{
	if (e->name && e->file >= 0)
		r->file[e->file] = true;
	if (e->name && e->dir >= 0)
		r->dir[e->dir] = true;
}

/* The root is made before its directories, so one pass does. */
static void find_reached(const struct crash_model *m, struct reached *r)
{
	memset(r, 0, sizeof(*r));
	r->dir[0] = true;
	for (int i = 0; i < m->n_dir; i++) {
		const struct crash_dir *d = m->dir[i];

		for (size_t k = 0; r->dir[i] && k < d->durable.n; k++)
			reach(r, &d->durable.e[k]);
		for (size_t k = 0; r->dir[i] && k < d->n; k++)
			reach(r, &d->change[k].become);
	}
}

static void add(struct choices *c, struct crash_file *file, struct crash_change *change)
{
	if (c->n == CHOICES_MAX)
		abort();
	c->c[c->n++] = (struct choice){ file, change, file ? CRASH_FATES : 2 };
}

static void gather(struct choices *c)
{
	struct reached r;

	find_reached(c->m, &r);
	for (int i = 0; i < c->m->n_dir; i++)
		for (size_t k = 0; r.dir[i] && k < c->m->dir[i]->n; k++)
			add(c, NULL, &c->m->dir[i]->change[k]);
	for (int i = 0; i < c->m->n_file; i++)
		if (r.file[i] && c->m->file[i].durable < c->m->file[i].len)
			add(c, &c->m->file[i], NULL);
}

/* --- choosing ----------------------------------------------------------- */

static void choose(const struct choice *c, unsigned value)
{
	if (c->file)
		c->file->fate = (enum crash_fate)value;
	else
		c->change->kept = value != 0;
}

static unsigned chosen(const struct choice *c)
{
	return c->file ? c->file->fate : c->change->kept;
}

static void choose_all(struct choices *c, bool kept)
{
	for (size_t i = 0; i < c->n; i++)
		choose(&c->c[i], kept ? c->c[i].n - 1 : 0);
}

static void every(struct choices *c)
{
	size_t i;

	choose_all(c, false);
	do {
		c->visit(c->ctx, c->m);
		/* The next number, of which each choice is a digit. */
		for (i = 0; i < c->n && chosen(&c->c[i]) == c->c[i].n - 1; i++)
			choose(&c->c[i], 0);
		if (i < c->n)
			choose(&c->c[i], chosen(&c->c[i]) + 1);
	} while (i < c->n);
}

/* Each with every other value, while the others are all lost, or all kept. */
static void each_alone(struct choices *c, bool others_kept)
{
	for (size_t i = 0; i < c->n; i++) {
		for (unsigned value = 0; value < c->c[i].n; value++) {
			choose_all(c, others_kept);
			choose(&c->c[i], value);
			c->visit(c->ctx, c->m);
		}
	}
}

static uint64_t draw(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static void drawn(struct choices *c, const struct crash_bounds *b)
{
	uint64_t x = b->seed * 2 + UINT64_C(0x9e3779b97f4a7c15);

	for (unsigned long k = 0; k < b->drawn; k++) {
		for (size_t i = 0; i < c->n; i++)
			choose(&c->c[i], (unsigned)((draw(&x) >> 20) % c->c[i].n));
		c->visit(c->ctx, c->m);
	}
}

void crash_states(struct crash_model *m, const struct crash_bounds *b, crash_visit *visit, void *ctx)
{
	struct choices c = { .m = m, .visit = visit, .ctx = ctx };
	unsigned long combinations = 1;

	crash_model_keep_all(m);
	gather(&c);
	for (size_t i = 0; i < c.n && combinations <= b->all; i++)
		combinations *= c.c[i].n;
	if (combinations <= b->all) {
		every(&c);
		return;
	}
	each_alone(&c, false);
	each_alone(&c, true);
	drawn(&c, b);
}
