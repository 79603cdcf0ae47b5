/* tally.h - what the daemon has done
 *
 * The commands that came through control, counted, and what usage.json found out
 * when it was last read: the numbers of a mount that neither its view nor the
 * kernel's requests tell.  From the first moment there is a number for each verb
 * and each errno, so that the first failure is seen as an increase.
 *
 * The sums of usage.json say how a root was.  They are shown as long as nothing
 * tells that it is otherwise by now: until another generation of the catalog is
 * shown, or a command through this mount ends.  (Somebody else's sweep is not
 * seen; so the moment is shown too.)
 *
 * One lock, held for a few assignments.
 */
#ifndef CKPT_CMD_TALLY_H
#define CKPT_CMD_TALLY_H

#include <pthread.h>

#include "cmd/control.h"
#include "cmd/control_errno.h"
#include "cmd/measured.h"

/* A copy may be read without the lock. */
struct ckpt_tally_counts {
	struct {
		uint64_t done, failed; /* failed ones are among those done */
		uint64_t ms;
	} verb[CKPT_VERBS_MAX];		      /* as in ckpt_verbs */
	uint64_t errors[CKPT_CONTROL_ERRNOS]; /* as in ckpt_control_errnos */
	struct ckpt_measured measured;
	uint64_t generation; /* of which it was measured */
};

struct ckpt_tally {
	pthread_mutex_t lock;
	struct ckpt_tally_counts counts; /* under lock */
	uint64_t ended;			 /* commands; under lock */
};

void ckpt_tally_init(struct ckpt_tally *t);
void ckpt_tally_release(struct ckpt_tally *t);

/* A command ended that was not a dry run. */
void ckpt_tally_command(struct ckpt_tally *t, const struct ckpt_verb *v, bool failed, int64_t ms);
/* A line of control failed with rc, one of ckpt_control_errnos, negative. */
void ckpt_tally_error(struct ckpt_tally *t, int rc);

/* To be called before the root is measured, with the result of that after it. */
uint64_t ckpt_tally_ended(struct ckpt_tally *t);
void ckpt_tally_measured(struct ckpt_tally *t, const struct ckpt_measured *m, uint64_t generation,
			 uint64_t ended);

void ckpt_tally_read(struct ckpt_tally *t, struct ckpt_tally_counts *out);

#endif
