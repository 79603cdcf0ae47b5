/** @file
 * store.h - where a storage root lies, and the files of it
 *
 * A store keeps the files of one storage root: a directory on a file system, or
 * memory.  A program opens one and gives it to ckpt_root_open(), or lets
 * ckpt_root_open_dir() do both.  What it reads itself, batches above all, it
 * reads by the functions below.
 *
 * Places.  A file is named by (dir, name): dir NULL is the root itself,
 * otherwise the name of a directory in the root.  Both are single components
 * (no '/', not "." or ".."): EINVAL for anything else.  Nothing here follows a
 * symbolic link, leaves the root, or enters what is mounted below it: what is
 * such a thing answers ELOOP or EXDEV.
 *
 * Errors: 0, or a negative errno with *err filled in (err may be NULL).
 *
 * Threads.  A store may be used by any number of threads at the same time, and
 * so may one file for reading.  Each is given back by one of them, after the
 * others have ended with it; files before their store.
 */
#ifndef CKPTFS_STORE_H
#define CKPTFS_STORE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "ckptfs/err.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ckpt_store; /**< what keeps the files of a root */
struct ckpt_file;  /**< a file that is open for reading */
struct ckpt_mem;   /**< a root in memory */

/* --- opening ------------------------------------------------------------ */

/** Open a directory on a file system.  path is only used for messages and to
 * find the directory; everything then goes beneath its descriptor.  *out is
 * given back by ckpt_store_free().  ENOENT, ENOTDIR, EACCES as open(2) says. */
int ckpt_store_open_posix(const char *path, struct ckpt_store **out, struct ckpt_err *err);
/** The same for a directory that is open already (O_PATH is enough).  The store
 * has a descriptor of its own, the caller keeps fd; path is for messages. */
int ckpt_store_open_posix_at(int fd, const char *path, struct ckpt_store **out, struct ckpt_err *err);

/** A root in memory, for tests and for programs that want one; NULL: no memory.
 * Each store opened on it is a party of its own to locks and leases.  It lives
 * until the last of them is freed and ckpt_mem_free() was called. */
struct ckpt_mem *ckpt_mem_new(void);
/** Give it back; stores that are open on it stay usable.  NULL is allowed. */
void ckpt_mem_free(struct ckpt_mem *m);
/** Open a root in memory; *out is given back by ckpt_store_free(). */
int ckpt_store_open_mem(struct ckpt_mem *m, struct ckpt_store **out, struct ckpt_err *err);

/** Give a store back, after all roots and files that are open on it.  NULL is
 * allowed. */
void ckpt_store_free(struct ckpt_store *s);
/** How messages name the root: the path it was opened by, or "memory".  The
 * store's own. */
const char *ckpt_store_label(const struct ckpt_store *s);

/* --- reading ------------------------------------------------------------ */

/** Open a regular file for reading; *out is given back by ckpt_file_close().
 * ENOENT if there is none; EISDIR, ELOOP or EINVAL if it is something else.  A
 * file that is open stays readable when it is removed. */
int ckpt_store_open(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_file **out,
		    struct ckpt_err *err);
/** Read up to len bytes at off, in bytes from the beginning.  The number read,
 * less than len only at the end of the file; or a negative errno. */
ssize_t ckpt_file_pread(struct ckpt_file *f, void *buf, size_t len, uint64_t off, struct ckpt_err *err);
/** How many bytes the file has. */
int ckpt_file_size(struct ckpt_file *f, uint64_t *bytes, struct ckpt_err *err);
/** Lend a descriptor that reads the file's bytes, for mmap(2) or splice(2).
 * It stays the file's and is valid until the file is closed.  -1 where there is
 * none (a root in memory): read by ckpt_file_pread() then. */
int ckpt_file_fd(struct ckpt_file *f);
/** Close it.  NULL is allowed. */
void ckpt_file_close(struct ckpt_file *f);

/** Which content a file had when it was read: a token, to be compared by
 * memcmp(3) and no more.  It never grows. */
struct ckpt_version {
	unsigned char b[48]; /**< opaque */
};

#ifdef __cplusplus
}
#endif

#endif
