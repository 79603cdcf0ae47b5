/* ckpt.h - a Feldera storage root: its checkpoints, and what changes them
 *
 * A storage root holds a catalog (oldest checkpoint first), one directory a
 * checkpoint, and batch files that many checkpoints share.  This header reads
 * it, commits checkpoints to it, and removes what is not wanted any more.
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
 * Errors: 0 or a negative errno, and a sentence (err.h).  EUCLEAN: a file of
 * the root breaks the format.  EBUSY: locked by another.  Durability: a call
 * that returned 0 has its effect on stable storage.
 *
 * Threads: a struct ckpt_root is used by one thread at a time; several roots
 * may share a store.  Entries and catalogs are immutable and reference
 * counted, and may be used from any thread.
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

/* A gc never leaves fewer checkpoints than this (Feldera's number). */
#define CKPT_MIN_CHECKPOINTS 2

/* An integer that may be absent (null). */
struct ckpt_u64 {
	uint64_t value;
	bool present;
};

/* --- the catalog -------------------------------------------------------- */

/* One catalog entry.  Immutable; the strings are part of it. */
struct ckpt_entry {
	unsigned refs; /* atomic */
	struct ckpt_uuid uuid;
	uint64_t fingerprint;
	struct ckpt_u64 size; /* bytes of its own directory at commit */
	struct ckpt_u64 steps, processed_records;
	const char *identifier; /* UTF-8, may contain NUL; NULL: none */
	size_t identifier_len;
	const char *text; /* the entry as JSON, compact, unknown members and all */
	size_t text_len;
};
struct ckpt_entry *ckpt_entry_ref(struct ckpt_entry *e);
void ckpt_entry_unref(struct ckpt_entry *e); /* NULL is allowed */

/* One generation of the catalog.  Immutable. */
struct ckpt_catalog {
	unsigned refs; /* atomic */
	bool absent;   /* there is no catalog file (then n is 0) */
	size_t n;
	struct ckpt_entry **entry; /* oldest first */
	uint32_t *by_uuid;	   /* indices of entry, in the order of uuids */
	struct ckpt_version version;
};
/* Read the catalog.  before (may be NULL) is an earlier generation: entries
 * that did not change are shared with it instead of parsed.  A catalog that
 * is absent is an empty one; whether it was lost is for those to ask who
 * change something (ckpt_catalog_lost). */
int ckpt_catalog_read(struct ckpt_store *store, struct ckpt_catalog *before, struct ckpt_catalog **out,
		      struct ckpt_err *err);
struct ckpt_catalog *ckpt_catalog_ref(struct ckpt_catalog *c);
void ckpt_catalog_unref(struct ckpt_catalog *c); /* NULL is allowed */
/* The index of a checkpoint, or -1. */
ptrdiff_t ckpt_catalog_find(const struct ckpt_catalog *c, const struct ckpt_uuid *u);
/* EUCLEAN if the catalog is absent while directories of checkpoints exist
 * (except that of but, which may be NULL); the sentence names rebuild. */
int ckpt_catalog_lost(struct ckpt_store *store, const struct ckpt_catalog *c, const struct ckpt_uuid *but,
		      struct ckpt_err *err);

/* --- one checkpoint ----------------------------------------------------- */

/* A sorted set of names (opaque here: use the functions). */
struct ckpt_names;
size_t ckpt_names_count(const struct ckpt_names *s);
const char *ckpt_names_get(const struct ckpt_names *s, size_t i);

/* What a checkpoint needs. */
struct ckpt_deps {
	int version;			/* of dependencies.json: 1, 2; 0: there is none */
	struct ckpt_names *batches;	/* files of the root */
	struct ckpt_names *state_files; /* files of its directory; empty unless version 2 */
};
/* Read it.  A checkpoint's directory that is missing is ENOENT, never "no
 * batches".  Release *deps also after an error. */
int ckpt_deps_read(struct ckpt_store *store, const struct ckpt_uuid *u, struct ckpt_deps *deps,
		   struct ckpt_err *err);
void ckpt_deps_release(struct ckpt_deps *deps);

/* Whether an error of reading a checkpoint says that something of it is damaged,
 * missing, or not what it should be.  Others (a disk that fails, a file that we
 * may not read, no memory) say nothing about it. */
bool ckpt_is_damage(int rc);

/* When a checkpoint was made, in milliseconds since the epoch: its uuid's time
 * if that is of version 7, otherwise the mtime of its CHECKPOINT (0 if there is
 * none). */
int ckpt_time_read(struct ckpt_store *store, const struct ckpt_uuid *u, int64_t *ms, struct ckpt_err *err);
/* The same to be shown: 0 also if it can't be read. */
int64_t ckpt_time_ms(struct ckpt_store *store, const struct ckpt_uuid *u);

/* What the root says about which checkpoints are finished. */
struct ckpt_resume {
	bool has_state; /* the root has a state.json */
	bool names;	/* it belongs to a checkpoint: uuid */
	struct ckpt_uuid uuid;
	struct ckpt_version version;
};
int ckpt_resume_read(struct ckpt_store *store, struct ckpt_resume *out, struct ckpt_err *err);
/* Whether entry i is finished: in a root that has state.json, once it has one
 * itself, or is older than the one that the root's names. */
int ckpt_is_finished(struct ckpt_store *store, const struct ckpt_catalog *c, const struct ckpt_resume *r,
		     size_t i, bool *finished, struct ckpt_err *err);

/* Sizes and completeness of one checkpoint, looked up file by file. */
struct ckpt_details {
	bool readable; /* its dependencies could be read; else all below is 0 */
	bool complete; /* every file it names is there */
	int version;   /* of dependencies.json; 0: none */
	uint64_t batches, batch_bytes, state_bytes;
};
int ckpt_details_read(struct ckpt_store *store, const struct ckpt_uuid *u, struct ckpt_details *out,
		      struct ckpt_err *err);

/* --- a root and its surroundings ---------------------------------------- */

enum ckpt_event { CKPT_EVENT_WARNING, CKPT_EVENT_INFO };

/* What the engine needs from outside.  Each may be NULL: then the system's
 * clocks and random source, silence, and never. */
struct ckpt_env {
	int64_t (*now_ms)(void *ctx);			 /* wall clock */
	int64_t (*monotonic_ms)(void *ctx);		 /* how long a lock was held */
	int (*random)(void *ctx, void *buf, size_t len); /* 0, or a negative errno */
	void (*event)(void *ctx, enum ckpt_event level, const char *sentence);
	bool (*stop)(void *ctx); /* true: end at the next safe point with EINTR */
	/* How far it is: so many of so many of what ("batches checked").  It may
	 * be called many times a second. */
	void (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total);
	void *ctx;
};

struct ckpt_root;
/* Open a root.  Reads the catalog, changes nothing.  The store stays the
 * caller's and must outlive the root; *env is copied (NULL: all defaults). */
int ckpt_root_open(struct ckpt_store *store, const struct ckpt_env *env, struct ckpt_root **out,
		   struct ckpt_err *err);
void ckpt_root_free(struct ckpt_root *root); /* NULL is allowed */
struct ckpt_store *ckpt_root_store(struct ckpt_root *root);
/* The catalog as last read or written; valid until the next call with root. */
struct ckpt_catalog *ckpt_root_catalog(struct ckpt_root *root);
/* Read it again. */
int ckpt_root_refresh(struct ckpt_root *root, struct ckpt_err *err);

/* --- commit ------------------------------------------------------------- */

struct ckpt_commit_opts {
	const struct ckpt_uuid *uuid; /* NULL: a new one (then its directory is made) */
	const uint64_t *fingerprint;  /* NULL: the newest checkpoint's; EINVAL if there is none */
	const char *identifier;	      /* NULL: none; UTF-8 */
	struct ckpt_u64 steps, processed_records;
	int dependencies_version; /* 1 or 2; 0: the newest checkpoint's, 2 in an empty root */
	bool check_fingerprint;	  /* refuse one that differs from the newest's (EINVAL) */
	bool check_empty;	  /* refuse a checkpoint without a state file (EINVAL) */
};
/* Add a checkpoint to the catalog: what lies in its directory, and the batches
 * that its dependencies.json or pspine-batches* files name.  EEXIST if the
 * catalog has it already.  *out (may be NULL) is a reference.  On failure the
 * list and the disk are as before. */
int ckpt_commit(struct ckpt_root *root, const struct ckpt_commit_opts *opts, struct ckpt_entry **out,
		struct ckpt_err *err);

/* --- plans -------------------------------------------------------------- */

/* One file, or one directory with all in it, that goes. */
struct ckpt_item {
	char *dir;	       /* NULL: at the top level */
	char *name;	       /* NULL: the directory itself, after its files */
	uint64_t files, bytes; /* of a directory itself: what its own items do not name */
};
/* One checkpoint that stays. */
struct ckpt_kept {
	struct ckpt_uuid uuid;
	char *why; /* every reason: "newest", "being read", "excepted",
		    * "state.json resumes from it", "pinned as NAME", "daily, within 14d" */
};
/* One name that was to go and is still there. */
struct ckpt_left {
	char *name;
	char *why;
};
struct ckpt_plan {
	struct ckpt_uuid *removed;
	size_t n_removed; /* gc, remove */
	struct ckpt_kept *kept;
	size_t n_kept; /* gc */
	struct ckpt_item *items;
	size_t n_items;
	struct ckpt_left *left;
	size_t n_left;
	char **missing;
	size_t n_missing; /* sweep: needed, and gone */
	char **notes;
	size_t n_notes;	       /* sentences for the reader */
	uint64_t files, bytes; /* sums over items */
	uint64_t usage;	       /* sweep: bytes left at the top level */
	bool failed;	       /* no memory: the plan is not to be used */
};
#define CKPT_PLAN_INIT                                                                                       \
	{                                                                                                    \
		0                                                                                            \
	}
void ckpt_plan_release(struct ckpt_plan *p);

/* The calls below that take dry_run fill *plan with what they would do, or
 * with what they did; release it in either case, also after an error (then it
 * holds what was done before it).  In a dry run nothing is locked or
 * written. */

struct ckpt_retention;
struct ckpt_gc_opts {
	const struct ckpt_uuid *except; /* kept too; each must be in the catalog (ENOENT) */
	size_t n_except;
	const struct ckpt_retention *retention; /* what it keeps is kept too (retention.h); NULL: none */
	bool dry_run;
};
/* Remove all but the newest two, except those excepted, pinned (pins.h) or
 * being read, and the one that state.json names.  Pins or a state.json that
 * can't be read stop it.  The lock is let go between rounds. */
int ckpt_gc(struct ckpt_root *root, const struct ckpt_gc_opts *opts, struct ckpt_plan *plan,
	    struct ckpt_err *err);

/* Remove one checkpoint: EBUSY if it is being read, pinned, or named by
 * state.json, ENOENT if the catalog does not have it. */
int ckpt_remove(struct ckpt_root *root, const struct ckpt_uuid *uuid, bool dry_run, struct ckpt_plan *plan,
		struct ckpt_err *err);

/* Remove what no checkpoint needs. */
int ckpt_sweep(struct ckpt_root *root, bool dry_run, struct ckpt_plan *plan, struct ckpt_err *err);

/* --- verify and rebuild ------------------------------------------------- */

struct ckpt_problem {
	struct ckpt_uuid uuid;
	char *file; /* NULL: the checkpoint as a whole */
	char *what; /* a sentence */
};
struct ckpt_problems {
	struct ckpt_problem *problem;
	size_t n;
	bool failed; /* no memory */
};
void ckpt_problems_release(struct ckpt_problems *p);

/* Look whether every file that these checkpoints (n 0: all) name is there, and
 * whether the fingerprint is as given (NULL: not asked).  Returns 0 also if
 * there are problems; ENOENT if a uuid is not in the catalog. */
int ckpt_verify(struct ckpt_root *root, const struct ckpt_uuid *uuids, size_t n, const uint64_t *fingerprint,
		struct ckpt_problems *out, struct ckpt_err *err);

/* The same, and every bit of every batch against its checksums, several files
 * at a time; each file once, however many checkpoints need it.  One that can't
 * be checked (of a version that is not known) is a problem too. */
struct ckpt_deep {
	uint64_t files, bytes;	       /* looked at */
	uint64_t damaged, not_checked; /* of these files */
};
int ckpt_verify_deep(struct ckpt_root *root, const struct ckpt_uuid *uuids, size_t n,
		     const uint64_t *fingerprint, struct ckpt_problems *out, struct ckpt_deep *deep,
		     struct ckpt_err *err);

/* Write a lost or damaged catalog anew from the checkpoints' directories:
 * from each state.json, or from dependencies.json and the fingerprint given
 * (NULL: such a one is refused).  EEXIST if the catalog can be read.  A
 * damaged catalog is kept as checkpoints.feldera.damaged. dry_run: *out
 * (may be NULL) only.  Directories that are no committed checkpoint are left
 * out and named in problems.  It works on the store, since a root with such a
 * catalog can't be opened. */
int ckpt_rebuild(struct ckpt_store *store, const uint64_t *fingerprint, bool dry_run,
		 struct ckpt_catalog **out, struct ckpt_problems *problems, struct ckpt_err *err);

#ifdef __cplusplus
}
#endif

#endif
