#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "tests/fuzz/rules.h"

void must_be_text(const char *s, size_t len)
{
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		n = rule_utf8(s + i, len - i);
		MUST(n, "byte %zu of %zu is no UTF-8: %.*s", i, len, (int)len, s);
		MUST(!rule_is_control(s + i, n), "a control character at byte %zu of %.*s", i, (int)len, s);
	}
}

void must_be_error(int rc, const struct ckpt_err *err, const int *codes)
{
	MUST(rc < 0 && err->code > 0, "%d, %d", rc, err->code);
	while (*codes && *codes != -rc)
		codes++;
	MUST(*codes, "%d is none of the codes that may be: %s", rc, err->msg);
	MUST(err->msg[0] && memchr(err->msg, '\0', sizeof(err->msg)), "no sentence for %d", rc);
	must_be_text(err->msg, strlen(err->msg));
}

#define STEPS_MAX 1000
static struct {
	const char *what;
	unsigned long long executions, steps, with[STEPS_MAX + 1];
} counted;

static void say_how_many(void)
{
	unsigned long long below = 0;
	unsigned median = 0;

	while (median < STEPS_MAX && (below += counted.with[median]) * 2 < counted.executions)
		median++;
	fprintf(stderr, "%llu %s, median %u an execution\n", counted.steps, counted.what, median);
}

void count_steps(const char *what, unsigned n)
{
	if (!counted.what)
		atexit(say_how_many);
	counted.what = what;
	counted.executions++;
	counted.steps += n;
	counted.with[n < STEPS_MAX ? n : STEPS_MAX]++;
}
