/* limits.h - the bounds of the stores, and why */
#ifndef CKPT_STORE_LIMITS_H
#define CKPT_STORE_LIMITS_H

/* What a file is called while it is being written: Feldera's sweep and ours
 * take such files for leftovers. */
#define CKPT_TEMP_SUFFIX ".mut"

/* How often something is tried again that another process changed in the
 * middle.  Each time somebody else has to win a race of microseconds. */
#define CKPT_STORE_TRIES 16

/* The same for NAME.mut.  Each time another writer of that name has published
 * his file meanwhile, which we wait for. */
#define CKPT_TEMP_TRIES 1000

/* Names that one listing holds: a hundred times the largest root known. */
#define CKPT_LIST_MAX 20000000

/* Directories within directories that are measured or removed; each holds a
 * descriptor.  Feldera's own are flat. */
#define CKPT_DEPTH_MAX 64

/* How often one directory is read again while it is being removed and somebody
 * else puts new files in. */
#define CKPT_REMOVE_PASSES 100

/* Files that are opened at once.  On a cold cache an open waits for the disk;
 * in memory two processors can be at it. */
#define CKPT_OPEN_ABREAST 4

/* Files that are synced at once.  Syncs that overlap share the disk's flushes
 * and the journal's commits: 4 at a time take a fiftieth of the time of one
 * after the other, and 16 a little less. */
#define CKPT_SYNC_ABREAST 16

/* So many files are synced by one sync of their whole file system.  On ext4 each
 * fsync flushes the device, also of a file that is clean; a sync of all flushes
 * it once, and waits for whatever else is being written there: worth it for a
 * few dozen files. */
#define CKPT_SYNC_ALL_FROM 64

/* How often it is asked, in ms, whether to wait on for a sync of a whole file system. */
#define CKPT_STOP_LOOK_MS 100

/* Bytes of stack of the process that begins it: a few calls of the kernel. */
#define CKPT_SYNCFS_STACK 16384

/* Names that are removed, or linked, at once.  A directory's lock is held for
 * half of an unlink: the other half, giving back the blocks, overlaps with the
 * next. */
#define CKPT_CHANGE_ABREAST 2

/* The most threads of one call, whatever a backend says. */
#define CKPT_EACH_THREADS_MAX 16

/* Opens or removals that a thread takes at a time; fewer than two such shares are not
 * worth another thread. */
#define CKPT_EACH_GRAIN 16

/* Bytes of a lock file that we save, and put back when we let go of it: a pid
 * and a few words.  A longer one is not ours to touch. */
#define CKPT_PIDLOCK_MAX 64

/* Bytes that one step of a copy moves. */
#define CKPT_COPY_CHUNK ((size_t)1 << 20)

/* Reads of the kernel's queue in one call of watch_next; what is left keeps
 * the descriptor readable. */
#define CKPT_WATCH_READS 64

/* Hints that a store in memory keeps for a watcher before it only says "look
 * at everything". */
#define CKPT_WATCH_QUEUE 1024

#endif
