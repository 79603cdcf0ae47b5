/* The process that keeps the privileges: with a daemon that is not to be trusted, and
 * for one that can't ask just now. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cmd/broker_run.h"
#include "tests/suite.h"

#define LONG_MS 20000

/* In place of the C library's: fails when told to. */
static int refusal;
ssize_t sendmsg(int fd, const struct msghdr *msg, int flags);

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	if (!refusal)
		return syscall(SYS_sendmsg, fd, msg, flags);
	errno = refusal;
	return -1;
}

static struct ckpt_broker broker;

static void begin(void)
{
	static char title[64];
	struct ckpt_broker_job job = {
		.mountpoint = "/nowhere",
		.fuse_fd = open("/dev/null", O_RDWR | O_CLOEXEC),
		.owner = getuid(),
		.owner_gid = getgid(),
		.title = title,
		.title_len = sizeof(title),
	};
	struct ckpt_err e = { 0 };

	broker = (struct ckpt_broker)CKPT_BROKER_INIT;
	refusal = 0;
	ck_assert_msg(ckpt_broker_start(&job, &broker, &e) == 0, "%s", e.msg);
	close(job.fuse_fd);
}

static void end(void)
{
	refusal = 0;
	ckpt_broker_stop(&broker);
}

/* What a daemon that somebody has taken over may say. */
static int register_two(int one, int two)
{
	const struct ckpt_broker_ask ask = { .verb = CKPT_BROKER_REGISTER };
	const int fds[] = { one, two };
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(fds))];
	} control = { .room = { 0 } };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)&ask, .iov_len = sizeof(ask) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.room,
			      .msg_controllen = sizeof(control.room) };
	struct ckpt_broker_answer answer = { 0 };

	*CMSG_FIRSTHDR(&msg) = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
						 .cmsg_type = SCM_RIGHTS,
						 .cmsg_len = CMSG_LEN(sizeof(fds)) };
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&msg)), fds, sizeof(fds));
	ck_assert_int_eq(sendmsg(broker.fd, &msg, MSG_NOSIGNAL), sizeof(ask));
	ck_assert_int_eq(read(broker.fd, &answer, sizeof(answer)), sizeof(answer));
	return answer.value;
}

START_TEST(the_broker_keeps_no_descriptor_that_comes_beside_the_one_it_is_asked_about)
{
	struct pollfd p = { 0 };
	int end[2];

	ck_assert_int_eq(pipe2(end, O_CLOEXEC), 0);
	/* Neither is a file of the root. */
	ck_assert_int_eq(register_two(end[1], end[1]), -EACCES);
	close(end[1]);
	p.fd = end[0];
	ck_assert_msg(poll(&p, 1, LONG_MS) == 1 && (p.revents & POLLHUP), "somebody has it open still");
	close(end[0]);
}
END_TEST

START_TEST(a_kernel_without_room_for_a_question_is_no_end_of_the_broker)
{
	static const int passing[] = { ENOBUFS, ENOMEM, ETOOMANYREFS };
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	for (size_t i = 0; i < sizeof(passing) / sizeof(passing[0]); i++) {
		refusal = passing[i];
		ck_assert_int_eq(ckpt_broker_register(&broker, null), -EAGAIN);
	}
	refusal = 0;
	ck_assert_int_eq(ckpt_broker_register(&broker, null), -EACCES);
	refusal = EPIPE;
	ck_assert_int_eq(ckpt_broker_register(&broker, null), -EPIPE);
	close(null);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("broker");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, the_broker_keeps_no_descriptor_that_comes_beside_the_one_it_is_asked_about);
	tcase_add_test(tc, a_kernel_without_room_for_a_question_is_no_end_of_the_broker);
	return suite_run_one("broker", tc);
}
