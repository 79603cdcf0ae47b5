#include "cmd/archive_job.h"

#define SECOND_MS INT64_C(1000)
#define EVERY_MAX_MS (366 * 24 * 3600 * SECOND_MS)

bool ckpt_archive_every(const char *text, int64_t *ms)
{
	static const struct {
		char letter;
		int64_t ms;
	} unit[] = { { 's', SECOND_MS },
		     { 'm', 60 * SECOND_MS },
		     { 'h', 3600 * SECOND_MS },
		     { 'd', 86400 * SECOND_MS } };
	int64_t n = 0;
	const char *s;

	for (s = text; *s >= '0' && *s <= '9'; s++)
		if (n <= EVERY_MAX_MS)
			n = 10 * n + (*s - '0');
	if (s == text || n == 0 || n > EVERY_MAX_MS || s[0] == '\0' || s[1] != '\0')
		return false;
	for (size_t i = 0; i < sizeof(unit) / sizeof(unit[0]); i++) {
		if (unit[i].letter != *s)
			continue;
		if (n > EVERY_MAX_MS / unit[i].ms)
			return false;
		*ms = n * unit[i].ms;
		return true;
	}
	return false;
}
