#include "cmd/refused.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/thread.h"

#if defined(__x86_64__)
#define RESULT(context) ((context)->uc_mcontext.gregs[REG_RAX])
#elif defined(__aarch64__)
#define RESULT(context) ((context)->uc_mcontext.regs[0])
#endif

/* Above the number of any call; what is above all the same counts as this. */
#define CALLS_MAX 1023

/* Calls that came after the filter's list was made (Linux 5.17) fail as if the
 * kernel did not have them: then a C library goes back to an older one. */
#define CALLS_KNOWN 450

/* A signal handler has no other way to them than by static ones. */
static int to_log = -1, from_handler = -1;
static unsigned char seen[CALLS_MAX + 1]; /* atomic */
static pthread_t thread;
static bool started;

bool ckpt_refused_can_answer(void)
{
#ifdef RESULT
	return true;
#else
	return false;
#endif
}

static void on_refused(int sig, siginfo_t *info, void *context)
{
	int saved = errno, nr = info->si_syscall, i = nr < 0 || nr > CALLS_MAX ? CALLS_MAX : nr;

	(void)sig;
	/* A full pipe, or a log that is gone: then without a line. */
	if (!__atomic_test_and_set(&seen[i], __ATOMIC_RELAXED) &&
	    write(to_log, &nr, sizeof(nr)) != sizeof(nr))
		__atomic_clear(&seen[i], __ATOMIC_RELAXED);
	errno = saved;
#ifdef RESULT
	RESULT((ucontext_t *)context) = nr < CALLS_KNOWN ? -EPERM : -ENOSYS;
#else
	(void)context;
#endif
}

int ckpt_refused_init(struct ckpt_err *err)
{
	const struct sigaction act = { .sa_sigaction = on_refused, .sa_flags = SA_SIGINFO | SA_RESTART };
	sigset_t sys;
	int p[2];

	if (to_log >= 0)
		return 0;
	if (pipe2(p, O_CLOEXEC | O_NONBLOCK) != 0 || fcntl(p[0], F_SETFL, 0) != 0 ||
	    sigaction(SIGSYS, &act, NULL) != 0)
		return ckpt_fail_errno(err, errno, "can't make ready for calls that are refused");
	from_handler = p[0];
	to_log = p[1];
	/* Whoever started us may have it blocked. */
	sigemptyset(&sys);
	sigaddset(&sys, SIGSYS);
	pthread_sigmask(SIG_UNBLOCK, &sys, NULL);
	return 0;
}

static void say(struct ckpt_log *log, int nr)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, nr);

	ckpt_log_add(log, CKPT_LOG_REFUSED,
		     "refused the system call %s (%d), which serving a mount does not need: an error in "
		     "ckptfs or a library (-o sandbox=off is the way round it), or somebody has taken the "
		     "daemon over",
		     name ? name : "unknown", nr);
	free(name);
}

static void *run(void *arg)
{
	ssize_t n;
	int nr;

	for (;;) {
		n = read(from_handler, &nr, sizeof(nr));
		if (n < 0 && errno == EINTR)
			continue;
		if (n != sizeof(nr))
			return NULL;
		say(arg, nr);
	}
}

int ckpt_refused_start(struct ckpt_log *log, struct ckpt_err *err)
{
	int rc = ckpt_thread_start(&thread, run, log);

	started = rc == 0;
	return rc ? ckpt_fail_errno(err, rc, "can't start the thread that logs calls that are refused") : 0;
}

void ckpt_refused_stop(void)
{
	int fd = to_log;

	if (!started)
		return;
	to_log = -1;
	close(fd);
	pthread_join(thread, NULL);
	started = false;
}
