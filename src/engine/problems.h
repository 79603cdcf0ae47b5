/* problems.h - collecting what is wrong */
#ifndef CKPT_ENGINE_PROBLEMS_H
#define CKPT_ENGINE_PROBLEMS_H

#include "engine/catalog.h"

/* Add a problem with its sentence (escaped as an error's); file may be NULL.
 * Sets p->failed without memory. */
void ckpt_problems_add(struct ckpt_problems *p, const struct ckpt_uuid *u, const char *file, const char *fmt,
		       ...) __attribute__((format(printf, 4, 5)));

#endif
