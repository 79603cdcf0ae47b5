#include "view/seen.h"

void ckpt_seen_take(struct ckpt_seen *seen, const struct ckpt_stat *st)
{
	*seen = (struct ckpt_seen){ .size = st->size,
				    .blocks = st->blocks,
				    .mtime = st->mtime,
				    .mode = st->mode,
				    .uid = st->uid,
				    .gid = st->gid,
				    .known = st->kind == CKPT_KIND_FILE };
}

bool ckpt_seen_tell(const struct ckpt_seen *seen, struct ckpt_stat *st)
{
	if (!seen->known)
		return false;
	*st = (struct ckpt_stat){ .kind = CKPT_KIND_FILE,
				  .size = seen->size,
				  .blocks = seen->blocks,
				  .mtime = seen->mtime,
				  .mode = seen->mode,
				  .uid = seen->uid,
				  .gid = seen->gid };
	return true;
}
