/* names.h - lists of names, for the targets of dependencies and spines */
#ifndef CKPT_TESTS_FUZZ_NAMES_H
#define CKPT_TESTS_FUZZ_NAMES_H

#include <string.h>

#include "base/names.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/json_oracle.h"
#include "tests/fuzz/rules.h"

static inline bool is_names(const struct oj *v, bool (*ok)(const char *s, size_t len))
{
	if (!v || v->kind != OJ_ARRAY)
		return false;
	for (const struct oj *e = v->first; e; e = e->next)
		if (e->kind != OJ_STRING || !ok(e->s, e->len))
			return false;
	return true;
}

/* Sorted, each once, and the same as in the list (NULL: none). */
static inline void must_be_names(const struct ckpt_names *got, const struct oj *list)
{
	size_t n = 0;

	for (size_t i = 1; i < got->n; i++)
		MUST(strcmp(ckpt_names_at(got, i - 1), ckpt_names_at(got, i)) < 0, "%s",
		     ckpt_names_at(got, i));
	for (const struct oj *e = list ? list->first : NULL; e; e = e->next) {
		const struct oj *other = list->first;

		while (other != e && (other->len != e->len || memcmp(other->s, e->s, e->len) != 0))
			other = other->next;
		n += other == e;
		MUST(ckpt_names_find(got, e->s) >= 0, "%s is lost", e->s);
	}
	MUST(got->n == n, "%zu names, not %zu", got->n, n);
}

#endif
