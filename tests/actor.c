#include "tests/actor.h"

#include <elf.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* syscall; int3 */
#define CODE 0xcc050fL
#define CODE_MASK 0xffffffL

/* Below the stack of the thread, and what a function may use below that. */
#define RED_ZONE 1024

static long trace(int request, const struct ckpt_actor *a, unsigned long addr, unsigned long data)
{
	long rc = ptrace(request, a->tid, addr, data);

	if (rc < 0 && errno)
		err(99, "ptrace of %d", (int)a->tid);
	return rc;
}

/* Where the program began: that runs only once. */
static unsigned long find_entry(pid_t pid)
{
	unsigned long entry = 0;
	char path[64];
	Elf64_auxv_t v;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/auxv", (int)pid);
	f = fopen(path, "re");
	if (!f)
		err(99, "%s", path);
	while (fread(&v, sizeof(v), 1, f) == 1)
		if (v.a_type == AT_ENTRY)
			entry = v.a_un.a_val;
	fclose(f);
	return entry;
}

static int wait_for_stop(const struct ckpt_actor *a)
{
	int status;

	if (waitpid(a->tid, &status, __WALL) != a->tid)
		err(99, "waiting for %d", (int)a->tid);
	if (!WIFSTOPPED(status))
		errx(1, "thread %d died of what it was made to do (status %#x)", (int)a->tid,
		     (unsigned)status);
	return WSTOPSIG(status);
}

long ckpt_actor_call(struct ckpt_actor *a, long nr, const long arg[ACTOR_ARGS])
{
	struct user_regs_struct r = a->regs;
	int sig = 0;

	r.rax = (unsigned long)nr;
	r.orig_rax = ~0UL; /* nothing that would have to be restarted */
	r.rdi = (unsigned long)arg[0];
	r.rsi = (unsigned long)arg[1];
	r.rdx = (unsigned long)arg[2];
	r.r10 = (unsigned long)arg[3];
	r.r8 = (unsigned long)arg[4];
	r.r9 = (unsigned long)arg[5];
	r.rip = a->entry;
	r.rsp = (a->regs.rsp - RED_ZONE) & ~15UL;
	trace(PTRACE_SETREGS, a, 0, (unsigned long)&r);
	/* What comes before our own trap is its own: SIGSYS has a handler. */
	do {
		trace(PTRACE_CONT, a, 0, (unsigned long)sig);
		sig = wait_for_stop(a);
	} while (sig != SIGTRAP);
	trace(PTRACE_GETREGS, a, 0, (unsigned long)&r);
	if (r.rip != a->entry + 3)
		errx(99, "thread %d stopped at %#llx, not after our call", (int)a->tid, r.rip);
	return (long)r.rax;
}

void ckpt_actor_put(struct ckpt_actor *a, unsigned long to, const void *data, size_t len)
{
	const struct iovec here = { (void *)(unsigned long)data, len }, there = { (void *)to, len };

	if (process_vm_writev(a->pid, &here, 1, &there, 1, 0) != (ssize_t)len)
		err(99, "writing to %d", (int)a->pid);
}

void ckpt_actor_get(struct ckpt_actor *a, unsigned long from, void *data, size_t len)
{
	const struct iovec here = { data, len }, there = { (void *)from, len };

	if (process_vm_readv(a->pid, &here, 1, &there, 1, 0) != (ssize_t)len)
		err(99, "reading from %d", (int)a->pid);
}

unsigned long ckpt_actor_place(const struct ckpt_actor *a, unsigned n)
{
	return a->memory + n * 1024UL;
}

bool ckpt_actor_begin(struct ckpt_actor *a, pid_t pid, pid_t tid)
{
	const long map[ACTOR_ARGS] = {
		0, ACTOR_MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0
	};
	long at;

	*a = (struct ckpt_actor){ .pid = pid, .tid = tid, .ring = -1, .entry = find_entry(pid) };
	if (ptrace(PTRACE_SEIZE, tid, 0, 0) != 0 && errno == ESRCH)
		return false;
	errno = 0;
	trace(PTRACE_INTERRUPT, a, 0, 0);
	wait_for_stop(a);
	trace(PTRACE_GETREGS, a, 0, (unsigned long)&a->regs);
	errno = 0;
	a->code = trace(PTRACE_PEEKTEXT, a, a->entry, 0);
	trace(PTRACE_POKETEXT, a, a->entry, ((unsigned long)a->code & ~(unsigned long)CODE_MASK) | CODE);
	at = ckpt_actor_call(a, SYS_mmap, map);
	if (at < 0 && at > -4096)
		errx(99, "no memory in %d: %s", (int)pid, strerror((int)-at));
	a->memory = (unsigned long)at;
	return true;
}

void ckpt_actor_end(struct ckpt_actor *a)
{
	const long unmap[ACTOR_ARGS] = { (long)a->memory, ACTOR_MEMORY };

	if (a->ring >= 0)
		ckpt_actor_call(a, SYS_close, (const long[ACTOR_ARGS]){ a->ring });
	ckpt_actor_call(a, SYS_munmap, unmap);
	trace(PTRACE_POKETEXT, a, a->entry, (unsigned long)a->code);
	trace(PTRACE_SETREGS, a, 0, (unsigned long)&a->regs);
	trace(PTRACE_DETACH, a, 0, 0);
}
