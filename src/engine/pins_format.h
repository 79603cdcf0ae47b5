/* pins_format.h - the pins file as a value
 *
 * No I/O here; label names the file in messages.  A pin is a value too: the
 * text that is written is made when the pin is, and the file is these texts,
 * joined, so that what we don't know survives.
 */
#ifndef CKPT_ENGINE_PINS_FORMAT_H
#define CKPT_ENGINE_PINS_FORMAT_H

#include "base/buf.h"
#include "ckptfs/pins.h"

/* The newest version of the file that we know. */
#define CKPT_PINS_VERSION 1
/* 10,000 names of 255 bytes, each perhaps escaped, and what is around them. */
#define CKPT_PINS_BYTES_MAX ((size_t)32 << 20)

/* Parse the file into *pins (empty before; release it also after an error). */
int ckpt_pins_parse(const char *text, size_t len, const char *label, struct ckpt_pins *pins,
		    struct ckpt_err *err);
void ckpt_pins_write(const struct ckpt_pins *pins, struct ckpt_buf *out);

/* Fill in a new pin, text and all; release it also after an error. */
int ckpt_pin_make(struct ckpt_pin *p, const char *name, const struct ckpt_uuid *uuid, int64_t created_ms,
		  const int64_t *expires_ms, struct ckpt_err *err);
void ckpt_pin_release(struct ckpt_pin *p);

#endif
