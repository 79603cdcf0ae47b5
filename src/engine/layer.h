/* layer.h - is a batch file as it was written?
 *
 * A batch is a "layer file": blocks of a multiple of 512 bytes, the last of
 * them a trailer that says where the top block of each column's tree lies.
 * Index blocks name their children; there may be a filter block beside the
 * trees.  Every block carries the CRC-32C of what it is in memory, that is,
 * after Snappy where the file is compressed.  (dbsp, storage/file/format.rs)
 *
 * Checking a file means to walk from the trailer to every block, and to see
 * that they fill the file exactly: then no bit of it can have changed.  Nothing
 * in the file is trusted: a block is read once, lies within the file, overlaps
 * no other, and is not larger in memory than Snappy could have made of it.
 */
#ifndef CKPT_ENGINE_LAYER_H
#define CKPT_ENGINE_LAYER_H

#include "ckptfs/err.h"
#include "store/contract.h"

/* The version whose blocks are known.  Those before it are not read by any
 * Feldera that is in use; what comes after may differ. */
#define CKPT_LAYER_VERSION 5

/* 0: every bit is as it was written.  EUCLEAN: damaged; the sentence has the
 * file (label) and the offset.  ENOTSUP: it is of another version, or has
 * features that are not known, so it was not checked.  Else: what reading it
 * gave.  *bytes: its size. */
int ckpt_layer_check(struct ckpt_file *f, const char *label, uint64_t *bytes, struct ckpt_err *err);

/* Load what reading blocks takes, before the process gives up the right to; where
 * that fails, checking says so. */
void ckpt_layer_prepare(void);

#endif
