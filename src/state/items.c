#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state/kinds.h"
#include "state/limits.h"

static int write_items(const struct ckpt_type *of, const void *items, size_t n, struct ckpt_out *out,
		       struct ckpt_err *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < n; i++)
		rc = ckpt_out_value(out, of, ckpt_item(of, items, i), err);
	return rc;
}

static void release_items(const struct ckpt_type *of, void *items, size_t n)
{
	for (size_t i = 0; ckpt_kind_ops(of)->release && i < n; i++)
		ckpt_value_free(of, ckpt_item(of, items, i));
}

/* --- as many as there are ------------------------------------------------ */

static int write_array(const struct ckpt_type *t, const void *o, struct ckpt_out *out, struct ckpt_err *err)
{
	const struct ckpt_array *a = o;
	size_t before;
	int rc;

	if (a->n && !a->items)
		return ckpt_fail(err, EINVAL, "an array of %zu items has none (items is NULL)", a->n);
	ckpt_out_u64(out, a->n);
	before = out->buf.len;
	rc = write_items(t->of, a->items, a->n, out, err);
	if (!rc && a->n > CKPT_STATE_NOTHINGS_MAX && out->buf.len == before && !out->buf.failed)
		rc = ckpt_fail(err, EINVAL,
			       "an array has %zu items that write nothing; at most %llu are allowed", a->n,
			       (unsigned long long)CKPT_STATE_NOTHINGS_MAX);
	return rc;
}

/* Room for more items; what a length claims is believed only as far as bytes
 * have come. */
static int grow(const struct ckpt_type *of, struct ckpt_array *a, size_t *cap, uint64_t n,
		struct ckpt_err *err)
{
	uint64_t want = *cap ? (uint64_t)*cap * 2 : 16;
	void *items;

	if (want > n)
		want = n;
	if (of->size && want > SIZE_MAX / of->size)
		return ckpt_fail_nomem(err);
	items = realloc(a->items, want * of->size + (of->size == 0));
	if (!items)
		return ckpt_fail_nomem(err);
	a->items = items;
	*cap = (size_t)want;
	return 0;
}

static int read_array(const struct ckpt_type *t, void *o, struct ckpt_in *in, struct ckpt_err *err)
{
	struct ckpt_array *a = o;
	size_t cap = 0;
	uint64_t n;
	int rc = ckpt_in_u64(in, &n, err);

	if (!rc && n > ckpt_in_left(in) && n > CKPT_STATE_NOTHINGS_MAX)
		return ckpt_in_bad(in, err, "an array is longer than what is left");
	while (!rc && a->n < n) {
		if (a->n == cap)
			rc = grow(t->of, a, &cap, n, err);
		if (rc)
			break;
		/* Counted before it is whole: release frees what is there. */
		rc = ckpt_in_value(in, t->of, ckpt_item(t->of, a->items, a->n++), err);
	}
	return rc;
}

static void release_array(const struct ckpt_type *t, void *o)
{
	struct ckpt_array *a = o;

	release_items(t->of, a->items, a->n);
	free(a->items);
}

const struct ckpt_kind_ops ckpt_kind_array = {
	.write = write_array,
	.read = read_array,
	.release = release_array,
};

/* --- as many as the type says -------------------------------------------- */

static int write_fixed(const struct ckpt_type *t, const void *o, struct ckpt_out *out, struct ckpt_err *err)
{
	return write_items(t->of, o, t->n, out, err);
}

static int read_fixed(const struct ckpt_type *t, void *o, struct ckpt_in *in, struct ckpt_err *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < t->n; i++)
		rc = ckpt_in_value(in, t->of, ckpt_item(t->of, o, i), err);
	return rc;
}

static void init_fixed(const struct ckpt_type *t, void *o)
{
	for (size_t i = 0; i < t->n; i++)
		ckpt_state_init(t->of, ckpt_item(t->of, o, i));
}

static void release_fixed(const struct ckpt_type *t, void *o)
{
	release_items(t->of, o, t->n);
}

const struct ckpt_kind_ops ckpt_kind_fixed = {
	.write = write_fixed,
	.read = read_fixed,
	.init = init_fixed,
	.release = release_fixed,
};
