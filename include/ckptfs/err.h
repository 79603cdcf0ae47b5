/** @file
 * err.h - an error is a code and a sentence
 *
 * A function that can fail returns 0, or a negative errno, and fills in the
 * caller's struct ckpt_err.  The sentence is complete where it is made: what
 * was tried, on which file, what was wrong with it and, if there is something
 * to do, what to do.  Callers pass it on; none of them shortens it or adds a
 * prefix.
 *
 * A sentence often quotes what somebody else wrote: a file name, an
 * identifier.  ckpt_fail() therefore escapes what it has formatted: control
 * characters and bytes that are not UTF-8 become a backslash, x and two
 * hexadecimal digits, so that a sentence can go to a terminal, a log line or a
 * JSON string as it is.
 *
 * Threads: these functions have no state; each thread has a struct ckpt_err of
 * its own.
 */
#ifndef CKPTFS_ERR_H
#define CKPTFS_ERR_H

#ifdef __cplusplus
extern "C" {
#endif

/** Longest sentence with its NUL.  A longer one is cut at a whole character. */
#define CKPT_ERR_MAX 1024

/** What went wrong.  Need not be initialised; is written only by what fails. */
struct ckpt_err {
	int code;		/**< a positive errno; 0: no error */
	char msg[CKPT_ERR_MAX]; /**< the sentence, without a full stop or newline */
};

/** Fill in *err (which may be NULL) and return -code, so that one can write
 * "return ckpt_fail(err, ENOENT, ...)": for a program's own functions, as those
 * of a custom type.  code must be positive; fmt is that of printf(3). */
int ckpt_fail(struct ckpt_err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/** The same for what the system refused: the sentence ends in ": " and the
 * system's words for code. */
int ckpt_fail_errno(struct ckpt_err *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** No memory: -ENOMEM, and the one sentence that is made without formatting. */
int ckpt_fail_nomem(struct ckpt_err *err);

#ifdef __cplusplus
}
#endif

#endif
