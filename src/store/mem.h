/* mem.h - a storage root in memory
 *
 * A tree of two floors: names in the root, and names in its directories.  A
 * file's bytes never change once it has a name; a new content is a new file
 * under the same name.  So reading needs no lock, only a reference.
 *
 * One lock guards the tree, the root's lock, the leases and the queues of the
 * watchers.  There are no symbolic links, nothing is mounted, and a crash is
 * the end of it all, so nothing is ever half written.
 */
#ifndef CKPT_STORE_MEM_H
#define CKPT_STORE_MEM_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/name.h"
#include "store/fail.h"
#include "store/ops.h"

/* A file.  All but data and len, which never change, is guarded by the lock. */
struct mem_inode {
	unsigned refs; /* names, and those who have it open */
	uint32_t nlink;
	uint32_t mode;
	uint64_t ino; /* never used twice, so it is the version too */
	struct timespec mtime, ctime;
	unsigned readers; /* SHARED leases, where it is a CHECKPOINT */
	bool removing;	  /* an EXCLUSIVE one */
	char *data;
	size_t len;
};

/* A name: that of a file, or of a directory. */
struct mem_name {
	char *name;
	struct mem_inode *file;
	struct mem_dir *dir;
};

struct mem_dir {
	struct mem_name *names; /* sorted */
	size_t n, cap;
	uint64_t ino;
	struct timespec mtime;
};

struct ckpt_mem {
	pthread_mutex_t lock; /* guards all below */
	unsigned refs;	      /* stores, and the maker */
	struct mem_dir root;
	uint64_t inodes; /* made so far */
	bool locked;	 /* the root's lock */
	struct mem_watch *watches;
};

struct ckpt_mem_store {
	struct ckpt_store base;
	struct ckpt_mem *mem;
};

static inline struct ckpt_mem *ckpt_mem_of(struct ckpt_store *s)
{
	return ((struct ckpt_mem_store *)s)->mem;
}

/* --- mem_tree.c: with the lock held ------------------------------------- */

/* The directory dir (NULL: the root), or NULL and a negative *rc. */
struct mem_dir *ckpt_mem_dir(struct ckpt_mem *m, const char *dir, int *rc);
/* A name in d, or NULL. */
struct mem_name *ckpt_mem_find(struct mem_dir *d, const char *name);
/* The file (dir, name), or NULL and a negative *rc. */
struct mem_inode *ckpt_mem_file(struct ckpt_mem *m, const char *dir, const char *name, int *rc);
/* Add a name that is not there; takes file or sub over.  False: no memory. */
bool ckpt_mem_add(struct mem_dir *d, const char *name, struct mem_inode *file, struct mem_dir *sub);
/* Remove a name and what it stands for. */
void ckpt_mem_drop(struct mem_dir *d, struct mem_name *n);
/* A new file of these bytes, which it takes over, without a name and with one
 * reference; NULL: no memory. */
struct mem_inode *ckpt_mem_inode(struct ckpt_mem *m, char *data, size_t len);
void ckpt_mem_unref(struct mem_inode *i);
/* A number for a file or a directory, in no other root either: all memory is one
 * file system. */
uint64_t ckpt_mem_number(struct ckpt_mem *m);
void ckpt_mem_clear(struct mem_dir *d);
struct timespec ckpt_mem_now(void);
/* Tell the watchers (mem_watch.c). */
void ckpt_mem_changed(struct ckpt_mem *m, const char *dir, const char *name);

/* --- the operations, by file -------------------------------------------- */

int ckpt_mem_stat(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_stat *st,
		  struct ckpt_err *err);
int ckpt_mem_list(struct ckpt_store *s, const char *dir, bool with_stat, ckpt_list_fn *fn, void *ctx,
		  struct ckpt_err *err);
int ckpt_mem_numbers(struct ckpt_store *s, size_t max, ckpt_number_fn *fn, void *ctx, struct ckpt_err *err);
int ckpt_mem_open(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_file **out,
		  struct ckpt_stat *st, struct ckpt_err *err);
ssize_t ckpt_mem_pread(struct ckpt_file *f, void *buf, size_t len, uint64_t off, struct ckpt_err *err);
int ckpt_mem_fstat(struct ckpt_file *f, struct ckpt_stat *st, struct ckpt_err *err);
int ckpt_mem_fd(struct ckpt_file *f);
int ckpt_mem_version(struct ckpt_file *f, struct ckpt_version *v, struct ckpt_err *err);
void ckpt_mem_close(struct ckpt_file *f);
int ckpt_mem_space(struct ckpt_store *s, struct ckpt_space *out, struct ckpt_err *err);
/* The inode that an open file reads. */
struct mem_inode *ckpt_mem_opened(struct ckpt_file *f);

int ckpt_mem_create(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_writer **out,
		    struct ckpt_err *err);
int ckpt_mem_append(struct ckpt_writer *w, const void *data, size_t len, struct ckpt_err *err);
int ckpt_mem_commit(struct ckpt_writer *w, struct ckpt_err *err);
void ckpt_mem_abort(struct ckpt_writer *w);
int ckpt_mem_replace(struct ckpt_store *s, const char *name, const void *data, size_t len,
		     const struct ckpt_version *expect, struct ckpt_err *err);
int ckpt_mem_adopt(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_file *from,
		   bool durable, enum ckpt_adopted *how, struct ckpt_err *err);

int ckpt_mem_mkdir(struct ckpt_store *s, const char *dir, struct ckpt_err *err);
int ckpt_mem_sync_file(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err);
int ckpt_mem_sync_dir(struct ckpt_store *s, const char *dir, struct ckpt_err *err);
int ckpt_mem_sync_all(struct ckpt_store *s, size_t n, int begun, ckpt_stop_fn *stop, void *ctx,
		      struct ckpt_err *err);
int ckpt_mem_remove(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err);
int ckpt_mem_measure(struct ckpt_store *s, const char *dir, struct ckpt_tree *out, struct ckpt_err *err);
int ckpt_mem_remove_tree(struct ckpt_store *s, const char *dir, uint64_t max, struct ckpt_err *err);

int ckpt_mem_lock(struct ckpt_store *s, struct ckpt_lock **out, long *holder, struct ckpt_err *err);
void ckpt_mem_unlock(struct ckpt_lock *l);
int ckpt_mem_lease(struct ckpt_store *s, const char *dir, enum ckpt_lease_mode mode, struct ckpt_lease **out,
		   struct ckpt_err *err);
void ckpt_mem_unlease(struct ckpt_lease *l);

int ckpt_mem_watch(struct ckpt_store *s, struct ckpt_watch **out, struct ckpt_err *err);
int ckpt_mem_watch_fd(struct ckpt_watch *w);
int ckpt_mem_watch_dir(struct ckpt_watch *w, const char *dir, struct ckpt_err *err);
int ckpt_mem_watch_next(struct ckpt_watch *w, ckpt_watch_fn *fn, void *ctx, struct ckpt_err *err);
void ckpt_mem_watch_close(struct ckpt_watch *w);

#endif
