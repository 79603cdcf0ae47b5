#include "cmd/nofile.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cmd/mountopts.h"

static size_t allowed(void)
{
	struct rlimit r;

	return getrlimit(RLIMIT_NOFILE, &r) == 0 ? r.rlim_cur : CKPT_MOUNT_SPARE_FILES;
}

/* The table doubles as it fills, and each time whoever needs one more waits for
 * all other processors, some 15 ms; but not while there is one thread only. */
static void make_table(void)
{
	size_t n = allowed() < CKPT_NOFILE_TABLE ? allowed() : CKPT_NOFILE_TABLE;
	int last, one = open("/", O_PATH | O_CLOEXEC);

	if (one < 0)
		return;
	last = fcntl(one, F_DUPFD_CLOEXEC, (int)n - 1);
	if (last >= 0)
		close(last);
	close(one);
}

void ckpt_nofile_raise(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
	make_table();
}

size_t ckpt_nofile_readers(void)
{
	size_t n = allowed();

	return n > 2 * CKPT_MOUNT_SPARE_FILES ? n - CKPT_MOUNT_SPARE_FILES : n / 2;
}

size_t ckpt_nofile_held(void)
{
	size_t n = allowed();

	return n > 2 * CKPT_MOUNT_SPARE_FILES ? n / 2 : 1;
}
