#include "tests/attempts.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/io_uring.h of Linux 5.19 */
#define OP_SOCKET 45

#define CALL(w, nr, ...) ckpt_actor_call(&(w)->actor, nr, (const long[ACTOR_ARGS]){ __VA_ARGS__ })
#define OPERATE(w, ...) ckpt_actor_operate(&(w)->actor, &(const struct ckpt_operation){ __VA_ARGS__ })

/* A string in its memory. */
static long text(struct ckpt_world *w, unsigned n, const char *s)
{
	ckpt_actor_put(&w->actor, ckpt_actor_place(&w->actor, n), s, strlen(s) + 1);
	return (long)ckpt_actor_place(&w->actor, n);
}

static char *beside(struct ckpt_world *w, const char *name, char out[1024])
{
	snprintf(out, 1024, "%s/%s", w->dir, name);
	return out;
}

/* The same, as a string in its memory. */
static long place(struct ckpt_world *w, unsigned n, const char *name)
{
	char s[1024];

	return text(w, n, beside(w, name, s));
}

/* A descriptor that it got goes away again. */
static long closed(struct ckpt_world *w, long fd)
{
	if (fd >= 0)
		CALL(w, SYS_close, fd);
	return fd < 0 ? fd : 0;
}

/* --- files ---------------------------------------------------------------- */

static long open_at(struct ckpt_world *w, int at, long path, int flags)
{
	if (w->ring)
		return closed(w, OPERATE(w, .opcode = IORING_OP_OPENAT, .fd = at, .addr = (unsigned long)path,
					 .len = 0600, .flags = (unsigned)flags));
	return closed(w, CALL(w, SYS_openat, at, path, flags, 0600));
}

static long try_passwd(struct ckpt_world *w)
{
	return open_at(w, AT_FDCWD, text(w, 0, "/etc/passwd"), O_RDONLY);
}

static long try_parent(struct ckpt_world *w)
{
	return open_at(w, w->root, text(w, 0, "../secret"), O_RDONLY);
}

static long try_way_out(struct ckpt_world *w)
{
	return open_at(w, w->root, text(w, 0, "way-out"), O_RDONLY);
}

static long try_environ(struct ckpt_world *w)
{
	char s[64];

	snprintf(s, sizeof(s), "/proc/%d/environ", (int)w->victim);
	return open_at(w, AT_FDCWD, text(w, 0, s), O_RDONLY);
}

static long try_init(struct ckpt_world *w)
{
	return open_at(w, AT_FDCWD, text(w, 0, "/proc/1/environ"), O_RDONLY);
}

static long try_dev_fuse(struct ckpt_world *w)
{
	return open_at(w, AT_FDCWD, text(w, 0, "/dev/fuse"), O_RDWR);
}

static long try_make(struct ckpt_world *w)
{
	char s[1024];

	unlink(beside(w, "open/made", s));
	return open_at(w, AT_FDCWD, place(w, 0, "open/made"), O_WRONLY | O_CREAT);
}

static long try_remove(struct ckpt_world *w)
{
	const long path = place(w, 0, "open/theirs");
	char s[1024];

	if (mknod(beside(w, "open/theirs", s), S_IFREG | 0666, 0) != 0 && errno != EEXIST)
		err(99, "%s", s);
	if (w->ring)
		return OPERATE(w, .opcode = IORING_OP_UNLINKAT, .fd = AT_FDCWD, .addr = (unsigned long)path);
	return CALL(w, SYS_unlinkat, AT_FDCWD, path, 0);
}

/* A name in the root for a file that is outside of it. */
static long try_link(struct ckpt_world *w)
{
	const long from = place(w, 0, "secret"), to = text(w, 1, "stolen.feldera");
	char s[1024];
	long rc;

	if (w->ring)
		rc = OPERATE(w, .opcode = IORING_OP_LINKAT, .fd = AT_FDCWD, .addr = (unsigned long)from,
			     .len = (unsigned)w->root, .off = (unsigned long)to);
	else
		rc = CALL(w, SYS_linkat, AT_FDCWD, from, w->root, to, 0);
	unlink(beside(w, "root/stolen.feldera", s));
	return rc;
}

static long try_chmod(struct ckpt_world *w)
{
	return CALL(w, SYS_fchmodat, AT_FDCWD, place(w, 0, "secret"), 0600);
}

/* --- the network ---------------------------------------------------------- */

static long connect_to(struct ckpt_world *w, int domain, int type, const void *address, socklen_t len)
{
	const unsigned long at = ckpt_actor_place(&w->actor, 0);
	long fd, rc;

	ckpt_actor_put(&w->actor, at, address, len);
	fd = w->ring ? OPERATE(w, .opcode = OP_SOCKET, .fd = domain, .off = (unsigned long)type)
		     : CALL(w, SYS_socket, domain, type, 0);
	if (fd < 0)
		return fd;
	rc = w->ring ? OPERATE(w, .opcode = IORING_OP_CONNECT, .fd = (int)fd, .addr = at, .off = len)
		     : CALL(w, SYS_connect, fd, (long)at, (long)len);
	closed(w, fd);
	return rc;
}

static long try_tcp(struct ckpt_world *w)
{
	return connect_to(w, AF_INET, SOCK_STREAM, &w->tcp, sizeof(w->tcp));
}

static long try_udp(struct ckpt_world *w)
{
	return connect_to(w, AF_INET, SOCK_DGRAM, &w->udp, sizeof(w->udp));
}

static long try_abstract(struct ckpt_world *w)
{
	return connect_to(w, AF_UNIX, SOCK_STREAM, &w->abstract, w->abstract_len);
}

static long try_path(struct ckpt_world *w)
{
	return connect_to(w, AF_UNIX, SOCK_STREAM, &w->path, w->path_len);
}

/* --- other processes ------------------------------------------------------ */

static long try_exec(struct ckpt_world *w)
{
	const unsigned long none = 0, at = ckpt_actor_place(&w->actor, 1);

	ckpt_actor_put(&w->actor, at, &none, sizeof(none));
	return CALL(w, SYS_execve, text(w, 0, "/bin/sh"), (long)at, (long)at);
}

static long try_fork(struct ckpt_world *w)
{
	return CALL(w, SYS_clone, SIGCHLD);
}

static long try_clone3(struct ckpt_world *w)
{
	return CALL(w, SYS_clone3, (long)ckpt_actor_place(&w->actor, 0), 88);
}

static long try_ptrace(struct ckpt_world *w)
{
	return CALL(w, SYS_ptrace, PTRACE_ATTACH, w->victim, 0, 0);
}

static long try_memory(struct ckpt_world *w)
{
	return CALL(w, SYS_process_vm_readv, w->victim);
}

static long try_kill(struct ckpt_world *w)
{
	return CALL(w, SYS_kill, w->victim, 0);
}

static long try_tgkill(struct ckpt_world *w)
{
	return CALL(w, SYS_tgkill, w->victim, w->victim, 0);
}

static long try_pidfd(struct ckpt_world *w)
{
	return closed(w, CALL(w, SYS_pidfd_open, w->victim, 0));
}

/* --- more rights, more of the kernel -------------------------------------- */

static long try_setuid(struct ckpt_world *w)
{
	return CALL(w, SYS_setuid, 0);
}

static long try_capset(struct ckpt_world *w)
{
	return CALL(w, SYS_capset, (long)ckpt_actor_place(&w->actor, 0),
		    (long)ckpt_actor_place(&w->actor, 1));
}

static long try_unshare(struct ckpt_world *w)
{
	return CALL(w, SYS_unshare, CLONE_NEWUSER);
}

static long try_setns(struct ckpt_world *w)
{
	return CALL(w, SYS_setns, w->root, 0);
}

static long try_chroot(struct ckpt_world *w)
{
	return CALL(w, SYS_chroot, text(w, 0, "/"));
}

static long try_mount(struct ckpt_world *w)
{
	return CALL(w, SYS_mount, text(w, 0, "none"), text(w, 1, "/"), text(w, 2, "tmpfs"), 0, 0);
}

static long try_umount(struct ckpt_world *w)
{
	return CALL(w, SYS_umount2, place(w, 0, "mnt"), MNT_DETACH);
}

static long try_bpf(struct ckpt_world *w)
{
	return CALL(w, SYS_bpf, 0, (long)ckpt_actor_place(&w->actor, 0), 48);
}

static long try_perf(struct ckpt_world *w)
{
	return CALL(w, SYS_perf_event_open, (long)ckpt_actor_place(&w->actor, 0), 0, -1, -1, 0);
}

static long try_ring(struct ckpt_world *w)
{
	struct ckpt_actor copy = w->actor;
	long rc = ckpt_actor_ring(&copy);

	return rc < 0 ? rc : closed(w, copy.ring);
}

/* Not the process's own data: that would have to be readable again. */
static long try_new_code(struct ckpt_world *w)
{
	long at = CALL(w, SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long rc = CALL(w, SYS_mprotect, at, 4096, PROT_READ | PROT_EXEC);

	CALL(w, SYS_munmap, at, 4096);
	return rc;
}

static long try_memfd(struct ckpt_world *w)
{
	return closed(w, CALL(w, SYS_memfd_create, text(w, 0, "x"), 0));
}

static long try_module(struct ckpt_world *w)
{
	return CALL(w, SYS_init_module, 0, 0, text(w, 0, ""));
}

static long try_keys(struct ckpt_world *w)
{
	return CALL(w, SYS_keyctl, 0, -3, 0);
}

const struct ckpt_attempt ckpt_attempts[] = {
	{ "open /etc/passwd", try_passwd, BY_FILES, true, true },
	{ "open ../secret from the root", try_parent, BY_FILES, true, true },
	{ "open a link in the root that leads out", try_way_out, BY_FILES, true, true },
	{ "open /proc/PID/environ of the same user", try_environ, BY_FILES, true, true },
	{ "open /proc/1/environ", try_init, BY_FILES, true, false },
	{ "open /dev/fuse", try_dev_fuse, BY_FILES, true, false },
	{ "make a file beside the root", try_make, BY_FILES, true, true },
	{ "remove a file beside the root", try_remove, BY_FILES, true, true },
	{ "link a file from beside into the root", try_link, BY_LINK, true, true },
	{ "chmod a file beside the root", try_chmod, BY_CALLS, false, true },
	{ "connect by TCP", try_tcp, BY_NETWORK, true, true },
	{ "connect by UDP", try_udp, BY_PLACE, true, true },
	{ "connect to an abstract Unix socket", try_abstract, BY_NETWORK, true, true },
	{ "connect to a Unix socket's path", try_path, BY_PLACE, true, true },
	{ "exec /bin/sh", try_exec, BY_CALLS, false, false },
	{ "fork", try_fork, BY_CALLS, false, false },
	{ "clone3", try_clone3, NO_SUCH, false, false },
	{ "ptrace a process of the same user", try_ptrace, BY_CALLS, false, true },
	{ "read its memory", try_memory, BY_CALLS, false, true },
	{ "kill it", try_kill, BY_CALLS, false, true },
	{ "tgkill it", try_tgkill, BY_CALLS, false, true },
	{ "pidfd_open it", try_pidfd, BY_CALLS, false, true },
	{ "setuid(0)", try_setuid, BY_CALLS, false, false },
	{ "capset", try_capset, BY_CALLS, false, false },
	{ "unshare", try_unshare, BY_CALLS, false, false },
	{ "setns", try_setns, BY_CALLS, false, false },
	{ "chroot", try_chroot, BY_CALLS, false, false },
	{ "mount", try_mount, BY_CALLS, false, false },
	{ "umount2", try_umount, BY_CALLS, false, false },
	{ "bpf", try_bpf, BY_CALLS, false, false },
	{ "perf_event_open", try_perf, BY_CALLS, false, false },
	{ "io_uring_setup", try_ring, BY_CALLS, false, true },
	{ "mprotect new code", try_new_code, BY_CALLS, false, true },
	{ "memfd_create", try_memfd, BY_CALLS, false, true },
	{ "init_module", try_module, BY_CALLS, false, false },
	{ "keyctl", try_keys, BY_CALLS, false, true },
};
const size_t ckpt_n_attempts = sizeof(ckpt_attempts) / sizeof(ckpt_attempts[0]);
