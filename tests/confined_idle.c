/* confined_idle ROOT auto|require|off [uring] - a process that is confined as
 * the daemon is, and does nothing
 *
 * With "uring" it may make itself rings: so what carries on where a filter of
 * calls sees nothing can be tried also where libfuse or the kernel has no FUSE
 * over io_uring.  Prints what was had, as in status.json, once it is.
 */
#include <err.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/thread.h"
#include "cmd/confine.h"
#include "cmd/root.h"

static void *idle(void *arg)
{
	for (;;)
		poll(NULL, 0, -1); /* a call that is allowed */
	return arg;
}

int main(int argc, char **argv)
{
	struct ckpt_confine c = { .broker = -1, .log = ckpt_log_new(true, false) };
	struct ckpt_buf status = CKPT_BUF_INIT;
	struct ckpt_err e = { 0 };
	pthread_t t;

	if (argc < 3)
		errx(2, "usage: confined_idle ROOT auto|require|off [uring]");
	c.uring = argc > 3;
	c.how = strcmp(argv[2], "off") == 0	  ? CKPT_SANDBOX_OFF
		: strcmp(argv[2], "require") == 0 ? CKPT_SANDBOX_REQUIRE
						  : CKPT_SANDBOX_AUTO;
	if (ckpt_root_dir_open(argv[1], &c.root, &e) != 0 || ckpt_confine_place(&c, &e) != 0 ||
	    ckpt_root_become_owner(c.root, argv[1], &e) != 0 || ckpt_confine(&c, &e) != 0)
		errx(1, "%s", e.msg);
	if (ckpt_thread_start(&t, idle, NULL) != 0)
		errx(1, "no thread");
	ckpt_confine_status(&c, &status);
	printf("%s\n", status.data);
	fflush(stdout);
	idle(NULL);
	return 0;
}
