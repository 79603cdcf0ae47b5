/** @file
 * ckpt.h - a Feldera storage root: its checkpoints, and what changes them
 *
 * A storage root holds a catalog (oldest checkpoint first), one directory a
 * checkpoint, and batch files that many checkpoints share.  This header reads
 * it, commits checkpoints to it, and removes what is not wanted any more.  The
 * format is Feldera's (dbsp::circuit::checkpointer).  Each part has a header of its
 * own; ckpt.h has them all.
 *
 * Reading needs no lock and writes nothing; it works on a read-only root and
 * beside a running pipeline.  What changes a root (commit, gc, sweep, remove,
 * rebuild) takes the root's lock for as long as it runs, reads the catalog
 * again under it, and fails with EBUSY where a pipeline has it.
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

#include "ckptfs/checkpoint.h"
#include "ckptfs/commit.h"
#include "ckptfs/entry.h"
#include "ckptfs/err.h"
#include "ckptfs/gc.h"
#include "ckptfs/open.h"
#include "ckptfs/store.h"
#include "ckptfs/uuid.h"
#include "ckptfs/verify.h"

#endif
