/* commands_model.h - the rules of a storage root, once more
 *
 * A model of a small root, written from the description of the format and of
 * the commands, and of nothing in src/engine: which checkpoints, batches and
 * pins there are is a few bits, what a command does to them a few lines.  It
 * answers as the engine must, and says what must then lie in the root, byte for
 * byte.
 *
 * Where several things are wrong at once, which of them a command names is not
 * a rule: the model gives all the errors that it may fail with.  A command that
 * fails changes nothing, but for archive.
 */
#ifndef CKPT_TESTS_FUZZ_COMMANDS_MODEL_H
#define CKPT_TESTS_FUZZ_COMMANDS_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

#define N_CKPT 6
#define N_BATCH 6
#define N_PIN 3

extern const char *const model_uuid[N_CKPT]; /* not in the order of their times */
extern const char *const model_batch[N_BATCH];
extern const char *const model_pin[N_PIN]; /* sorted */

/* Files of a checkpoint's directory, in the order of their names. */
enum { F_MARKER = 1, F_SPINE = 2, F_Z0 = 4, F_Z1 = 8, F_ALL = 15 };
extern const char *const model_file[4];

enum catalog { CATALOG_ABSENT, CATALOG_GOOD, CATALOG_BAD };
enum deps { DEPS_NONE, DEPS_1, DEPS_2, DEPS_BAD };
enum state { STATE_NONE, STATE_NULL, STATE_NAMES, STATE_BAD };

struct model_entry {
	unsigned ckpt;
	uint64_t fingerprint;
	int64_t size;	 /* -1: none, as in an entry that somebody else wrote */
	int identifier;	 /* -1: none */
	int64_t steps;	 /* -1: none */
	bool from_state; /* rebuilt: its text is that of a state.json */
};

struct model_dir {
	bool there;
	unsigned files; /* F_ */
	bool temporary; /* z9.dat.mut */
	enum deps deps;
	unsigned deps_batches, deps_files;
	bool spine_bad;
	unsigned spine_batches;
	enum state state; /* STATE_NAMES: this checkpoint */
};

struct model_pin {
	bool set;
	unsigned ckpt;
	int64_t created_ms, expires_ms; /* 0: never */
};

struct model {
	enum catalog catalog;
	struct model_entry entry[N_CKPT];
	unsigned n;
	struct model_dir dir[N_CKPT];
	unsigned batches;			   /* that are there */
	bool junk_batch, junk_mut, junk_dir, note; /* nobody's */
	bool damaged;				   /* a catalog that a rebuild has kept */
	enum state state;
	unsigned resumes; /* STATE_NAMES: from this one */
	bool pins_file, pins_bad;
	struct model_pin pin[N_PIN];
	int64_t now_ms;
	bool locked;	     /* by a pipeline */
	bool reader[N_CKPT]; /* leased */
};

/* What a command must answer. */
struct outcome {
	int code[8]; /* those that it may fail with; none: it must succeed */
	unsigned n_codes;
	struct ckpt_buf text; /* the answer, as lines */
};
void outcome_release(struct outcome *o);
void outcome_may_fail(struct outcome *o, bool condition, int code);

void model_init(struct model *m);
/* Its place in the catalog, or -1. */
int model_find(const struct model *m, unsigned ckpt);
/* No catalog, but a directory (but: of another one). */
bool model_is_lost(const struct model *m, int but);
/* The batches that a checkpoint needs; false: that can't be told. */
bool model_needs(const struct model_dir *d, unsigned *batches);
/* All names and their content, sorted. */
void model_tree(const struct model *m, struct ckpt_buf *out);
/* The text of a file that somebody else writes. */
void model_deps_text(const struct model_dir *d, struct ckpt_buf *out);
void model_spine_text(const struct model_dir *d, struct ckpt_buf *out);
void model_state_text(enum state state, unsigned ckpt, struct ckpt_buf *out);
void model_file_text(unsigned ckpt, unsigned file, struct ckpt_buf *out);
#define MODEL_DAMAGED_CATALOG "[{\"uuid\":"
#define MODEL_DAMAGED "{\"version\":"

struct model_commit {
	unsigned ckpt;
	bool has_fingerprint;
	uint64_t fingerprint;
	bool check_fingerprint, check_empty;
	int version; /* 0, 1, 2 */
	int identifier;
	int64_t steps;
};
void model_commit(struct model *m, const struct model_commit *c, struct outcome *o);
void model_gc(struct model *m, unsigned except, unsigned keep_last, bool dry_run, struct outcome *o);
void model_remove(struct model *m, unsigned ckpt, bool dry_run, struct outcome *o);
void model_sweep(struct model *m, bool dry_run, struct outcome *o);
void model_verify(struct model *m, bool has_fingerprint, uint64_t fingerprint, struct outcome *o);
void model_pin_set(struct model *m, unsigned pin, unsigned ckpt, int64_t expires_ms, struct outcome *o);
void model_pin_drop(struct model *m, unsigned pin, struct outcome *o);
void model_rebuild(struct model *m, bool has_fingerprint, uint64_t fingerprint, bool dry_run,
		   struct outcome *o);
/* ckpt -1: all that are finished.  This one, where it fails half way, keeps what
 * it has added. */
void model_archive(const struct model *source, struct model *archive, int ckpt, struct outcome *o);

#endif
