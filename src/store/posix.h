/* posix.h - a storage root that is a directory on a file system
 *
 * Everything goes beneath the root's descriptor.  A path is opened by
 * openat2(2), which refuses to leave the root, to follow a symbolic link and
 * to cross into another mount, all in the kernel, so that no rename in the
 * middle can lead it astray.  What has no such flags (stat, unlink, rename,
 * mkdir, link) is done on the descriptor of the directory, with one component,
 * where the last one is never followed.
 *
 * What nobody can close: a directory that we have open is the root's for as
 * long as it is open, also when it is moved elsewhere meanwhile.  And a hard
 * link is a name like any other: what it leads to is read, and loses that name,
 * but is never written to, nor changed in owner or mode.
 *
 * Races.  What another process can do in between is numbered; the code says
 * "race N" where it is closed, the tests where it is tried.
 *
 *  1 A reader opens CHECKPOINT; a remover, which holds its write lock, removes
 *    it and lets go; the reader then locks a file that has no name and is
 *    protected from nothing.  So after locking we look whether the name still
 *    leads to that file.  The same for feldera.pidlock.
 *  2 Two writers of one name: one renames the NAME.mut that the other has just
 *    made, or sees his own taken away (posix_temp.h).
 *  3 The file that replace() compared is replaced before our rename.  Closed
 *    by the root's lock; where the name was absent, also without it.
 */
#ifndef CKPT_STORE_POSIX_H
#define CKPT_STORE_POSIX_H

#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/name.h"
#include "store/fail.h"
#include "store/ops.h"

struct ckpt_posix {
	struct ckpt_store base;
	int root;
	uint64_t mount; /* that the root is reached by, as in struct ckpt_stat */
	uid_t uid;	/* whose the root directory is: so is what we make in it */
	gid_t gid;
	bool named_temp; /* no O_TMPFILE here; atomic */
	/* Atomic; when a sync_all() began that succeeded, in ns by the clock of file
	 * systems. */
	uint64_t all_synced;
};

/* --- posix_at.c: descriptors -------------------------------------------- */

/* openat2 beneath the directory at, as above; a descriptor or -errno. */
int ckpt_posix_openat(int at, const char *path, int flags, mode_t mode);
/* (dir, name) as one path beneath the root; a descriptor or -errno. */
int ckpt_posix_open_file(struct ckpt_posix *s, const char *dir, const char *name, int flags);
/* The directory dir (NULL: the root, then this is s->root itself).  flags:
 * O_PATH or O_RDONLY.  Give it back by ckpt_posix_put_dir(). */
int ckpt_posix_get_dir(struct ckpt_posix *s, const char *dir, int flags);
void ckpt_posix_put_dir(struct ckpt_posix *s, int fd);

/* A time in ns since the epoch. */
uint64_t ckpt_posix_ns(const struct timespec *t);
/* Describe name in the directory at, or at itself (name NULL); -errno. */
int ckpt_posix_stat_at(int at, const char *name, struct ckpt_stat *st, struct ckpt_version *v);
/* Whether the root is on a file system of this machine that we know well: what
 * one call says of all files of it is so of each. */
bool ckpt_posix_is_local(struct ckpt_posix *s);
/* Whether name in the directory at is the file that fd has open. */
bool ckpt_posix_is_same(int at, const char *name, int fd);
/* Link the file that fd has open, and no other; -errno. */
int ckpt_posix_link_fd(int fd, int at, const char *name);
/* Give what we made the root's owner and this mode; -errno. */
int ckpt_posix_settle(struct ckpt_posix *s, int fd, mode_t mode);

/* --- the operations, by file -------------------------------------------- */

int ckpt_posix_stat(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_stat *st,
		    struct ckpt_err *err);
int ckpt_posix_list(struct ckpt_store *s, const char *dir, bool with_stat, ckpt_list_fn *fn, void *ctx,
		    struct ckpt_err *err);
int ckpt_posix_numbers(struct ckpt_store *s, size_t max, ckpt_number_fn *fn, void *ctx, struct ckpt_err *err);
int ckpt_posix_open(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_file **out,
		    struct ckpt_stat *st, struct ckpt_err *err);
ssize_t ckpt_posix_pread(struct ckpt_file *f, void *buf, size_t len, uint64_t off, struct ckpt_err *err);
int ckpt_posix_fstat(struct ckpt_file *f, struct ckpt_stat *st, struct ckpt_err *err);
int ckpt_posix_fd(struct ckpt_file *f);
int ckpt_posix_version(struct ckpt_file *f, struct ckpt_version *v, struct ckpt_err *err);
void ckpt_posix_close(struct ckpt_file *f);
int ckpt_posix_space(struct ckpt_store *s, struct ckpt_space *out, struct ckpt_err *err);

int ckpt_posix_create(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_writer **out,
		      struct ckpt_err *err);
int ckpt_posix_append(struct ckpt_writer *w, const void *data, size_t len, struct ckpt_err *err);
int ckpt_posix_commit(struct ckpt_writer *w, struct ckpt_err *err);
int ckpt_posix_publish(struct ckpt_writer *w, struct ckpt_err *err);
/* The same on a condition: expect "absent" only if nothing has the name
 * (EEXIST), another only if that is still there (ESTALE). */
int ckpt_posix_commit_if(struct ckpt_writer *w, const struct ckpt_version *expect, struct ckpt_err *err);
void ckpt_posix_abort(struct ckpt_writer *w);
/* The descriptor that a writer's bytes go to. */
int ckpt_posix_writer_fd(struct ckpt_writer *w);

int ckpt_posix_replace(struct ckpt_store *s, const char *name, const void *data, size_t len,
		       const struct ckpt_version *expect, struct ckpt_err *err);
int ckpt_posix_mkdir(struct ckpt_store *s, const char *dir, struct ckpt_err *err);
int ckpt_posix_sync_file(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err);
int ckpt_posix_sync_dir(struct ckpt_store *s, const char *dir, struct ckpt_err *err);
int ckpt_posix_sync_all(struct ckpt_store *s, size_t n, int begun, ckpt_stop_fn *stop, void *ctx,
			struct ckpt_err *err);
int ckpt_posix_sync_ready(struct ckpt_store *s);
/* syncfs(2) by another process, once it is sent a byte: a descriptor for it, or -1. */
int ckpt_posix_syncfs_ready(int fd);
/* Its end; *when: it began, in ns by the clock of file systems.  -EINTR: stopped. */
int ckpt_posix_syncfs_end(int begun, ckpt_stop_fn *stop, void *ctx, uint64_t *when);
/* Now, by that clock. */
uint64_t ckpt_posix_now(void);
int ckpt_posix_adopt(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_file *from,
		     bool durable, enum ckpt_adopted *how, struct ckpt_err *err);

int ckpt_posix_remove(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err);
int ckpt_posix_measure(struct ckpt_store *s, const char *dir, struct ckpt_tree *out, struct ckpt_err *err);
int ckpt_posix_remove_tree(struct ckpt_store *s, const char *dir, uint64_t max, struct ckpt_err *err);

int ckpt_posix_lock(struct ckpt_store *s, struct ckpt_lock **out, long *holder, struct ckpt_err *err);
void ckpt_posix_unlock(struct ckpt_lock *l);
int ckpt_posix_lease(struct ckpt_store *s, const char *dir, enum ckpt_lease_mode mode,
		     struct ckpt_lease **out, struct ckpt_err *err);
void ckpt_posix_unlease(struct ckpt_lease *l);

int ckpt_posix_watch(struct ckpt_store *s, struct ckpt_watch **out, struct ckpt_err *err);
int ckpt_posix_watch_fd(struct ckpt_watch *w);
int ckpt_posix_watch_dir(struct ckpt_watch *w, const char *dir, struct ckpt_err *err);
int ckpt_posix_watch_next(struct ckpt_watch *w, ckpt_watch_fn *fn, void *ctx, struct ckpt_err *err);
void ckpt_posix_watch_close(struct ckpt_watch *w);

#endif
