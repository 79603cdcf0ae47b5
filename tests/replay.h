/* replay.h - where a trace is replayed
 *
 * A trace is a list of steps on a storage root with what Feldera's checkpointer
 * left after each.  It is replayed on a target: a root (a directory, or one in
 * memory) and a way to run the three commands on it (the engine, or the
 * command line).
 */
#ifndef CKPT_TESTS_REPLAY_H
#define CKPT_TESTS_REPLAY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/catalog.h"

struct target {
	char dir[64];	      /* of the disk; "" in memory */
	const char *program;  /* NULL: the engine */
	struct ckpt_mem *mem; /* NULL: on disk */
	struct ckpt_store *store;
};

/* What a command answered. */
struct answer {
	bool ok;
	char error[CKPT_ERR_MAX];
	json_t *removed;  /* gc: array of uuids */
	json_int_t size;  /* commit */
	json_int_t usage; /* sweep */
};
void answer_release(struct answer *a);

/* kind: "posix", "mem", or the path of the ckptfs program. */
struct target *target_new(const char *kind);
void target_free(struct target *t);
void target_put(struct target *t, const char *path, const char *data, size_t len);
void target_mkdir(struct target *t, const char *path);
void target_rm(struct target *t, const char *path);
/* The text of a file (caller frees), or NULL. */
char *target_text(struct target *t, const char *path);
/* Every file: path -> size; a directory: path with '/' -> null. */
json_t *target_tree(struct target *t);
/* A path of a trace as the target spells it (the root in memory has only one
 * level of directories); false: it has no such thing. */
bool target_path(struct target *t, const char *path, char *out, size_t size);

void target_commit(struct target *t, const json_t *op, struct answer *a);
void target_gc(struct target *t, const json_t *op, struct answer *a);
void target_sweep(struct target *t, struct answer *a);

#endif
