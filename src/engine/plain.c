#include "engine/plain.h"

#include <stdlib.h>
#include <string.h>

struct reader {
	const char *p, *end;
};

/* The text that must stand here. */
static bool take(struct reader *r, const char *what)
{
	size_t len = strlen(what);

	if ((size_t)(r->end - r->p) < len || memcmp(r->p, what, len))
		return false;
	r->p += len;
	return true;
}

#define EACH(byte) ((uint64_t)(byte)*UINT64_C(0x0101010101010101))

/* Whether a byte of v may be zero: never no where one is. */
static uint64_t has_zero(uint64_t v)
{
	return (v - EACH(1)) & ~v & EACH(0x80);
}

/* Whether none of eight bytes ends a string, or is anything but printable ASCII:
 * never yes where one is. */
static bool is_inside(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return !((v & EACH(0x80)) | ((v - EACH(' ')) & ~v & EACH(0x80)) | has_zero(v ^ EACH(0x7f)) |
		 has_zero(v ^ EACH('"')) | has_zero(v ^ EACH('\\')));
}

/* The rest of a string whose quote was taken, and its other quote: printable
 * ASCII without escapes. */
static bool take_string(struct reader *r, struct ckpt_slice *out)
{
	const char *p = r->p;

	while (r->end - p >= (ptrdiff_t)sizeof(uint64_t) && is_inside(p))
		p += sizeof(uint64_t);
	while (p < r->end && *p >= ' ' && *p <= '~' && *p != '"' && *p != '\\')
		p++;
	if (p == r->end || *p != '"')
		return false;
	*out = (struct ckpt_slice){ r->p, (size_t)(p - r->p) };
	r->p = p + 1;
	return true;
}

/* An unsigned integer of 64 bits, as it is always written. */
static bool take_u64(struct reader *r, uint64_t *out)
{
	const char *first = r->p;

	*out = 0;
	for (; r->p < r->end && *r->p >= '0' && *r->p <= '9'; r->p++)
		if (__builtin_mul_overflow(*out, 10, out) ||
		    __builtin_add_overflow(*out, (uint64_t)(*r->p - '0'), out))
			return false;
	return r->p > first && (*first != '0' || r->p == first + 1);
}

/* --- dependencies ------------------------------------------------------- */

static bool add(struct ckpt_plain_deps *d, const struct ckpt_slice *name)
{
	if (d->n == d->cap) {
		size_t cap = d->cap ? 2 * d->cap : d->guess;
		void *grown = reallocarray(d->name, cap, sizeof(*d->name));

		if (!grown)
			return false;
		d->name = grown;
		d->cap = cap;
	}
	d->name[d->n++] = *name;
	return true;
}

/* The names of an array whose bracket was taken, and its other bracket. */
static bool take_names(struct reader *r, struct ckpt_plain_deps *d)
{
	const size_t before = d->n;
	struct ckpt_slice name;

	if (take(r, "]"))
		return true;
	do {
		if (d->n - before >= CKPT_DEPS_NAMES_MAX)
			return false;
		if (!take(r, "\"") || !take_string(r, &name) || !add(d, &name))
			return false;
	} while (take(r, ","));
	return take(r, "]");
}

bool ckpt_plain_deps(const char *text, size_t len, struct ckpt_plain_deps *d)
{
	struct reader r = { text, text + len };

	/* Names of batches have twice as many bytes, so it does not grow. */
	*d = (struct ckpt_plain_deps){ .version = 2, .guess = len / 32 + 16 };
	if (len > CKPT_DEPS_BYTES_MAX)
		return false;
	if (take(&r, "[")) {
		d->version = 1;
		if (!take_names(&r, d))
			return false;
		d->n_batches = d->n;
		return r.p == r.end;
	}
	if (!take(&r, "{\"batches\":[") || !take_names(&r, d))
		return false;
	d->n_batches = d->n;
	if (take(&r, ",\"state_files\":[") && !take_names(&r, d))
		return false;
	return take(&r, "}") && r.p == r.end;
}

/* --- entries ------------------------------------------------------------ */

static bool take_number(struct reader *r, const char *member, struct ckpt_u64 *out)
{
	if (!take(r, member))
		return false;
	if (take(r, "null"))
		return true;
	out->present = true;
	return take_u64(r, &out->value);
}

static bool take_uuid(struct reader *r, struct ckpt_uuid *out)
{
	char text[CKPT_UUID_TEXT];
	struct ckpt_slice s;

	if (!take(r, "{\"uuid\":\"") || !take_string(r, &s) || s.len != sizeof(text) - 1)
		return false;
	memcpy(text, s.s, s.len);
	text[s.len] = '\0';
	return ckpt_uuid_parse(text, out);
}

static bool take_identifier(struct reader *r, struct ckpt_entry_values *v)
{
	struct ckpt_slice s;

	if (!take(r, ",\"identifier\":"))
		return false;
	if (take(r, "null"))
		return true;
	if (!take(r, "\"") || !take_string(r, &s) || s.len > CKPT_IDENTIFIER_MAX)
		return false;
	v->identifier = s.s;
	v->identifier_len = s.len;
	return true;
}

size_t ckpt_plain_entry(const char *text, size_t len, struct ckpt_entry_values *v)
{
	struct reader r = { text, text + len };
	bool ok;

	*v = (struct ckpt_entry_values){ 0 };
	ok = take_uuid(&r, &v->uuid) && take_identifier(&r, v) && take(&r, ",\"fingerprint\":") &&
	     take_u64(&r, &v->fingerprint) && take_number(&r, ",\"size\":", &v->size) &&
	     take_number(&r, ",\"steps\":", &v->steps) &&
	     take_number(&r, ",\"processed_records\":", &v->processed_records) && take(&r, "}");
	return ok ? (size_t)(r.p - text) : 0;
}
