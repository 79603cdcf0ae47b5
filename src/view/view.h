/* view.h - what a mount shows, without FUSE
 *
 * A view is a storage root as a tree of nodes: one directory a checkpoint,
 * "latest", ".ckptfs".  It answers look-ups, attributes, listings and reads;
 * the floor above only carries them to the kernel.
 *
 * The picture.  All that depends on the catalog comes from one immutable,
 * reference-counted picture of one catalog generation (picture.h).  A reader
 * takes a reference; a refresh builds the next picture and swaps one pointer.
 * A picture that can't be built (catalog gone or damaged) leaves the last good
 * one, and the view says so in its status.
 *
 * Slots.  A checkpoint that was ever shown has a slot: a number given in
 * catalog order, never used again.  A slot whose checkpoint left the catalog
 * is kept for an hour so that looking it up is ESTALE, not ENOENT; after that
 * its number is simply unknown, which is ESTALE too.
 *
 * Node ids.  A node's number is made of its kind, its slot, and the index of
 * its name in the sorted set of batches or state files of that checkpoint.
 * Should these lists ever change (a damaged checkpoint, an unfinished one), they
 * get a new number.  So an id can be taken apart again without any table:
 * nothing is allocated for a node that the kernel remembers, forget has
 * nothing to do, and a checkpoint's dependencies can be dropped and read
 * again.  st_ino is another number: a hash of the name that owns the bytes
 * (inode.h).
 *
 * Locks.  Two: one guards the pointer to the picture and the slots, one the
 * leases.  Neither is held across I/O.
 *
 * Threads: every function may be called from any thread, except new, start,
 * stop and free.
 */
#ifndef CKPT_VIEW_VIEW_H
#define CKPT_VIEW_VIEW_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/buf.h"
#include "base/log.h"
#include "engine/catalog.h"

struct ckpt_view;
struct ckpt_view_dir;
struct ckpt_view_file;

#define CKPT_VIEW_ROOT UINT64_C(1)

/* The files in .ckptfs that the floor above answers: the view only knows
 * that they exist. */
enum ckpt_ctl {
	CKPT_CTL_NONE,
	CKPT_CTL_CONTROL,
	CKPT_CTL_GC,
	CKPT_CTL_SWEEP,
	CKPT_CTL_STATUS,
	CKPT_CTL_LOG,
	CKPT_CTL_USAGE,
	CKPT_CTL_METRICS
};

struct ckpt_node {
	uint64_t id;
	struct stat attr; /* st_ino, st_mode with type, st_size, st_blocks, times, owner */
	bool settled;	  /* name and attributes never change while the checkpoint is there */
	enum ckpt_ctl ctl;
};

/* Something that the kernel may have cached is no longer so. */
enum ckpt_change { CKPT_CHANGE_ENTRY, CKPT_CHANGE_INODE };
struct ckpt_change_event {
	enum ckpt_change what;
	uint64_t id;	  /* the directory of the entry, or the inode */
	const char *name; /* ENTRY only */
};

struct ckpt_view_opts {
	bool show_control;  /* list .ckptfs */
	int64_t lease_ms;   /* how long a lease outlives the last use */
	size_t files;	    /* descriptors that readers may cause in all; 0: any number */
	size_t hold_files;  /* of them those that may be held; 0: no holds */
	unsigned hold_free; /* percent of free space below which nothing is held */
	int64_t poll_ms;    /* 0: only where watching is not possible */
	uid_t mounter;	    /* owns the control files */
	gid_t mounter_gid;
	const char *confined; /* status.json says this of the daemon, as JSON; NULL: null */
	struct ckpt_log *log;
	/* Called by the view's own thread, with no lock held: first "latest" and
	 * by-*, then what left. */
	void (*changed)(void *ctx, const struct ckpt_change_event *event);
	/* By the same thread, with no lock held: another picture is shown (or the
	 * first), or it can't be renewed any more (not ok), or can again.  NULL:
	 * nobody wants to know. */
	void (*pictured)(void *ctx, uint64_t generation, size_t checkpoints, bool ok);
	void *ctx;
};

/* The store must outlive the view.  Fails if the catalog can't be read. */
int ckpt_view_new(struct ckpt_store *store, const struct ckpt_view_opts *opts, struct ckpt_view **out,
		  struct ckpt_err *err);
/* Start the thread that watches the root; stop it (idempotent). */
int ckpt_view_start(struct ckpt_view *v, struct ckpt_err *err);
void ckpt_view_stop(struct ckpt_view *v);
void ckpt_view_free(struct ckpt_view *v);

/* Look at the root again now, in the caller's thread; invalidations follow
 * from the view's own. */
int ckpt_view_refresh(struct ckpt_view *v, struct ckpt_err *err);

/* Look-ups.  ENOENT; ESTALE for what was there and left; EIO for a file that a
 * checkpoint names and that is gone, and for what lies below a checkpoint whose
 * lists can't be read.  (Attributes that were made up for a missing file would
 * do harm: tar archives an empty file without opening it.) */
int ckpt_view_lookup(struct ckpt_view *v, uint64_t parent, const char *name, struct ckpt_node *out,
		     struct ckpt_err *err);
int ckpt_view_getattr(struct ckpt_view *v, uint64_t id, struct ckpt_node *out, struct ckpt_err *err);
int ckpt_view_readlink(struct ckpt_view *v, uint64_t id, struct ckpt_buf *out, struct ckpt_err *err);
/* Which control file an id is, if it is one; asks nobody. */
enum ckpt_ctl ckpt_view_ctl(uint64_t id);

/* Listings.  A directory stays what it was when it was opened.  offset 0
 * begins; each entry carries the offset that comes after it, a property of
 * its name.  readdir returns 1 with an entry, 0 at the end.  With plus,
 * entry->node is filled in as by lookup, or has id 0, st_ino and the type if it
 * is "." or ".." or a look-up would fail; otherwise only node.id, st_ino and the
 * type in st_mode are there.  A checkpoint whose lists can't be read has no
 * listing (EIO): it must not pass for an empty one.  So have pins that can't be
 * read. */
struct ckpt_view_entry {
	const char *name; /* valid until the next call */
	uint64_t offset;
	struct ckpt_node node;
	char uuid[CKPT_UUID_TEXT]; /* where name may be */
};
int ckpt_view_opendir(struct ckpt_view *v, uint64_t id, struct ckpt_view_dir **out, bool *settled,
		      struct ckpt_err *err);
int ckpt_view_readdir(struct ckpt_view_dir *d, uint64_t offset, bool plus, struct ckpt_view_entry *entry,
		      struct ckpt_err *err);
void ckpt_view_closedir(struct ckpt_view_dir *d);

/* Whose nodes to hand out in the answer that begins at offset, where the kernel
 * takes them.  It makes an inode of each, at once and for good, which for the names
 * of 50,000 checkpoints costs more than all else; and most who list the mount's root
 * want no more than its names.  So there the answers have the nodes of the first
 * checkpoints only (CKPT_NODES_FREELY), and of each answer all but those of its last
 * entry.  Whoever looks at what is listed, while it is listed, has to look that one
 * up, and is given all nodes from then on. */
enum ckpt_nodes { CKPT_NODES_NONE, CKPT_NODES_BUT_LAST, CKPT_NODES_ALL };
enum ckpt_nodes ckpt_view_nodes(struct ckpt_view_dir *d, uint64_t offset);

/* Reading.  Opening a batch or state file leases its checkpoint: ESTALE if it
 * is being removed, EIO if it can't be leased (no CHECKPOINT) or the file is
 * gone. */
int ckpt_view_open(struct ckpt_view *v, uint64_t id, struct ckpt_view_file **out, bool *settled,
		   struct ckpt_err *err);
/* A descriptor that reads the same bytes, or -1: then by ckpt_view_read. */
int ckpt_view_file_fd(struct ckpt_view_file *f);
/* Once for each file that is held: nobody has opened it since it is.  After that somebody
 * has, and the kernel may still have what he read. */
enum ckpt_view_turn { CKPT_VIEW_NOT_HELD, CKPT_VIEW_FIRST, CKPT_VIEW_AGAIN };
enum ckpt_view_turn ckpt_view_file_turn(struct ckpt_view_file *f);
/* Bytes of one that is held and settled, which don't change; -1: not known. */
int64_t ckpt_view_file_size(const struct ckpt_view_file *f);
ssize_t ckpt_view_read(struct ckpt_view_file *f, void *buf, size_t len, uint64_t offset,
		       struct ckpt_err *err);
void ckpt_view_close(struct ckpt_view_file *f);

/* Let go of what is held of a checkpoint (NULL: of all), and of its lease
 * unless something of it is open.  ENOENT if it is not leased. */
int ckpt_view_release(struct ckpt_view *v, const struct ckpt_uuid *u, struct ckpt_err *err);

int ckpt_view_statfs(struct ckpt_view *v, struct statvfs *out, struct ckpt_err *err);

/* What a view knows and holds, in numbers: what status.json shows and metrics
 * count.  The root is not looked at, only the files that are held; nothing is
 * leased. */
struct ckpt_view_stats {
	bool ok; /* the root could be read; else the next three are as last read */
	uint64_t generation;
	size_t checkpoints;
	int64_t latest_ms;  /* when the newest finished one was made; 0: none, or not known */
	uint64_t refreshes; /* how often the root was looked at */
	bool pins_known;
	size_t pins, pins_expired;
	size_t leases;
	struct {
		bool known; /* false: no memory to count them */
		/* Each descriptor counts, but the bytes of a file that several hold once. */
		size_t files, deleted_files;
		uint64_t bytes, deleted_bytes;
		size_t missing;	 /* not held */
		const char *why; /* not all of it; a constant, or NULL */
	} held;
	struct {
		size_t open, bound; /* bound 0: any number */
		uint64_t refused;
		bool refusing;
	} files; /* that are open for readers */
};
void ckpt_view_stats(struct ckpt_view *v, struct ckpt_view_stats *out);
/* The generation that is shown. */
uint64_t ckpt_view_generation(struct ckpt_view *v);

/* status.json, as JSON with a newline; more: members of the floor above, each
 * with a comma before it, or NULL. */
void ckpt_view_status(struct ckpt_view *v, const char *more, struct ckpt_buf *out);

#endif
