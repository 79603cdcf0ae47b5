/* archive_file.h - one file into the archive */
#ifndef CKPT_ENGINE_ARCHIVE_FILE_H
#define CKPT_ENGINE_ARCHIVE_FILE_H

#include "engine/archive.h"

/* Add a held file unless it is there.  *added: it was not, and counted says how
 * it came.  EEXIST: another file has its name.  -EAGAIN: it was removed before
 * it could be added. */
int ckpt_put_file(struct ckpt_store *archive, struct ckpt_held *h, struct ckpt_held_file *f, bool *added,
		  struct ckpt_archived *counted, struct ckpt_err *err);

#endif
