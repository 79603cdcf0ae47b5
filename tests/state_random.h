/* state_random.h - types and objects drawn by chance, for the tests of states
 *
 * The same seed gives the same.  What is drawn lives until random_free().
 */
#ifndef CKPT_TESTS_STATE_RANDOM_H
#define CKPT_TESTS_STATE_RANDOM_H

#include "ckptfs/state.h"

struct random {
	uint64_t seed;
	void **owned; /* of the types */
	size_t n;
};

/* A type of at most that many others inside each other. */
const struct ckpt_type *random_type(struct random *r, unsigned depth);
void *random_new(struct random *r, const struct ckpt_type *t);
void random_free(struct random *r);

#endif
