/* requests.h - what is mounted, for requests.c */
#ifndef CKPT_TESTS_FUZZ_REQUESTS_H
#define CKPT_TESTS_FUZZ_REQUESTS_H

#include <stdbool.h>

#include "tests/fuzz/fuzz.h"

/* Who may use the control files. */
#define MOUNTER 1000

#define N_UUIDS 4
extern const char *const requests_uuid[N_UUIDS];

/* Mount a root of three checkpoints, made anew where the last input changed
 * it. */
void requests_begin(void);
/* Nothing is open any more. */
void requests_end(void);
/* As a pipeline, or somebody worse, changes the root. */
void requests_change_root(struct bytes *b);

#endif
