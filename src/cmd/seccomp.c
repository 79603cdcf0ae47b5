#include "cmd/seccomp.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cmd/refused.h"

/* _IOR(229, 0, uint32_t): another descriptor for the same connection.  Only
 * src/fuse includes the kernel's header. */
#define DEV_IOC_CLONE UINT32_C(0x8004e500)

/* What a new namespace would be made by. */
#define NEW_NAMESPACE                                                                                        \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |        \
	 CLONE_NEWNET)

/* Where clone(2) has its flags. */
#ifdef __s390__
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif

static const int always[] = {
	/* Files: Landlock says which. */
	SCMP_SYS(openat), SCMP_SYS(openat2), SCMP_SYS(close), SCMP_SYS(read), SCMP_SYS(readv),
	SCMP_SYS(pread64), SCMP_SYS(fadvise64), SCMP_SYS(preadv), SCMP_SYS(write), SCMP_SYS(writev),
	SCMP_SYS(pwrite64), SCMP_SYS(pwritev), SCMP_SYS(lseek), SCMP_SYS(statx), SCMP_SYS(newfstatat),
	SCMP_SYS(fstat), SCMP_SYS(fstatfs), SCMP_SYS(getdents64), SCMP_SYS(readlinkat), SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2), SCMP_SYS(fcntl), SCMP_SYS(flock), SCMP_SYS(fsync), SCMP_SYS(fdatasync),
	SCMP_SYS(ftruncate), SCMP_SYS(unlinkat), SCMP_SYS(mkdirat), SCMP_SYS(renameat), SCMP_SYS(renameat2),
	SCMP_SYS(linkat), SCMP_SYS(fchmod), SCMP_SYS(fchown), SCMP_SYS(copy_file_range),
	SCMP_SYS(inotify_init1), SCMP_SYS(inotify_add_watch), SCMP_SYS(inotify_rm_watch),
	/* /dev/fuse, and what else is open. */
	SCMP_SYS(splice), SCMP_SYS(vmsplice), SCMP_SYS(pipe2), SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(eventfd2),
	/* Threads and signals. */
	SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(exit), SCMP_SYS(exit_group),
	SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigpending),
	SCMP_SYS(sigaltstack), SCMP_SYS(restart_syscall), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity),
	SCMP_SYS(wait4), SCMP_SYS(waitid),
	/* Memory. */
	SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk),
	/* Time, and who we are. */
	SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid),
	SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(getrandom), SCMP_SYS(sysinfo), SCMP_SYS(uname)
};

/* FUSE over io_uring: a ring and a thread for each processor, on memory near to
 * it. */
static const int for_uring[] = {
	SCMP_SYS(io_uring_setup),    SCMP_SYS(io_uring_enter), SCMP_SYS(io_uring_register),
	SCMP_SYS(sched_setaffinity), SCMP_SYS(getcpu),	       SCMP_SYS(mbind),
	SCMP_SYS(get_mempolicy),
};

/* With what arguments. */
struct rule {
	uint32_t action;
	int call;
	unsigned n;
	struct scmp_arg_cmp arg[2];
};

#define IS(n, value) SCMP_CMP(n, SCMP_CMP_EQ, (scmp_datum_t)(value), 0)
#define MASKED(n, mask, value) SCMP_CMP(n, SCMP_CMP_MASKED_EQ, (scmp_datum_t)(mask), (scmp_datum_t)(value))

static int add_list(scmp_filter_ctx f, const int *call, size_t n)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = seccomp_rule_add_array(f, SCMP_ACT_ALLOW, call[i], 0, NULL);
	return rc;
}

static int add_rules(scmp_filter_ctx f, int broker)
{
	const struct rule rule[] = {
		/* A thread, no process, no namespace. */
		{ SCMP_ACT_ALLOW,
		  SCMP_SYS(clone),
		  1,
		  { MASKED(CLONE_FLAGS, CLONE_THREAD | NEW_NAMESPACE, CLONE_THREAD) } },
		/* Its flags can't be seen; a C library then takes clone. */
		{ SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0, { { 0 } } },
		/* No new code. */
		{ SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, { MASKED(2, PROT_EXEC, 0) } },
		{ SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, { MASKED(2, PROT_EXEC, 0) } },
		{ SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, { MASKED(1, UINT32_MAX, DEV_IOC_CLONE) } },
		{ SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1, { IS(0, PR_SET_NAME) } },
		/* To look at our own limits. */
		{ SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2, { IS(0, 0), IS(2, 0) } },
		/* A signal to ourselves: pthread_cancel(), abort(). */
		{ SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, { IS(0, getpid()) } },
		/* Times of a descriptor, not of a path. */
		{ SCMP_ACT_ALLOW, SCMP_SYS(utimensat), 1, { IS(1, 0) } },
		/* Letting go of the terminal (daemon.h). */
		{ SCMP_ACT_ALLOW, SCMP_SYS(dup2), 1, { IS(0, 0) } },
		{ SCMP_ACT_ALLOW, SCMP_SYS(dup3), 1, { IS(0, 0) } },
		/* perror(3), by which libfuse says what went wrong: it looks what it writes to. */
		{ SCMP_ACT_ALLOW, SCMP_SYS(dup), 1, { IS(0, STDERR_FILENO) } },
		{ SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, { MASKED(1, UINT32_MAX, TCGETS) } },
		/* To whom a socket is connected: the system's log, the broker. */
		{ SCMP_ACT_ALLOW, SCMP_SYS(sendto), 1, { IS(4, 0) } },
		/* syslog(3) wants another one where nobody listens any more, or
		 * never did; that is no news each time. */
		{ SCMP_ACT_ERRNO(EPERM),
		  SCMP_SYS(socket),
		  2,
		  { IS(0, AF_UNIX), MASKED(1, ~(SOCK_CLOEXEC | SOCK_NONBLOCK), SOCK_DGRAM) } },
		{ SCMP_ACT_ALLOW, SCMP_SYS(recvmsg), 1, { IS(0, broker) } },
		{ SCMP_ACT_ALLOW, SCMP_SYS(sendmsg), 1, { IS(0, broker) } },
	};
	size_t n = sizeof(rule) / sizeof(rule[0]) - (broker < 0 ? 2 : 0);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = seccomp_rule_add_array(f, rule[i].action, rule[i].call, rule[i].n, rule[i].arg);
	return rc;
}

/* Where the handler can't answer, at least the kernel's log is told. */
static scmp_filter_ctx new_filter(void)
{
	uint32_t refused = ckpt_refused_can_answer() ? SCMP_ACT_TRAP : SCMP_ACT_ERRNO(EPERM);
	scmp_filter_ctx f = seccomp_init(refused);

	if (!f)
		return NULL;
	/* Calls of another architecture: the same, instead of death. */
	seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, refused);
	seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1);
	seccomp_attr_set(f, SCMP_FLTATR_API_SYSRAWRC, 1); /* the kernel's own errno */
	if (!ckpt_refused_can_answer())
		seccomp_attr_set(f, SCMP_FLTATR_CTL_LOG, 1);
	return f;
}

int ckpt_seccomp(int broker, bool uring, struct ckpt_err *err)
{
	scmp_filter_ctx f;
	int rc;

	/* Others have a second name for every call that takes a size or a time. */
	if (sizeof(long) < 8)
		return ckpt_fail(err, ENOTSUP, "no seccomp filter: its list is made for 64 bits");
	f = new_filter();
	if (!f)
		return ckpt_fail_nomem(err);
	rc = add_list(f, always, sizeof(always) / sizeof(always[0]));
	if (rc == 0 && uring)
		rc = add_list(f, for_uring, sizeof(for_uring) / sizeof(for_uring[0]));
	if (rc == 0)
		rc = add_rules(f, broker);
	if (rc == 0)
		rc = seccomp_load(f);
	seccomp_release(f);
	return rc ? ckpt_fail(err, ENOTSUP, "no seccomp filter: the kernel takes none (%s)",
			      strerrordesc_np(-rc))
		  : 0;
}
