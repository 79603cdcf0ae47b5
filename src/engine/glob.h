/* glob.h - patterns of identifiers, as fnmatch(3) has them */
#ifndef CKPT_ENGINE_GLOB_H
#define CKPT_ENGINE_GLOB_H

#include <stdbool.h>
#include <stddef.h>

/* Whether len bytes of text, which may contain NUL and are followed by one,
 * match.  Without memory they do: for who keeps what matches, that is the safe
 * side. */
bool ckpt_glob_match(const char *glob, const char *text, size_t len);

#endif
