/* jsonout.h - one JSON object, written
 *
 * Members are added one after the other; where a comma belongs follows from
 * what was written last, so there is no state but the buffer.  Integers are
 * written with all their digits.
 */
#ifndef CKPT_CMD_JSONOUT_H
#define CKPT_CMD_JSONOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "ckptfs/uuid.h"

/* key is NULL for an element of an array and for the outermost value. */
void ckpt_jo_open(struct ckpt_buf *b, const char *key, char bracket);  /* '{' or '[' */
void ckpt_jo_close(struct ckpt_buf *b, char bracket);		       /* '}' or ']' */
void ckpt_jo_text(struct ckpt_buf *b, const char *key, const char *s); /* NULL: null */
void ckpt_jo_uuid(struct ckpt_buf *b, const char *key, const struct ckpt_uuid *u);
/* An array of them. */
void ckpt_jo_uuids(struct ckpt_buf *b, const char *key, const struct ckpt_uuid *u, size_t n);
/* An element of an array: {"uuid", "why"}. */
void ckpt_jo_reason(struct ckpt_buf *b, const struct ckpt_uuid *u, const char *why);
void ckpt_jo_u64(struct ckpt_buf *b, const char *key, uint64_t v);
void ckpt_jo_bool(struct ckpt_buf *b, const char *key, bool v);
void ckpt_jo_null(struct ckpt_buf *b, const char *key);
/* A value that is JSON already. */
void ckpt_jo_raw(struct ckpt_buf *b, const char *key, const char *text, size_t len);

#endif
