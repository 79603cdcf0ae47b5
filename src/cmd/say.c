#include "cmd/say.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/journal.h"
#include "base/vfail.h"
#include "ckptfs/err.h"
#include "cmd/cmd.h"

/* Who started us decides what SIGPIPE does: to die, if nothing was said. */
static struct sigaction before;
static bool nobody_reads;

bool ckpt_say_init(void)
{
	bool closed = fcntl(STDOUT_FILENO, F_GETFD) < 0;
	int fd;

	sigaction(SIGPIPE, NULL, &before);
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
	/* One write, so that lines of two programs don't mix; for the journal a
	 * warning, since what went well is said on standard output. */
	dprintf(STDERR_FILENO, "%sckptfs: %s\n", ckpt_journal_has_stderr() ? "<4>" : "", e.msg);
}

void ckpt_say_hold_pipe(void)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGPIPE, &ignore, NULL);
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
		if (n < 0) {
			nobody_reads = errno == EPIPE && before.sa_handler == SIG_DFL;
			if (!nobody_reads)
				ckpt_say("can't write the result to standard output: %s", strerror(errno));
			return CKPT_EXIT_FAILED;
		}
		done += (size_t)n;
	}
	return CKPT_EXIT_OK;
}

int ckpt_say_end(int code)
{
	/* Some file systems tell only now that there was no room. */
	if (close(STDOUT_FILENO) != 0 && code == CKPT_EXIT_OK) {
		ckpt_say("can't write the result to standard output: %s", strerror(errno));
		code = CKPT_EXIT_FAILED;
	}
	if (nobody_reads) {
		sigaction(SIGPIPE, &before, NULL);
		raise(SIGPIPE);
	}
	return code;
}
