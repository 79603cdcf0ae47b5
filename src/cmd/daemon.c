#include "cmd/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cmd/mount_code.h"
#include "cmd/say.h"

/* What comes through the pipe. */
struct message {
	unsigned char code; /* 0: about to serve */
	char sentence[CKPT_ERR_MAX];
};

/* The child's standard input, and once it serves all that it writes to: opened
 * now, since later it can't be. */
static int open_null(struct ckpt_err *err)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	return null < 0 ? ckpt_fail_errno(err, errno, "can't open /dev/null") : null;
}

/* Which child a signal is passed on to, and whether one came. */
static volatile sig_atomic_t child, interrupted;
static const int passed_on[] = { SIGINT, SIGTERM, SIGHUP };

static void on_signal(int sig)
{
	(void)sig;
	interrupted = 1;
	kill((pid_t)child, SIGTERM);
}

/* A signal to us means the mount: the child unmounts again, then tells. */
static void pass_signals_on(pid_t pid)
{
	const struct sigaction act = { .sa_handler = on_signal };

	child = pid;
	for (size_t i = 0; i < sizeof(passed_on) / sizeof(*passed_on); i++)
		sigaction(passed_on[i], &act, NULL);
}

/* fork(2).  A signal that comes before it can be passed on waits until then: it would
 * end us, and the child, in a session of its own by then, go on and mount. */
static pid_t fork_unsignalled(void)
{
	sigset_t set, before;
	pid_t pid;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(passed_on) / sizeof(*passed_on); i++)
		sigaddset(&set, passed_on[i]);
	pthread_sigmask(SIG_BLOCK, &set, &before);
	pid = fork();
	if (pid > 0)
		pass_signals_on(pid);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return pid;
}

int ckpt_daemon_fork(pid_t *pid, int *fd, struct ckpt_err *err)
{
	int p[2], null = open_null(err);

	if (null < 0)
		return null;
	if (pipe2(p, O_CLOEXEC) != 0) {
		close(null);
		return ckpt_fail_errno(err, errno, "can't make a pipe for the mount process");
	}
	*pid = fork_unsignalled();
	if (*pid == 0)
		dup2(null, STDIN_FILENO);
	if (null != STDIN_FILENO)
		close(null);
	*fd = *pid == 0 ? p[1] : p[0];
	close(*pid == 0 ? p[0] : p[1]);
	if (*pid >= 0)
		return 0;
	ckpt_fail_errno(err, errno, "can't start the mount process");
	close(*fd);
	return -err->code;
}

static void tell(int fd, int code, const char *sentence)
{
	struct message m = { .code = (unsigned char)code };
	size_t n = strlen(sentence);

	if (n >= sizeof(m.sentence))
		n = sizeof(m.sentence) - 1;
	memcpy(m.sentence, sentence, n);
	/* Less than PIPE_BUF, so in one piece; nobody may be there to read. */
	if (write(fd, &m, offsetof(struct message, sentence) + n) < 0)
		return;
}

void ckpt_daemon_ready(int fd)
{
	tell(fd, 0, "");
	dup2(STDIN_FILENO, STDOUT_FILENO);
	dup2(STDIN_FILENO, STDERR_FILENO);
	close(fd);
}

void ckpt_daemon_failed(int fd, int code, const char *sentence)
{
	tell(fd, code, sentence);
	close(fd);
}

static ssize_t hear(int fd, struct message *m)
{
	ssize_t n;

	memset(m, 0, sizeof(*m));
	do {
		n = read(fd, m, sizeof(*m) - 1);
	} while (n < 0 && errno == EINTR);
	return n;
}

static void *look(void *arg)
{
	struct stat st;

	return stat(arg, &st) == 0 ? NULL : arg;
}

/* Look at the mount point from another thread: where the daemon hangs, so
 * does stat(2), and only the end of the process ends it. */
static bool is_usable(const char *mountpoint)
{
	struct timespec until;
	void *failed;
	pthread_t t;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += CKPT_DAEMON_SECONDS;
	if (pthread_create(&t, NULL, look, (void *)(uintptr_t)mountpoint) != 0)
		return false;
	return pthread_timedjoin_np(t, &failed, &until) == 0 && !failed;
}

int ckpt_daemon_wait(pid_t pid, int fd, const char *mountpoint)
{
	struct message m;
	int status = 0;
	ssize_t n;

	n = hear(fd, &m);
	if (n > 0 && m.code == 0) {
		bool usable = is_usable(mountpoint);

		/* The child may be gone by now, as it was told to. */
		if (interrupted)
			return CKPT_MOUNT_INTERRUPTED;
		if (usable)
			return CKPT_MOUNT_OK;
		ckpt_say("%s was mounted but does not answer; the system's log may say why", mountpoint);
		kill(pid, SIGTERM);
		return CKPT_MOUNT_FAILED;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (n > 0) {
		ckpt_say("%s", m.sentence);
		return m.code;
	}
	ckpt_say("the mount process ended without a word (%s %d); the system's log may say why",
		 WIFSIGNALED(status) ? "signal" : "exit code",
		 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	return CKPT_MOUNT_INTERNAL;
}
