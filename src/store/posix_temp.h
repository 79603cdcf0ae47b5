/* posix_temp.h - a file that is being written, before it has its name
 *
 * It comes into being without a name (O_TMPFILE) where the file system can do
 * that, and is called NAME.mut only when it is whole, to be synced and renamed.
 * Elsewhere it is called NAME.mut from the beginning.
 *
 * NAME.mut is one name, and two may want it.  So whoever syncs and renames it
 * has it locked by flock(2), and nobody takes the name away from a file that
 * he has not locked (race 2).  Nobody locks it while he merely writes: then
 * the name may be taken, and the bytes are written again into a new file when
 * their turn comes, which is locked meanwhile.  flock(2), so that it has nothing to do with leases.
 */
#ifndef CKPT_STORE_POSIX_TEMP_H
#define CKPT_STORE_POSIX_TEMP_H

#include "store/posix.h"

struct ckpt_posix_temp {
	struct ckpt_posix *s;
	int at; /* the directory; the owner's */
	int fd; /* -1: not open */
	bool named;
	char name[CKPT_NAME_MAX + 1]; /* NAME.mut */
};

/* Make it; t->s and t->at are filled in.  name: what it will be called. */
int ckpt_posix_temp_open(struct ckpt_posix_temp *t, const char *name);
/* Wait until NAME.mut is this file, locked.  From then on only those take it
 * away who know no locks: a sweep. */
int ckpt_posix_temp_hold(struct ckpt_posix_temp *t);
/* From NAME.mut to name.  fresh: EEXIST if that is taken.  ENOENT: it was swept;
 * hold it again. */
int ckpt_posix_temp_rename(struct ckpt_posix_temp *t, const char *name, bool fresh);
/* Close it, and remove NAME.mut if that is still this file. */
void ckpt_posix_temp_discard(struct ckpt_posix_temp *t);

int ckpt_posix_write_all(int fd, const char *data, size_t len);

#endif
