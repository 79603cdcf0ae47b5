/* envelope.h - the bytes of a state: what they are of, the value, a checksum
 *
 *	offset	bytes
 *	0	8	"CKPTSTAT"
 *	8	2	version: 1
 *	10	2	0
 *	12	4	T, the length of the type's text
 *	16	8	V, the length of the value
 *	24	T	the type's text
 *	24+T	V	the value
 *	24+T+V	4	CRC-32 (that of zlib) of all that comes before
 *
 * All numbers are little-endian.
 */
#ifndef CKPT_STATE_ENVELOPE_H
#define CKPT_STATE_ENVELOPE_H

#include "state/kinds.h"

#define CKPT_STATE_VERSION 1

/* Write an object. */
int ckpt_state_write(const struct ckpt_type *type, const void *object, struct ckpt_buf *out,
		     struct ckpt_err *err);
/* Read one into a new object on the heap. */
int ckpt_state_read(const struct ckpt_type *type, const void *data, size_t len, const char *what,
		    void **object, struct ckpt_err *err);
/* Whether the bytes are a state of ours, undamaged; EUCLEAN or ENOTSUP if not. */
int ckpt_state_check(const void *data, size_t len, const char *what, struct ckpt_err *err);
/* Let object become what was read, which is used up. */
void ckpt_state_take(const struct ckpt_type *type, void *object, void *read);
/* Or not. */
void ckpt_state_discard(const struct ckpt_type *type, void *read);

#endif
