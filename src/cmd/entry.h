/* entry.h - one checkpoint, printed
 *
 * As JSON it is the catalog's own entry, byte for byte, with members added at
 * its end: what is unknown to us stays, and no integer is touched.  A member
 * that the entry has already is never added a second time.
 */
#ifndef CKPT_CMD_ENTRY_H
#define CKPT_CMD_ENTRY_H

#include <stdbool.h>

#include "cmd/cmd.h"
#include "cmd/marks.h"
#include "cmd/table.h"

/* What needs a look at the checkpoint's files. */
struct ckpt_more {
	bool asked; /* else nothing below counts */
	bool finished_known, finished;
	struct ckpt_details details;
};

/* Look entry i of the catalog up.  A damaged checkpoint is no failure: it is
 * warned of, and more->details says so.  Only want of our own is (no memory, no
 * descriptors). */
int ckpt_more_read(struct ckpt_cmd *cmd, const struct ckpt_catalog *c, const struct ckpt_resume *resume,
		   size_t i, struct ckpt_more *more, struct ckpt_err *err);
/* Read what finished depends on; NULL, with a warning, if that can't be read. */
const struct ckpt_resume *ckpt_more_resume(struct ckpt_cmd *cmd, struct ckpt_resume *buf);
/* "damaged", "incomplete", "unfinished", "finished". */
const char *ckpt_more_state(const struct ckpt_more *more);

/* more may be NULL, and so may marks; mark is the one of this entry. */
void ckpt_entry_json(struct ckpt_cmd *cmd, const struct ckpt_entry *e, const struct ckpt_more *more,
		     const struct ckpt_marks *marks, unsigned mark, struct ckpt_buf *out);
/* The same without its last '}', for who has more to add. */
void ckpt_entry_json_open(struct ckpt_cmd *cmd, const struct ckpt_entry *e, const struct ckpt_more *more,
			  const struct ckpt_marks *marks, unsigned mark, struct ckpt_buf *out);
/* A cell of an integer that may be absent. */
void ckpt_u64_cell(struct ckpt_table *t, const struct ckpt_u64 *v);

#endif
