/* entry.h - a catalog entry, judged */
#ifndef CKPT_TESTS_FUZZ_ENTRY_H
#define CKPT_TESTS_FUZZ_ENTRY_H

#include "engine/format.h"
#include "tests/fuzz/json_oracle.h"
#include "tests/fuzz/rules.h"

static inline bool entry_u64_or_none(const struct oj *entry, const char *name)
{
	const struct oj *v = oj_get(entry, name);
	uint64_t n;

	return !v || v->kind == OJ_NULL || oj_u64(v, &n);
}

static inline bool is_entry(const struct oj *e)
{
	const struct oj *uuid = oj_get(e, "uuid"), *id = oj_get(e, "identifier");
	unsigned char b[16];
	uint64_t n;

	return e->kind == OJ_OBJECT && uuid && uuid->kind == OJ_STRING && rule_uuid(uuid->s, uuid->len, b) &&
	       oj_u64(oj_get(e, "fingerprint"), &n) &&
	       (!id || id->kind == OJ_NULL || (id->kind == OJ_STRING && id->len <= CKPT_IDENTIFIER_MAX)) &&
	       entry_u64_or_none(e, "size") && entry_u64_or_none(e, "steps") &&
	       entry_u64_or_none(e, "processed_records");
}

#endif
