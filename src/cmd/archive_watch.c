#include "cmd/archive_watch.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/name.h"
#include "base/when.h"

/* A signal that comes just before poll() is noticed after so long. */
#define SLICE_MS 500
/* Without a watch, how often the root is looked at. */
#define POLL_MS 250
/* A hint can be missed, and what failed may succeed: look again after this. */
#define AGAIN_MS 5000
/* Whoever else changes the archive is done soon, a pipeline is not slow. */
#define BUSY_MS 100
/* A pipeline that runs on the archive is there for longer. */
#define BUSY_FIRST_MS 5000

/* --- waiting -------------------------------------------------------------- */

static void hint(void *ctx, const char *dir, const char *name)
{
	struct ckpt_watching *w = ctx;

	(void)dir;
	if (!name || strcmp(name, CKPT_CATALOG) == 0 || strcmp(name, CKPT_STATE) == 0)
		w->changed = true;
}

static void wait_for_change(struct ckpt_watching *w, int64_t wait)
{
	struct pollfd p = { .fd = w->watch ? ckpt_watch_fd(w->watch) : -1, .events = POLLIN };
	const int64_t end = ckpt_when_monotonic() + (wait < AGAIN_MS ? wait : AGAIN_MS);
	const int slice = w->watch ? SLICE_MS : POLL_MS;
	int64_t left;

	w->changed = false;
	while (!w->changed && !ckpt_watching_stopped(w)) {
		left = end - ckpt_when_monotonic();
		if (left <= 0)
			return;
		poll(&p, 1, left < slice ? (int)left : slice);
		if (!w->watch)
			return;
		if (p.revents && ckpt_watch_next(w->watch, hint, w, NULL) != 0) {
			ckpt_watch_close(w->watch);
			w->watch = NULL;
		}
	}
}

/* --- following ------------------------------------------------------------ */

/* A directory that was removed stays open, and empty, for ever. */
static int still_there(struct ckpt_root *root, struct ckpt_err *err)
{
	struct ckpt_store *s = ckpt_root_store(root);
	struct ckpt_stat st;

	if (ckpt_store_stat(s, NULL, NULL, &st, NULL) || st.nlink > 0)
		return 0;
	return ckpt_fail(err, ENOENT, "the directory %s was removed, so there is nothing to follow any more",
			 ckpt_store_label(s));
}

/* What can't be right from the beginning is no reason to wait. */
static bool is_fatal(const struct ckpt_watching *w, int rc)
{
	if (rc == -EPIPE || rc == -ENOMEM)
		return true;
	if (w->begun)
		return false;
	if (rc == -EBUSY)
		return ckpt_when_monotonic() - w->start >= BUSY_FIRST_MS;
	return rc == -EROFS || rc == -EEXIST || rc == -EACCES || rc == -EPERM;
}

static int follow(struct ckpt_watching *w, struct ckpt_err *err)
{
	int64_t wait;
	int rc;

	for (;;) {
		rc = ckpt_watching_pass(w, &wait, err);
		if (ckpt_watching_stopped(w))
			return 0;
		if (rc && is_fatal(w, rc))
			return rc;
		if (rc)
			ckpt_watching_say(w, w->said, err);
		else
			w->said[0] = '\0';
		w->begun |= rc == 0;
		if (rc == -EBUSY)
			wait = BUSY_MS;
		rc = ckpt_watching_prune_again(w, err);
		if (rc == 0)
			rc = still_there(w->source, err);
		if (rc == 0)
			rc = still_there(w->archive, err);
		if (rc)
			return rc;
		wait_for_change(w, wait);
	}
}

static int add_all_first(struct ckpt_watching *w, struct ckpt_err *err)
{
	int rc;

	while ((rc = ckpt_watching_add_all(w, err)) == -EBUSY && !is_fatal(w, rc) &&
	       !ckpt_watching_stopped(w)) {
		ckpt_watching_say(w, w->said, err);
		poll(NULL, 0, BUSY_MS);
	}
	return rc;
}

int ckpt_archive_watch(const struct ckpt_archive_job *job, struct ckpt_err *err)
{
	const struct ckpt_opt *every = ckpt_args_opt(job->args, "every");
	/* What an earlier one left undone is due. */
	struct ckpt_watching w = {
		.job = job,
		.source = job->cmd->root,
		.archive = job->archive,
		.start = ckpt_when_monotonic(),
		.due = job->keep != NULL,
	};
	int rc;

	if (every)
		ckpt_archive_every(every->text, &w.every);
	/* Before the first look, so that nothing is missed in between. */
	rc = ckpt_store_watch(job->cmd->store, &w.watch, err);
	if (rc == -ENOTSUP)
		ckpt_cmd_warn(job->cmd, "%s; looking every %d ms instead", err->msg, POLL_MS);
	if (rc == 0 || rc == -ENOTSUP)
		rc = ckpt_args_has(job->args, "all") ? add_all_first(&w, err) : 0;
	if (rc == 0)
		rc = follow(&w, err);
	ckpt_watch_close(w.watch);
	ckpt_catalog_unref(w.seen);
	return rc == -EINTR ? 0 : rc;
}
