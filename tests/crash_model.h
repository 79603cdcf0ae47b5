/* crash_model.h - what a power loss can leave of a log
 *
 * The model is a disk: files with bytes, of which the first so many are
 * durable; and directories, each with the names that are durable and the
 * changes of names since.  The contract (store/contract.h) says no more than this:
 *
 * - The bytes of a file are durable from a sync of it (or a writer's commit)
 *   on.  Of others a power loss leaves all, none, or a part from the beginning.
 * - A change of a name is durable from a sync of its directory on.  Of others a
 *   power loss leaves any, in whatever combination, each as a whole: a rename
 *   is not half done.
 * - A file that is not reached by a name is no part of what is left.
 *
 * So a state is a choice for each unsynced file and each unsynced change.
 * Where there are few, all choices are taken; where there are many, a sample
 * (crash_states()).
 */
#ifndef CKPT_TESTS_CRASH_MODEL_H
#define CKPT_TESTS_CRASH_MODEL_H

#include "tests/store_crash.h"

/* At most so many combinations of one prefix are all taken: those of 10
 * unsynced changes.  Beyond: all lost, all kept, each alone lost, each alone
 * kept, and so many that are drawn (always the same). */
#define CRASH_ALL 1024
#define CRASH_DRAWN 200

#define CRASH_NAMES 128	  /* in one directory */
#define CRASH_DIRS 64	  /* ever made */
#define CRASH_FILES 512	  /* the same */
#define CRASH_CHANGES 192 /* of one directory, unsynced */

/* What a name stands for: a file, or (in the root) a directory. */
struct crash_entry {
	const char *name; /* the log's */
	int file, dir;	  /* -1: not this */
};
struct crash_names {
	struct crash_entry e[CRASH_NAMES];
	size_t n;
};
struct crash_change {
	const char *gone;	   /* a name that goes; NULL: none */
	struct crash_entry become; /* name NULL: none */
	bool kept;		   /* the choice */
};
struct crash_dir {
	struct crash_names durable, live;
	struct crash_change change[CRASH_CHANGES];
	size_t n;
};
enum crash_fate { CRASH_EMPTY, CRASH_TORN, CRASH_WHOLE, CRASH_FATES };
struct crash_file {
	char *data;
	size_t len, durable;
	enum crash_fate fate; /* the choice, for what is not durable */
};
struct crash_model {
	struct crash_file file[CRASH_FILES];
	struct crash_dir *dir[CRASH_DIRS]; /* 0: the root */
	int n_file, n_dir;
};

void crash_model_init(struct crash_model *m);
void crash_model_release(struct crash_model *m);
void crash_model_apply(struct crash_model *m, const struct crash_op *op);
/* The file of a name in the root, as a process sees it; -1: none. */
int crash_model_live(const struct crash_model *m, const char *name);

/* Choose that nothing is lost. */
void crash_model_keep_all(struct crash_model *m);
/* Put the state that is chosen into an empty store; a number that tells it from
 * others. */
void crash_model_plant(const struct crash_model *m, struct ckpt_store *s);
uint64_t crash_model_hash(const struct crash_model *m);

/* Call visit for each state that is to be looked at. */
typedef void crash_visit(void *ctx, struct crash_model *m);
struct crash_bounds {
	unsigned long all, drawn;
	uint64_t seed;
};
void crash_states(struct crash_model *m, const struct crash_bounds *b, crash_visit *visit, void *ctx);

#endif
