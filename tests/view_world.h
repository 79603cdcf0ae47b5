/* view_world.h - a root in memory and a view of it, for the tests of floor 3
 *
 * One store is the pipeline's, which writes; the other the view's.  They are
 * parties of their own to locks and leases.  Every checkpoint has fingerprint
 * 7 and the dependencies of version 2.
 */
#ifndef CKPT_TESTS_VIEW_WORLD_H
#define CKPT_TESTS_VIEW_WORLD_H

#include "base/log.h"
#include "view/view.h"

/* Version 7.  A and B have the same time, C and D later ones. */
#define A "0199f0c2-1a2b-7c3d-8e4f-00000000000a"
#define B "0199f0c2-1a2b-7c3d-8e4f-00000000000b"
#define C "0199f0c2-2000-7c3d-8e4f-00000000000c"
#define D "0199f0c2-3000-7c3d-8e4f-00000000000d"

/* How long a test waits for the view's thread, and one of its naps. */
#define WAIT_MS 5000
#define NAP_MS 10
void nap(void);

#define SHARED "w0-shared.feldera"
#define ONLY(uuid) "w0-" uuid ".feldera"

struct world {
	struct ckpt_mem *mem;
	struct ckpt_store *pipeline, *store;
	struct ckpt_log *log;
	struct ckpt_view *view;
};

/* An empty root, without a catalog and a view. */
void world_init(struct world *w);
void world_release(struct world *w);
/* The same root anew: another daemon. */
void world_open_view(struct world *w, int64_t lease_ms);
void world_close_view(struct world *w);

/* By the pipeline. */
void put(struct world *w, const char *dir, const char *name, const char *text);
void drop(struct world *w, const char *dir, const char *name);
/* A checkpoint's directory: CHECKPOINT, dependencies.json (SHARED and
 * ONLY(uuid)), z1-0.dat; and its batch.  Not yet in the catalog. */
void put_checkpoint(struct world *w, const char *uuid);
/* The catalog: these uuids, up to a NULL. */
void put_catalog(struct world *w, ...) __attribute__((sentinel));
/* As a gc does it, once the catalog is without it. */
void remove_checkpoint(struct world *w, const char *uuid);
/* A root with A, B and C, and a view of it. */
void world_make(struct world *w, int64_t lease_ms);

/* Through the view; a path of the mount without its leading slash. */
int look(struct world *w, const char *path, struct ckpt_node *out);
uint64_t id_of(struct world *w, const char *path); /* must be there */
int open_file(struct world *w, const char *path, struct ckpt_view_file **out);
int open_dir(struct world *w, const char *path, struct ckpt_view_dir **out);
/* What a file says, or what a link says; must work.  Freed by the caller. */
char *say_of(struct world *w, const char *path);
/* The names in a directory but "." and "..", each with a space behind it. */
char *names_in(struct world *w, const char *path);
char *status_of(struct world *w);

void check_names(struct world *w, const char *path, const char *names);
/* These fail unless the result is rc (0 or a negative errno). */
void check_look(struct world *w, const char *path, int rc);
void check_open(struct world *w, const char *path, int rc);
void check_opendir(struct world *w, const char *path, int rc);
/* Must work. */
void refresh(struct world *w);

#endif
