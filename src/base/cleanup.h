/* cleanup.h - released by whatever path leaves the scope */
#ifndef CKPT_BASE_CLEANUP_H
#define CKPT_BASE_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

static inline void ckpt_cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void ckpt_cleanup_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define CKPT_AUTO_FREE __attribute__((cleanup(ckpt_cleanup_free)))
#define CKPT_AUTO_FD __attribute__((cleanup(ckpt_cleanup_fd)))

#endif
