/* archive_file.h - files into the archive */
#ifndef CKPT_ENGINE_ARCHIVE_FILE_H
#define CKPT_ENGINE_ARCHIVE_FILE_H

#include "engine/archive.h"

/* Add files number from up to before to, at most CKPT_ARCHIVE_CHUNK_FILES, of
 * what is held, unless they are there.  added[i]: i was not (true also after an
 * error for those that came before it), and counted says how it came.  EEXIST:
 * another file has its name.  -EAGAIN: it was removed before it could be
 * added. */
int ckpt_put_chunk(struct ckpt_root *archive, struct ckpt_held *h, size_t from, size_t to, bool *added,
		   struct ckpt_archived *counted, struct ckpt_err *err);

#endif
