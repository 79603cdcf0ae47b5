/* archive_put.h - a checkpoint on its way into an archive */
#ifndef CKPT_ENGINE_ARCHIVE_PUT_H
#define CKPT_ENGINE_ARCHIVE_PUT_H

#include "engine/archive.h"

/* With what is to be taken back if it fails. */
struct ckpt_putting {
	struct ckpt_root *archive;
	struct ckpt_held *h;
	struct ckpt_archived counted; /* of this checkpoint */
	bool *added;		      /* by index of h->file */
	bool made_catalog, made_dir;
};

/* Look at all of it once more, as its readers will find it. */
int ckpt_putting_check(struct ckpt_putting *p, struct ckpt_err *err);

#endif
