/* json_oracle.h - a second reader of JSON
 *
 * RFC 8259 with what the format asks for besides: numbers are kept as they are
 * written, no member twice, no lone surrogates, no NUL in a member's name, not
 * nested deeper than the code allows.  Values point into the text they were
 * parsed from, which must stay.
 */
#ifndef CKPT_TESTS_FUZZ_JSON_ORACLE_H
#define CKPT_TESTS_FUZZ_JSON_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum oj_kind { OJ_NULL, OJ_TRUE, OJ_FALSE, OJ_NUMBER, OJ_STRING, OJ_ARRAY, OJ_OBJECT };

struct oj {
	enum oj_kind kind;
	char *s; /* a string, unescaped; a number, as written */
	size_t len;
	char *key; /* a member's name, unescaped */
	size_t key_len;
	struct oj *first, *next; /* of an array or object; within one */
};

/* NULL: no JSON. */
struct oj *oj_parse(const char *text, size_t len);
void oj_free(struct oj *v); /* NULL is allowed */

/* NULL: no such member. */
const struct oj *oj_get(const struct oj *object, const char *name);
bool oj_u64(const struct oj *v, uint64_t *out);
size_t oj_count(const struct oj *v);
/* The same values, numbers as they are written, members in the same order. */
bool oj_equal(const struct oj *a, const struct oj *b);

#endif
