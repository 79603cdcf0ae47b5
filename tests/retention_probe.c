/* What a retention keeps, for a comparison with another program.
 *
 * Standard input: "rules daily=3 within=1y2d now=MS ..." begins a set, each
 * "at MS" adds a moment to it, and "decide" prints the numbers of those that
 * are kept, in one line. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/retention_rules.h"

#define MOMENTS_MAX 4096
#define LINE_MAX_LEN 1024

static struct ckpt_moment moment[MOMENTS_MAX];
static unsigned reasons[MOMENTS_MAX];

static void bad(const char *line)
{
	fprintf(stderr, "retention_probe: not understood: %s\n", line);
	exit(2);
}

static void read_rules(struct ckpt_retention *r, int64_t *now, char *line)
{
	char *save, *word;

	*r = (struct ckpt_retention){ 0 };
	*now = INT64_MAX;
	for (word = strtok_r(line, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		if (strncmp(word, "now=", 4) == 0)
			*now = strtoll(word + 4, NULL, 10);
		else if (strcmp(word, "rules") != 0 && !retention_rule(r, word))
			bad(word);
	}
}

static void decide(const struct ckpt_retention *r, size_t n, int64_t now)
{
	struct ckpt_err err;

	if (ckpt_retention_decide(r, moment, n, now, reasons, &err))
		bad(err.msg);
	for (size_t i = 0; i < n; i++)
		if (reasons[i])
			printf("%zu ", i);
	puts("");
}

int main(void)
{
	struct ckpt_retention r = { 0 };
	char line[LINE_MAX_LEN];
	int64_t now = INT64_MAX;
	size_t n = 0;

	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "rules ", 6) == 0) {
			read_rules(&r, &now, line);
			n = 0;
		} else if (strncmp(line, "at ", 3) == 0 && n < MOMENTS_MAX) {
			moment[n++] = (struct ckpt_moment){ .ms = strtoll(line + 3, NULL, 10) };
		} else if (strcmp(line, "decide") == 0) {
			decide(&r, n, now);
		} else {
			bad(line);
		}
	}
	return 0;
}
