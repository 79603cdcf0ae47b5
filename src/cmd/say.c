#include "cmd/say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/vfail.h"
#include "ckptfs/err.h"
#include "cmd/cmd.h"

bool ckpt_say_init(void)
{
	bool closed = fcntl(STDOUT_FILENO, F_GETFD) < 0;
	int fd;

	/* For reading only: writing to a descriptor that was closed still
	 * fails. */
	do {
		fd = open("/dev/null", O_RDONLY);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
	if (closed)
		ckpt_say("standard output is closed, so there is no place for the result");
	return !closed;
}

void ckpt_say(const char *fmt, ...)
{
	struct ckpt_err e;
	va_list ap;

	va_start(ap, fmt);
	ckpt_vfail(&e, 1, fmt, ap);
	va_end(ap);
	/* One write, so that lines of two programs don't mix. */
	dprintf(STDERR_FILENO, "ckptfs: %s\n", e.msg);
}

int ckpt_say_result(struct ckpt_buf *out, bool json)
{
	size_t done = 0;
	ssize_t n;

	(json ? ckpt_buf_show_json : ckpt_buf_show_text)(out, 0);
	if (out->failed) {
		ckpt_say("can't print the result: there is not enough memory");
		return CKPT_EXIT_FAILED;
	}
	while (done < out->len) {
		n = write(STDOUT_FILENO, out->data + done, out->len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EPIPE)
			ckpt_say("can't write the result to standard output: %s", strerror(errno));
		if (n < 0)
			return CKPT_EXIT_FAILED;
		done += (size_t)n;
	}
	return CKPT_EXIT_OK;
}
