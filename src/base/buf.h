/* buf.h - a growing string of bytes
 *
 * A failed allocation is remembered, not reported at each call: once failed
 * is set, further additions do nothing.  Whoever uses the result looks at
 * failed once.  A buffer that has not failed is always followed by a NUL that
 * len does not count, so data is a C string (data is never NULL after an
 * addition).
 */
#ifndef CKPT_BASE_BUF_H
#define CKPT_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ckpt_buf {
	char *data;
	size_t len, cap;
	bool failed;
};

#define CKPT_BUF_INIT                                                                                        \
	{                                                                                                    \
		0                                                                                            \
	}

void ckpt_buf_release(struct ckpt_buf *b);
/* Empty it, keep its memory; clears failed. */
void ckpt_buf_clear(struct ckpt_buf *b);
/* Make room for n more bytes; false if there is no memory. */
bool ckpt_buf_reserve(struct ckpt_buf *b, size_t n);
void ckpt_buf_add(struct ckpt_buf *b, const void *data, size_t n);
void ckpt_buf_adds(struct ckpt_buf *b, const char *s);
void ckpt_buf_addc(struct ckpt_buf *b, char c);
void ckpt_buf_addf(struct ckpt_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void ckpt_buf_vaddf(struct ckpt_buf *b, const char *fmt, va_list ap);

/* How the character at s (n > 0 bytes) is shown to a person: as it is, or as
 * one \xNN a byte if it is no UTF-8, a control character, a line separator, or
 * turns the direction of the text.  Returns the bytes written to out, without
 * a NUL; *used: those of s that they stand for. */
#define CKPT_SHOWN_MAX 16
size_t ckpt_shown(const char *s, size_t n, char out[CKPT_SHOWN_MAX], size_t *used);
/* Part of a name that is long, or is none, as a message shows it; returns out. */
#define CKPT_QUOTE_MAX 128
const char *ckpt_quote(const char *s, size_t len, char out[CKPT_QUOTE_MAX]);
/* Add n bytes of text for a person, by ckpt_shown(). */
void ckpt_buf_add_shown(struct ckpt_buf *b, const char *s, size_t n);

/* The border.  Whatever is given out (printed, answered, read from a file that
 * we make up for people) passes one of these last, so that a place which forgot
 * to escape does no harm.  From byte from on, all but newlines: by ckpt_shown(),
 * or, in JSON, as the escape \uXXXX of the same character. */
void ckpt_buf_show_text(struct ckpt_buf *b, size_t from);
void ckpt_buf_show_json(struct ckpt_buf *b, size_t from);

/* Add n bytes as a JSON string with its quotes, as serde_json writes it:
 * " \ and control characters escaped (\b \f \n \r \t, else \u00xx in lower
 * case), all else as it is.  Bytes that are not UTF-8 become U+FFFD. */
void ckpt_buf_add_json(struct ckpt_buf *b, const char *s, size_t n);

/* The length in bytes of the UTF-8 character that starts at s and is whole
 * within n bytes; 0 where none does (overlong, surrogate, above U+10FFFF). */
size_t ckpt_utf8_len(const char *s, size_t n);

#endif
