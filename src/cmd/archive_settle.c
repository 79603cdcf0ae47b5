#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/when.h"
#include "cmd/archive_watch.h"
#include "cmd/say.h"

static int print(struct ckpt_watching *w, const struct ckpt_archive_result *r, struct ckpt_err *err)
{
	struct ckpt_cmd *cmd = w->job->cmd;
	int code;

	ckpt_archive_print(w->job, r);
	if (w->job->args->json)
		ckpt_buf_addc(&cmd->out, '\n');
	if (cmd->out.failed)
		return ckpt_fail_nomem(err);
	code = ckpt_say_result(&cmd->out, w->job->args->json);
	ckpt_buf_clear(&cmd->out);
	return code ? ckpt_fail(err, EPIPE,
				"the results can't be written, so the archive is not followed any more")
		    : 0;
}

void ckpt_watching_say(struct ckpt_watching *w, char said[CKPT_ERR_MAX], const struct ckpt_err *why)
{
	if (strcmp(said, why->msg) != 0)
		ckpt_cmd_warn(w->job->cmd, "%s; it is tried again", why->msg);
	snprintf(said, CKPT_ERR_MAX, "%s", why->msg);
}

/* That something can't be removed is no reason to add nothing more: said, and
 * tried again. */
static int prune(struct ckpt_watching *w, struct ckpt_plan *gc, struct ckpt_err *err)
{
	struct ckpt_err why = { 0 };
	int rc;

	if (!w->due)
		return 0;
	rc = ckpt_archive_prune(w->job, gc, &why);
	w->due = rc != 0;
	if (rc == -ENOMEM)
		return ckpt_fail_nomem(err);
	if (!rc)
		w->said_of_gc[0] = '\0';
	else if (!ckpt_watching_stopped(w))
		ckpt_watching_say(w, w->said_of_gc, &why);
	return 0;
}

int ckpt_watching_settle(struct ckpt_watching *w, struct ckpt_archive_result *r, struct ckpt_err *err)
{
	const struct ckpt_archived *a = &r->archived;
	int rc, rc2 = 0;

	if (a->n_added) {
		w->last = ckpt_when_monotonic();
		w->due = w->job->keep != NULL;
	}
	rc = prune(w, &r->gc, err);
	if (a->n_added || a->n_skipped || r->n_unwanted || r->gc.n_removed)
		rc2 = print(w, r, rc ? NULL : err);
	return rc ? rc : rc2;
}

int ckpt_watching_settle_gone(struct ckpt_watching *w, const struct ckpt_uuid *u, struct ckpt_err *err)
{
	struct ckpt_archive_skip gone = { .uuid = *u, .why = (char[]){ "gone meanwhile" }, .gone = true };
	const struct ckpt_archive_result r = { .archived = { .skipped = &gone, .n_skipped = 1 } };

	return print(w, &r, err);
}

int ckpt_watching_prune_again(struct ckpt_watching *w, struct ckpt_err *err)
{
	struct ckpt_archive_result r = { 0 };
	int rc = ckpt_watching_settle(w, &r, err);

	ckpt_archive_result_release(&r);
	return rc;
}
