#include "tests/layer_file.h"

#include <assert.h>
#include <isa-l/crc.h>
#include <snappy-c.h>
#include <stdlib.h>
#include <string.h>

#include "engine/layer.h"
#include "engine/layer_block.h"
#include "store/ops.h"

/* --- bytes as a file ------------------------------------------------------- */

struct bytes_file {
	struct ckpt_file base;
	const unsigned char *data;
	size_t len;
};

static ssize_t bytes_pread(struct ckpt_file *f, void *buf, size_t len, uint64_t off, struct ckpt_err *err)
{
	const struct bytes_file *b = (const struct bytes_file *)f;
	size_t n = off >= b->len ? 0 : b->len - off;

	(void)err;
	n = n < len ? n : len;
	memcpy(buf, b->data + (n ? off : 0), n);
	return (ssize_t)n;
}

static int bytes_fstat(struct ckpt_file *f, struct ckpt_stat *st, struct ckpt_err *err)
{
	(void)err;
	*st = (struct ckpt_stat){ .size = ((const struct bytes_file *)f)->len };
	return 0;
}

int layer_check(const void *data, size_t len, struct ckpt_err *err)
{
	static const struct ckpt_store_ops ops = { .pread = bytes_pread, .fstat = bytes_fstat };
	static struct ckpt_store store = { .ops = &ops };
	struct bytes_file f = { { &store }, data, len };
	uint64_t bytes;

	return ckpt_layer_check(&f.base, "it", &bytes, err);
}

/* The packed block that begins at off, unpacked; false: there is none. */
static bool unpack(const unsigned char *data, size_t len, size_t off, size_t at, struct ckpt_buf *out)
{
	size_t packed = (size_t)ckpt_layer_int(data + off, 4), n;
	const char *from = (const char *)data + off + 4;

	ckpt_buf_clear(out);
	if (packed > len - off - 4 || at < off + 4 || at >= off + 4 + packed ||
	    snappy_uncompressed_length(from, packed, &n) != SNAPPY_OK || n > 1 << 20 ||
	    !ckpt_buf_reserve(out, n + 1))
		return false;
	out->len = n;
	return snappy_uncompress(from, packed, out->data, &n) == SNAPPY_OK;
}

bool layer_unpacks_the_same(const void *a, const void *b, size_t len, size_t at)
{
	struct ckpt_buf x = CKPT_BUF_INIT, y = CKPT_BUF_INIT;
	bool same = false;

	for (size_t off = 0; !same && off <= at; off += CKPT_LAYER_UNIT)
		same = unpack(a, len, off, at, &x) && unpack(b, len, off, at, &y) && x.len == y.len &&
		       !memcmp(x.data, y.data, x.len);
	ckpt_buf_release(&x);
	ckpt_buf_release(&y);
	return same;
}

/* --- blocks ------------------------------------------------------------------ */

static void put(unsigned char *at, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		at[i] = (unsigned char)(v >> (8 * i));
}

void layer_seal(unsigned char *block, size_t len)
{
	put(block, ~crc32_iscsi(block + 4, (int)len - 4, UINT32_MAX), 4);
}

static void pad(struct ckpt_buf *b)
{
	while (b->len % CKPT_LAYER_UNIT)
		ckpt_buf_addc(b, '\0');
}

/* What is in block becomes one of file. */
static struct layer_child add(struct ckpt_buf *file, struct ckpt_buf *block, bool snappy)
{
	struct layer_child where = { file->len, 0 };
	unsigned char head[4];
	size_t len;

	if (!snappy)
		pad(block);
	layer_seal((unsigned char *)block->data, block->len);
	if (snappy) {
		char *packed = malloc(len = snappy_max_compressed_length(block->len));

		assert(packed && snappy_compress(block->data, block->len, packed, &len) == SNAPPY_OK);
		put(head, len, 4);
		ckpt_buf_add(file, head, 4);
		ckpt_buf_add(file, packed, len);
		pad(file);
		free(packed);
	} else {
		ckpt_buf_add(file, block->data, block->len);
	}
	ckpt_buf_release(block);
	where.size = file->len - where.off;
	return where;
}

static void header(struct ckpt_buf *block, const char *magic)
{
	ckpt_buf_add(block, "\0\0\0\0", 4);
	ckpt_buf_add(block, magic, 4);
}

struct layer_child layer_add_data(struct ckpt_buf *file, size_t n, bool snappy)
{
	struct ckpt_buf block = CKPT_BUF_INIT;

	header(&block, "LFDB");
	for (size_t i = 8; i < n; i++)
		ckpt_buf_addc(&block, (char)(i % 7 ? i * i : 0));
	return add(file, &block, snappy);
}

struct layer_child layer_add_filter(struct ckpt_buf *file, size_t n)
{
	struct ckpt_buf block = CKPT_BUF_INIT;

	header(&block, "LFFB");
	for (size_t i = 8; i < n; i++)
		ckpt_buf_addc(&block, (char)i);
	return add(file, &block, false);
}

struct layer_child layer_add_index(struct ckpt_buf *file, const struct layer_child *child, size_t n,
				   unsigned type, bool snappy)
{
	struct ckpt_buf block = CKPT_BUF_INIT;
	unsigned char rest[24] = { 0 }, number[8];

	put(rest + 8, 32, 4);	       /* where the offsets are */
	put(rest + 12, 32 + 3 * n, 4); /* and the sizes */
	put(rest + 16, n, 2);
	rest[18] = (unsigned char)type;
	rest[21] = 3; /* bytes of each */
	rest[22] = 2;
	header(&block, "LFIB");
	ckpt_buf_add(&block, rest, sizeof(rest));
	for (size_t i = 0; i < n; i++) {
		put(number, child[i].off / CKPT_LAYER_UNIT, 8);
		ckpt_buf_add(&block, number, 3);
	}
	for (size_t i = 0; i < n; i++) {
		put(number, child[i].size / CKPT_LAYER_UNIT, 8);
		ckpt_buf_add(&block, number, 2);
	}
	return add(file, &block, snappy);
}

void layer_add_trailer(struct ckpt_buf *file, const struct layer_trailer *t)
{
	unsigned char block[CKPT_LAYER_UNIT] = "\0\0\0\0LFFT";
	size_t at = 17;

	put(block + 8, t->version, 4);
	block[12] = (unsigned char)t->compression;
	put(block + 13, t->columns, 4);
	for (unsigned i = 0; i < t->columns; i++) {
		put(block + at, t->column[i % 2].off, 8);
		put(block + at + 8, t->column[i % 2].size, 4);
		block[at + 12] = (unsigned char)t->type[i % 2];
		at = (at + 16) / 4 * 4 + 8;
	}
	put(block + at, t->filter.off, 8);
	put(block + at + 8, t->filter.size, 4);
	put(block + at + 20, t->incompatible, 8);
	layer_seal(block, sizeof(block));
	ckpt_buf_add(file, block, sizeof(block));
}

void layer_make(struct ckpt_buf *file, bool snappy)
{
	struct layer_trailer t = {
		.version = CKPT_LAYER_VERSION, .compression = snappy, .type = { 1, 0 }, .columns = 2
	};
	struct layer_child leaf[3], node[2];

	for (size_t i = 0; i < 2; i++) {
		for (size_t k = 0; k < 3; k++)
			leaf[k] = layer_add_data(file, 300 + 500 * k, snappy);
		node[i] = layer_add_index(file, leaf, 3, 0, snappy);
	}
	t.column[0] = layer_add_index(file, node, 2, 1, snappy);
	t.column[1] = layer_add_data(file, 100, snappy);
	t.filter = layer_add_filter(file, 700);
	layer_add_trailer(file, &t);
}
