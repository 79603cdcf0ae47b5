#include <stdlib.h>
#include <string.h>

#include "tests/crash_model.h"
#include "tests/store_crash.h"

static char *copy(const char *s)
{
	char *t = s ? strdup(s) : NULL;

	if (s && !t)
		abort();
	return t;
}

void crash_init(struct crash *c)
{
	memset(c, 0, sizeof(*c));
	c->limit = SIZE_MAX;
	c->mem = ckpt_mem_new();
	if (!c->mem)
		abort();
}

void crash_release(struct crash *c)
{
	for (size_t i = 0; i < c->n; i++) {
		free(c->op[i].dir);
		free(c->op[i].name);
		free(c->op[i].to);
		free(c->op[i].data);
	}
	free(c->op);
	ckpt_mem_free(c->mem);
	memset(c, 0, sizeof(*c));
}

bool crash_is_dead(const struct crash *c)
{
	return c->n >= c->limit;
}

static struct crash_op *add(struct crash *c, enum crash_kind kind)
{
	if (c->n == c->cap) {
		c->cap = c->cap ? 2 * c->cap : 256;
		c->op = reallocarray(c->op, c->cap, sizeof(*c->op));
		if (!c->op)
			abort();
	}
	c->op[c->n] = (struct crash_op){ .kind = kind };
	return &c->op[c->n++];
}

bool crash_record(struct crash *c, enum crash_kind kind, const char *dir, const char *name, const char *to)
{
	struct crash_op *op;

	if (crash_is_dead(c))
		return false;
	op = add(c, kind);
	op->dir = copy(dir);
	op->name = copy(name);
	op->to = copy(to);
	return true;
}

bool crash_record_data(struct crash *c, const char *dir, const char *name, const void *data, size_t len)
{
	struct crash_op *op;

	if (!crash_record(c, CRASH_APPEND, dir, name, NULL))
		return false;
	op = &c->op[c->n - 1];
	op->data = malloc(len + 1);
	if (!op->data)
		abort();
	if (len)
		memcpy(op->data, data, len);
	op->len = len;
	return true;
}

void crash_settle(struct crash *c)
{
	add(c, CRASH_SETTLE);
}

void crash_ack(struct crash *c)
{
	add(c, CRASH_ACK);
}

void crash_next(struct crash *c)
{
	add(c, CRASH_NEXT);
}

void crash_revive(struct crash *c)
{
	struct crash_model m;
	struct ckpt_store *s;

	c->limit = SIZE_MAX;
	ckpt_mem_free(c->mem);
	c->mem = ckpt_mem_new();
	if (!c->mem || ckpt_store_open_mem(c->mem, &s, NULL))
		abort();
	crash_model_init(&m);
	for (size_t i = 0; i < c->n; i++)
		crash_model_apply(&m, &c->op[i]);
	crash_model_keep_all(&m);
	crash_model_plant(&m, s);
	crash_model_release(&m);
	ckpt_store_free(s);
}

static bool is_removal(const struct crash_op *op)
{
	return op->kind == CRASH_UNLINK || op->kind == CRASH_RMDIR;
}

void crash_remove_first(struct crash *c)
{
	size_t from = c->n, to = 0;
	struct crash_op *sorted = calloc(c->n + 1, sizeof(*sorted));

	if (!sorted)
		abort();
	while (from > 0 && c->op[from - 1].kind != CRASH_SETTLE)
		from--;
	for (int removals = 1; removals >= 0; removals--)
		for (size_t i = from; i < c->n; i++)
			if (is_removal(&c->op[i]) == removals)
				sorted[to++] = c->op[i];
	if (to)
		memcpy(&c->op[from], sorted, to * sizeof(*sorted));
	free(sorted);
}
