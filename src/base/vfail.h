/* vfail.h - ckpt_fail() for those who have their arguments in a list */
#ifndef CKPT_BASE_VFAIL_H
#define CKPT_BASE_VFAIL_H

#include <stdarg.h>

#include "ckptfs/err.h"

int ckpt_vfail(struct ckpt_err *err, int code, const char *fmt, va_list ap);

#endif
