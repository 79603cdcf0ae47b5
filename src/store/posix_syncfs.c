/* posix_syncfs.c - syncfs(2), which nothing can interrupt
 *
 * Whoever waits in it, thread or child, keeps its process from ending, or its parent
 * from being rid of it.  So a grandchild waits, which is nobody's: who gives up can
 * end at once.  It has nothing open but what it needs, so that no lock, lease or pipe
 * of ours lives on in it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/limits.h"
#include "store/posix.h"

static void close_others(int fd, int out)
{
	const unsigned low = (unsigned)(fd < out ? fd : out), high = (unsigned)(fd < out ? out : fd);

	if (low > 0)
		close_range(0, low - 1, 0);
	if (high > low + 1)
		close_range(low + 1, high - 1, 0);
	close_range(high + 1, ~0U, 0);
}

static _Noreturn void sync_and_tell(int fd, int out)
{
	int code;

	close_others(fd, out);
	code = syncfs(fd) ? errno : 0;
	_exit(write(out, &code, sizeof(code)) != sizeof(code));
}

/* The child, for which the caller waits: as after vfork(2) it has our memory. */
static int beget(void *end)
{
	const int *fd = end;
	/* A fork(2) with no signal at its end. */
	pid_t child = (pid_t)syscall(SYS_clone, 0UL, NULL, NULL, NULL, 0UL);

	if (child == 0)
		sync_and_tell(fd[0], fd[1]);
	_exit(child < 0);
}

/* Have it begun; false: it can't be.  No SIGCHLD tells of the child, and no wait(2)
 * for any child takes it: the program may have children of its own.  Nor does a
 * handler of the program's run in it. */
static bool begin(int fd, int out)
{
	char stack[CKPT_SYNCFS_STACK] __attribute__((aligned(16)));
	int end[] = { fd, out }, status = 1;
	sigset_t all, before;
	pid_t child;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	child = clone(beget, stack + sizeof(stack), CLONE_VM | CLONE_VFORK, end);
	while (child > 0 && waitpid(child, &status, __WALL) < 0 && errno == EINTR)
		;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return child > 0 && status == 0;
}

static int await(int in, ckpt_stop_fn *stop, void *ctx)
{
	struct pollfd p = { .fd = in, .events = POLLIN };
	int code;

	while (poll(&p, 1, CKPT_STOP_LOOK_MS) <= 0)
		if (stop(ctx))
			return -EINTR;
	/* It was killed: nobody knows. */
	return read(in, &code, sizeof(code)) == sizeof(code) ? -code : -EIO;
}

int ckpt_posix_syncfs(int fd, ckpt_stop_fn *stop, void *ctx)
{
	int end[2];
	bool begun;
	int rc;

	if (!stop || pipe2(end, O_CLOEXEC))
		return syncfs(fd) ? -errno : 0;
	begun = begin(fd, end[1]);
	close(end[1]);
	rc = begun ? await(end[0], stop, ctx) : syncfs(fd) ? -errno : 0;
	close(end[0]);
	return rc;
}
