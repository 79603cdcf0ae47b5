/* posix_syncfs.c - syncfs(2), which nothing can interrupt
 *
 * Whoever waits in it, thread or child, keeps its process from ending, or its parent
 * from being rid of it.  So a grandchild waits, which is nobody's: who gives up can
 * end at once.  It has nothing open but what it needs, so that no lock, lease or pipe
 * of ours lives on in it.
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "store/limits.h"
#include "store/posix.h"

struct told {
	uint64_t when; /* it began */
	int code;
};

uint64_t ckpt_posix_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return ckpt_posix_ns(&now);
}

static void close_others(int fd, int end)
{
	const unsigned low = (unsigned)(fd < end ? fd : end), high = (unsigned)(fd < end ? end : fd);

	if (low > 0)
		close_range(0, low - 1, 0);
	if (high > low + 1)
		close_range(low + 1, high - 1, 0);
	close_range(high + 1, ~0U, 0);
}

/* Once it is told to; its caller's end may be closed by then, or before it is done. */
static _Noreturn void sync_and_tell(int fd, int end)
{
	struct told t;
	char go;

	close_others(fd, end);
	if (recv(end, &go, 1, 0) != 1)
		_exit(0);
	t = (struct told){ .when = ckpt_posix_now() };
	t.code = syncfs(fd) ? errno : 0;
	_exit(send(end, &t, sizeof(t), MSG_NOSIGNAL) != sizeof(t));
}

/* The child, for which the caller waits: as after vfork(2) it has our memory. */
static int beget(void *given)
{
	const int *fd = given;
	/* A fork(2) with no signal at its end. */
	pid_t child = (pid_t)syscall(SYS_clone, 0UL, NULL, NULL, NULL, 0UL);

	if (child == 0)
		sync_and_tell(fd[0], fd[1]);
	_exit(child < 0);
}

/* No SIGCHLD tells of the child, and no wait(2) for any child takes it: the program
 * may have children of its own.  Nor does a handler of the program's run in it. */
static bool make_ready(int fd, int end)
{
	char stack[CKPT_SYNCFS_STACK] __attribute__((aligned(16)));
	int given[] = { fd, end }, status = 1;
	sigset_t all, before;
	pid_t child;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	child = clone(beget, stack + sizeof(stack), CLONE_VM | CLONE_VFORK, given);
	while (child > 0 && waitpid(child, &status, __WALL) < 0 && errno == EINTR)
		;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return child > 0 && status == 0;
}

int ckpt_posix_syncfs_ready(int fd)
{
	int end[2];
	bool ready;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, end))
		return -1;
	ready = make_ready(fd, end[1]);
	close(end[1]);
	if (!ready)
		close(end[0]);
	return ready ? end[0] : -1;
}

int ckpt_posix_syncfs_end(int begun, ckpt_stop_fn *stop, void *ctx, uint64_t *when)
{
	struct pollfd p = { .fd = begun, .events = POLLIN };
	struct told t;

	while (poll(&p, 1, CKPT_STOP_LOOK_MS) <= 0)
		if (stop && stop(ctx)) {
			close(begun);
			return -EINTR;
		}
	if (recv(begun, &t, sizeof(t), 0) != sizeof(t))
		t = (struct told){ .code = EIO }; /* it was killed: nobody knows */
	close(begun);
	*when = t.when;
	return -t.code;
}
