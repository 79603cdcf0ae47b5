#include "engine/layer_block.h"

#include <errno.h>
#include <inttypes.h>
#include <isa-l/crc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/limits.h"
#include "engine/snappy.h"

#define HEADER 8 /* the checksum, and the magic number */

uint64_t ckpt_layer_int(const unsigned char *at, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v |= (uint64_t)at[i] << (8 * i);
	return v;
}

int ckpt_layer_bad(const struct ckpt_layer *l, uint64_t off, struct ckpt_err *err, const char *fmt, ...)
{
	char what[CKPT_ERR_MAX / 2];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return ckpt_fail(err, EUCLEAN, "%s: it is damaged: the block at byte %" PRIu64 " %s", l->label, off,
			 what);
}

/* --- reading ------------------------------------------------------------- */

static int read_all(const struct ckpt_layer *l, uint64_t off, void *buf, size_t len, struct ckpt_err *err)
{
	ssize_t n = ckpt_file_pread(l->file, buf, len, off, err);

	if (n < 0)
		return (int)n;
	return (size_t)n == len ? 0 : ckpt_layer_bad(l, off, err, "ends too early, as the file was cut off");
}

/* The sum goes on over parts: both ends of it are inverted. */
static uint32_t crc_more(uint32_t crc, const unsigned char *data, size_t len)
{
	const size_t most = 1 << 30; /* it counts in int */

	for (size_t n; len; data += n, len -= n) {
		n = len < most ? len : most;
		crc = crc32_iscsi((unsigned char *)(uintptr_t)data, (int)n, crc);
	}
	return crc;
}

static int check_sum(const struct ckpt_layer *l, uint64_t off, uint32_t has, uint32_t sum,
		     struct ckpt_err *err)
{
	return has == ~sum ? 0
			   : ckpt_layer_bad(l, off, err,
					    "has the checksum %08" PRIx32 ", and its bytes have %08" PRIx32,
					    has, ~sum);
}

int ckpt_block_scan(const struct ckpt_layer *l, uint64_t off, uint64_t size, struct ckpt_err *err)
{
	unsigned char *buf = malloc(CKPT_LAYER_CHUNK);
	uint32_t crc = UINT32_MAX, has = 0;
	int rc = buf ? 0 : ckpt_fail_nomem(err);

	for (uint64_t at = 0, n; !rc && at < size; at += n) {
		n = size - at < CKPT_LAYER_CHUNK ? size - at : CKPT_LAYER_CHUNK;
		rc = read_all(l, off + at, buf, n, err);
		if (rc)
			break;
		if (at == 0)
			has = (uint32_t)ckpt_layer_int(buf, 4);
		crc = crc_more(crc, at ? buf : buf + 4, at ? n : n - 4);
	}
	free(buf);
	return rc ? rc : check_sum(l, off, has, crc, err);
}

/* --- unpacking ------------------------------------------------------------ */

static bool all_zero(const unsigned char *p, size_t n)
{
	while (n && !*p)
		p++, n--;
	return n == 0;
}

static int get_snappy(const struct ckpt_layer *l, const struct ckpt_snappy **snappy, struct ckpt_err *err)
{
	const char *why;

	*snappy = ckpt_snappy(&why);
	return *snappy ? 0
		       : ckpt_fail(
				 err, ENOTSUP,
				 "%s: its blocks are packed by Snappy, whose library can't be loaded; it was "
				 "not checked (%s)",
				 l->label, why);
}

/* A packed block: its length, the packed bytes, zeros. */
static int unpack(const struct ckpt_layer *l, uint64_t off, struct ckpt_block *b, struct ckpt_err *err)
{
	size_t packed = (size_t)ckpt_layer_int(b->data, 4), len;
	const char *from = (const char *)b->data + 4;
	const struct ckpt_snappy *snappy;
	unsigned char *to;
	int rc = get_snappy(l, &snappy, err);

	if (rc)
		return rc;
	if (packed > b->len - 4)
		return ckpt_layer_bad(l, off, err, "says that %zu bytes are packed in its %zu", packed,
				      b->len);
	if (!all_zero(b->data + 4 + packed, b->len - 4 - packed))
		return ckpt_layer_bad(l, off, err, "ends in other bytes than zeros");
	if (snappy->length(from, packed, &len) != SNAPPY_OK || len / CKPT_SNAPPY_RATIO > packed)
		return ckpt_layer_bad(l, off, err, "can't be unpacked: its length is none that Snappy gives");
	to = malloc(len ? len : 1);
	if (!to)
		return ckpt_fail_nomem(err);
	if (snappy->uncompress(from, packed, (char *)to, &len) != SNAPPY_OK) {
		free(to);
		return ckpt_layer_bad(l, off, err, "can't be unpacked by Snappy");
	}
	free(b->data);
	*b = (struct ckpt_block){ to, len };
	return 0;
}

int ckpt_block_read(const struct ckpt_layer *l, uint64_t off, uint64_t size, const char magic[4],
		    struct ckpt_block *out, struct ckpt_err *err)
{
	int rc;

	*out = (struct ckpt_block){ NULL, 0 };
	if (size > CKPT_LAYER_BLOCK_MAX)
		return ckpt_fail(err, ENOTSUP,
				 "%s: its block at byte %" PRIu64 " has %" PRIu64
				 " bytes, more than ckptfs checks; it was not checked",
				 l->label, off, size);
	out->data = malloc((size_t)size);
	if (!out->data)
		return ckpt_fail_nomem(err);
	out->len = (size_t)size;
	rc = read_all(l, off, out->data, out->len, err);
	if (!rc && l->snappy)
		rc = unpack(l, off, out, err);
	if (!rc && out->len < HEADER)
		rc = ckpt_layer_bad(l, off, err, "is of %zu bytes, less than a header", out->len);
	if (!rc)
		rc = check_sum(l, off, (uint32_t)ckpt_layer_int(out->data, 4),
			       crc_more(UINT32_MAX, out->data + 4, out->len - 4), err);
	if (!rc && memcmp(out->data + 4, magic, 4) != 0)
		rc = ckpt_layer_bad(l, off, err, "is no %.4s block", magic);
	return rc;
}

void ckpt_block_release(struct ckpt_block *b)
{
	free(b->data);
	*b = (struct ckpt_block){ NULL, 0 };
}
