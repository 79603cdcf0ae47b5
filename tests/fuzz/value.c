/* value.c - the bytes of a state (docs/state-format.md), of types drawn by chance
 *
 * Whatever the bytes are, they are refused and the object is as it was; or they
 * are the very bytes that the new object is written as: each value has one
 * spelling.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <zlib.h>

#include "ckptfs/state.h"
#include "tests/fuzz/fuzz.h"
#include "tests/state_random.h"

#define DEPTH 4
#define HEAD 24
#define TAIL 4

static const int codes[] = { EUCLEAN, EINVAL, ENOTSUP, ERANGE, 0 };

static void put(unsigned char *at, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		at[i] = (unsigned char)(v >> (8 * i));
}

static void put_checksum(struct ckpt_bytes *b)
{
	unsigned char *p = b->data;

	put(p + b->len - TAIL, crc32(crc32(0, NULL, 0), p, (uInt)(b->len - TAIL)), TAIL);
}

/* A file that is right but for its value, which is n bytes of anything. */
static struct ckpt_bytes around(const struct ckpt_type *t, const void *value, size_t n)
{
	char *text = ckpt_type_text(t, NULL);
	size_t len = text ? strlen(text) : 0;
	struct ckpt_bytes b = { calloc(1, HEAD + len + n + TAIL), HEAD + len + n + TAIL };
	unsigned char *p = b.data;

	MUST(text && p, "no text");
	memcpy(p, "CKPTSTAT\1", 9);
	put(p + 12, len, 4);
	put(p + 16, n, 8);
	memcpy(p + HEAD, text, len);
	if (n)
		memcpy(p + HEAD + len, value, n);
	free(text);
	put_checksum(&b);
	return b;
}

static struct ckpt_bytes written(const struct ckpt_type *t, const void *o)
{
	struct ckpt_err err;
	struct ckpt_bytes b;

	MUST(ckpt_state_checkpoint(t, o, &b, &err) == 0, "%s", err.msg);
	return b;
}

/* Into memory of its own, so that a byte too far is seen. */
static void judge(const struct ckpt_type *t, void *o, const void *data, size_t len, bool may)
{
	struct ckpt_bytes before = written(t, o), after;
	void *copy = malloc(len ? len : 1);
	struct ckpt_err err = { 0 };
	int rc;

	MUST(copy, "no memory");
	if (len)
		memcpy(copy, data, len);
	rc = ckpt_state_restore(t, o, copy, len, "it", &err);
	after = written(t, o);
	if (rc) {
		must_be_error(rc, &err, codes);
		MUST(before.len == after.len && !memcmp(before.data, after.data, after.len), "not as it was");
	} else {
		MUST(may, "taken, though something was changed");
		MUST(len == after.len && !memcmp(copy, after.data, len),
		     "written otherwise than it was read");
	}
	free(copy);
	free(before.data);
	free(after.data);
}

/* Cut off, go on after the end, or change one byte. */
static void damage(struct ckpt_bytes *b, struct bytes *in)
{
	uint8_t how = take(in), by = take(in);
	size_t at = (size_t)take_u64(in) % b->len;

	if (how % 4 == 0) {
		b->len = at;
	} else if (how % 4 == 1) {
		b->data = realloc(b->data, b->len + 1);
		MUST(b->data, "no memory");
		((unsigned char *)b->data)[b->len++] = by;
	} else {
		((unsigned char *)b->data)[at] ^= by ? by : 1;
	}
}

/* Change bytes of the value, and let it be right otherwise. */
static void twist(const struct ckpt_type *t, struct ckpt_bytes *b, struct bytes *in)
{
	char *text = ckpt_type_text(t, NULL);
	size_t begin = HEAD + strlen(text), n = b->len - TAIL - begin;

	for (int i = take(in) % 8; n && i >= 0; i--) {
		size_t at = begin + (take(in) | (size_t)take(in) << 8) % n;

		((unsigned char *)b->data)[at] = take(in);
	}
	free(text);
	put_checksum(b);
}

/* A type that is none, or contains itself, has a text or is refused. */
static void break_type(const struct ckpt_type *whole, struct bytes *in)
{
	static const int refusals[] = { EINVAL, ELOOP, E2BIG, 0 };
	struct ckpt_type copy[DEPTH], *top = copy;
	const struct ckpt_type *t = whole;
	struct ckpt_err err = { 0 };
	int n = 0;
	char *text;

	/* The chain of types that hold one other, each of its own. */
	for (copy[0] = *t; n + 1 < DEPTH && copy[n].of; n++) {
		copy[n + 1] = *copy[n].of;
		copy[n].of = &copy[n + 1];
	}
	t = &copy[take(in) % (n + 1)];
	switch (take(in) % 6) {
	case 0:
		copy[n].kind = (enum ckpt_type_kind)take(in);
		break;
	case 1:
		copy[n].of = t;
		copy[n].kind = (enum ckpt_type_kind)(CKPT_TYPE_OPTIONAL + take(in) % 4);
		break;
	case 2:
		copy[n].name = "no name";
		break;
	case 3:
		copy[n].n = (size_t)take_u64(in) % 70000;
		copy[n].kind = CKPT_TYPE_FIXED;
		break;
	case 4:
		copy[n].of = NULL;
		copy[n].kind = CKPT_TYPE_ARRAY;
		break;
	default:
		copy[n].size = (size_t)take_u64(in);
	}
	text = ckpt_type_text(top, &err);
	if (text)
		must_be_text(text, strlen(text));
	else
		must_be_error(-err.code, &err, refusals);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bytes in = { data, data + len };
	uint8_t mode = take(&in);
	struct random r = { .seed = take(&in) };
	const struct ckpt_type *t;
	struct ckpt_bytes b;
	void *o, *other;

	r.seed |= (uint64_t)take(&in) << 8;
	t = random_type(&r, DEPTH);
	o = random_new(&r, t);
	other = random_new(&r, t);
	b = written(t, other);
	switch (mode % 5) {
	case 0:
		free(b.data);
		b = around(t, in.p, (size_t)(in.end - in.p));
		judge(t, o, b.data, b.len, true);
		break;
	case 1:
		judge(t, o, in.p, (size_t)(in.end - in.p), true);
		break;
	case 2:
		judge(t, o, b.data, b.len, true);
		damage(&b, &in);
		judge(t, o, b.data, b.len, false);
		break;
	case 3:
		twist(t, &b, &in);
		judge(t, o, b.data, b.len, true);
		break;
	default:
		break_type(t, &in);
	}
	free(b.data);
	ckpt_state_release(t, o);
	ckpt_state_release(t, other);
	free(o);
	free(other);
	random_free(&r);
	return 0;
}
