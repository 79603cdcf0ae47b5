/* limits.h - the bounds of the view, and why */
#ifndef CKPT_VIEW_LIMITS_H
#define CKPT_VIEW_LIMITS_H

/* How long a checkpoint that left is ESTALE and not ENOENT: a mirroring tool
 * that takes longer than this from its listing to its look-ups is not known. */
#define CKPT_GONE_MS (3600 * 1000)

/* Bytes of checkpoints' lists kept in memory: some ten of the largest known
 * (100,000 batches are about 6 MB), thousands of the usual ones. */
#define CKPT_CONTENTS_CACHE ((size_t)64 << 20)

/* A change of the root comes as several hints; this long we wait for more.  It is
 * part of the time from a commit until it is shown. */
#define CKPT_SETTLE_MS 2

/* How often we look where watching is not possible. */
#define CKPT_POLL_MS 1000

/* Sentences about damage: one a checkpoint in this time, and in it at most so
 * many in all; a find over a damaged root must not flood the log. */
#define CKPT_COMPLAINT_MS (60 * 1000)
#define CKPT_COMPLAINTS_MAX 100

/* Of the descriptors for readers, so many percent are for leases alone: each is one
 * checkpoint that can still be looked into. */
#define CKPT_FILES_FOR_LEASES 25

/* What the files were when they were held answers so long for them: a listing of
 * 100,000, for which they were, takes no longer. */
#define CKPT_SEEN_MS 2000

/* The first state.json of a root comes within a second of its checkpoint; so long it
 * may still come. */
#define CKPT_STATE_LATE_MS (60 * 1000)

/* How often free space is looked at while files are held. */
#define CKPT_HOLD_CHECK_MS 1000

/* Longest path that st_ino is made of: two uuids, a name, and what is between. */
#define CKPT_OWNER_MAX 512

/* Directory offsets below this are for names that are always the same. */
#define CKPT_OFFSET_LISTED 16

/* A table of slots: how many places the first one has, and how many percent are
 * taken before it grows.  More would be less memory, and longer ways. */
#define CKPT_TABLE_MIN 64
#define CKPT_TABLE_FULL 85

/* So many checkpoints are listed with their nodes, whoever asks: some 3 us each.  Who
 * reads a whole listing before looking at anything asks for the others one by one. */
#define CKPT_NODES_FREELY 1000

#endif
