/* view_looks.h - what is asked of a view whose store, or whose memory, fails
 *
 * A look is a listing with attributes, a file read to its end, a mount that
 * begins, and so on; each on a root of its own with all that a root can have.
 */
#ifndef CKPT_TESTS_VIEW_LOOKS_H
#define CKPT_TESTS_VIEW_LOOKS_H

#include "tests/store_fault.h"
#include "view_world.h"

struct look {
	int (*ask)(const char *path, struct ckpt_buf *out);
	const char *path;
	bool grows; /* D comes first */
};
extern const struct look looks[]; /* ends with a NULL path */

/* The root and the view of the look that is under way; *fault is its store's. */
extern struct world looks_world;
extern struct fault looks_fault;

/* Make them, up to the moment before it is asked. */
void looks_begin(const struct look *l);
/* A view again, if asking left none. */
void looks_mend(void);
/* Ends the test if something is still open. */
void looks_end(void);
/* All bytes of an open file, in small pieces. */
int looks_read(struct ckpt_view_file *f, struct ckpt_buf *out);

#endif
