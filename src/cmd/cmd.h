/* cmd.h - the verbs, one a file, and the one table of them
 *
 * A verb is a row of a table: its name, its operands, its options, and a
 * function.  The command line and the control file of a mount run the same
 * table: "ckptfs gc ROOT --except U" and "gc except=U" become the same struct
 * ckpt_args (args.h).  A verb's function gets an open root, does its work
 * through the engine, and leaves its result in a buffer, as text for people or
 * as one JSON object; it prints nothing itself.
 *
 * A verb that fails half way leaves in the buffer what it did before; so the
 * result is printed also beside an error.
 */
#ifndef CKPT_CMD_CMD_H
#define CKPT_CMD_CMD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "ckptfs/err.h"
#include "cmd/args.h"
#include "cmd/root.h"
#include "engine/catalog.h"

/* Exit codes of ckptfs. */
#define CKPT_EXIT_OK 0
#define CKPT_EXIT_FAILED 1
#define CKPT_EXIT_USAGE 2
/* EBUSY: EX_TEMPFAIL of sysexits.h, which service managers and mail programs know
 * for "not now". */
#define CKPT_EXIT_BUSY 75

struct ckpt_measured;

/* Where a verb runs. */
struct ckpt_cmd {
	struct ckpt_store *store;
	struct ckpt_root *root;
	struct ckpt_env env;		/* its event takes warnings */
	struct ckpt_buf out;		/* text: whole lines; JSON: one object, no newline */
	bool not_ok;			/* verify found problems: a failure without an error */
	size_t room;			/* columns of the terminal that it is printed on; 0: none */
	struct ckpt_measured *measured; /* what was found out on the way is kept there; may be NULL */
	int second;			/* another directory that the verb's enter opened (O_PATH); 0: none */
	bool second_made;		/* it is the first operand, and was not there before */
};

struct ckpt_verb {
	const char *name;
	const char *operands;		   /* after ROOT, for help: "UUID", "[UUID]..." */
	size_t min_operands, max_operands; /* after ROOT */
	size_t uuids_from;		   /* operands from this one on are uuids */
	bool reads;			   /* and may be shorter names (which.h) */
	const char *summary;
	const char *example;		  /* what follows "ckptfs " */
	const struct ckpt_opt_spec *opts; /* ends with a NULL name */
	enum ckpt_root_need need;
	bool control; /* may be written to control */
	bool no_root; /* it runs on the store; cmd->root is NULL */
	bool tells;   /* its text says all that the engine warns of */
	/* What the table can't say about the words; may be NULL.  A failure is
	 * one of usage. */
	int (*check)(const struct ckpt_args *args, struct ckpt_err *err);
	/* With the privileges we came with, root being ROOT's directory (O_PATH):
	 * open what else there is, and become whoever the verb must be.  NULL:
	 * become the owner of ROOT. */
	int (*enter)(struct ckpt_cmd *cmd, const struct ckpt_args *args, int root, struct ckpt_err *err);
	int (*run)(struct ckpt_cmd *cmd, const struct ckpt_args *args, struct ckpt_err *err);
};

extern const struct ckpt_verb ckpt_verb_list, ckpt_verb_show, ckpt_verb_commit, ckpt_verb_gc, ckpt_verb_sweep,
	ckpt_verb_verify, ckpt_verb_remove, ckpt_verb_rebuild, ckpt_verb_pin, ckpt_verb_unpin, ckpt_verb_pins,
	ckpt_verb_archive, ckpt_verb_du, ckpt_verb_diff, ckpt_verb_metrics;
extern const struct ckpt_verb *const ckpt_verbs[]; /* ends with NULL */
#define CKPT_VERBS_MAX 32
/* The verb of that name, or NULL. */
const struct ckpt_verb *ckpt_verb_find(const char *name);

/* Open the root on cmd->store, find what names mean, and run a verb; cmd->out is a result also after
 * an error. */
int ckpt_cmd_run(struct ckpt_cmd *cmd, const struct ckpt_args *args, struct ckpt_err *err);
/* A sentence to cmd->env.event. */
void ckpt_cmd_warn(struct ckpt_cmd *cmd, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Help, made from the table: for all verbs, for one, for the control file. */
void ckpt_help_all(struct ckpt_buf *out);
void ckpt_help_verb(const struct ckpt_verb *verb, struct ckpt_buf *out);
void ckpt_help_control(struct ckpt_buf *out);

#endif
