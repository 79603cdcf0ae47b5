#include "tests/alloc_fault.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SANITIZE_ADDRESS__
#define NAME(f) __wrap_##f
#define REAL(f) __real_##f
#else
#define NAME(f) f
#define REAL(f) __libc_##f
#endif
#define OURS __attribute__((visibility("default")))

void *REAL(malloc)(size_t n);
void *REAL(calloc)(size_t n, size_t size);
void *REAL(realloc)(void *p, size_t n);
void REAL(free)(void *p);
OURS void *NAME(malloc)(size_t n);
OURS void *NAME(calloc)(size_t n, size_t size);
OURS void *NAME(realloc)(void *p, size_t n);
OURS void NAME(free)(void *p);

static __thread struct {
	bool on, for_good;
	unsigned long asked, at, hits;
} fault;
static long live; /* atomic */

void alloc_fault_begin(unsigned long k, bool for_good)
{
	fault.for_good = for_good;
	fault.asked = fault.hits = 0;
	fault.at = k;
	fault.on = k > 0;
}

unsigned long alloc_fault_end(void)
{
	fault.on = false;
	return fault.hits;
}

static bool refused(void)
{
	if (!fault.on)
		return false;
	fault.asked++;
	if (fault.for_good ? fault.asked < fault.at : fault.asked != fault.at)
		return false;
	fault.hits++;
	errno = ENOMEM;
	return true;
}

static void *counted(void *p)
{
	if (p)
		__atomic_add_fetch(&live, 1, __ATOMIC_RELAXED);
	return p;
}

void *NAME(malloc)(size_t n)
{
	return refused() ? NULL : counted(REAL(malloc)(n));
}

void *NAME(calloc)(size_t n, size_t size)
{
	return refused() ? NULL : counted(REAL(calloc)(n, size));
}

void *NAME(realloc)(void *p, size_t n)
{
	if (refused())
		return NULL;
	return p ? REAL(realloc)(p, n) : counted(REAL(realloc)(p, n));
}

void NAME(free)(void *p)
{
	if (p)
		__atomic_sub_fetch(&live, 1, __ATOMIC_RELAXED);
	REAL(free)(p);
}

#ifdef __SANITIZE_ADDRESS__

/* What the C library makes of them. */
void *__wrap_reallocarray(void *p, size_t n, size_t size);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
	size_t bytes;

	return __builtin_mul_overflow(n, size, &bytes) ? NULL : __wrap_realloc(p, bytes);
}

char *__wrap_strndup(const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *copy = __wrap_malloc(len + 1);

	if (!copy)
		return NULL;
	copy[len] = '\0';
	return memcpy(copy, s, len);
}

char *__wrap_strdup(const char *s)
{
	return __wrap_strndup(s, SIZE_MAX);
}

long alloc_fault_live(void)
{
	return 0;
}

#else

long alloc_fault_live(void)
{
	return __atomic_load_n(&live, __ATOMIC_RELAXED);
}

#endif
