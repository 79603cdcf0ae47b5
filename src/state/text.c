#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "state/kinds.h"

void ckpt_out_bytes(struct ckpt_out *out, const void *data, size_t len)
{
	ckpt_out_u64(out, len);
	ckpt_buf_add(&out->buf, data, len);
}

int ckpt_in_bytes(struct ckpt_in *in, const void **data, size_t *len, struct ckpt_err *err)
{
	uint64_t n;
	int rc = ckpt_in_u64(in, &n, err);

	*data = NULL;
	*len = 0;
	if (rc)
		return rc;
	if (n > ckpt_in_left(in)) {
		ckpt_in_bad(in, err, "a length reaches beyond its end");
		return -EUCLEAN; /* so that an analyser of this file sees that it is not 0 */
	}
	*len = (size_t)n;
	return ckpt_in_take(in, *len, data, err);
}

/* --- strings ------------------------------------------------------------- */

const struct ckpt_type ckpt_type_string = { .kind = CKPT_TYPE_STRING, .size = sizeof(char *) };
const struct ckpt_type ckpt_type_bytes = { .kind = CKPT_TYPE_BYTES, .size = sizeof(struct ckpt_bytes) };

static int write_string(const struct ckpt_type *t, const void *o, struct ckpt_out *out, struct ckpt_err *err)
{
	const char *s = *(char *const *)o;

	(void)t, (void)err;
	ckpt_out_bytes(out, s, s ? strlen(s) : 0);
	return 0;
}

static int read_string(const struct ckpt_type *t, void *o, struct ckpt_in *in, struct ckpt_err *err)
{
	const void *data;
	size_t len;
	char *s;
	int rc = ckpt_in_bytes(in, &data, &len, err);

	(void)t;
	if (rc)
		return rc;
	if (memchr(data, '\0', len))
		return ckpt_in_bad(in, err, "there is a NUL in a string");
	s = malloc(len + 1);
	if (!s)
		return ckpt_fail_nomem(err);
	memcpy(s, data, len);
	s[len] = '\0';
	*(char **)o = s;
	return 0;
}

static void release_string(const struct ckpt_type *t, void *o)
{
	(void)t;
	free(*(char **)o);
}

const struct ckpt_kind_ops ckpt_kind_string = {
	.write = write_string,
	.read = read_string,
	.release = release_string,
};

/* --- bytes --------------------------------------------------------------- */

static int write_bytes(const struct ckpt_type *t, const void *o, struct ckpt_out *out, struct ckpt_err *err)
{
	const struct ckpt_bytes *b = o;

	(void)t, (void)err;
	ckpt_out_bytes(out, b->data, b->len);
	return 0;
}

static int read_bytes(const struct ckpt_type *t, void *o, struct ckpt_in *in, struct ckpt_err *err)
{
	struct ckpt_bytes *b = o;
	const void *data;
	size_t len;
	int rc = ckpt_in_bytes(in, &data, &len, err);

	(void)t;
	if (rc || !len)
		return rc;
	b->data = malloc(len);
	if (!b->data)
		return ckpt_fail_nomem(err);
	memcpy(b->data, data, len);
	b->len = len;
	return 0;
}

static void release_bytes(const struct ckpt_type *t, void *o)
{
	(void)t;
	free(((struct ckpt_bytes *)o)->data);
}

const struct ckpt_kind_ops ckpt_kind_bytes = {
	.write = write_bytes,
	.read = read_bytes,
	.release = release_bytes,
};
