/* snappy.h - Snappy, loaded where it is needed
 *
 * Only a deep verify unpacks blocks; the library brings that of C++ with it, whose
 * loading is more than what most commands take otherwise.  So nothing is linked
 * with it, and the first packed block loads it, once a process.
 *
 * A process that gives up the right to read files or to map code (the daemon of a
 * mount) loads it before.
 */
#ifndef CKPT_ENGINE_SNAPPY_H
#define CKPT_ENGINE_SNAPPY_H

#include <snappy-c.h>

struct ckpt_snappy {
	__typeof__(snappy_uncompressed_length) *length;
	__typeof__(snappy_uncompress) *uncompress;
};

/* NULL: it can't be loaded, and *why says why.  Any number of threads may ask. */
const struct ckpt_snappy *ckpt_snappy(const char **why);

#endif
