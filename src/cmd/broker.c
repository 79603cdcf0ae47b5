#include "cmd/broker.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/thread.h"
#include "cmd/broker_run.h"

int ckpt_broker_start(const struct ckpt_broker_job *job, struct ckpt_broker *out, struct ckpt_err *err)
{
	const pid_t daemon = getpid();
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return ckpt_fail_errno(err, errno, "can't make a socket for the process that unmounts");
	out->pid = fork();
	if (out->pid == 0)
		ckpt_broker_run(pair[1], daemon, job);
	close(pair[1]);
	if (out->pid < 0) {
		close(pair[0]);
		return ckpt_fail_errno(err, errno, "can't start the process that unmounts");
	}
	out->fd = pair[0];
	return 0;
}

/* pass: a descriptor that goes with it, or -1. */
static ssize_t send_ask(int fd, const struct ckpt_broker_ask *ask, int pass)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .room = { 0 } };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)ask, .iov_len = sizeof(*ask) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (pass >= 0) {
		msg.msg_control = control.room;
		msg.msg_controllen = sizeof(control.room);
		*CMSG_FIRSTHDR(&msg) = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
							 .cmsg_type = SCM_RIGHTS,
							 .cmsg_len = CMSG_LEN(sizeof(int)) };
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&msg)), &pass, sizeof(int));
	}
	return sendmsg(fd, &msg, MSG_NOSIGNAL);
}

/* The kernel has no room for a question now, or for the descriptor that goes with it. */
static bool is_passing(int code)
{
	return code == ENOBUFS || code == ENOMEM || code == ETOOMANYREFS;
}

/* What it answers; EAGAIN: it can't be asked now; EPIPE: nothing, and nothing will come
 * any more. */
static int ask(struct ckpt_broker *b, enum ckpt_broker_verb verb, int id, int pass)
{
	const struct ckpt_broker_ask a = { .verb = verb, .id = id };
	struct ckpt_broker_answer answer = { .value = -EPIPE };
	ssize_t n;

	pthread_mutex_lock(&b->lock);
	do {
		n = b->fd < 0 ? -1 : send_ask(b->fd, &a, pass);
	} while (n < 0 && b->fd >= 0 && errno == EINTR);
	if (n == sizeof(a)) {
		do {
			n = read(b->fd, &answer, sizeof(answer));
		} while (n < 0 && errno == EINTR);
		if (n != sizeof(answer))
			answer.value = -EPIPE;
	} else if (b->fd >= 0 && is_passing(errno)) {
		answer.value = -EAGAIN;
	}
	pthread_mutex_unlock(&b->lock);
	return answer.value;
}

/* It lives in waits that a signal ends at once, whatever the others wait for. */
static void *live(void *broker)
{
	pthread_setname_np(pthread_self(), "ckptfs-alive");
	ask(broker, CKPT_BROKER_WATCH, gettid(), -1);
	while (true)
		ppoll(NULL, 0, NULL, NULL);
	return NULL;
}

int ckpt_broker_watch(struct ckpt_broker *b, struct ckpt_err *err)
{
	pthread_t thread;
	int rc = ckpt_thread_start(&thread, live, b);

	if (rc)
		return ckpt_fail_errno(err, rc, "can't start the thread whose end is the daemon's");
	pthread_detach(thread);
	return 0;
}

int ckpt_broker_unmount(struct ckpt_broker *b, struct ckpt_err *err)
{
	int rc;

	if (b->fd < 0)
		return 0;
	rc = ask(b, CKPT_BROKER_UNMOUNT, 0, -1);
	if (rc == -EPIPE)
		return ckpt_fail(err, EIO, "the process that unmounts ended without an answer");
	return rc ? ckpt_fail_errno(err, -rc, "can't unmount") : 0;
}

int ckpt_broker_register(struct ckpt_broker *b, int fd)
{
	return ask(b, CKPT_BROKER_REGISTER, 0, fd);
}

void ckpt_broker_give_back(struct ckpt_broker *b, int id)
{
	ask(b, CKPT_BROKER_GIVE_BACK, id, -1);
}

void ckpt_broker_stop(struct ckpt_broker *b)
{
	if (b->fd < 0)
		return;
	/* Where it has unmounted it is gone already. */
	ask(b, CKPT_BROKER_GO, 0, -1);
	close(b->fd);
	b->fd = -1;
	while (waitpid(b->pid, NULL, 0) < 0 && errno == EINTR)
		;
}
