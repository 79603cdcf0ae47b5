#include "engine/layer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/layer_block.h"
#include "engine/limits.h"
#include "engine/snappy.h"

/* Where a block lies. */
struct place {
	uint64_t off, size;
};

struct walk {
	struct ckpt_layer l;
	unsigned char trailer[CKPT_LAYER_UNIT];
	struct place *seen; /* in the order in which they were found */
	size_t n, cap;
	uint64_t total; /* bytes of these */
};

enum node { NODE_DATA = 0, NODE_INDEX = 1 };

/* --- every block once ------------------------------------------------------ */

/* Since no more bytes are taken than the file has, a walk ends, even one
 * through blocks that name each other. */
static int take(struct walk *w, uint64_t by, struct place p, struct ckpt_err *err)
{
	struct place *grown;

	if (p.size == 0 || p.size % CKPT_LAYER_UNIT || p.off % CKPT_LAYER_UNIT || p.off > w->l.size ||
	    p.size > w->l.size - p.off)
		return ckpt_layer_bad(&w->l, by, err,
				      "names one of %" PRIu64 " bytes at byte %" PRIu64
				      ", which can't be there",
				      p.size, p.off);
	w->total += p.size;
	if (w->total > w->l.size)
		return ckpt_layer_bad(&w->l, by, err, "names one at byte %" PRIu64 " that is named already",
				      p.off);
	if (w->n == w->cap) {
		grown = reallocarray(w->seen, w->cap ? w->cap * 2 : 64, sizeof(*grown));
		if (!grown)
			return ckpt_fail_nomem(err);
		w->seen = grown;
		w->cap = w->cap ? w->cap * 2 : 64;
	}
	w->seen[w->n++] = p;
	return 0;
}

static int by_offset(const void *a, const void *b)
{
	const struct place *p = a, *q = b;

	return p->off < q->off ? -1 : p->off > q->off;
}

/* They fill the file. */
static int check_filled(struct walk *w, struct ckpt_err *err)
{
	uint64_t at = 0;

	qsort(w->seen, w->n, sizeof(*w->seen), by_offset);
	for (size_t i = 0; i < w->n; at += w->seen[i++].size)
		if (w->seen[i].off != at)
			return ckpt_layer_bad(&w->l, at, err,
					      w->seen[i].off < at ? "overlaps the one before"
								  : "is named by no other");
	return 0;
}

/* --- trees ------------------------------------------------------------------ */

static int check_node(struct walk *w, uint64_t by, struct place p, unsigned type, unsigned depth,
		      struct ckpt_err *err);

/* An array of n integers of so many bytes each, in a block. */
static bool in_block(const struct ckpt_block *b, uint64_t off, size_t each, size_t n)
{
	return each >= 1 && each <= 8 && off <= b->len && n <= (b->len - off) / each;
}

static int check_children(struct walk *w, struct place p, const struct ckpt_block *b, unsigned depth,
			  struct ckpt_err *err)
{
	enum {
		OFFSETS = 16,
		SIZES = 20,
		COUNT = 24,
		TYPE = 26,
		OFFSET_BYTES = 29,
		SIZE_BYTES = 30,
		LEN = 32
	};
	uint64_t offsets, sizes;
	size_t n, offset_bytes, size_bytes;
	int rc = 0;

	if (b->len < LEN)
		return ckpt_layer_bad(&w->l, p.off, err, "is too short for an index");
	offsets = ckpt_layer_int(b->data + OFFSETS, 4);
	sizes = ckpt_layer_int(b->data + SIZES, 4);
	n = (size_t)ckpt_layer_int(b->data + COUNT, 2);
	offset_bytes = b->data[OFFSET_BYTES];
	size_bytes = b->data[SIZE_BYTES];
	if (!in_block(b, offsets, offset_bytes, n) || !in_block(b, sizes, size_bytes, n))
		return ckpt_layer_bad(&w->l, p.off, err, "has its list of children outside of itself");
	for (size_t i = 0; !rc && i < n; i++) {
		uint64_t off = ckpt_layer_int(b->data + offsets + i * offset_bytes, offset_bytes);
		uint64_t size = ckpt_layer_int(b->data + sizes + i * size_bytes, size_bytes);
		struct place child;

		if (__builtin_mul_overflow(off, (uint64_t)CKPT_LAYER_UNIT, &child.off) ||
		    __builtin_mul_overflow(size, (uint64_t)CKPT_LAYER_UNIT, &child.size))
			return ckpt_layer_bad(&w->l, p.off, err, "names a child beyond any file");
		rc = check_node(w, p.off, child, b->data[TYPE], depth + 1, err);
	}
	return rc;
}

static int check_node(struct walk *w, uint64_t by, struct place p, unsigned type, unsigned depth,
		      struct ckpt_err *err)
{
	struct ckpt_block b;
	int rc;

	if (type != NODE_DATA && type != NODE_INDEX)
		return ckpt_layer_bad(&w->l, by, err, "names one of an unknown kind (%u)", type);
	if (depth > CKPT_LAYER_DEPTH_MAX)
		return ckpt_layer_bad(&w->l, by, err, "is more than %d levels deep", CKPT_LAYER_DEPTH_MAX);
	rc = take(w, by, p, err);
	if (rc)
		return rc;
	rc = ckpt_block_read(&w->l, p.off, p.size, type == NODE_INDEX ? "LFIB" : "LFDB", &b, err);
	if (!rc && type == NODE_INDEX)
		rc = check_children(w, p, &b, depth, err);
	ckpt_block_release(&b);
	return rc;
}

/* --- the trailer ------------------------------------------------------------- */

enum {
	T_MAGIC = 4,
	T_VERSION = 8,
	T_COMPRESSION = 12,
	T_COLUMNS = 13,
	T_FIRST = 17,
	COMPRESSION_SNAPPY = 1,
	/* Filters of two kinds: blocks like any other to us. */
	KNOWN_INCOMPATIBLE = 3,
};

/* Read and check the trailer itself. */
static int read_trailer(struct walk *w, struct ckpt_err *err)
{
	uint64_t off = w->l.size - CKPT_LAYER_UNIT;
	ssize_t n;
	int rc;

	if (w->l.size < CKPT_LAYER_UNIT || w->l.size % CKPT_LAYER_UNIT)
		return ckpt_fail(err, EUCLEAN,
				 "%s: it is damaged: its %" PRIu64
				 " bytes are no whole number of blocks of %d",
				 w->l.label, w->l.size, CKPT_LAYER_UNIT);
	n = ckpt_file_pread(w->l.file, w->trailer, sizeof(w->trailer), off, err);
	if (n < 0)
		return (int)n;
	if (n != sizeof(w->trailer) || memcmp(w->trailer + T_MAGIC, "LFFT", 4) != 0)
		return ckpt_layer_bad(&w->l, off, err, "is no trailer of a batch file");
	rc = ckpt_block_scan(&w->l, off, CKPT_LAYER_UNIT, err);
	return rc ? rc : take(w, off, (struct place){ off, CKPT_LAYER_UNIT }, err);
}

static int unknown(const struct walk *w, const char *what, uint64_t has, struct ckpt_err *err)
{
	return ckpt_fail(err, ENOTSUP,
			 "%s: %s %" PRIu64
			 " is not known to this ckptfs (it knows version %d), so it was not "
			 "checked",
			 w->l.label, what, has, CKPT_LAYER_VERSION);
}

/* A column: where its tree begins (8 bytes), how large that block is (4), its
 * kind, aligned to 4, and the number of rows (8). */
static size_t column_end(size_t at)
{
	return (at + 13 + 3) / 4 * 4 + 8;
}

static int columns_end(const struct walk *w, size_t *at, struct ckpt_err *err)
{
	const size_t behind = 44; /* filters and features */

	*at = T_FIRST;
	for (uint64_t n = ckpt_layer_int(w->trailer + T_COLUMNS, 4); n; n--) {
		*at = column_end(*at);
		if (*at > CKPT_LAYER_UNIT - behind)
			return ckpt_layer_bad(&w->l, w->l.size - CKPT_LAYER_UNIT, err,
					      "has more columns than it has room for");
	}
	return 0;
}

static int check_columns(struct walk *w, size_t end, struct ckpt_err *err)
{
	const unsigned char *t = w->trailer;
	int rc = 0;

	for (size_t at = T_FIRST; !rc && at < end; at = column_end(at)) {
		struct place top = { ckpt_layer_int(t + at, 8), ckpt_layer_int(t + at + 8, 4) };

		if (top.size)
			rc = check_node(w, w->l.size - CKPT_LAYER_UNIT, top, t[at + 12], 0, err);
	}
	return rc;
}

static int check_filters(struct walk *w, size_t at, struct ckpt_err *err)
{
	const unsigned char *t = w->trailer + at;
	const struct place filter[2] = { { ckpt_layer_int(t, 8), ckpt_layer_int(t + 8, 4) },
					 { ckpt_layer_int(t + 28, 8), ckpt_layer_int(t + 36, 8) } };
	int rc = 0;

	for (size_t i = 0; !rc && i < 2; i++) {
		if (!filter[i].size)
			continue;
		rc = take(w, w->l.size - CKPT_LAYER_UNIT, filter[i], err);
		if (!rc)
			rc = ckpt_block_scan(&w->l, filter[i].off, filter[i].size, err);
	}
	return rc;
}

static int check_known(struct walk *w, size_t *end, struct ckpt_err *err)
{
	uint64_t version = ckpt_layer_int(w->trailer + T_VERSION, 4), features;
	unsigned compression = w->trailer[T_COMPRESSION];
	int rc;

	if (version != CKPT_LAYER_VERSION)
		return unknown(w, "its version", version, err);
	if (compression > COMPRESSION_SNAPPY)
		return unknown(w, "its compression", compression, err);
	w->l.snappy = compression == COMPRESSION_SNAPPY;
	rc = columns_end(w, end, err);
	if (rc)
		return rc;
	features = ckpt_layer_int(w->trailer + *end + 20, 8);
	return features & ~(uint64_t)KNOWN_INCOMPATIBLE ? unknown(w, "its set of features", features, err)
							: 0;
}

static int check(struct walk *w, struct ckpt_err *err)
{
	size_t end = T_FIRST;
	int rc = read_trailer(w, err);

	if (!rc)
		rc = check_known(w, &end, err);
	if (!rc)
		rc = check_columns(w, end, err);
	if (!rc)
		rc = check_filters(w, end, err);
	return rc ? rc : check_filled(w, err);
}

int ckpt_layer_check(struct ckpt_file *f, const char *label, uint64_t *bytes, struct ckpt_err *err)
{
	struct walk w = { .l = { .file = f, .label = label } };
	struct ckpt_stat st;
	int rc = ckpt_file_stat(f, &st, err);

	*bytes = 0;
	if (rc)
		return rc;
	*bytes = w.l.size = st.size;
	rc = check(&w, err);
	free(w.seen);
	return rc;
}

void ckpt_layer_prepare(void)
{
	const char *why;

	ckpt_snappy(&why);
}
