#include "cmd/broker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/caps.h"
#include "cmd/mountpoint.h"

/* The one question; its answer is an errno, or 0. */
#define ASK_UNMOUNT 'u'

static void ignore_signals(void)
{
	static const int ignored[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE };
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	size_t i;

	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		sigaction(ignored[i], &ignore, NULL);
}

/* Standard files to /dev/null, the socket to 3, nothing else. */
static void close_all_but(int fd)
{
	int null = open("/dev/null", O_RDWR);
	int i;

	for (i = 0; i <= 2; i++)
		dup2(null, i);
	if (fd != 3)
		dup2(fd, 3);
	close_range(4, ~0U, 0);
}

static int unmount_ours(const char *mountpoint, const struct ckpt_mounted *ours)
{
	struct ckpt_mounted now;

	if (ckpt_mounted_at(mountpoint, &now, NULL) != 0)
		return EIO;
	if (now.id != ours->id || now.dev != ours->dev)
		return 0;
	return -ckpt_mountpoint_unmount(mountpoint, NULL);
}

static void set_title(char *title, size_t len, const char *mountpoint)
{
	prctl(PR_SET_NAME, "ckptfs-unmount", 0, 0, 0);
	if (len)
		memset(title, 0, len);
	snprintf(title, len, "ckptfs-unmount %s", mountpoint);
}

static void run(int fd, const char *mountpoint, const struct ckpt_mounted *ours)
{
	char ask = 0;
	int answer;
	ssize_t n;

	ignore_signals();
	close_all_but(fd);
	if (chdir("/") != 0)
		_exit(1);
	ckpt_caps_keep_for_unmounting();
	/* Not where fusermount3 must get some. */
	if (geteuid() == 0)
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	do {
		n = read(3, &ask, 1);
	} while (n < 0 && errno == EINTR);
	if (n == 1 && ask == ASK_UNMOUNT) {
		answer = unmount_ours(mountpoint, ours);
		if (write(3, &answer, sizeof(answer)) != sizeof(answer))
			_exit(1);
	}
	_exit(0);
}

int ckpt_broker_start(const char *mountpoint, const struct ckpt_mounted *mounted, char *title,
		      size_t title_len, struct ckpt_broker *out, struct ckpt_err *err)
{
	int pair[2];

	*out = (struct ckpt_broker)CKPT_BROKER_INIT;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return ckpt_fail_errno(err, errno, "can't make a socket for the process that unmounts");
	out->pid = fork();
	if (out->pid == 0) {
		set_title(title, title_len, mountpoint);
		run(pair[1], mountpoint, mounted);
	}
	close(pair[1]);
	if (out->pid < 0) {
		close(pair[0]);
		return ckpt_fail_errno(err, errno, "can't start the process that unmounts");
	}
	out->fd = pair[0];
	return 0;
}

int ckpt_broker_unmount(struct ckpt_broker *b, struct ckpt_err *err)
{
	const char ask = ASK_UNMOUNT;
	int answer = 0;
	ssize_t n;

	if (b->fd < 0)
		return 0;
	if (send(b->fd, &ask, 1, MSG_NOSIGNAL) != 1)
		return ckpt_fail_errno(err, errno, "can't ask for the unmounting");
	do {
		n = read(b->fd, &answer, sizeof(answer));
	} while (n < 0 && errno == EINTR);
	if (n != sizeof(answer))
		return ckpt_fail(err, EIO, "the process that unmounts ended without an answer");
	return answer ? ckpt_fail_errno(err, answer, "can't unmount") : 0;
}

void ckpt_broker_stop(struct ckpt_broker *b)
{
	if (b->fd < 0)
		return;
	close(b->fd);
	b->fd = -1;
	while (waitpid(b->pid, NULL, 0) < 0 && errno == EINTR)
		;
}
