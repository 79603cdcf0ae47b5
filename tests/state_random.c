#include "tests/state_random.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t random_u64(struct random *r)
{
	uint64_t z = r->seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static uint64_t random_below(struct random *r, uint64_t n)
{
	return random_u64(r) % n;
}

static void *own(struct random *r, size_t size)
{
	void *p = calloc(1, size ? size : 1);

	r->owned = realloc(r->owned, (r->n + 1) * sizeof(*r->owned));
	assert(p && r->owned);
	return r->owned[r->n++] = p;
}

void random_free(struct random *r)
{
	while (r->n)
		free(r->owned[--r->n]);
	free(r->owned);
	r->owned = NULL;
}

/* --- a custom type: a pair, and a string of a length of its own ----------- */

struct pair {
	int32_t left;
	double right;
	char *label;
};

static int write_pair(const void *o, struct ckpt_out *out, struct ckpt_err *err)
{
	const struct pair *p = o;

	ckpt_out_i32(out, p->left);
	ckpt_out_double(out, p->right);
	return ckpt_out_value(out, &ckpt_type_string, &p->label, err);
}

static int read_pair(void *o, struct ckpt_in *in, struct ckpt_err *err)
{
	struct pair *p = o;
	int rc = ckpt_in_i32(in, &p->left, err);

	if (!rc)
		rc = ckpt_in_double(in, &p->right, err);
	return rc ? rc : ckpt_in_value(in, &ckpt_type_string, &p->label, err);
}

static void release_pair(void *o)
{
	free(((struct pair *)o)->label);
}

static const struct ckpt_custom pair_functions = {
	.write = write_pair,
	.read = read_pair,
	.release = release_pair,
};
static const struct ckpt_type pair_type = CKPT_CUSTOM("pair", struct pair, &pair_functions);

/* --- types --------------------------------------------------------------- */

static const struct ckpt_type *const plain[] = {
	&ckpt_type_bool, &ckpt_type_i32,    &ckpt_type_i64,    &ckpt_type_u64,	 &ckpt_type_ssize,
	&ckpt_type_size, &ckpt_type_double, &ckpt_type_string, &ckpt_type_bytes, &pair_type,
};

static const struct ckpt_type *random_record(struct random *r, struct ckpt_type *t, unsigned depth)
{
	size_t n = random_below(r, 5);
	struct ckpt_member *m = own(r, n * sizeof(*m));

	for (size_t i = 0; i < n; i++) {
		char *name = own(r, 24);

		snprintf(name, 24, "member_%zu", i);
		m[i] = (struct ckpt_member){ name, t->size, random_type(r, depth) };
		t->size += (m[i].type->size + 15) / 16 * 16;
	}
	t->name = "drawn";
	t->members = m;
	t->n = n;
	return t;
}

/* Which of its types an object is of is said by the first that is the same. */
static bool is_among(const struct ckpt_type *const *types, size_t n, const struct ckpt_type *t)
{
	while (n > 0)
		if (types[--n] == t)
			return true;
	return false;
}

static const struct ckpt_type *random_any(struct random *r, struct ckpt_type *t, unsigned depth)
{
	size_t n = 1 + random_below(r, 4);
	const struct ckpt_type **types = own(r, n * sizeof(*types));

	for (size_t i = 0; i < n; i++)
		do
			types[i] = random_type(r, depth);
		while (is_among(types, i, types[i]));
	*t = (struct ckpt_type)CKPT_TYPE_(CKPT_TYPE_ANY, NULL, sizeof(struct ckpt_any), NULL, n, NULL, types,
					  NULL, NULL);
	return t;
}

static const struct ckpt_type *random_empty(struct random *r, struct ckpt_type *t)
{
	uint64_t *initial = own(r, sizeof(*initial));

	*initial = random_u64(r);
	*t = (struct ckpt_type)CKPT_EMPTY(uint64_t, initial);
	return t;
}

const struct ckpt_type *random_type(struct random *r, unsigned depth)
{
	uint64_t which = random_below(r, depth ? 17 : 10);
	struct ckpt_type *t;

	if (which < sizeof(plain) / sizeof(*plain))
		return plain[which];
	t = own(r, sizeof(*t));
	t->kind = which == 10 ? CKPT_TYPE_EMPTY : (enum ckpt_type_kind)(which - 11 + CKPT_TYPE_OPTIONAL);
	if (which == 10)
		return random_empty(r, t);
	if (which == 15)
		t->kind = CKPT_TYPE_RECORD;
	if (which == 16)
		return random_any(r, t, depth - 1);
	if (t->kind == CKPT_TYPE_RECORD)
		return random_record(r, t, depth - 1);
	t->of = random_type(r, depth - 1);
	t->n = t->kind == CKPT_TYPE_FIXED ? random_below(r, 4) : 0;
	t->size = t->kind == CKPT_TYPE_FIXED   ? t->n * t->of->size
		  : t->kind == CKPT_TYPE_ARRAY ? sizeof(struct ckpt_array)
					       : sizeof(void *);
	return t;
}

/* --- objects ------------------------------------------------------------- */

static void *drawn_bytes(struct random *r, size_t n, bool text)
{
	char *p = malloc(n + 1);

	assert(p);
	for (size_t i = 0; i < n; i++) {
		p[i] = (char)random_u64(r);
		if (text && !p[i])
			p[i] = 'x';
	}
	p[n] = '\0';
	return p;
}

/* Fill one that holds nothing yet. */
static void random_object(struct random *r, const struct ckpt_type *t, void *o);

static void random_array(struct random *r, const struct ckpt_type *t, struct ckpt_array *a)
{
	a->n = random_below(r, 6);
	a->items = calloc(a->n + 1, t->of->size ? t->of->size : 1);
	assert(a->items);
	for (size_t i = 0; i < a->n; i++)
		random_object(r, t->of, (char *)a->items + i * t->of->size);
}

static void random_object(struct random *r, const struct ckpt_type *t, void *o)
{
	struct ckpt_any *any = o;
	size_t n;

	ckpt_state_init(t, o);
	switch (t->kind) {
	case CKPT_TYPE_EMPTY:
		return;
	case CKPT_TYPE_BOOL:
		*(bool *)o = random_u64(r) & 1;
		return;
	case CKPT_TYPE_STRING:
		*(void **)o = random_below(r, 5) ? drawn_bytes(r, random_below(r, 20), true) : NULL;
		return;
	case CKPT_TYPE_BYTES:
		n = random_below(r, 20);
		*(struct ckpt_bytes *)o = (struct ckpt_bytes){ drawn_bytes(r, n, false), n };
		return;
	case CKPT_TYPE_OPTIONAL:
		*(void **)o = random_below(r, 3) ? random_new(r, t->of) : NULL;
		return;
	case CKPT_TYPE_BOXED:
		*(void **)o = random_new(r, t->of);
		return;
	case CKPT_TYPE_ARRAY:
		random_array(r, t, o);
		return;
	case CKPT_TYPE_FIXED:
		for (size_t i = 0; i < t->n; i++)
			random_object(r, t->of, (char *)o + i * t->of->size);
		return;
	case CKPT_TYPE_RECORD:
		for (size_t i = 0; i < t->n; i++)
			random_object(r, t->members[i].type, (char *)o + t->members[i].offset);
		return;
	case CKPT_TYPE_ANY:
		any->type = t->types[random_below(r, t->n)];
		any->value = random_new(r, any->type);
		return;
	case CKPT_TYPE_CUSTOM:
		*(struct pair *)o = (struct pair){ (int32_t)random_u64(r), (double)random_u64(r),
						   drawn_bytes(r, random_below(r, 9), true) };
		return;
	default:
		for (size_t i = 0; i < t->size; i++)
			((unsigned char *)o)[i] = (unsigned char)random_u64(r);
	}
}

void *random_new(struct random *r, const struct ckpt_type *t)
{
	void *o = calloc(1, t->size ? t->size : 1);

	assert(o);
	random_object(r, t, o);
	return o;
}
