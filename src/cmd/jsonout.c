#include "cmd/jsonout.h"

#include <inttypes.h>
#include <string.h>

static void begin_value(struct ckpt_buf *b, const char *key)
{
	char last = b->len ? b->data[b->len - 1] : '\0';

	if (last != '\0' && last != '{' && last != '[')
		ckpt_buf_addc(b, ',');
	if (key) {
		ckpt_buf_add_json(b, key, strlen(key));
		ckpt_buf_addc(b, ':');
	}
}

void ckpt_jo_open(struct ckpt_buf *b, const char *key, char bracket)
{
	begin_value(b, key);
	ckpt_buf_addc(b, bracket);
}

void ckpt_jo_close(struct ckpt_buf *b, char bracket)
{
	ckpt_buf_addc(b, bracket);
}

void ckpt_jo_text(struct ckpt_buf *b, const char *key, const char *s)
{
	begin_value(b, key);
	if (s)
		ckpt_buf_add_json(b, s, strlen(s));
	else
		ckpt_buf_adds(b, "null");
}

void ckpt_jo_uuid(struct ckpt_buf *b, const char *key, const struct ckpt_uuid *u)
{
	char text[CKPT_UUID_TEXT];

	ckpt_jo_text(b, key, ckpt_uuid_text(u, text));
}

void ckpt_jo_uuids(struct ckpt_buf *b, const char *key, const struct ckpt_uuid *u, size_t n)
{
	ckpt_jo_open(b, key, '[');
	for (size_t i = 0; i < n; i++)
		ckpt_jo_uuid(b, NULL, &u[i]);
	ckpt_jo_close(b, ']');
}

void ckpt_jo_reason(struct ckpt_buf *b, const struct ckpt_uuid *u, const char *why)
{
	ckpt_jo_open(b, NULL, '{');
	ckpt_jo_uuid(b, "uuid", u);
	ckpt_jo_text(b, "why", why);
	ckpt_jo_close(b, '}');
}

void ckpt_jo_u64(struct ckpt_buf *b, const char *key, uint64_t v)
{
	begin_value(b, key);
	ckpt_buf_addf(b, "%" PRIu64, v);
}

void ckpt_jo_bool(struct ckpt_buf *b, const char *key, bool v)
{
	begin_value(b, key);
	ckpt_buf_adds(b, v ? "true" : "false");
}

void ckpt_jo_null(struct ckpt_buf *b, const char *key)
{
	ckpt_jo_text(b, key, NULL);
}

void ckpt_jo_raw(struct ckpt_buf *b, const char *key, const char *text, size_t len)
{
	begin_value(b, key);
	ckpt_buf_add(b, text, len);
}
