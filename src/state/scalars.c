#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "state/kinds.h"

/* --- bytes in and out ---------------------------------------------------- */

static void out_le(struct ckpt_out *out, uint64_t v, size_t n)
{
	unsigned char b[8];

	for (size_t i = 0; i < n; i++)
		b[i] = (unsigned char)(v >> (8 * i));
	ckpt_buf_add(&out->buf, b, n);
}

static int in_le(struct ckpt_in *in, uint64_t *v, size_t n, struct ckpt_err *err)
{
	const void *data = NULL;
	int rc = ckpt_in_take(in, n, &data, err);

	*v = 0;
	for (size_t i = 0; !rc && i < n; i++)
		*v |= (uint64_t)((const unsigned char *)data)[i] << (8 * i);
	return rc;
}

size_t ckpt_in_left(const struct ckpt_in *in)
{
	return (size_t)(in->end - in->at);
}

int ckpt_in_bad(const struct ckpt_in *in, struct ckpt_err *err, const char *is)
{
	return ckpt_fail(err, EUCLEAN, "%s is damaged: %s, at byte %zu of its value", in->what, is,
			 (size_t)(in->at - in->begin));
}

int ckpt_in_take(struct ckpt_in *in, size_t n, const void **out, struct ckpt_err *err)
{
	if (n > ckpt_in_left(in))
		return ckpt_in_bad(in, err, "it ends too early");
	*out = in->at;
	in->at += n;
	return 0;
}

void ckpt_out_bool(struct ckpt_out *out, bool v)
{
	out_le(out, v, 1);
}

void ckpt_out_i32(struct ckpt_out *out, int32_t v)
{
	out_le(out, (uint32_t)v, 4);
}

void ckpt_out_u64(struct ckpt_out *out, uint64_t v)
{
	out_le(out, v, 8);
}

void ckpt_out_double(struct ckpt_out *out, double v)
{
	uint64_t bits;

	static_assert(sizeof(v) == sizeof(bits), "a double is the 64 bits of IEEE 754");
	memcpy(&bits, &v, sizeof(bits));
	out_le(out, bits, 8);
}

int ckpt_in_bool(struct ckpt_in *in, bool *v, struct ckpt_err *err)
{
	uint64_t bits;
	int rc = in_le(in, &bits, 1, err);

	if (!rc && bits > 1)
		rc = ckpt_in_bad(in, err, "a bool is neither 0 nor 1");
	*v = bits == 1;
	return rc;
}

int ckpt_in_i32(struct ckpt_in *in, int32_t *v, struct ckpt_err *err)
{
	uint64_t bits;
	int rc = in_le(in, &bits, 4, err);

	*v = (int32_t)(uint32_t)bits;
	return rc;
}

int ckpt_in_u64(struct ckpt_in *in, uint64_t *v, struct ckpt_err *err)
{
	return in_le(in, v, 8, err);
}

int ckpt_in_double(struct ckpt_in *in, double *v, struct ckpt_err *err)
{
	uint64_t bits;
	int rc = in_le(in, &bits, 8, err);

	memcpy(v, &bits, sizeof(*v));
	return rc;
}

/* --- the ready types ----------------------------------------------------- */

const struct ckpt_type ckpt_type_bool = { .kind = CKPT_TYPE_BOOL, .size = sizeof(bool) };
const struct ckpt_type ckpt_type_i32 = { .kind = CKPT_TYPE_I32, .size = sizeof(int32_t) };
const struct ckpt_type ckpt_type_i64 = { .kind = CKPT_TYPE_I64, .size = sizeof(int64_t) };
const struct ckpt_type ckpt_type_u64 = { .kind = CKPT_TYPE_U64, .size = sizeof(uint64_t) };
const struct ckpt_type ckpt_type_ssize = { .kind = CKPT_TYPE_SSIZE, .size = sizeof(ssize_t) };
const struct ckpt_type ckpt_type_size = { .kind = CKPT_TYPE_SIZE, .size = sizeof(size_t) };
const struct ckpt_type ckpt_type_double = { .kind = CKPT_TYPE_DOUBLE, .size = sizeof(double) };

#define SCALAR(name, ctype)                                                                                  \
	static int write_##name(const struct ckpt_type *t, const void *o, struct ckpt_out *out,              \
				struct ckpt_err *err)                                                        \
	{                                                                                                    \
		(void)t, (void)err;                                                                          \
		ckpt_out_##name(out, *(const ctype *)o);                                                     \
		return 0;                                                                                    \
	}                                                                                                    \
	static int read_##name(const struct ckpt_type *t, void *o, struct ckpt_in *in, struct ckpt_err *err) \
	{                                                                                                    \
		(void)t;                                                                                     \
		return ckpt_in_##name(in, o, err);                                                           \
	}                                                                                                    \
	const struct ckpt_kind_ops ckpt_kind_##name = { .write = write_##name, .read = read_##name }

SCALAR(bool, bool);
SCALAR(i32, int32_t);
SCALAR(u64, uint64_t);
SCALAR(double, double);

/* The same 64 bits, signed. */
static int write_i64(const struct ckpt_type *t, const void *o, struct ckpt_out *out, struct ckpt_err *err)
{
	(void)t, (void)err;
	ckpt_out_u64(out, (uint64_t) * (const int64_t *)o);
	return 0;
}

static int read_i64(const struct ckpt_type *t, void *o, struct ckpt_in *in, struct ckpt_err *err)
{
	(void)t;
	return ckpt_in_u64(in, o, err);
}

const struct ckpt_kind_ops ckpt_kind_i64 = { .write = write_i64, .read = read_i64 };

/* --- this machine's own sizes: 64 bits, which may not fit ---------------- */

static int too_big(const struct ckpt_in *in, const char *type, struct ckpt_err *err)
{
	return ckpt_fail(err, ERANGE,
			 "%s: a %s does not fit the %zu bits that it has on this machine; "
			 "restore it where it was written",
			 in->what, type, sizeof(size_t) * CHAR_BIT);
}

static int write_size(const struct ckpt_type *t, const void *o, struct ckpt_out *out, struct ckpt_err *err)
{
	(void)t, (void)err;
	ckpt_out_u64(out, *(const size_t *)o);
	return 0;
}

static int read_size(const struct ckpt_type *t, void *o, struct ckpt_in *in, struct ckpt_err *err)
{
	uint64_t v;
	int rc = ckpt_in_u64(in, &v, err);

	(void)t;
	*(size_t *)o = (size_t)v;
	return !rc && *(size_t *)o != v ? too_big(in, "size", err) : rc;
}

const struct ckpt_kind_ops ckpt_kind_size = { .write = write_size, .read = read_size };

static int write_ssize(const struct ckpt_type *t, const void *o, struct ckpt_out *out, struct ckpt_err *err)
{
	(void)t, (void)err;
	ckpt_out_u64(out, (uint64_t)(int64_t) * (const ssize_t *)o);
	return 0;
}

static int read_ssize(const struct ckpt_type *t, void *o, struct ckpt_in *in, struct ckpt_err *err)
{
	uint64_t v;
	int rc = ckpt_in_u64(in, &v, err);

	(void)t;
	*(ssize_t *)o = (ssize_t)(int64_t)v;
	return !rc && *(ssize_t *)o != (int64_t)v ? too_big(in, "ssize", err) : rc;
}

const struct ckpt_kind_ops ckpt_kind_ssize = { .write = write_ssize, .read = read_ssize };
