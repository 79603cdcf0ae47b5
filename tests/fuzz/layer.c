/* layer.c - batch files, as verify --deep walks them
 *
 * The input is a file written short: a byte of flags, then for each unit of the
 * file a byte n and n bytes, the rest of it zeros (255: all of its bytes
 * follow).  No fuzzer finds a CRC-32C, so by one of the flags every checksum is
 * zero: crc32_iscsi() here takes the place of the library's.  Otherwise it is the
 * real one, a bit at a time.
 */
#include <errno.h>
#include <isa-l/crc.h>
#include <snappy-c.h>
#include <stdbool.h>
#include <string.h>

#include "engine/layer.h"
#include "engine/limits.h"
#include "tests/fuzz/fuzz.h"
#include "tests/layer_file.h"

#define UNIT 512
#define UNITS_MAX 96
#define VERSION_KNOWN 5

enum { NO_SUMS = 1, CUT_OFF = 2 };

static const int codes[] = { EUCLEAN, ENOTSUP, 0 };
static bool no_sums;

unsigned int crc32_iscsi(unsigned char *data, int len, unsigned int crc)
{
	for (int i = 0; !no_sums && i < len; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78U : 0);
	}
	return crc;
}

/* --- the judge ------------------------------------------------------------- */

/* It marks units, where the walk sorts places. */
struct judge {
	const uint8_t *data;
	size_t len;
	bool snappy;
	bool taken[UNITS_MAX];
};

static uint64_t number(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | p[n];
	return v;
}

static bool mark(struct judge *j, uint64_t off, uint64_t size)
{
	uint64_t units = j->len / UNIT, first = off / UNIT, n = size / UNIT;

	if (off % UNIT || size % UNIT || n == 0 || first >= units || n > units - first)
		return false;
	for (uint64_t i = first; i < first + n; i++) {
		if (j->taken[i])
			return false;
		j->taken[i] = true;
	}
	return true;
}

static bool sum_is_right(const uint8_t *block, size_t len)
{
	return number(block, 4) == (uint32_t)~crc32_iscsi((uint8_t *)(uintptr_t)block + 4, (int)len - 4, ~0U);
}

/* The block unpacked, on the heap; NULL: it is none. */
static uint8_t *unpack(const struct judge *j, const uint8_t *p, size_t size, size_t *len)
{
	size_t packed = j->snappy ? number(p, 4) : 0;
	uint8_t *out;

	if (!j->snappy) {
		out = malloc(size);
		MUST(out, "no memory");
		*len = size;
		return memcpy(out, p, size);
	}
	if (packed > size - 4)
		return NULL;
	for (size_t i = 4 + packed; i < size; i++)
		if (p[i])
			return NULL;
	if (snappy_uncompressed_length((const char *)p + 4, packed, len) != SNAPPY_OK || *len > 64 * size)
		return NULL;
	out = malloc(*len + 1);
	MUST(out, "no memory");
	if (snappy_uncompress((const char *)p + 4, packed, (char *)out, len) == SNAPPY_OK)
		return out;
	free(out);
	return NULL;
}

static bool node_is_good(struct judge *j, uint64_t off, uint64_t size, unsigned kind, unsigned level);

static bool children_are_good(struct judge *j, const uint8_t *b, size_t len, unsigned level)
{
	size_t offsets, sizes, n, ow, sw;

	if (len < 32)
		return false;
	offsets = number(b + 16, 4);
	sizes = number(b + 20, 4);
	n = number(b + 24, 2);
	ow = b[29];
	sw = b[30];
	if (ow < 1 || ow > 8 || sw < 1 || sw > 8 || offsets + n * ow > len || sizes + n * sw > len)
		return false;
	for (size_t i = 0; i < n; i++) {
		uint64_t off = number(b + offsets + i * ow, ow), size = number(b + sizes + i * sw, sw);

		if (off >= UNITS_MAX || size > UNITS_MAX ||
		    !node_is_good(j, off * UNIT, size * UNIT, b[26], level + 1))
			return false;
	}
	return true;
}

static bool node_is_good(struct judge *j, uint64_t off, uint64_t size, unsigned kind, unsigned level)
{
	uint8_t *b;
	size_t len;
	bool good;

	if (kind > 1 || level > CKPT_LAYER_DEPTH_MAX || !mark(j, off, size))
		return false;
	b = unpack(j, j->data + off, (size_t)size, &len);
	if (!b)
		return false;
	good = len >= 8 && sum_is_right(b, len) && memcmp(b + 4, kind ? "LFIB" : "LFDB", 4) == 0 &&
	       (!kind || children_are_good(j, b, len, level));
	free(b);
	return good;
}

enum verdict { GOOD, DAMAGED, UNKNOWN };

static bool columns_are_good(struct judge *j, const uint8_t *t, size_t n)
{
	/* 17, 40, 64, 88, ...: 13 bytes, up to the next 4, and 8 more. */
	for (size_t at = 17; n; n--, at = (at + 16) / 4 * 4 + 8)
		if (number(t + at + 8, 4) &&
		    !node_is_good(j, number(t + at, 8), number(t + at + 8, 4), t[at + 12], 0))
			return false;
	return true;
}

/* The size of the older kind has four bytes, that of the newer one eight. */
static bool filter_is_good(struct judge *j, const uint8_t *at, size_t width)
{
	uint64_t off = number(at, 8), size = number(at + 8, width);

	return size == 0 || (mark(j, off, size) && sum_is_right(j->data + off, size));
}

static enum verdict judge(const uint8_t *data, size_t len)
{
	struct judge j = { .data = data, .len = len };
	const uint8_t *t, *behind;
	size_t columns;

	if (len < UNIT || len % UNIT)
		return DAMAGED;
	t = data + len - UNIT;
	if (memcmp(t + 4, "LFFT", 4) != 0 || !sum_is_right(t, UNIT))
		return DAMAGED;
	mark(&j, len - UNIT, UNIT);
	if (number(t + 8, 4) != VERSION_KNOWN || t[12] > 1)
		return UNKNOWN;
	j.snappy = t[12];
	columns = number(t + 13, 4);
	if (columns > 18)
		return DAMAGED;
	behind = t + (columns ? 16 + 24 * columns : 17);
	if (number(behind + 20, 8) & ~(uint64_t)3)
		return UNKNOWN;
	if (!columns_are_good(&j, t, columns) || !filter_is_good(&j, behind, 4) ||
	    !filter_is_good(&j, behind + 28, 8))
		return DAMAGED;
	for (size_t i = 0; i < len / UNIT; i++)
		if (!j.taken[i])
			return DAMAGED;
	return GOOD;
}

/* --- the file --------------------------------------------------------------- */

static size_t write_out(struct bytes *in, bool cut, uint8_t *file)
{
	size_t len = 0, n, i;

	while (in->p < in->end && len < (size_t)UNITS_MAX * UNIT) {
		n = take(in);
		n = n == 255 ? UNIT : n;
		for (i = 0; i < n; i++)
			file[len + i] = take(in);
		memset(file + len + n, 0, UNIT - n);
		len += cut && in->p == in->end ? n : UNIT;
	}
	return len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t room[UNITS_MAX * UNIT];
	struct bytes in = { data, data + len };
	const unsigned flags = take(&in);
	const size_t n = write_out(&in, flags & CUT_OFF, room);
	struct ckpt_err err = { 0 };
	enum verdict v;
	uint8_t *file;
	int rc;

	no_sums = flags & NO_SUMS;
	/* Of its own size, so that a byte too far is seen. */
	file = malloc(n + !n);
	MUST(file, "no memory");
	memcpy(file, room, n);
	v = judge(file, n);
	rc = layer_check(file, n, &err);
	MUST(rc == (v == GOOD ? 0 : v == UNKNOWN ? -ENOTSUP : -EUCLEAN), "%d of %d: %s", rc, (int)v, err.msg);
	if (rc)
		must_be_error(rc, &err, codes);
	free(file);
	return 0;
}
