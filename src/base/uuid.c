#include "ckptfs/uuid.h"

#include <string.h>
#include <uuid/uuid.h>

#define UUID_LEN (CKPT_UUID_TEXT - 1)

/* RFC 9562: where a version and a variant stand, in every version. */
#define VERSION(u) ((u)->b[6] >> 4)
#define VARIANT(u) ((u)->b[8] >> 6)
#define VARIANT_RFC 2

/* The value of a hexadecimal digit, or -1. */
static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 'a' - 'A';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* By hand: a mount reads 50,000, and libuuid takes four times as long for each. */
bool ckpt_uuid_parse(const char *text, struct ckpt_uuid *out)
{
	struct ckpt_uuid u;
	size_t n = 0;

	/* No byte is looked at beyond the first that is wrong, as a NUL is. */
	for (size_t at = 0; at < UUID_LEN; at += 2) {
		int high, low;

		if ((at == 8 || at == 13 || at == 18 || at == 23) && text[at++] != '-')
			return false;
		high = digit(text[at]);
		low = high < 0 ? -1 : digit(text[at + 1]);
		if (low < 0)
			return false;
		u.b[n++] = (unsigned char)(high << 4 | low);
	}
	if (text[UUID_LEN] || uuid_is_null(u.b))
		return false;
	*out = u;
	return true;
}

char *ckpt_uuid_text(const struct ckpt_uuid *u, char text[CKPT_UUID_TEXT])
{
	uuid_unparse_lower(u->b, text);
	return text;
}

int ckpt_uuid_cmp(const struct ckpt_uuid *a, const struct ckpt_uuid *b)
{
	return memcmp(a->b, b->b, sizeof(a->b));
}

bool ckpt_uuid_time_ms(const struct ckpt_uuid *u, int64_t *ms)
{
	int64_t t = 0;
	int i;

	if (VERSION(u) != 7 || VARIANT(u) != VARIANT_RFC)
		return false;
	for (i = 0; i < 6; i++)
		t = t << 8 | u->b[i];
	*ms = t;
	return true;
}

void ckpt_uuid_make(struct ckpt_uuid *out, int64_t ms, const unsigned char random[10])
{
	int i;

	for (i = 0; i < 6; i++)
		out->b[i] = (unsigned char)((uint64_t)ms >> (40 - 8 * i));
	memcpy(out->b + 6, random, 10);
	out->b[6] = (unsigned char)(0x70 | (out->b[6] & 0x0f));
	out->b[8] = (unsigned char)(VARIANT_RFC << 6 | (out->b[8] & 0x3f));
}
