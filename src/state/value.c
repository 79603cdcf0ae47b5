#include <errno.h>
#include <string.h>

#include "state/kinds.h"
#include "state/limits.h"

static const struct ckpt_kind_ops *const kinds[CKPT_TYPE_KINDS] = {
	[CKPT_TYPE_EMPTY] = &ckpt_kind_empty,	    [CKPT_TYPE_BOOL] = &ckpt_kind_bool,
	[CKPT_TYPE_I32] = &ckpt_kind_i32,	    [CKPT_TYPE_I64] = &ckpt_kind_i64,
	[CKPT_TYPE_U64] = &ckpt_kind_u64,	    [CKPT_TYPE_SSIZE] = &ckpt_kind_ssize,
	[CKPT_TYPE_SIZE] = &ckpt_kind_size,	    [CKPT_TYPE_DOUBLE] = &ckpt_kind_double,
	[CKPT_TYPE_STRING] = &ckpt_kind_string,	    [CKPT_TYPE_BYTES] = &ckpt_kind_bytes,
	[CKPT_TYPE_OPTIONAL] = &ckpt_kind_optional, [CKPT_TYPE_BOXED] = &ckpt_kind_boxed,
	[CKPT_TYPE_ARRAY] = &ckpt_kind_array,	    [CKPT_TYPE_FIXED] = &ckpt_kind_fixed,
	[CKPT_TYPE_RECORD] = &ckpt_kind_record,	    [CKPT_TYPE_CUSTOM] = &ckpt_kind_custom,
	[CKPT_TYPE_ANY] = &ckpt_kind_any,
};

const struct ckpt_kind_ops *ckpt_kind_ops(const struct ckpt_type *t)
{
	return kinds[t->kind];
}

int ckpt_out_value(struct ckpt_out *out, const struct ckpt_type *type, const void *object,
		   struct ckpt_err *err)
{
	int rc;

	if (out->depth >= CKPT_STATE_DEPTH_MAX)
		return ckpt_fail(err, ELOOP,
				 "an object holds more than %d others, one inside the other; "
				 "keep such a list in an array",
				 CKPT_STATE_DEPTH_MAX);
	out->depth++;
	rc = kinds[type->kind]->write(type, object, out, err);
	out->depth--;
	return rc;
}

int ckpt_in_value(struct ckpt_in *in, const struct ckpt_type *type, void *object, struct ckpt_err *err)
{
	int rc;

	if (in->depth >= CKPT_STATE_DEPTH_MAX)
		return ckpt_in_bad(in, err, "more than 1000 objects, one in the other");
	in->depth++;
	memset(object, 0, type->size);
	rc = kinds[type->kind]->read(type, object, in, err);
	in->depth--;
	return rc;
}

void ckpt_value_free(const struct ckpt_type *t, void *o)
{
	if (kinds[t->kind]->release)
		kinds[t->kind]->release(t, o);
}

void ckpt_state_init(const struct ckpt_type *type, void *object)
{
	memset(object, 0, type->size);
	if (kinds[type->kind]->init)
		kinds[type->kind]->init(type, object);
}

void ckpt_state_release(const struct ckpt_type *type, void *object)
{
	ckpt_value_free(type, object);
	ckpt_state_init(type, object);
}
