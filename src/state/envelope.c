#include "state/envelope.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define MAGIC "CKPTSTAT"
#define HEAD 24
#define TAIL 4

static void put_le(unsigned char *at, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		at[i] = (unsigned char)(v >> (8 * i));
}

static uint64_t get_le(const unsigned char *at, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)at[i] << (8 * i);
	return v;
}

static uint32_t checksum(const void *data, size_t len)
{
	return (uint32_t)crc32_z(crc32_z(0, NULL, 0), data, len);
}

/* --- writing ------------------------------------------------------------- */

int ckpt_state_write(const struct ckpt_type *type, const void *object, struct ckpt_buf *out,
		     struct ckpt_err *err)
{
	unsigned char head[HEAD] = MAGIC, tail[TAIL];
	struct ckpt_out value = { .buf = CKPT_BUF_INIT };
	size_t text;
	int rc;

	ckpt_buf_add(&value.buf, head, HEAD);
	rc = ckpt_type_describe(type, &value.buf, err);
	text = value.buf.len;
	if (!rc)
		rc = ckpt_out_value(&value, type, object, err);
	if (!rc && value.buf.failed)
		rc = ckpt_fail_nomem(err);
	if (rc) {
		ckpt_buf_release(&value.buf);
		return rc;
	}
	put_le(head + 8, CKPT_STATE_VERSION, 2);
	put_le(head + 12, text - HEAD, 4);
	put_le(head + 16, value.buf.len - text, 8);
	memcpy(value.buf.data, head, HEAD);
	put_le(tail, checksum(value.buf.data, value.buf.len), TAIL);
	ckpt_buf_add(&value.buf, tail, TAIL);
	*out = value.buf;
	return out->failed ? ckpt_fail_nomem(err) : 0;
}

/* --- reading ------------------------------------------------------------- */

struct parts {
	const unsigned char *text, *value;
	size_t text_len, value_len;
};

static int open_envelope(const unsigned char *p, size_t len, const char *what, struct parts *out,
			 struct ckpt_err *err)
{
	uint64_t text, value;

	if (len < HEAD + TAIL || memcmp(p, MAGIC, 8) != 0)
		return ckpt_fail(err, EUCLEAN,
				 "%s is no state of ckptfs, or only the beginning of one (%zu bytes)", what,
				 len);
	if (get_le(p + 8, 2) > CKPT_STATE_VERSION)
		return ckpt_fail(
			err, ENOTSUP,
			"%s is of version %u, and this ckptfs knows versions up to %d; use a newer one", what,
			(unsigned)get_le(p + 8, 2), CKPT_STATE_VERSION);
	text = get_le(p + 12, 4);
	value = get_le(p + 16, 8);
	if (text > len - HEAD - TAIL || value != len - HEAD - TAIL - text)
		return ckpt_fail(err, EUCLEAN, "%s is damaged: its %zu bytes are not as many as it says",
				 what, len);
	if (checksum(p, len - TAIL) != get_le(p + len - TAIL, TAIL) || get_le(p + 8, 2) == 0 ||
	    get_le(p + 10, 2) != 0)
		return ckpt_fail(err, EUCLEAN, "%s is damaged: its checksum is wrong", what);
	*out = (struct parts){ p + HEAD, p + HEAD + text, (size_t)text, (size_t)value };
	return 0;
}

/* Say where two texts begin to differ: from the member, or the type, that it is in. */
static int other_type(const char *what, const char *has, size_t has_len, const char *wants,
		      struct ckpt_err *err)
{
	const int shown = 160;
	size_t at = 0;

	while (at < has_len && wants[at] && has[at] == wants[at])
		at++;
	while (at > 0 && !strchr("{<,|", has[at - 1]))
		at--;
	while (at < has_len && has[at] == ' ')
		at++;
	return ckpt_fail(err, EINVAL, "%s is of another type: it has '%.*s' where this program has '%.*s'",
			 what, has_len - at < (size_t)shown ? (int)(has_len - at) : shown, has + at, shown,
			 wants + at);
}

int ckpt_state_check(const void *data, size_t len, const char *what, struct ckpt_err *err)
{
	struct parts p;

	return open_envelope(data, len, what, &p, err);
}

static int check_type(const struct ckpt_type *type, const struct parts *p, const char *what,
		      struct ckpt_err *err)
{
	struct ckpt_buf wants = CKPT_BUF_INIT;
	int rc = ckpt_type_describe(type, &wants, err);

	if (!rc && (wants.len != p->text_len || memcmp(wants.data, p->text, p->text_len) != 0))
		rc = other_type(what, (const char *)p->text, p->text_len, wants.data, err);
	ckpt_buf_release(&wants);
	return rc;
}

int ckpt_state_read(const struct ckpt_type *type, const void *data, size_t len, const char *what,
		    void **object, struct ckpt_err *err)
{
	struct parts p = { 0 };
	void *o;
	int rc = open_envelope(data, len, what, &p, err);

	*object = NULL;
	if (!rc)
		rc = check_type(type, &p, what, err);
	if (rc)
		return rc;
	struct ckpt_in in = { p.value, p.value, p.value + p.value_len, 0, what };
	o = calloc(1, type->size ? type->size : 1);
	if (!o)
		return ckpt_fail_nomem(err);
	rc = ckpt_in_value(&in, type, o, err);
	if (!rc && ckpt_in_left(&in))
		rc = ckpt_in_bad(&in, err, "something follows it");
	if (rc)
		ckpt_state_discard(type, o);
	else
		*object = o;
	return rc;
}

void ckpt_state_take(const struct ckpt_type *type, void *object, void *read)
{
	ckpt_value_free(type, object);
	memcpy(object, read, type->size);
	free(read);
}

void ckpt_state_discard(const struct ckpt_type *type, void *read)
{
	if (read)
		ckpt_value_free(type, read);
	free(read);
}
