/* keep.h - the words of a retention
 *
 * Every verb that prunes a history takes the same --keep-* options: it puts
 * CKPT_KEEP_OPTS into its table of options, ckpt_keep_check() into its check,
 * and reads them by ckpt_keep_read().
 */
#ifndef CKPT_CMD_KEEP_H
#define CKPT_CMD_KEEP_H

#include "cmd/args.h"
#include "engine/retention.h"

#define CKPT_KEEP_COUNT(word, what)                                                                          \
	{                                                                                                    \
		.name = "keep-" word, .kind = CKPT_OPT_U64, .control = true, .value = "N", .help = what      \
	}
#define CKPT_KEEP_OPTS                                                                                       \
	CKPT_KEEP_COUNT("last", "keep the last N checkpoints"),                                              \
		CKPT_KEEP_COUNT("hourly", "keep the newest of each of the last N hours that have one"),      \
		CKPT_KEEP_COUNT("daily", "the same of days"), CKPT_KEEP_COUNT("weekly", "of weeks"),         \
		CKPT_KEEP_COUNT("monthly", "of months"), CKPT_KEEP_COUNT("yearly", "of years"),              \
		{ .name = "keep-within",                                                                     \
		  .kind = CKPT_OPT_TEXT,                                                                     \
		  .control = true,                                                                           \
		  .value = "SPAN",                                                                           \
		  .help = "keep all of so long before the newest: 14d, 6h, 2w, 1y2m3d5h (m: months)" },      \
		{ .name = "keep-identifier",                                                                 \
		  .kind = CKPT_OPT_TEXT,                                                                     \
		  .repeat = true,                                                                            \
		  .control = true,                                                                           \
		  .value = "GLOB",                                                                           \
		  .help = "keep all whose identifier matches" },                                             \
	{                                                                                                    \
		.name = "keep-oldest", .kind = CKPT_OPT_FLAG, .control = true,                               \
		.help = "also the oldest while there are fewer than N, as restic 0.16 and later"             \
	}

/* Understand the words.  A failure is one of usage. */
int ckpt_keep_check(const struct ckpt_args *args, struct ckpt_err *err);
/* The retention that they mean, and whether there is one.  Its globs are
 * borrowed from args; release it also after an error. */
int ckpt_keep_read(const struct ckpt_args *args, struct ckpt_retention *out, bool *given,
		   struct ckpt_err *err);
void ckpt_keep_release(struct ckpt_retention *r);

#endif
