/* args.h - the words of a command, understood
 *
 * Two spellings, one result.  The command line says "--except U", "--except=U"
 * or "-n"; the control file of a mount says "except=U" or "dry-run".  Both
 * become a struct ckpt_args by the same table of options, so that a value
 * is good or bad for both alike.
 *
 * Parsing changes nothing and looks at nothing but the words: what it refuses
 * was not understood (EINVAL, exit 2), and the sentence quotes the word.
 */
#ifndef CKPT_CMD_ARGS_H
#define CKPT_CMD_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ckptfs/err.h"
#include "ckptfs/uuid.h"

struct ckpt_verb;

/* Words of one command. */
#define CKPT_ARGS_MAX 4096

enum ckpt_opt_kind {
	CKPT_OPT_FLAG,
	CKPT_OPT_TEXT, /* UTF-8 */
	CKPT_OPT_U64,  /* decimal, the whole range, nothing else */
	CKPT_OPT_UUID
};

struct ckpt_opt_spec {
	const char *name; /* long form, without dashes: "dry-run" */
	char letter;	  /* 'n', or 0 */
	enum ckpt_opt_kind kind;
	bool repeat;
	bool control;	   /* allowed in the control file */
	const char *value; /* "UUID", for help; NULL for flags */
	const char *help;
};

/* One option as given. */
struct ckpt_opt {
	const struct ckpt_opt_spec *spec;
	const char *text;
	uint64_t number;
	struct ckpt_uuid uuid;
};

/* The texts are borrowed from the words. */
struct ckpt_args {
	const struct ckpt_verb *verb;
	struct ckpt_opt *opt;
	size_t n_opt;
	const char **operand; /* without ROOT */
	size_t n_operand;
	struct ckpt_uuid *uuid; /* the operands that are uuids, in order; nil: a name to be looked up */
	size_t n_uuid;
	const char *root; /* NULL in the control file */
	bool json, quiet, help;
};

#define CKPT_ARGS_INIT                                                                                       \
	{                                                                                                    \
		0                                                                                            \
	}

/* The options that every verb has on the command line: --json, --quiet and --help. */
extern const struct ckpt_opt_spec ckpt_args_common[]; /* ends with a NULL name */

/* Understand what follows the verb.  Release *out in any case. */
int ckpt_args_cli(const struct ckpt_verb *verb, int n, char *const *word, struct ckpt_args *out,
		  struct ckpt_err *err);
int ckpt_args_control(const struct ckpt_verb *verb, size_t n, char *const *word, struct ckpt_args *out,
		      struct ckpt_err *err);
void ckpt_args_release(struct ckpt_args *args);

/* The option of that name, or NULL; the first if it is repeated. */
const struct ckpt_opt *ckpt_args_opt(const struct ckpt_args *args, const char *name);
bool ckpt_args_has(const struct ckpt_args *args, const char *name);
/* All values of a repeated option of uuids, on the heap (NULL if there are
 * none).  False: no memory. */
bool ckpt_args_uuids(const struct ckpt_args *args, const char *name, struct ckpt_uuid **out, size_t *n);

/* Cut a line of the control file into words, in place.  They are separated by
 * blanks; a part of a word in double quotes may hold blanks, and there \" and
 * \\ stand for " and \.  The line must be UTF-8 without control characters.
 * *word is on the heap, its elements lie in line. */
int ckpt_words_split(char *line, size_t len, char ***word, size_t *n, struct ckpt_err *err);

#endif
