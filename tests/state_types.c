#include "tests/state_types.h"

#include <stddef.h>

static const struct ckpt_member word_members[] = {
	CKPT_MEMBER(struct word, text, &ckpt_type_string),
	CKPT_MEMBER(struct word, count, &ckpt_type_u64),
};
const struct ckpt_type state_word = CKPT_RECORD("word", struct word, word_members);
const struct ckpt_type state_words = CKPT_ARRAY_OF(&state_word);
const struct ckpt_type state_maybe_double = CKPT_OPTIONAL_OF(&ckpt_type_double);
const struct ckpt_type state_boxed_i32 = CKPT_BOXED_OF(&ckpt_type_i32);
const struct ckpt_type state_three = CKPT_FIXED_OF(&ckpt_type_bool, sizeof(bool), 3);
static const struct ckpt_type *const any_list[] = { &ckpt_type_u64, &state_word };
const struct ckpt_type state_any = CKPT_ANY_OF(any_list);
static const uint64_t seven = 7;
const struct ckpt_type state_empty = CKPT_EMPTY(uint64_t, &seven);

static int write_twice(const void *o, struct ckpt_out *out, struct ckpt_err *err)
{
	(void)err;
	ckpt_out_i32(out, *(const int32_t *)o);
	ckpt_out_i32(out, *(const int32_t *)o);
	return 0;
}

static int read_twice(void *o, struct ckpt_in *in, struct ckpt_err *err)
{
	int32_t again;
	int rc = ckpt_in_i32(in, o, err);

	return rc ? rc : ckpt_in_i32(in, &again, err);
}

const struct ckpt_custom state_twice_functions = { .write = write_twice, .read = read_twice };
const struct ckpt_type state_twice = CKPT_CUSTOM("twice", int32_t, &state_twice_functions);
