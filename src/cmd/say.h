/* say.h - results to standard output, sentences to standard error
 *
 * A result is written at the end, whole.  If nobody reads it (EPIPE) the
 * program ends without a word, by SIGPIPE, as every filter does; but only at its
 * end, since what it did to a root must not be half done because of a reader.
 */
#ifndef CKPT_CMD_SAY_H
#define CKPT_CMD_SAY_H

#include <stdbool.h>

#include "base/buf.h"

/* First of all: the descriptors 0 to 2 must be open, or a file of the root
 * would be opened as one of them and messages would be written into it.
 * False, said on standard error, if standard output is closed: what changes a
 * root must not learn at its end that it can't tell what it did. */
bool ckpt_say_init(void);
/* "ckptfs: SENTENCE" to standard error, escaped as in err.h. */
void ckpt_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* From now on EPIPE instead of SIGPIPE, until ckpt_say_end(). */
void ckpt_say_hold_pipe(void);
/* Write it to standard output, made harmless for a terminal: an exit code. */
int ckpt_say_result(struct ckpt_buf *out, bool json);
/* The last of all: the exit code that it is to be, if what was written to standard
 * output has arrived.  Where nobody read it, it ends by SIGPIPE, unless whoever
 * started us ignores that. */
int ckpt_say_end(int code);

#endif
