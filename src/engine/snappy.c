#include "engine/snappy.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

#include "ckptfs/err.h"

/* Its interface for C has been the same since its first release, and so has this. */
#define LIBRARY "libsnappy.so.1"

static struct ckpt_snappy snappy;
static char said[CKPT_ERR_MAX / 4];

/* It stays: what it points into must not go. */
static void load(void)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (library) {
		snappy.length = dlsym(library, "snappy_uncompressed_length");
		snappy.uncompress = dlsym(library, "snappy_uncompress");
	}
	if (!snappy.length || !snappy.uncompress)
		snprintf(said, sizeof(said), "%s", dlerror());
}

const struct ckpt_snappy *ckpt_snappy(const char **why)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load);
	*why = said;
	return said[0] ? NULL : &snappy;
}
