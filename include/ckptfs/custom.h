/** @file
 * custom.h - types of a program's own, which write and read themselves
 *
 * For what the makers of type.h can't describe.  Such a type has functions that write
 * an object, in pieces, and read the same pieces back.
 */
#ifndef CKPTFS_CUSTOM_H
#define CKPTFS_CUSTOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ckptfs/err.h"
#include "ckptfs/type.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ckpt_out; /**< what a custom type writes to */
struct ckpt_in;	 /**< what it reads from */
/** How a custom type is written and read.  Name the members that are set: it
 * may grow. */
struct ckpt_custom {
	/** Write an object, by the ckpt_out functions. */
	int (*write)(const void *object, struct ckpt_out *out, struct ckpt_err *err);
	/** Read one into *object, which is zeros, by the ckpt_in functions.  What was
	 * allocated before a failure is freed by release.  All that was written must
	 * be read. */
	int (*read)(void *object, struct ckpt_in *in, struct ckpt_err *err);
	/** Free what hangs on it; also called for zeros.  NULL: nothing does. */
	void (*release)(void *object);
	void (*reserved[2])(void); /**< NULL */
};

/** Write a byte, 0 or 1.  A failure to write (no memory) is remembered and ends
 * the checkpoint; so it is with all that follow. */
void ckpt_out_bool(struct ckpt_out *out, bool v);
/** Write 4 bytes, little-endian. */
void ckpt_out_i32(struct ckpt_out *out, int32_t v);
/** Write 8 bytes, little-endian. */
void ckpt_out_u64(struct ckpt_out *out, uint64_t v);
/** Write the 8 bytes of a double, little-endian. */
void ckpt_out_double(struct ckpt_out *out, double v);
/** Write the length, 8 bytes, and then the bytes. */
void ckpt_out_bytes(struct ckpt_out *out, const void *data, size_t len);
/** Write an object of another type, inside this one. */
int ckpt_out_value(struct ckpt_out *out, const struct ckpt_type *type, const void *object,
		   struct ckpt_err *err);

/** Read what ckpt_out_bool() wrote.  EUCLEAN where the bytes end, or are no such
 * value; so it is with all that follow. */
int ckpt_in_bool(struct ckpt_in *in, bool *v, struct ckpt_err *err);
/** Read what ckpt_out_i32() wrote. */
int ckpt_in_i32(struct ckpt_in *in, int32_t *v, struct ckpt_err *err);
/** Read what ckpt_out_u64() wrote. */
int ckpt_in_u64(struct ckpt_in *in, uint64_t *v, struct ckpt_err *err);
/** Read what ckpt_out_double() wrote. */
int ckpt_in_double(struct ckpt_in *in, double *v, struct ckpt_err *err);
/** Read what ckpt_out_bytes() wrote.  *data points into what is read, and is
 * valid until the read function ends. */
int ckpt_in_bytes(struct ckpt_in *in, const void **data, size_t *len, struct ckpt_err *err);
/** Read what ckpt_out_value() wrote into *object, whatever that was before. */
int ckpt_in_value(struct ckpt_in *in, const struct ckpt_type *type, void *object, struct ckpt_err *err);

#ifdef __cplusplus
}
#endif

#endif
