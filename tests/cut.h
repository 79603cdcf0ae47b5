/* cut.h - the words of a line, for tests of what is understood */
#ifndef CKPT_TESTS_CUT_H
#define CKPT_TESTS_CUT_H

#include <string.h>

#define CUT_MAX 32

/* Cut at blanks, in place; how many they are. */
static inline int cut(char *line, char *word[CUT_MAX])
{
	char *save, *w;
	int n = 0;

	for (w = strtok_r(line, " ", &save); w && n < CUT_MAX; w = strtok_r(NULL, " ", &save))
		word[n++] = w;
	return n;
}

#endif
