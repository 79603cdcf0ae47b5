/* fail.h - the sentences that all stores share */
#ifndef CKPT_STORE_FAIL_H
#define CKPT_STORE_FAIL_H

#include "store/ops.h"

/* "can't WHAT LABEL/dir/name: why".  rc is a negative errno, and returned. */
int ckpt_place_fail(const struct ckpt_store *s, int rc, const char *what, const char *dir, const char *name,
		    struct ckpt_err *err);
/* What stands in the way of reading or replacing a file of that kind: a
 * negative errno, 0 for a regular file. */
int ckpt_kind_error(enum ckpt_kind kind);
/* ESTALE of replace(). */
int ckpt_changed_fail(const struct ckpt_store *s, const char *name, struct ckpt_err *err);
/* EAGAIN of remove_tree(). */
int ckpt_more_fail(const struct ckpt_store *s, const char *dir, uint64_t max, struct ckpt_err *err);
/* EBUSY of lock(), and of lease(). */
int ckpt_locked_fail(const struct ckpt_store *s, long holder, struct ckpt_err *err);
int ckpt_leased_fail(const struct ckpt_store *s, const char *dir, enum ckpt_lease_mode mode,
		     struct ckpt_err *err);

#endif
