/* retention_rules.h - rules in words, for programs that decide as they are told */
#ifndef CKPT_TESTS_RETENTION_RULES_H
#define CKPT_TESTS_RETENTION_RULES_H

#include <stdlib.h>
#include <string.h>

#include "engine/retention.h"

/* Take "daily=3", "within=1y2d" or "oldest=1"; false for any other word.  The
 * word is cut at its "=". */
static inline bool retention_rule(struct ckpt_retention *r, char *word)
{
	const struct {
		const char *word;
		uint32_t *count;
	} counts[] = {
		{ "last", &r->last },	  { "hourly", &r->hourly },   { "daily", &r->daily },
		{ "weekly", &r->weekly }, { "monthly", &r->monthly }, { "yearly", &r->yearly },
	};
	char *value = strchr(word, '=');

	if (!value)
		return false;
	*value++ = '\0';
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		if (strcmp(word, counts[i].word) == 0)
			return (*counts[i].count = (uint32_t)strtoul(value, NULL, 10)) > 0;
	if (strcmp(word, "within") == 0)
		return ckpt_span_parse(value, &r->within);
	if (strcmp(word, "oldest") != 0)
		return false;
	r->oldest = *value == '1';
	return true;
}

#endif
