#include <errno.h>
#include <string.h>

#include "state/kinds.h"

static void *member(const struct ckpt_member *m, const void *o)
{
	return (char *)(uintptr_t)o + m->offset;
}

static int write_record(const struct ckpt_type *t, const void *o, struct ckpt_out *out, struct ckpt_err *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < t->n; i++)
		rc = ckpt_out_value(out, t->members[i].type, member(&t->members[i], o), err);
	return rc;
}

static int read_record(const struct ckpt_type *t, void *o, struct ckpt_in *in, struct ckpt_err *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < t->n; i++)
		rc = ckpt_in_value(in, t->members[i].type, member(&t->members[i], o), err);
	return rc;
}

static void init_record(const struct ckpt_type *t, void *o)
{
	for (size_t i = 0; i < t->n; i++)
		ckpt_state_init(t->members[i].type, member(&t->members[i], o));
}

static void release_record(const struct ckpt_type *t, void *o)
{
	for (size_t i = 0; i < t->n; i++)
		ckpt_value_free(t->members[i].type, member(&t->members[i], o));
}

const struct ckpt_kind_ops ckpt_kind_record = {
	.write = write_record,
	.read = read_record,
	.init = init_record,
	.release = release_record,
};

/* --- custom: its length first, so that its reader can't leave its place --- */

static int write_custom(const struct ckpt_type *t, const void *o, struct ckpt_out *out, struct ckpt_err *err)
{
	struct ckpt_out inner = { .buf = CKPT_BUF_INIT, .depth = out->depth };
	int rc = t->custom->write(o, &inner, err);

	if (!rc && inner.buf.failed)
		rc = ckpt_fail_nomem(err);
	if (!rc)
		ckpt_out_bytes(out, inner.buf.data, inner.buf.len);
	ckpt_buf_release(&inner.buf);
	return rc;
}

static int read_custom(const struct ckpt_type *t, void *o, struct ckpt_in *in, struct ckpt_err *err)
{
	const void *data;
	size_t len;
	int rc = ckpt_in_bytes(in, &data, &len, err);
	struct ckpt_in inner = *in;

	if (rc)
		return rc;
	inner.at = data;
	inner.end = inner.at + len;
	rc = t->custom->read(o, &inner, err);
	if (!rc && ckpt_in_left(&inner))
		rc = ckpt_in_bad(&inner, err, "its reader left something over");
	return rc;
}

static void release_custom(const struct ckpt_type *t, void *o)
{
	if (t->custom->release)
		t->custom->release(o);
}

const struct ckpt_kind_ops ckpt_kind_custom = {
	.write = write_custom,
	.read = read_custom,
	.release = release_custom,
};

/* --- empty: no bytes at all ---------------------------------------------- */

static int write_empty(const struct ckpt_type *t, const void *o, struct ckpt_out *out, struct ckpt_err *err)
{
	(void)t, (void)o, (void)out, (void)err;
	return 0;
}

static void init_empty(const struct ckpt_type *t, void *o)
{
	if (t->initial)
		memcpy(o, t->initial, t->size);
}

static int read_empty(const struct ckpt_type *t, void *o, struct ckpt_in *in, struct ckpt_err *err)
{
	(void)in, (void)err;
	init_empty(t, o);
	return 0;
}

const struct ckpt_kind_ops ckpt_kind_empty = {
	.write = write_empty,
	.read = read_empty,
	.init = init_empty,
};
