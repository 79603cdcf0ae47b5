/* contracts.h - what analysers of one file at a time can't see
 *
 * Put before each file by scripts/check-deep, never by a build.  The functions
 * return what their headers promise: an error that was filled in is never 0, so
 * what follows "if (rc == 0)" is not reached after one.
 */
#ifndef CKPTFS_CONTRACTS_H
#define CKPTFS_CONTRACTS_H

#include "ckptfs/err.h"

#define ckpt_fail(err, code, ...) ((void)(ckpt_fail)(err, code, __VA_ARGS__), -(code))
#define ckpt_fail_errno(err, code, ...) ((void)(ckpt_fail_errno)(err, code, __VA_ARGS__), -(code))
#define ckpt_fail_nomem(err) ((void)(ckpt_fail_nomem)(err), -12)

#endif
