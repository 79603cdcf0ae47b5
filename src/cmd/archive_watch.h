/* archive_watch.h - following a root into an archive, for the files that do it
 *
 * A pass looks which checkpoints are next and adds them; what comes of each is
 * settled: the archive is pruned, and a line printed.  Then one waits until
 * something changes.  What fails is said, once, and tried again.
 */
#ifndef CKPT_CMD_ARCHIVE_WATCH_H
#define CKPT_CMD_ARCHIVE_WATCH_H

#include "cmd/archive_job.h"

struct ckpt_watching {
	const struct ckpt_archive_job *job;
	struct ckpt_root *source, *archive;
	struct ckpt_watch *watch; /* NULL: there is none, poll */
	/* Of this generation of the source's catalog, those before done are dealt
	 * with. */
	struct ckpt_catalog *seen;
	size_t done;
	int64_t every; /* ms; 0: every one */
	int64_t start; /* monotonic */
	int64_t last;  /* when the last was added, monotonic; 0: none by us */
	bool begun;    /* the first pass was good */
	bool changed;  /* what matters has, since the last pass */
	bool due;      /* the archive may hold what the retention does not keep */
	char said[CKPT_ERR_MAX], said_of_gc[CKPT_ERR_MAX];
};

static inline bool ckpt_watching_stopped(const struct ckpt_watching *w)
{
	const struct ckpt_env *env = &w->job->cmd->env;

	return env->stop && env->stop(env->ctx);
}

/* --- archive_next.c ------------------------------------------------------- */

/* Add whatever the source has. */
int ckpt_watching_add_all(struct ckpt_watching *w, struct ckpt_err *err);
/* Add what is next.  *wait: the one after it is due in so many ms; INT64_MAX:
 * when something changes. */
int ckpt_watching_pass(struct ckpt_watching *w, int64_t *wait, struct ckpt_err *err);

/* --- archive_settle.c ----------------------------------------------------- */

/* Prune, and say in one line what came of a checkpoint and of that. */
int ckpt_watching_settle(struct ckpt_watching *w, struct ckpt_archive_result *r, struct ckpt_err *err);
/* The same of one that was removed before it could be added. */
int ckpt_watching_settle_gone(struct ckpt_watching *w, const struct ckpt_uuid *u, struct ckpt_err *err);
/* Remove what could not be removed before. */
int ckpt_watching_prune_again(struct ckpt_watching *w, struct ckpt_err *err);
/* A sentence, said once, until it is another one or all is well again. */
void ckpt_watching_say(struct ckpt_watching *w, char said[CKPT_ERR_MAX], const struct ckpt_err *why);

#endif
