/* archive_file.h - files into the archive */
#ifndef CKPT_ENGINE_ARCHIVE_FILE_H
#define CKPT_ENGINE_ARCHIVE_FILE_H

#include <errno.h>

#include "engine/archive.h"

/* Add files number from up to before to, at most CKPT_ARCHIVE_CHUNK_FILES, of
 * what is held, unless they are there.  added[i]: i was not (true also after an
 * error for those that came before it), and counted says how it came.  EEXIST:
 * another file has its name.  -EAGAIN: it was removed before it could be
 * added. */
int ckpt_put_chunk(struct ckpt_root *archive, struct ckpt_held *h, size_t from, size_t to, bool *added,
		   struct ckpt_archived *counted, struct ckpt_err *err);

/* --- archive_compare.c ---------------------------------------------------- */

/* What the source has of it has gone. */
static inline bool ckpt_put_is_gone(int rc)
{
	return rc == -ENOENT || rc == -ESTALE;
}

/* Whether what the archive has by the name of f, of which *there tells, is the same: a
 * doubt is worth reading both.  EEXIST, -EAGAIN: as above. */
int ckpt_put_check_same(struct ckpt_store *archive, struct ckpt_held *h, struct ckpt_held_file *f,
			const struct ckpt_stat *there, struct ckpt_err *err);

#endif
