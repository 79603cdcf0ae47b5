/* state_types.h - a type of each kind, for the tests of states */
#ifndef CKPT_TESTS_STATE_TYPES_H
#define CKPT_TESTS_STATE_TYPES_H

#include "ckptfs/state.h"

struct word {
	char *text;
	uint64_t count;
};

extern const struct ckpt_type state_word;	  /* struct word */
extern const struct ckpt_type state_words;	  /* as many of them as there are */
extern const struct ckpt_type state_maybe_double; /* double *, or NULL */
extern const struct ckpt_type state_boxed_i32;	  /* int32_t * */
extern const struct ckpt_type state_three;	  /* bool[3] */
extern const struct ckpt_type state_any;	  /* a uint64_t or a struct word */
extern const struct ckpt_type state_empty;	  /* uint64_t, 7 */
extern const struct ckpt_type state_twice;	  /* int32_t, written twice */
extern const struct ckpt_custom state_twice_functions;

#endif
