/* check.h - names, before a backend sees them; EINVAL, with its sentence */
#ifndef CKPT_STORE_CHECK_H
#define CKPT_STORE_CHECK_H

#include "store/ops.h"

/* One component, or NULL where that is allowed: what stands in the way of
 * "../../etc" in a dependencies file. */
int ckpt_check_name(struct ckpt_store *s, const char *name, bool optional, struct ckpt_err *err);
int ckpt_check_place(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err);
/* A name that is to be written must leave room for ".mut", in every backend
 * alike, so that a root can move from one to another: else ENAMETOOLONG. */
int ckpt_check_new(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err);

#endif
