/* limits.h - the bounds of the engine, and why */
#ifndef CKPT_ENGINE_LIMITS_H
#define CKPT_ENGINE_LIMITS_H

/* A pipeline that starts waits 60 s for the root's lock and then gives up, so
 * a gc or sweep lets go of it long before: it begins no new work after
 * this long (one that has looked for nearly as long removes for half as long
 * more), and one step more is far from 20 s. */
#define CKPT_LOCK_HOLD_MS 8000

/* How often a gc or sweep locks a root to look at it, before it says that this takes
 * longer than it may: each look but the first comes after one that took all the
 * time that it wanted. */
#define CKPT_LOOK_TRIES 3

/* Checkpoints of one round of a gc: each holds a descriptor (its lease). */
#define CKPT_GC_ROUND 500

/* Names that a plan's step removes, several at a time, before it looks at the
 * clock: a slow disk takes milliseconds for each. */
#define CKPT_APPLY_CHUNK 1000

/* How often a dry run looks at a root that changes under it, before it says
 * what it sees. */
#define CKPT_LOOKS_MAX 8

/* Names that one call into the store removes before we look at the clock. */
#define CKPT_REMOVE_CHUNK 10000

/* Names in one checkpoint's directory; a real one has a few per operator. */
#define CKPT_DIR_NAMES_MAX 1000000

/* Files of a checkpoint that an archiver has open at once, so that they stay
 * readable when they are removed: a process may open 1024 by default. */
#define CKPT_ARCHIVE_OPEN 512

/* Files of a commit that are made durable, several at a time, before it says how
 * far it is and heeds a stop. */
#define CKPT_SYNC_CHUNK 1000

/* Files that are added to an archive at once, by links and where they are
 * copied. */
#define CKPT_ARCHIVE_CHUNK_FILES 2048
#define CKPT_ARCHIVE_CHUNK_COPIES 256

/* Two listings take the place of two looks at each batch of a checkpoint unless
 * a root has so many times as many names as that has batches: of a listing a
 * name costs a fifth of a look. */
#define CKPT_ARCHIVE_LIST_FACTOR 4

/* How often an archiver that was asked for the newest checkpoint tries the
 * next one, when it is removed before it is held. */
#define CKPT_ARCHIVE_TRIES 8

/* Bytes that are compared, or copied from an open file, at once. */
#define CKPT_ARCHIVE_CHUNK ((size_t)256 << 10)

/* Bytes of one block of a batch file's trees, packed.  Feldera's have some
 * kilobytes, and one row may make a large one. */
#define CKPT_LAYER_BLOCK_MAX ((uint64_t)256 << 20)

/* How much larger than its packed form Snappy can make a block: three bytes
 * stand for at most 64. */
#define CKPT_SNAPPY_RATIO 24

/* Levels of a tree of blocks; each has dozens of children. */
#define CKPT_LAYER_DEPTH_MAX 32

/* Bytes of a filter that are read at once. */
#define CKPT_LAYER_CHUNK ((size_t)256 << 10)

/* Threads that check batch files. */
#define CKPT_VERIFY_THREADS 8

#endif
