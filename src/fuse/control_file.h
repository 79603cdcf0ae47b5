/* control_file.h - an open file in .ckptfs
 *
 * control is a conversation: a write is a command, what is read afterwards its
 * answer, as a stream, whatever offset is asked for; before the first write it
 * is the help.  The others are a text made when the file is opened.
 */
#ifndef CKPT_FUSE_CONTROL_FILE_H
#define CKPT_FUSE_CONTROL_FILE_H

#include "fuse/inside.h"

struct ckpt_control_file {
	unsigned refs; /* atomic: the handle, and a command that runs */
	struct ckpt_fuse *fuse;
	enum ckpt_ctl ctl;
	pthread_mutex_t lock;
	/* Under lock. */
	bool fresh; /* nothing was written yet, and the help not yet read */
	struct ckpt_buf text;
	size_t at; /* of control: how far it was read */
};

/* One reference; NULL: no memory. */
struct ckpt_control_file *ckpt_control_new(struct ckpt_fuse *f, enum ckpt_ctl ctl);
void ckpt_control_ref(struct ckpt_control_file *c);
/* Whether there may be only so many of its kind (CKPT_CONTROL_FILES). */
bool ckpt_control_counted(enum ckpt_ctl ctl);
/* What is read from now on; takes the bytes. */
void ckpt_control_answer(struct ckpt_control_file *c, struct ckpt_buf *answer);

#endif
