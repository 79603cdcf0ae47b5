/* faults_world.h - the commands that are to fail, and who judges them
 *
 * A command is a line as one types it, run on a root of its own by the verb of
 * that line.  It is run undisturbed first, which says what it answers and what
 * it leaves.  Then it is run with a fault (whoever makes the faults switches
 * them on between faults_begin() and faults_judge()), and what it then leaves
 * has to be one of these:
 *
 * - all as it was, and a sentence that tells of the fault;
 * - all as an undisturbed run leaves it, where the fault cost nothing;
 * - something between, every difference of which the answer names.
 *
 * In each of them the catalog can be read and every checkpoint in it is whole,
 * nothing is still open, and the next try ends as an undisturbed run does.
 * What only reads gives the right answer or says what it could not read.
 */
#ifndef CKPT_TESTS_FAULTS_WORLD_H
#define CKPT_TESTS_FAULTS_WORLD_H

#include "base/buf.h"
#include "base/names.h"
#include "engine/catalog.h"

/* --- commands (faults_commands.c) ---------------------------------------- */

struct faults_command {
	const char *line;		       /* without the /r of a root: for the control file */
	void (*prepare)(struct ckpt_store *s); /* the root that it runs on */
	bool reads;			       /* it changes nothing */
	void (*source)(struct ckpt_store *s);  /* archive: from here, into the root */
};
extern const struct faults_command faults_commands[]; /* ends with a NULL line */
/* What is written to the control file of a mount. */
extern const struct faults_command faults_controls[];

/* Run it; text takes what a caller is told besides err, warnings too. */
int faults_run(const struct faults_command *c, struct ckpt_store *s, struct ckpt_store *source,
	       struct ckpt_buf *text, struct ckpt_err *err);

/* --- a run (faults_world.c) ---------------------------------------------- */

/* Where the roots lie; opens one more store on the n-th. */
struct faults_place {
	struct ckpt_store *(*open)(void *ctx, int n);
	void (*clear)(void *ctx); /* both are empty again; nothing is open */
	void *ctx;
};
/* Two roots in memory. */
struct faults_place faults_place_mem(void);

struct faults {
	const struct faults_command *command;
	struct faults_place place;
	struct ckpt_mem *made, *made_source;	 /* what the command's root and source begin with */
	struct ckpt_store *plain, *plain_source; /* a look at both */

	/* The undisturbed run: lines "dir/name content". */
	struct ckpt_names before, after;
	struct ckpt_names swept; /* after a sweep besides */
	struct ckpt_buf right;	 /* its answer */
};

void faults_init(struct faults *f, const struct faults_command *c, struct faults_place place);
void faults_release(struct faults *f);
/* The roots as they were at the beginning. */
void faults_begin(struct faults *f);

/* Run the command on them without any fault. */
int faults_run_plain(struct faults *f, struct ckpt_buf *text, struct ckpt_err *err);
/* Sweep the root, and take what lies in it then. */
void faults_sweep(struct faults *f, struct ckpt_names *out);
void faults_lines(struct ckpt_store *s, struct ckpt_names *out);
bool faults_same(const struct ckpt_names *a, const struct ckpt_names *b);

/* --- judging (faults_judge.c) --------------------------------------------- */

/* What came of a run with a fault. */
struct faults_outcome {
	int rc;
	struct ckpt_err err;
	struct ckpt_buf text;
	const char *sentence; /* the fault's own, where it is known; else NULL */
	bool hit;	      /* there was one */
	bool for_good;	      /* it stayed, so that nothing could be taken back either */
};
/* Ends the test with what is wrong. */
void faults_judge(struct faults *f, struct faults_outcome *o);

#endif
