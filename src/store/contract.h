/* contract.h - the contract between ckptfs and whatever keeps the files
 *
 * A store is a storage root as the engine needs it: names at the top level,
 * and directories of names one level below.  Its operations are intents, not
 * system calls: "make these bytes visible under that name, durably", "replace
 * this file if it is still the one that I read", "keep this checkpoint from
 * being removed".  A directory on a disk keeps them with rename, fsync and
 * locks; an object store can keep them with conditional requests and objects
 * that expire.  Nothing above this header knows which it is.
 *
 * Places.  A file is named by (dir, name): dir NULL is the root itself,
 * otherwise the name of a directory in the root.  Both are valid components
 * (one component, no '/', not "." or ".."); the functions below refuse others
 * with EINVAL before a backend sees them.  No operation follows a symbolic
 * link, leaves the root, or enters what is mounted below it: what is such a
 * thing answers ELOOP or EXDEV.
 *
 * Results.  0, or a negative errno with *err filled in (err may be NULL).
 * Where an errno is part of the promise, it is named.
 *
 * Durability.  Bytes given to a writer are durable, and then visible under
 * their name all at once, when ckpt_writer_commit() has returned 0.  That the
 * NAME survives a power loss is promised only after ckpt_store_sync_dir() of
 * its directory; the same goes for mkdir and for removals.  replace() is the
 * exception: when it has returned, both are durable.
 *
 * Threads.  Every operation on a store may run in any thread at any time.  A
 * handle (file, writer, lock, lease, watch) is used by one thread at a time,
 * except that pread and fstat of one file may run in several.  Handles are
 * given back before their store is freed.
 *
 * A backend implements struct ckpt_store_ops (ops.h), all of it, and passes
 * tests/store_suite.c.  It says in its own file only where it differs.
 */
#ifndef CKPT_STORE_CONTRACT_H
#define CKPT_STORE_CONTRACT_H

#include <stdbool.h>
#include <time.h>

#include "ckptfs/store.h"

struct ckpt_writer;
struct ckpt_lock;
struct ckpt_lease;
struct ckpt_watch;

/* --- looking ------------------------------------------------------------ */

enum ckpt_kind {
	CKPT_KIND_FILE,	 /* a regular file */
	CKPT_KIND_DIR,	 /* a directory of this store */
	CKPT_KIND_LINK,	 /* a symbolic link */
	CKPT_KIND_MOUNT, /* something else is mounted here */
	CKPT_KIND_OTHER	 /* a socket, device, fifo */
};

struct ckpt_stat {
	enum ckpt_kind kind;
	uint64_t size;	 /* bytes */
	uint64_t blocks; /* of 512 bytes, as stored */
	/* Two files that exist are one if both are equal; a root's dev is that of
	 * all its files. */
	uint64_t dev, ino;
	/* Names of one file can be made only where this is equal too: one file system
	 * may be mounted several times.  0: not known. */
	uint64_t mount;
	uint32_t nlink;
	uint32_t mode; /* permission bits only */
	uint32_t uid, gid;
	struct timespec mtime, ctime;
};

/* Describe (dir, name); name NULL means the directory itself, so (NULL, NULL)
 * is the root.  ENOENT if there is none. */
int ckpt_store_stat(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_stat *st,
		    struct ckpt_err *err);

/* Call fn for each name in dir (NULL: the root), in no order, each once.
 * st->kind is always right; the other members only with with_stat (a name
 * that vanishes meanwhile is left out).  fn returns 0 to go on; anything else
 * ends the listing and is returned.  fn may remove the name it was given.
 * ENOENT if dir does not exist, ENOTDIR if it is no directory. */
typedef int ckpt_list_fn(void *ctx, const char *name, const struct ckpt_stat *st);
int ckpt_store_list(struct ckpt_store *s, const char *dir, bool with_stat, ckpt_list_fn *fn, void *ctx,
		    struct ckpt_err *err);

/* Call fn for each name of the root with the number of its file, by a listing
 * alone: what is mounted on a file is not seen, and a name that comes or goes
 * meanwhile may be told twice or not at all.  1: not told, or not to the end;
 * there are more than max names, or listings don't tell the numbers here. */
#define CKPT_NO_FILE UINT64_MAX /* it is no regular file */
typedef void ckpt_number_fn(void *ctx, const char *name, uint64_t ino);
int ckpt_store_numbers(struct ckpt_store *s, size_t max, ckpt_number_fn *fn, void *ctx, struct ckpt_err *err);

/* open(), and what the file was then, as ckpt_file_stat() would say. */
int ckpt_store_open_seen(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_file **out,
			 struct ckpt_stat *st, struct ckpt_err *err);
int ckpt_file_stat(struct ckpt_file *f, struct ckpt_stat *st, struct ckpt_err *err);

struct ckpt_blob {
	char *data; /* len bytes and a NUL, on the heap */
	size_t len;
	struct ckpt_version version;
};

/* Read a whole file of at most max bytes (EFBIG above) with its version. The
 * version is that of exactly these bytes.  On ENOENT blob->version is that of
 * "absent".  The caller frees blob->data; it is NULL on failure. */
int ckpt_store_read(struct ckpt_store *s, const char *dir, const char *name, size_t max,
		    struct ckpt_blob *blob, struct ckpt_err *err);
/* Whether it is the file of that version, unchanged since. */
bool ckpt_file_is(struct ckpt_file *f, const struct ckpt_version *v);
/* As ckpt_store_read(), but of a file whose version is still known (NULL: none is)
 * nothing is read: 0, with blob->data NULL. */
int ckpt_store_read_changed(struct ckpt_store *s, const char *dir, const char *name, size_t max,
			    const struct ckpt_version *known, struct ckpt_blob *blob, struct ckpt_err *err);

struct ckpt_space {
	uint64_t block_size, blocks, blocks_free, blocks_available;
	uint64_t files, files_free;
	uint32_t name_max;
};
int ckpt_store_space(struct ckpt_store *s, struct ckpt_space *out, struct ckpt_err *err);

/* --- writing ------------------------------------------------------------ */

/* Begin a file.  Its bytes are not visible under its name before commit; what
 * a crash leaves is called name ".mut", which a sweep removes.  Two writers
 * of one name: the later to commit wins whole.  dir must exist. */
int ckpt_store_create(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_writer **out,
		      struct ckpt_err *err);
int ckpt_writer_append(struct ckpt_writer *w, const void *data, size_t len, struct ckpt_err *err);
/* Commit or abort ends the writer, also when commit fails (then nothing is
 * left behind and what had the name before still has it).  A file that is
 * replaced keeps its mode; a new one has 0644. */
int ckpt_writer_commit(struct ckpt_writer *w, struct ckpt_err *err);
/* As commit, but the bytes are durable only when they have been synced as well:
 * for many files, which are then synced together.  Until then a power loss may
 * leave any part of them under the name, or none. */
int ckpt_writer_publish(struct ckpt_writer *w, struct ckpt_err *err);
void ckpt_writer_abort(struct ckpt_writer *w); /* NULL is allowed */

/* create, append, commit. */
int ckpt_store_write(struct ckpt_store *s, const char *dir, const char *name, const void *data, size_t len,
		     struct ckpt_err *err);

/* Put data under a top-level name if what is there is still expect (from
 * ckpt_store_read; also the version of "absent"); ESTALE otherwise, nothing
 * changed.  Durable, name and bytes, when it returns 0.  On any failure the
 * old content is still there, unless the code is EUCLEAN: then the new
 * content is visible but may not survive a power loss. */
int ckpt_store_replace(struct ckpt_store *s, const char *name, const void *data, size_t len,
		       const struct ckpt_version *expect, struct ckpt_err *err);

/* Make a directory in the root.  EEXIST if the name is taken. */
int ckpt_store_mkdir(struct ckpt_store *s, const char *dir, struct ckpt_err *err);

/* Take a file of another store over under the same or another name: by a hard
 * link, else by a reflink, else by copying, always durable and all at once.
 * durable: the caller has made the original durable (sync_all()), so a link
 * needs no sync.  EEXIST if the name is taken.  A copy keeps its original's
 * mtime. */
enum ckpt_adopted { CKPT_ADOPTED_LINK, CKPT_ADOPTED_CLONE, CKPT_ADOPTED_COPY };
int ckpt_store_adopt(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_store *from,
		     const char *from_dir, const char *from_name, bool durable, enum ckpt_adopted *how,
		     struct ckpt_err *err);
/* The same of one that is open.  ENOENT also if it has no name left to link it by. */
int ckpt_store_adopt_open(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_file *from,
			  bool durable, enum ckpt_adopted *how, struct ckpt_err *err);

/* Make the bytes of a file that somebody else wrote durable. */
int ckpt_store_sync_file(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err);
/* Make the names in dir (NULL: the root) durable, present and absent ones. */
int ckpt_store_sync_dir(struct ckpt_store *s, const char *dir, struct ckpt_err *err);

/* Make all that is on the file system of this root durable, bytes and names:
 * those of every root on it, and whatever else is being written there.  In the
 * place of sync_file() of n files.  1: nothing was done; n is too small to make
 * others wait for it, or it can't be had here.  stop (NULL: never) is asked now and
 * then; if it says yes: EINTR, at once, and what was begun goes on by itself. */
typedef bool ckpt_stop_fn(void *ctx);
int ckpt_store_sync_all(struct ckpt_store *s, size_t n, int begun, ckpt_stop_fn *stop, void *ctx,
			struct ckpt_err *err);
/* Have it done by another process, beside what the caller does meanwhile.  ready: a
 * descriptor for that process, which waits, or -1: it can't be had.  It copies what memory
 * there is, so early is better.  begin: what it returns is sync_all()'s begun, which may
 * be -1; what has changed since is not among what is durable then.  Whoever closes the
 * descriptor gives it up. */
int ckpt_store_sync_ready(struct ckpt_store *s);
int ckpt_store_sync_begin(int ready, size_t n);

/* Remove a file or a symbolic link (the link itself).  ENOENT if there is
 * none; EISDIR if it is a directory. */
int ckpt_store_remove(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err);

/* What a directory in the root holds, at any depth. */
struct ckpt_tree {
	uint64_t files; /* names that are not directories */
	uint64_t bytes; /* sizes of the regular ones */
	bool has_mount; /* something is mounted in it, at any depth */
};
int ckpt_store_measure(struct ckpt_store *s, const char *dir, struct ckpt_tree *out, struct ckpt_err *err);

/* Remove a directory of the root with all in it, at most max names at a time:
 * EAGAIN if more are left (call again).  What is mounted inside stays, and so
 * do the directories above it: EBUSY, the rest is removed.  0 also if there
 * is no such directory. */
int ckpt_store_remove_tree(struct ckpt_store *s, const char *dir, uint64_t max, struct ckpt_err *err);

/* --- many at once ------------------------------------------------------- */

/* One of many files; for remove, with name NULL, a directory with all in it.
 * They are worked on in no order, and several at a time where the backend
 * gains from it. */
struct ckpt_each {
	const char *dir, *name;
};
/* each[i] failed, with a negative errno and its sentence.  Called by one
 * thread at a time, in any. */
typedef void ckpt_each_fn(void *ctx, size_t i, int rc, const struct ckpt_err *why);

/* Whether it gains from several calls at once. */
bool ckpt_store_is_abreast(const struct ckpt_store *s);
/* open() of n files; file[i], NULL before, is that of each[i], or stays NULL, and
 * st[i] what it was then.  All are tried, but after EMFILE or ENFILE no other: each
 * thread tells it once. */
void ckpt_store_open_each(struct ckpt_store *s, const struct ckpt_each *each, size_t n,
			  struct ckpt_file **file, struct ckpt_stat *st, ckpt_each_fn *failed, void *ctx);
/* stat() of n files.  All are tried. */
void ckpt_store_stat_each(struct ckpt_store *s, const struct ckpt_each *each, size_t n, struct ckpt_stat *st,
			  ckpt_each_fn *failed, void *ctx);
/* numbers() of two stores at once, each for its own ctx; 1 if either was not
 * told to the end. */
int ckpt_store_numbers_of_both(struct ckpt_store *a, void *a_ctx, struct ckpt_store *b, void *b_ctx,
			       size_t max, ckpt_number_fn *fn, struct ckpt_err *err);
/* sync_file() of n files.  After a failure, which is returned, it begins no
 * other. */
int ckpt_store_sync_each(struct ckpt_store *s, const struct ckpt_each *each, size_t n, struct ckpt_err *err);
/* adopt() of n files under the same names; file[i], if not NULL, is each[i], open
 * already.  All are tried; how[i] is that of each[i]. */
void ckpt_store_adopt_each(struct ckpt_store *s, struct ckpt_store *from, const struct ckpt_each *each,
			   struct ckpt_file **file, size_t n, bool durable, enum ckpt_adopted *how,
			   ckpt_each_fn *failed, void *ctx);
/* remove(), or remove_tree() of at most max names, of n.  All are tried. */
void ckpt_store_remove_each(struct ckpt_store *s, const struct ckpt_each *each, size_t n, uint64_t max,
			    ckpt_each_fn *failed, void *ctx);

/* --- excluding ---------------------------------------------------------- */

/* Lock the root as a Feldera pipeline does.  Never waits: EBUSY with the
 * holder's pid in the sentence, and in *holder (0: not known; holder may be
 * NULL).  Excludes every other holder, also one in the same process. */
int ckpt_store_lock(struct ckpt_store *s, struct ckpt_lock **out, long *holder, struct ckpt_err *err);
void ckpt_lock_release(struct ckpt_lock *l); /* NULL is allowed */

/* Lease a checkpoint's directory: SHARED keeps it from being removed while it
 * is read and works on a read-only root; EXCLUSIVE is taken by whoever
 * removes it; ASK says what EXCLUSIVE would, and takes nothing (*out NULL).
 * Never waits: EBUSY if an EXCLUSIVE is refused by readers, or a SHARED by a
 * remover.  ENOENT if the directory or its CHECKPOINT is not there.  A lease
 * ends with its handle or its process. */
enum ckpt_lease_mode { CKPT_LEASE_SHARED, CKPT_LEASE_EXCLUSIVE, CKPT_LEASE_ASK };
int ckpt_store_lease(struct ckpt_store *s, const char *dir, enum ckpt_lease_mode mode,
		     struct ckpt_lease **out, struct ckpt_err *err);
void ckpt_lease_release(struct ckpt_lease *l); /* NULL is allowed */

/* --- watching ----------------------------------------------------------- */

/* Learn that top-level names, or names in the one directory given to
 * ckpt_watch_dir(), may have changed.  A hint: it can come too often, and two
 * changes can come as one, but after a change one comes.  ENOTSUP where the
 * backend cannot: poll then. */
int ckpt_store_watch(struct ckpt_store *s, struct ckpt_watch **out, struct ckpt_err *err);
/* Readable (poll(2)) when ckpt_watch_next() has something. */
int ckpt_watch_fd(struct ckpt_watch *w);
/* Also watch this directory instead of the one before; NULL: none. */
int ckpt_watch_dir(struct ckpt_watch *w, const char *dir, struct ckpt_err *err);
/* Take what has come, without waiting.  fn gets the top-level name, or
 * (dir, name) for the directory watched; (NULL, NULL) means that hints were
 * lost or the root itself went: look at everything. */
typedef void ckpt_watch_fn(void *ctx, const char *dir, const char *name);
int ckpt_watch_next(struct ckpt_watch *w, ckpt_watch_fn *fn, void *ctx, struct ckpt_err *err);
void ckpt_watch_close(struct ckpt_watch *w); /* NULL is allowed */

#endif
