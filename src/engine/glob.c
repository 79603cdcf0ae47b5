#include "engine/glob.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

bool ckpt_glob_match(const char *glob, const char *text, size_t len)
{
	char *copy = NULL;
	bool found;

	/* fnmatch() would see only what stands before a NUL. */
	if (memchr(text, '\0', len)) {
		copy = malloc(len + 1);
		if (!copy)
			return true;
		for (size_t i = 0; i < len; i++)
			copy[i] = text[i] ? text[i] : '\001';
		copy[len] = '\0';
		text = copy;
	}
	found = fnmatch(glob, text, 0) == 0;
	free(copy);
	return found;
}
