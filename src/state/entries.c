#include "state/kinds.h"

bool ckpt_entries_constant(const struct ckpt_type *type, uint64_t *n)
{
	*n = 1;
	switch (type->kind) {
	case CKPT_TYPE_BYTES:
	case CKPT_TYPE_ARRAY:
	case CKPT_TYPE_OPTIONAL:
	case CKPT_TYPE_ANY:
		return false;
	case CKPT_TYPE_BOXED:
		return ckpt_entries_constant(type->of, n);
	case CKPT_TYPE_FIXED:
		if (!ckpt_entries_constant(type->of, n))
			return false;
		*n *= type->n;
		return true;
	default:
		return true;
	}
}

/* What an optional, a box or an any holds; NULL: nothing, or it is none. */
static const void *held(const struct ckpt_type *t, const void *o, const struct ckpt_type **of)
{
	const struct ckpt_any *any = o;

	*of = t->of;
	switch (t->kind) {
	case CKPT_TYPE_OPTIONAL:
	case CKPT_TYPE_BOXED:
		return *(void *const *)o;
	case CKPT_TYPE_ANY:
		*of = any->type;
		return any->value;
	default:
		return NULL;
	}
}

uint64_t ckpt_entries_shallow(const struct ckpt_type *type, const void *object)
{
	const struct ckpt_type *of;
	const void *inner = held(type, object, &of);

	if (inner)
		return ckpt_entries_shallow(of, inner);
	switch (type->kind) {
	case CKPT_TYPE_BYTES:
		return ((const struct ckpt_bytes *)object)->len;
	case CKPT_TYPE_ARRAY:
		return ((const struct ckpt_array *)object)->n;
	case CKPT_TYPE_FIXED:
		return type->n;
	default:
		return 1;
	}
}

static uint64_t deep_items(const struct ckpt_type *of, const void *items, size_t n)
{
	uint64_t sum = 0, each;

	if (ckpt_entries_constant(of, &each))
		return each * n;
	for (size_t i = 0; i < n; i++)
		sum += ckpt_entries_deep(of, ckpt_item(of, items, i));
	return sum;
}

uint64_t ckpt_entries_deep(const struct ckpt_type *type, const void *object)
{
	const struct ckpt_type *of;
	const void *inner = held(type, object, &of);
	const struct ckpt_array *a = object;

	/* Feldera's deep count of an optional is the shallow one of what it holds. */
	if (inner && type->kind == CKPT_TYPE_OPTIONAL)
		return ckpt_entries_shallow(of, inner);
	if (inner)
		return ckpt_entries_deep(of, inner);
	if (type->kind == CKPT_TYPE_ARRAY)
		return deep_items(type->of, a->items, a->n);
	if (type->kind == CKPT_TYPE_FIXED)
		return deep_items(type->of, object, type->n);
	return ckpt_entries_shallow(type, object);
}
