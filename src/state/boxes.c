#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state/kinds.h"

static void *make(const struct ckpt_type *of)
{
	return calloc(1, of->size ? of->size : 1);
}

static void release_pointer(const struct ckpt_type *t, void *o)
{
	void *held = *(void **)o;

	if (held)
		ckpt_value_free(t->of, held);
	free(held);
}

/* --- optional ------------------------------------------------------------ */

static int write_optional(const struct ckpt_type *t, const void *o, struct ckpt_out *out,
			  struct ckpt_err *err)
{
	const void *held = *(void *const *)o;

	ckpt_out_bool(out, held != NULL);
	return held ? ckpt_out_value(out, t->of, held, err) : 0;
}

static int read_held(const struct ckpt_type *of, void **held, struct ckpt_in *in, struct ckpt_err *err)
{
	*held = make(of);
	return *held ? ckpt_in_value(in, of, *held, err) : ckpt_fail_nomem(err);
}

static int read_optional(const struct ckpt_type *t, void *o, struct ckpt_in *in, struct ckpt_err *err)
{
	bool some;
	int rc = ckpt_in_bool(in, &some, err);

	return rc || !some ? rc : read_held(t->of, o, in, err);
}

const struct ckpt_kind_ops ckpt_kind_optional = {
	.write = write_optional,
	.read = read_optional,
	.release = release_pointer,
};

/* --- boxed: what it holds, and nothing of its own ------------------------ */

static int write_boxed(const struct ckpt_type *t, const void *o, struct ckpt_out *out, struct ckpt_err *err)
{
	const void *held = *(void *const *)o;

	if (!held)
		return ckpt_fail(err, EINVAL,
				 "a box holds nothing (NULL); make its type optional if that may be");
	return ckpt_out_value(out, t->of, held, err);
}

static int read_boxed(const struct ckpt_type *t, void *o, struct ckpt_in *in, struct ckpt_err *err)
{
	return read_held(t->of, o, in, err);
}

const struct ckpt_kind_ops ckpt_kind_boxed = {
	.write = write_boxed,
	.read = read_boxed,
	.release = release_pointer,
};

/* --- any: which of its types, then the value ------------------------------ */

static int write_any(const struct ckpt_type *t, const void *o, struct ckpt_out *out, struct ckpt_err *err)
{
	const struct ckpt_any *any = o;

	for (size_t i = 0; i < t->n; i++) {
		if (t->types[i] != any->type || !any->value)
			continue;
		ckpt_out_u64(out, i);
		return ckpt_out_value(out, any->type, any->value, err);
	}
	return ckpt_fail(err, EINVAL, "%s",
			 any->value ? "an object is of none of the types that it may have"
				    : "an object of any type holds nothing (value is NULL)");
}

static int read_any(const struct ckpt_type *t, void *o, struct ckpt_in *in, struct ckpt_err *err)
{
	struct ckpt_any *any = o;
	uint64_t i;
	int rc = ckpt_in_u64(in, &i, err);

	if (!rc && i >= t->n)
		rc = ckpt_in_bad(in, err, "it is of none of the types that it may have");
	if (rc)
		return rc;
	any->type = t->types[i];
	return read_held(any->type, &any->value, in, err);
}

static void release_any(const struct ckpt_type *t, void *o)
{
	struct ckpt_any *any = o;

	(void)t;
	if (any->value)
		ckpt_value_free(any->type, any->value);
	free(any->value);
}

const struct ckpt_kind_ops ckpt_kind_any = {
	.write = write_any,
	.read = read_any,
	.release = release_any,
};
