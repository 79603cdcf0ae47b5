/* json.h - what jansson cannot do: exact integers, and cutting an array
 *
 * jansson keeps integers in a signed 64-bit type and refuses larger ones; half
 * of all fingerprints are larger.  So a number never reaches it as a number:
 * before parsing, each number literal is turned into a string whose first
 * character is U+0001 ("shielded"), and each real string that begins with
 * U+0001 gets one more of them.  Behind the parser ckpt_json_u64() reads the
 * digits.  Nothing is rounded on the way.
 *
 * The same pass squeezes white space between tokens, and can cut an array into
 * its elements.  It is no parser: it only tells strings, numbers, brackets and
 * white space apart, and leaves it to jansson to refuse what is no JSON.
 */
#ifndef CKPT_ENGINE_JSON_H
#define CKPT_ENGINE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "ckptfs/err.h"

struct json_t;

/* Nesting deeper than this is refused before jansson sees it. */
#define CKPT_JSON_DEPTH_MAX 128
int ckpt_json_too_deep(const char *label, struct ckpt_err *err);
/* A byte that is zero is no JSON, but jansson overlooks one that follows true,
 * false or null.  It is what a file full of lost blocks has in it. */
int ckpt_json_refuse_zeros(const char *text, size_t len, const char *label, struct ckpt_err *err);

/* Cut a JSON array into its elements: fn gets the text of each, squeezed, in
 * order; it returns 0 to go on, anything else ends it and is returned.  label
 * names the file.  EUCLEAN if the text is no array, is cut short, goes on
 * after its end, or is nested too deep; an element itself is not parsed. */
typedef int ckpt_json_element_fn(void *ctx, size_t index, const char *text, size_t len, struct ckpt_err *err);
int ckpt_json_split(const char *text, size_t len, const char *label, ckpt_json_element_fn *fn, void *ctx,
		    struct ckpt_err *err);

/* The same, but quick is asked first at the beginning of each element: it may
 * take it, whole, from the text as it is, if it knows these very bytes to be
 * one.  It returns how many bytes it took, after which ',' or ']' must stand;
 * 0: fn is to have it; a negative errno ends it. */
typedef ssize_t ckpt_json_quick_fn(void *ctx, const char *text, size_t len, struct ckpt_err *err);
int ckpt_json_split_quick(const char *text, size_t len, const char *label, ckpt_json_quick_fn *quick,
			  ckpt_json_element_fn *fn, void *ctx, struct ckpt_err *err);

/* Append text to out without the white space between tokens; all else stays
 * byte for byte, digits and escapes as they were written.  Whatever is no JSON
 * still is none. */
void ckpt_json_squeeze(const char *text, size_t len, struct ckpt_buf *out);

/* Append to out, squeezed, the value of member number index (from 0) of an
 * object that ckpt_json_load() has accepted. */
void ckpt_json_member(const char *text, size_t len, size_t index, struct ckpt_buf *out);

/* Parse text by jansson, shielded; members twice, invalid UTF-8 and text after
 * the end are EUCLEAN.  The caller gives the value back by json_decref(). */
int ckpt_json_load(const char *text, size_t len, const char *label, struct json_t **out,
		   struct ckpt_err *err);

/* The value of a shielded unsigned integer: true, *out.  A negative number, a
 * fraction, an exponent, one above 2^64-1, and anything that is no number:
 * false. */
bool ckpt_json_u64(const struct json_t *v, uint64_t *out);
/* A real string (unshielded), with its length; NULL where v is none. */
const char *ckpt_json_string(const struct json_t *v, size_t *len);

#endif
