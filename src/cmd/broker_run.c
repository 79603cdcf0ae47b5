#include "cmd/broker_run.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buf.h"
#include "cmd/abort.h"
#include "cmd/caps.h"
#include "cmd/mountpoint.h"

/* Where its two descriptors are moved to. */
#define SOCKET 3
#define FUSE 4

/* As linux/fuse.h has them since 6.9; older headers do not. */
struct backing_map {
	int32_t fd;
	uint32_t flags;
	uint64_t padding;
};
#define BACKING_OPEN _IOW(229, 1, struct backing_map)
#define BACKING_CLOSE _IOW(229, 2, uint32_t)

static void ignore_signals(void)
{
	static const int ignored[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE };
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	size_t i;

	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		sigaction(ignored[i], &ignore, NULL);
}

/* Standard files to /dev/null, the socket to 3, /dev/fuse to 4, nothing else. */
static void close_all_but(int fd, int fuse)
{
	int null = open("/dev/null", O_RDWR);
	int i;

	for (i = 0; i <= 2; i++)
		dup2(null, i);
	/* Both first to where neither lies in the other's way. */
	fd = fcntl(fd, F_DUPFD, FUSE + 1);
	fuse = fuse < 0 ? -1 : fcntl(fuse, F_DUPFD, FUSE + 1);
	dup2(fd, SOCKET);
	close(FUSE);
	if (fuse >= 0)
		dup2(fuse, FUSE);
	close_range(FUSE + 1, ~0U, 0);
}

/* --- what it does -------------------------------------------------------- */

static int unmount_ours(const struct ckpt_broker_job *job)
{
	struct ckpt_mounted now;

	if (ckpt_mounted_at(job->mountpoint, &now, NULL) != 0)
		return -EIO;
	if (now.id != job->mounted.id || now.dev != job->mounted.dev)
		return 0;
	return ckpt_mountpoint_unmount(job->mountpoint, NULL);
}

static int register_file(const struct ckpt_broker_job *job, int fd)
{
	struct backing_map map = { .fd = fd };
	struct stat st;
	int flags = fd < 0 ? -1 : fcntl(fd, F_GETFL), id;

	if (flags < 0 || (flags & (O_ACCMODE | O_PATH)) != O_RDONLY || fstat(fd, &st) != 0 ||
	    !S_ISREG(st.st_mode) || st.st_uid != job->owner)
		return -EACCES;
	id = ioctl(FUSE, BACKING_OPEN, &map);
	return id < 0 ? -errno : id > 0 ? id : -EIO;
}

static int give_back(int id)
{
	uint32_t given = (uint32_t)id;

	return ioctl(FUSE, BACKING_CLOSE, &given) == 0 ? 0 : -errno;
}

/* --- talking ------------------------------------------------------------- */

/* Linux 6.9; older headers do not have it. */
#define PIDFD_OF_THREAD O_EXCL

static volatile sig_atomic_t orphaned;

static void on_orphaned(int sig)
{
	(void)sig;
	orphaned = 1;
}

/* Learn of the daemon's end: by its thread that only lives (CKPT_BROKER_WATCH),
 * and where the kernel has no descriptors of threads by a signal, which a
 * confined daemon, or one of another user, may not send even by its death.
 * After the last change of who we are, which makes the kernel forget it. */
static void expect_orphaning(pid_t daemon)
{
	const struct sigaction act = { .sa_handler = on_orphaned };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGUSR1, &act, NULL);
	prctl(PR_SET_PDEATHSIG, SIGUSR1, 0, 0, 0);
	if (getppid() != daemon)
		orphaned = 1;
}

/* The one that is watched, -1: none yet, or the kernel has no such descriptor. */
static int thread = -1;

static int watch(pid_t tid)
{
	int old = thread;

	thread = (int)syscall(SYS_pidfd_open, tid, PIDFD_OF_THREAD);
	if (old >= 0)
		close(old);
	return thread < 0 ? -errno : 0;
}

/* False: the daemon has ended, or is about to. */
static bool wait_for_packet(void)
{
	struct pollfd p[] = { { .fd = SOCKET, .events = POLLIN }, { .fd = thread, .events = POLLIN } };
	sigset_t while_waiting;

	sigprocmask(SIG_BLOCK, NULL, &while_waiting);
	sigdelset(&while_waiting, SIGUSR1);
	while (!orphaned && ppoll(p, 2, NULL, &while_waiting) < 0 && errno == EINTR)
		;
	/* What it said last counts, also if it has ended since. */
	return !orphaned && (p[0].revents || !p[1].revents);
}

/* The next question and the descriptor that came with it (-1: none); false: the
 * daemon has gone. */
static bool hear(struct ckpt_broker_ask *ask, int *fd)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { .iov_base = ask, .iov_len = sizeof(*ask) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.room,
			      /* No room for another one, that nobody would close. */
			      .msg_controllen = CMSG_LEN(sizeof(int)) };
	struct cmsghdr *c;
	ssize_t n;

	*fd = -1;
	if (!wait_for_packet())
		return false;
	do {
		n = recvmsg(SOCKET, &msg, MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return false;
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(c), sizeof(*fd));
	return n == sizeof(*ask);
}

static int answer_to(const struct ckpt_broker_job *job, const struct ckpt_broker_ask *ask, int fd)
{
	switch (ask->verb) {
	case CKPT_BROKER_UNMOUNT:
		return unmount_ours(job);
	case CKPT_BROKER_GO:
		return 0;
	case CKPT_BROKER_REGISTER:
		return job->fuse_fd < 0 ? -EPERM : register_file(job, fd);
	case CKPT_BROKER_GIVE_BACK:
		return job->fuse_fd < 0 ? -EPERM : give_back(ask->id);
	case CKPT_BROKER_WATCH:
		return watch(ask->id);
	default:
		return -EINVAL;
	}
}

static void set_title(const struct ckpt_broker_job *job)
{
	struct ckpt_buf text = CKPT_BUF_INIT;

	prctl(PR_SET_NAME, "ckptfs-unmount", 0, 0, 0);
	ckpt_buf_adds(&text, "ckptfs-unmount ");
	ckpt_buf_add_shown(&text, job->mountpoint, strlen(job->mountpoint));
	if (job->title_len)
		memset(job->title, 0, job->title_len);
	snprintf(job->title, job->title_len, "%s", text.failed ? "ckptfs-unmount" : text.data);
	ckpt_buf_release(&text);
}

/* In the owner's name towards file systems, but for the one capability and that
 * to reach the mount point.  An ordinary user has nothing to give up, and needs
 * what fusermount3 gets. */
static void give_up_the_rest(const struct ckpt_broker_job *job)
{
	if (geteuid() != 0)
		return;
	if (setgroups(0, NULL) != 0)
		_exit(1);
	setfsgid(job->owner_gid);
	setfsuid(job->owner);
	ckpt_caps_keep_for_unmounting();
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

void ckpt_broker_run(int fd, pid_t daemon, const struct ckpt_broker_job *job)
{
	struct ckpt_broker_answer answer;
	struct ckpt_broker_ask ask;
	int file;

	set_title(job);
	ignore_signals();
	close_all_but(fd, job->fuse_fd);
	if (chdir("/") != 0)
		_exit(1);
	give_up_the_rest(job);
	expect_orphaning(daemon);
	while (hear(&ask, &file)) {
		answer.value = answer_to(job, &ask, file);
		if (file >= 0)
			close(file);
		if (send(SOCKET, &answer, sizeof(answer), MSG_NOSIGNAL) != sizeof(answer))
			_exit(1);
		if (ask.verb == CKPT_BROKER_UNMOUNT || ask.verb == CKPT_BROKER_GO)
			_exit(0);
	}
	ckpt_abort_connection(job->mountpoint, &job->mounted, job->unique);
	_exit(0);
}
