#include "cmd/value.h"

#include <string.h>

#include "base/buf.h"

bool ckpt_value_u64(const char *text, uint64_t *out)
{
	uint64_t v = 0;
	const char *s;

	for (s = text; *s >= '0' && *s <= '9'; s++) {
		if (__builtin_mul_overflow(v, UINT64_C(10), &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*s - '0'), &v))
			return false;
	}
	*out = v;
	return s != text && *s == '\0';
}

bool ckpt_value_utf8(const char *s)
{
	size_t n = strlen(s), used;

	for (; n; s += used, n -= used) {
		used = ckpt_utf8_len(s, n);
		if (used == 0)
			return false;
	}
	return true;
}
