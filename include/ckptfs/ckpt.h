/** @file
 * ckpt.h - a Feldera storage root: its checkpoints, and what changes them
 *
 * A storage root holds a catalog (oldest checkpoint first), one directory a
 * checkpoint, and batch files that many checkpoints share.  This header reads
 * it, commits checkpoints to it, and removes what is not wanted any more.  The
 * format is Feldera's (dbsp::circuit::checkpointer).
 *
 * Reading needs no lock and writes nothing; it works on a read-only root and
 * beside a running pipeline.  What changes a root (commit, gc, sweep, remove,
 * rebuild) takes the root's lock for as long as it runs, reads the catalog
 * again under it, and fails with EBUSY where a pipeline has it.
 *
 * What deletes first makes a plan: a value that names every file that goes
 * and says why anything stays.  A dry run is that plan; the real run carries
 * out the same.
 *
 * Errors: 0 or a negative errno, and a sentence (err.h; err may be NULL).
 * EUCLEAN: a file of the root breaks the format.  EBUSY: locked by another.
 * ENOMEM, and what the system says (EIO, ENOSPC, EACCES), from all that can
 * fail.  Durability: a call that returned 0 has its effect on stable storage.
 *
 * Threads: a struct ckpt_root is used by one thread at a time; several roots
 * may share a store.  Entries and catalogs are immutable and reference
 * counted, and may be used from any thread.
 *
 * Structures that a program makes itself begin as zeros ("= { 0 }" in C, "= {}"
 * in C++).  Those that may grow end in reserved; docs/library.md has the rules.
 */
#ifndef CKPTFS_CKPT_H
#define CKPTFS_CKPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ckptfs/err.h"
#include "ckptfs/store.h"
#include "ckptfs/uuid.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A gc never leaves fewer checkpoints than this (Feldera's
 * MIN_CHECKPOINT_THRESHOLD). */
#define CKPT_MIN_CHECKPOINTS 2

/** An integer that may be absent (null).  It never grows. */
struct ckpt_u64 {
	uint64_t value; /**< all 64 bits, unsigned */
	bool present;	/**< false: null */
};

/* --- the catalog -------------------------------------------------------- */

/** One catalog entry (Feldera's CheckpointMetadata).  The library makes it, and
 * the strings are part of it; it is immutable.  New members come at its end. */
struct ckpt_entry {
	unsigned refs;			   /**< the library's own */
	struct ckpt_uuid uuid;		   /**< its name */
	uint64_t fingerprint;		   /**< of the program that wrote it */
	struct ckpt_u64 size;		   /**< bytes of its own directory at commit */
	struct ckpt_u64 steps;		   /**< of the pipeline, so far */
	struct ckpt_u64 processed_records; /**< of the pipeline, so far */
	const char *identifier;		   /**< UTF-8, may contain NUL; NULL: none */
	size_t identifier_len;		   /**< bytes of it */
	const char *text;		   /**< the entry as JSON, compact, unknown members and all */
	size_t text_len;		   /**< bytes of it */
};
/** Another reference to an entry; returns it. */
struct ckpt_entry *ckpt_entry_ref(struct ckpt_entry *e);
/** Give a reference back.  NULL is allowed. */
void ckpt_entry_unref(struct ckpt_entry *e);

struct ckpt_catalog; /**< one generation of the catalog; immutable */
/** Another reference to a catalog; returns it. */
struct ckpt_catalog *ckpt_catalog_ref(struct ckpt_catalog *c);
/** Give a reference back.  NULL is allowed. */
void ckpt_catalog_unref(struct ckpt_catalog *c);
/** How many checkpoints it has. */
size_t ckpt_catalog_count(const struct ckpt_catalog *c);
/** Checkpoint i, the oldest first; the catalog's own (ckpt_entry_ref() to keep
 * it longer).  i is below the count. */
struct ckpt_entry *ckpt_catalog_get(const struct ckpt_catalog *c, size_t i);
/** The index of a checkpoint, or -1. */
ptrdiff_t ckpt_catalog_find(const struct ckpt_catalog *c, const struct ckpt_uuid *u);

/* --- one checkpoint ----------------------------------------------------- */

struct ckpt_names; /**< a sorted set of names */
/** How many names. */
size_t ckpt_names_count(const struct ckpt_names *s);
/** Name i in their order (strcmp); the set's own.  i is below the count. */
const char *ckpt_names_get(const struct ckpt_names *s, size_t i);

/** What a checkpoint needs (Feldera's dependencies.json). */
struct ckpt_deps {
	int version;			/**< of dependencies.json: 1, 2; 0: there is none */
	struct ckpt_names *batches;	/**< files of the root */
	struct ckpt_names *state_files; /**< files of its directory; empty unless version 2 */
	uint64_t reserved[2];		/**< 0 */
};
/** Read it.  A checkpoint's directory that is missing is ENOENT, never "no
 * batches".  Release *deps also after an error. */
int ckpt_deps_read(struct ckpt_store *store, const struct ckpt_uuid *u, struct ckpt_deps *deps,
		   struct ckpt_err *err);
/** Free what it holds. */
void ckpt_deps_release(struct ckpt_deps *deps);

/** When a checkpoint was made, in milliseconds since the epoch: its uuid's time
 * if that is of version 7, otherwise the mtime of its CHECKPOINT; 0 if that
 * can't be read. */
int64_t ckpt_time_ms(struct ckpt_store *store, const struct ckpt_uuid *u);

/** Sizes and completeness of one checkpoint, looked up file by file. */
struct ckpt_details {
	bool readable;	      /**< its dependencies could be read; else all below is 0 */
	bool complete;	      /**< every file it names is there */
	int version;	      /**< of dependencies.json; 0: none */
	uint64_t batches;     /**< how many it needs */
	uint64_t batch_bytes; /**< the sizes of those, in sum */
	uint64_t state_bytes; /**< the sizes of the files of its own directory */
	uint64_t reserved[2]; /**< 0 */
};
/** Look them up.  A checkpoint that is damaged is no error: see readable and
 * complete. */
int ckpt_details_read(struct ckpt_store *store, const struct ckpt_uuid *u, struct ckpt_details *out,
		      struct ckpt_err *err);

/* --- a root and its surroundings ---------------------------------------- */

/** How much an event matters. */
enum ckpt_event {
	CKPT_EVENT_WARNING, /**< somebody should look */
	CKPT_EVENT_INFO	    /**< what was done */
};

/** What the library needs from outside.  Each function may be NULL: then the
 * system's clocks and random source, silence, and never.  They are called by
 * the thread that uses the root, and must not use it. */
struct ckpt_env {
	int64_t (*now_ms)(void *ctx);			 /**< wall clock, ms since the epoch */
	int64_t (*monotonic_ms)(void *ctx);		 /**< how long a lock was held, in ms */
	int (*random)(void *ctx, void *buf, size_t len); /**< 0, or a negative errno */
	void (*event)(void *ctx, enum ckpt_event level, const char *sentence); /**< what is worth a log */
	bool (*stop)(void *ctx); /**< true: end at the next safe point with EINTR */
	/** How far it is: so many of so many of what ("batches checked").  It may
	 * be called many times a second, and by several threads, one at a time. */
	void (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total);
	void *ctx;	      /**< theirs */
	uint64_t reserved[4]; /**< 0 */
};

struct ckpt_root; /**< a storage root that is open */
/** Open the root in a directory: its store and it as one.  Reads the catalog,
 * changes nothing; a directory without one is a root without checkpoints.
 * *env is copied (NULL: all defaults).  *out is given back by ckpt_root_free(). */
int ckpt_root_open_dir(const char *path, const struct ckpt_env *env, struct ckpt_root **out,
		       struct ckpt_err *err);
/** The same on a store that is open; it stays the caller's and must outlive the
 * root. */
int ckpt_root_open(struct ckpt_store *store, const struct ckpt_env *env, struct ckpt_root **out,
		   struct ckpt_err *err);
/** Give a root back, after its stages and restores.  NULL is allowed. */
void ckpt_root_free(struct ckpt_root *root);
/** Where it lies; the root's own, or the caller's. */
struct ckpt_store *ckpt_root_store(struct ckpt_root *root);
/** The catalog as last read or written; valid until the next call with root
 * (ckpt_catalog_ref() to keep it longer). */
struct ckpt_catalog *ckpt_root_catalog(struct ckpt_root *root);
/** Read it again: what a pipeline or another program has changed.  After a
 * failure the one that was read before is still there. */
int ckpt_root_refresh(struct ckpt_root *root, struct ckpt_err *err);
/** The index in the catalog, as last read, of the newest checkpoint that is
 * finished; -1: none.  Where a pipeline runs, one is finished when it can
 * resume from it: once the checkpoint has a state.json, or is older than the
 * one that the root's state.json names.  Without the latter all are. */
int ckpt_newest_finished(struct ckpt_root *root, ptrdiff_t *index, struct ckpt_err *err);

/* --- commit ------------------------------------------------------------- */

/** How a checkpoint is committed. */
struct ckpt_commit_opts {
	const struct ckpt_uuid *uuid;	   /**< NULL: a new one (then its directory is made) */
	const uint64_t *fingerprint;	   /**< NULL: the newest checkpoint's; EINVAL if there is none */
	const char *identifier;		   /**< NULL: none; UTF-8 */
	struct ckpt_u64 steps;		   /**< for people, and for Feldera */
	struct ckpt_u64 processed_records; /**< for people, and for Feldera */
	int dependencies_version;	   /**< 1 or 2; 0: the newest checkpoint's, 2 in an empty root */
	bool check_fingerprint;		   /**< refuse one that differs from the newest's (EINVAL) */
	bool check_empty;		   /**< refuse a checkpoint without a state file (EINVAL) */
	uint64_t reserved[4];		   /**< 0 */
};
/** Add a checkpoint to the catalog (Feldera's Checkpointer::commit): what lies in
 * its directory, and the batches that its dependencies.json or pspine-batches*
 * files name.  EEXIST if the catalog has it already.  *out (may be NULL) is a
 * reference.  All of it is durable when it returns 0; on failure the list and
 * the disk are as before.  A program that checkpoints itself uses a stage
 * (stage.h) instead. */
int ckpt_commit(struct ckpt_root *root, const struct ckpt_commit_opts *opts, struct ckpt_entry **out,
		struct ckpt_err *err);

/* --- plans -------------------------------------------------------------- */

/** One file, or one directory with all in it, that goes.  It never grows. */
struct ckpt_item {
	char *dir;	/**< NULL: at the top level */
	char *name;	/**< NULL: the directory itself, after its files */
	uint64_t files; /**< 1; of a directory itself: what its own items do not name */
	uint64_t bytes; /**< of those */
};
/** One checkpoint that stays.  It never grows. */
struct ckpt_kept {
	struct ckpt_uuid uuid; /**< which */
	char *why;	       /**< every reason: "newest", "being read", "excepted",
				* "state.json resumes from it", "pinned as NAME", "daily, within 14d" */
};
/** One name that was to go and is still there.  It never grows. */
struct ckpt_left {
	char *name; /**< with its directory, where it has one */
	char *why;  /**< a sentence */
};
/** What is removed, or was.  Initialise it by CKPT_PLAN_INIT where no call is
 * sure to be reached; each call that takes one begins it anew. */
struct ckpt_plan {
	struct ckpt_uuid *removed; /**< gc, remove: the checkpoints that go */
	size_t n_removed;	   /**< how many */
	struct ckpt_kept *kept;	   /**< gc: those that stay, and why */
	size_t n_kept;		   /**< how many */
	struct ckpt_item *items;   /**< the files and directories that go */
	size_t n_items;		   /**< how many */
	struct ckpt_left *left;	   /**< what should have gone */
	size_t n_left;		   /**< how many */
	char **missing;		   /**< sweep: files that are needed, and gone */
	size_t n_missing;	   /**< how many */
	char **notes;		   /**< sentences for the reader */
	size_t n_notes;		   /**< how many */
	uint64_t files;		   /**< sum over items */
	uint64_t bytes;		   /**< sum over items */
	uint64_t usage;		   /**< sweep: bytes left at the top level */
	bool failed;		   /**< no memory: the plan is not to be used */
	uint64_t reserved[4];	   /**< 0 */
};
/** A plan of nothing. */
#define CKPT_PLAN_INIT                                                                                       \
	{                                                                                                    \
		0                                                                                            \
	}
/** Free what it holds. */
void ckpt_plan_release(struct ckpt_plan *p);

/* The calls below that take dry_run fill *plan with what they would do, or
 * with what they did; release it in either case, also after an error (then it
 * holds what was done before it).  In a dry run nothing is locked or
 * written. */

struct ckpt_retention;
/** What a gc leaves. */
struct ckpt_gc_opts {
	const struct ckpt_uuid *except;		/**< kept too; each must be in the catalog (ENOENT) */
	size_t n_except;			/**< how many */
	const struct ckpt_retention *retention; /**< what it keeps is kept too (retention.h); NULL: none */
	bool dry_run;				/**< only say what would be done */
	uint64_t reserved[4];			/**< 0 */
};
/** Remove all but the newest two (Feldera's Checkpointer::gc_checkpoint), except
 * those excepted, pinned (pins.h) or being read, and the one that state.json
 * names.  Pins or a state.json that can't be read stop it.  The lock is let go
 * between rounds.  Release *plan in any case; in a dry run nothing is locked or
 * written.  When it returns 0 the catalog without them is durable; a file that
 * could not be removed is in plan->left, and is taken by a sweep. */
int ckpt_gc(struct ckpt_root *root, const struct ckpt_gc_opts *opts, struct ckpt_plan *plan,
	    struct ckpt_err *err);

/** Remove one checkpoint: EBUSY if it is being read, pinned, or named by
 * state.json, ENOENT if the catalog does not have it.  Otherwise as ckpt_gc(). */
int ckpt_remove(struct ckpt_root *root, const struct ckpt_uuid *uuid, bool dry_run, struct ckpt_plan *plan,
		struct ckpt_err *err);

/** Remove what no checkpoint needs (Feldera's Checkpointer::gc_startup).  Never
 * under a pipeline that runs: EBUSY.  Release *plan in any case; in a dry run
 * nothing is locked or written. */
int ckpt_sweep(struct ckpt_root *root, bool dry_run, struct ckpt_plan *plan, struct ckpt_err *err);

/* --- verify and rebuild ------------------------------------------------- */

/** One thing that is wrong.  It never grows. */
struct ckpt_problem {
	struct ckpt_uuid uuid; /**< with which checkpoint */
	char *file;	       /**< NULL: the checkpoint as a whole */
	char *what;	       /**< a sentence */
};
/** What is wrong. */
struct ckpt_problems {
	struct ckpt_problem *problem; /**< each */
	size_t n;		      /**< how many */
	bool failed;		      /**< no memory: more is wrong than is here */
	uint64_t reserved[2];	      /**< 0 */
};
/** Free what it holds. */
void ckpt_problems_release(struct ckpt_problems *p);

/** Look whether every file that these checkpoints (n 0: all) name is there, and
 * whether the fingerprint is as given (NULL: not asked).  Returns 0 also if
 * there are problems; ENOENT if a uuid is not in the catalog.  Release *out in
 * any case. */
int ckpt_verify(struct ckpt_root *root, const struct ckpt_uuid *uuids, size_t n, const uint64_t *fingerprint,
		struct ckpt_problems *out, struct ckpt_err *err);

/** What ckpt_verify_deep() has looked at. */
struct ckpt_deep {
	uint64_t files;	      /**< how many */
	uint64_t bytes;	      /**< of these */
	uint64_t damaged;     /**< how many of them are */
	uint64_t not_checked; /**< how many could not be */
	uint64_t reserved[2]; /**< 0 */
};
/** The same, and every bit of every batch against its checksums, several files
 * at a time; each file once, however many checkpoints need it.  One that can't
 * be checked (of a version that is not known) is a problem too. */
int ckpt_verify_deep(struct ckpt_root *root, const struct ckpt_uuid *uuids, size_t n,
		     const uint64_t *fingerprint, struct ckpt_problems *out, struct ckpt_deep *deep,
		     struct ckpt_err *err);

/** Write a lost or damaged catalog anew from the checkpoints' directories:
 * from each state.json, or from dependencies.json and the fingerprint given
 * (NULL: such a one is refused).  EEXIST if the catalog can be read.  A
 * damaged catalog is kept as checkpoints.feldera.damaged.  dry_run: *out
 * (may be NULL; a reference) only.  Directories that are no committed checkpoint
 * are left out and named in problems, which is released in any case.  It works
 * on the store, since a root with such a catalog can't be opened. */
int ckpt_rebuild(struct ckpt_store *store, const uint64_t *fingerprint, bool dry_run,
		 struct ckpt_catalog **out, struct ckpt_problems *problems, struct ckpt_err *err);

#ifdef __cplusplus
}
#endif

#endif
