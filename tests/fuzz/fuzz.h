/* fuzz.h - what a fuzz target is
 *
 * A target is one function of bytes (libFuzzer's), and one file here.  It
 * decodes the bytes into an input, gives that to the code, and checks what must
 * hold for every input, not only that nothing crashes: mostly that the answer
 * is the one of a second, independent judge (json_oracle.h, rules.h, model.h).
 *
 * scripts/fuzz links it with libFuzzer.  "make check" links it with
 * run_corpus.c instead, which needs no clang, and runs all that libFuzzer found
 * worth keeping (tests/fuzz/corpus/TARGET).
 *
 * An input must have the same effect each time: what a target keeps from one to
 * the next is only what no input can change.
 */
#ifndef CKPT_TESTS_FUZZ_H
#define CKPT_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "ckptfs/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Unlike assert() it stays in every build. */
#define MUST(condition, ...)                                                                                 \
	do {                                                                                                 \
		if (!(condition)) {                                                                          \
			fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition);                      \
			fprintf(stderr, __VA_ARGS__);                                                        \
			fputc('\n', stderr);                                                                 \
			abort();                                                                             \
		}                                                                                            \
	} while (0)

/* An error is a code and a sentence: one of these codes (they end with 0), not
 * empty, one line of UTF-8 that nothing speaks to a terminal from. */
void must_be_error(int rc, const struct ckpt_err *err, const int *codes);

/* An execution of a program had so many steps, of what: said in the end, with the
 * median. */
void count_steps(const char *what, unsigned n);

/* Bytes that can be shown as they are: UTF-8 without control characters. */
void must_be_text(const char *s, size_t len);

/* The input, eaten byte by byte; zeros once it is at its end. */
struct bytes {
	const uint8_t *p, *end;
};
static inline uint8_t take(struct bytes *b)
{
	return b->p < b->end ? *b->p++ : 0;
}
static inline uint64_t take_u64(struct bytes *b)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | take(b);
	return v;
}

#endif
