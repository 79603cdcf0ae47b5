#include "tests/syscall_fault.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OURS __attribute__((visibility("default")))
#define REAL(f) ((__typeof__(&f))real(#f))

static __thread struct {
	bool on, again;
	enum syscall_fault_kind kind;
	unsigned long asked, at, hits;
} fault;

static void *real(const char *name)
{
	void *f = dlsym(RTLD_NEXT, name);

	if (!f)
		abort();
	return f;
}

void syscall_fault_begin(enum syscall_fault_kind kind, unsigned long k)
{
	fault.on = true;
	fault.again = false;
	fault.kind = kind;
	fault.asked = fault.hits = 0;
	fault.at = k;
}

unsigned long syscall_fault_end(void)
{
	fault.on = false;
	return fault.hits;
}

static bool fails(bool writes)
{
	static const int look[] = { EIO, EACCES }, change[] = { EIO, ENOSPC, EDQUOT, EROFS, EACCES };

	if (!fault.on || fault.kind != SYSCALL_FAULT_ERROR || ++fault.asked != fault.at)
		return false;
	errno = writes ? change[fault.at % 5] : look[fault.at % 2];
	fault.hits = (unsigned long)errno;
	return true;
}

/* Every other one: who is interrupted tries again. */
static bool is_interrupted(void)
{
	if (!fault.on || fault.kind != SYSCALL_FAULT_EINTR)
		return false;
	fault.again = !fault.again;
	fault.hits += fault.again;
	errno = EINTR;
	return fault.again;
}

static size_t shorter(size_t n)
{
	if (!fault.on || fault.kind != SYSCALL_FAULT_SHORT || n < 2)
		return n;
	fault.hits++;
	return n / 2;
}

/* --- bytes ---------------------------------------------------------------- */

OURS ssize_t write(int fd, const void *buf, size_t n)
{
	if (fails(true) || is_interrupted())
		return -1;
	return REAL(write)(fd, buf, shorter(n));
}

OURS ssize_t pread(int fd, void *buf, size_t n, off_t off)
{
	if (fails(false) || is_interrupted())
		return -1;
	return REAL(pread)(fd, buf, shorter(n), off);
}

OURS ssize_t copy_file_range(int from, off_t *at, int to, off_t *to_at, size_t n, unsigned flags)
{
	if (fails(true) || is_interrupted())
		return -1;
	return REAL(copy_file_range)(from, at, to, to_at, shorter(n > 64 ? 64 : n), flags);
}

OURS int fsync(int fd)
{
	(void)fd;
	return fails(true) ? -1 : 0;
}

OURS int syncfs(int fd)
{
	(void)fd;
	return fails(true) ? -1 : 0;
}

OURS int ftruncate(int fd, off_t n)
{
	return fails(true) ? -1 : REAL(ftruncate)(fd, n);
}

/* --- names ---------------------------------------------------------------- */

/* The store opens by openat2(), which has no function of its own. */
OURS long syscall(long number, ...)
{
	long (*f)(long, ...) = REAL(syscall);
	long a[6];
	va_list ap;

	va_start(ap, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SYS_openat2 &&
	    fails(((const struct open_how *)a[2])->flags & (O_CREAT | O_WRONLY | O_RDWR)))
		return -1;
	return f(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

OURS int statx(int at, const char *path, int flags, unsigned mask, struct statx *st)
{
	return fails(false) ? -1 : REAL(statx)(at, path, flags, mask, st);
}

OURS int fstat(int fd, struct stat *st)
{
	return fails(false) ? -1 : REAL(fstat)(fd, st);
}

OURS DIR *fdopendir(int fd)
{
	return fails(false) ? NULL : REAL(fdopendir)(fd);
}

OURS struct dirent *readdir(DIR *d)
{
	return fails(false) ? NULL : REAL(readdir)(d);
}

OURS int unlinkat(int at, const char *path, int flags)
{
	return fails(true) ? -1 : REAL(unlinkat)(at, path, flags);
}

OURS int mkdirat(int at, const char *path, mode_t mode)
{
	return fails(true) ? -1 : REAL(mkdirat)(at, path, mode);
}

OURS int linkat(int from, const char *path, int to, const char *name, int flags)
{
	return fails(true) ? -1 : REAL(linkat)(from, path, to, name, flags);
}

OURS int renameat2(int from, const char *path, int to, const char *name, unsigned flags)
{
	return fails(true) ? -1 : REAL(renameat2)(from, path, to, name, flags);
}

OURS int fchmod(int fd, mode_t mode)
{
	return fails(true) ? -1 : REAL(fchmod)(fd, mode);
}

OURS int fstatvfs(int fd, struct statvfs *st)
{
	return fails(false) ? -1 : REAL(fstatvfs)(fd, st);
}
