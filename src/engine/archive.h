/* archive.h - the two halves of archiving one checkpoint
 *
 * Holding (archive_hold.c) deals with the source, and can come too late;
 * putting (archive_put.c) deals with the archive, and takes back what it did
 * if it fails.  archive.c decides which checkpoints, and keeps the answer.
 */
#ifndef CKPT_ENGINE_ARCHIVE_H
#define CKPT_ENGINE_ARCHIVE_H

#include <pthread.h>
#include <semaphore.h>

#include "base/index.h"
#include "ckptfs/archive.h"
#include "engine/root.h"

/* One file of a checkpoint that is held. */
struct ckpt_held_file {
	const char *dir; /* NULL: a batch */
	const char *name;
	/* Of a batch that a listing told, its number; then size and mtime are not
	 * known. */
	uint64_t ino;
	uint64_t size;
	struct timespec mtime;
	struct ckpt_file *file; /* NULL: the archive has it, or too many are open */
	/* When it was held, the archive had none of that name, or the same. */
	bool missing, same;
	bool kept; /* a checkpoint of the archive needs it: it is durable, and nobody removes it */
};

/* A checkpoint of the source. */
struct ckpt_held {
	struct ckpt_root *source;
	struct ckpt_entry *entry;
	char dir[CKPT_UUID_TEXT];
	struct ckpt_lease *lease;
	struct ckpt_deps deps; /* not sorted; index: its batches */
	struct ckpt_index index;
	struct ckpt_blob text;	     /* what they were read from; data NULL: files of spines */
	struct ckpt_stat text_file;  /* of what is held, if those are its bytes; else ino is 0 */
	struct ckpt_names own;	     /* the files of its directory */
	struct ckpt_held_file *file; /* batches first */
	size_t n_file, n_batch, n_open;
	struct ckpt_uuid kept_of; /* whose need f->kept tells ... */
	bool kept_known;	  /* ... if it does */
	bool near;		  /* the archive is on the same file system ... */
	bool links;		  /* ... and reached by the same mount of it */
	bool tells;		  /* ckpt_put() says how many of the files are there */
	bool durable;		  /* and what a listing told that the archive had: ckpt_put_sync() */
	int syncing;		  /* what that waits for, or -1 */
};

/* Hold a checkpoint.  -EAGAIN: this checkpoint can't be had; err says why, and
 * *gone whether that is because it was removed.  Another error has nothing to
 * do with it.  Release *h in any case. */
int ckpt_hold(struct ckpt_root *source, const struct ckpt_root *archive, const struct ckpt_uuid *u,
	      struct ckpt_held *h, bool *gone, struct ckpt_err *err);
/* What it consists of (archive_gather.c): its files, none of them looked at yet. */
int ckpt_held_gather(struct ckpt_held *h, struct ckpt_err *err);
/* What the source has by that name, so that f->ino is not needed any more. */
int ckpt_held_look(struct ckpt_held *h, struct ckpt_held_file *f, struct ckpt_err *err);
/* Find the batches that are one file in both, or missing in the archive, by a
 * listing of each where that is less than a look at each batch in both; they are
 * f->same or f->missing, with f->ino. */
int ckpt_held_share(struct ckpt_held *h, struct ckpt_store *archive, struct ckpt_err *err);
void ckpt_held_release(struct ckpt_held *h);

/* f->kept of each batch, by the archive's newest checkpoint (archive_kept.c): in a
 * thread of its own from begin to end, where the store gains from that.  listed:
 * h->file and h->index are there, or never will be. */
struct ckpt_kept_reader {
	struct ckpt_held *h;
	struct ckpt_store *archive;
	struct ckpt_uuid newest;
	pthread_t thread;
	sem_t listed;
	bool started, done;
};
void ckpt_kept_begin(struct ckpt_kept_reader *k, struct ckpt_held *h, const struct ckpt_root *archive);
void ckpt_kept_listed(struct ckpt_kept_reader *k);
void ckpt_kept_end(struct ckpt_kept_reader *k);
/* The same under the archive's lock, so far as it is not known yet. */
void ckpt_held_kept(struct ckpt_held *h, struct ckpt_root *archive);

/* Of two files of one name: batches are immutable and their names unique, so size
 * and time settle it. */
bool ckpt_held_is_same(const struct ckpt_held_file *f, const struct ckpt_stat *there);

/* Whether all that the archive has of it already is the same: before anything
 * is locked or written.  EEXIST, -EAGAIN: as above. */
int ckpt_put_check(struct ckpt_store *archive, struct ckpt_held *h, struct ckpt_err *err);
/* Where much is to be linked, make all of it durable at once, by one sync of the
 * file system of both, instead of one file after the other.  Before the archive
 * is locked: it waits for whatever else is being written there.  If that fails, it
 * may be for a file of somebody else: then each of ours is synced by itself, and
 * only what befalls one of them counts.  EINTR if stopped, also while it waits. */
int ckpt_put_sync(struct ckpt_root *archive, struct ckpt_held *h, struct ckpt_err *err);
/* EINTR, with its sentence. */
int ckpt_held_interrupted(struct ckpt_root *archive, const struct ckpt_held *h, struct ckpt_err *err);
/* Its beginnings: before there is much in memory, and once it is known what is missing. */
void ckpt_put_sync_ready(const struct ckpt_root *archive, struct ckpt_held *h);
void ckpt_put_sync_begin(struct ckpt_held *h);
/* Add what is held to the archive, which is locked and has its catalog read.
 * Counts into *out.  -EAGAIN: as above. */
int ckpt_put(struct ckpt_root *archive, struct ckpt_held *h, struct ckpt_archived *out, struct ckpt_err *err);

/* The one file of a checkpoint that can come after it was archived: its
 * state.json (in a root that had no state.json yet, a checkpoint is taken for
 * finished before it has one).  *lacks: it is in the source and not in the
 * archive. */
int ckpt_put_lacks_state(struct ckpt_store *archive, struct ckpt_store *source, const char *dir, bool *lacks,
			 struct ckpt_err *err);
int ckpt_put_state(struct ckpt_store *archive, struct ckpt_store *source, const char *dir,
		   struct ckpt_err *err);

/* What follows the newest checkpoint: the archive's state.json, and an empty
 * steps.bin where the source has that directory.  *todo: something is to be
 * done; it is done if write, for which the archive is locked. */
int ckpt_put_follow(struct ckpt_root *archive, struct ckpt_root *source, bool write, bool *todo,
		    struct ckpt_err *err);

#endif
