/* kinds.h - what each kind of type can do
 *
 * One table, indexed by enum ckpt_type_kind.  A kind writes an object to bytes
 * and reads one into memory that is zeros; after a failed read it leaves what
 * its release can free.  Objects in objects go through ckpt_out_value() and
 * ckpt_in_value(), which bound the depth.
 */
#ifndef CKPT_STATE_KINDS_H
#define CKPT_STATE_KINDS_H

#include "base/buf.h"
#include "ckptfs/state.h"

struct ckpt_out {
	struct ckpt_buf buf;
	unsigned depth;
};

struct ckpt_in {
	const unsigned char *begin, *at, *end;
	unsigned depth;
	const char *what; /* in sentences */
};

struct ckpt_kind_ops {
	int (*write)(const struct ckpt_type *t, const void *o, struct ckpt_out *out, struct ckpt_err *err);
	int (*read)(const struct ckpt_type *t, void *o, struct ckpt_in *in, struct ckpt_err *err);
	void (*init)(const struct ckpt_type *t, void *o);    /* NULL: zeros */
	void (*release)(const struct ckpt_type *t, void *o); /* NULL: nothing hangs on it */
};
#define CKPT_TYPE_KINDS (CKPT_TYPE_ANY + 1)
const struct ckpt_kind_ops *ckpt_kind_ops(const struct ckpt_type *t);

extern const struct ckpt_kind_ops ckpt_kind_bool, ckpt_kind_i32, ckpt_kind_i64, ckpt_kind_u64,
	ckpt_kind_ssize, ckpt_kind_size, ckpt_kind_double;			       /* scalars.c */
extern const struct ckpt_kind_ops ckpt_kind_string, ckpt_kind_bytes;		       /* text.c */
extern const struct ckpt_kind_ops ckpt_kind_array, ckpt_kind_fixed;		       /* items.c */
extern const struct ckpt_kind_ops ckpt_kind_optional, ckpt_kind_boxed, ckpt_kind_any;  /* boxes.c */
extern const struct ckpt_kind_ops ckpt_kind_record, ckpt_kind_custom, ckpt_kind_empty; /* records.c */

/* n bytes of what is read; EUCLEAN if there are not so many. */
int ckpt_in_take(struct ckpt_in *in, size_t n, const void **out, struct ckpt_err *err);
/* EUCLEAN, and where. */
int ckpt_in_bad(const struct ckpt_in *in, struct ckpt_err *err, const char *is);
size_t ckpt_in_left(const struct ckpt_in *in);

/* Free what hangs on an object; what it is then is nobody's concern. */
void ckpt_value_free(const struct ckpt_type *t, void *o);

/* The n-th item of objects of a type that lie one after the other. */
static inline void *ckpt_item(const struct ckpt_type *of, const void *items, size_t n)
{
	return (char *)(uintptr_t)items + n * of->size;
}

/* The text of a type, appended to *out, after looking whether it can be one
 * (EINVAL, ELOOP). */
int ckpt_type_describe(const struct ckpt_type *type, struct ckpt_buf *out, struct ckpt_err *err);

#endif
