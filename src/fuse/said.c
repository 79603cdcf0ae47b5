#include "fuse/said.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>

/* libfuse has no room for a context. */
static struct ckpt_log *to_log;
static struct ckpt_err *to_last;

static void say(enum fuse_log_level level, const char *fmt, va_list ap)
{
	char line[CKPT_ERR_MAX];
	size_t len;

	vsnprintf(line, sizeof(line), fmt, ap);
	len = strlen(line);
	while (len > 0 && line[len - 1] == '\n')
		line[--len] = '\0';
	if (len == 0)
		return;
	if (level == FUSE_LOG_DEBUG)
		/* Only with -o debug, and then of every request. */
		ckpt_log_add(to_log, CKPT_LOG_DEBUG, "%s", line);
	else if (to_last)
		ckpt_fail(to_last, EIO, "%s", line);
	else
		ckpt_log_add(to_log, CKPT_LOG_LIBFUSE, "%s", line);
}

void ckpt_said_to(struct ckpt_log *log, struct ckpt_err *last)
{
	to_log = log;
	to_last = last;
	fuse_set_log_func(say);
}
