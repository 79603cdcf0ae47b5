#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/name.h"
#include "base/when.h"
#include "cmd/archive_job.h"
#include "cmd/say.h"

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

struct watching {
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

static bool stopped(const struct watching *w)
{
	const struct ckpt_env *env = &w->job->cmd->env;

	return env->stop && env->stop(env->ctx);
}

/* --- what is to be done --------------------------------------------------- */

/* Carry over to the catalog as it is now what was dealt with. */
static void follow_catalog(struct watching *w)
{
	struct ckpt_catalog *now = ckpt_root_catalog(w->source);
	size_t done = 0;

	if (now == w->seen)
		return;
	for (size_t i = 0; w->seen && i < now->n; i++) {
		ptrdiff_t was = ckpt_catalog_find(w->seen, &now->entry[i]->uuid);

		if (was >= 0 && (size_t)was < w->done)
			done = i + 1;
	}
	ckpt_catalog_unref(w->seen);
	w->seen = ckpt_catalog_ref(now);
	w->done = done;
}

/* How long the next one has to wait.  The archive itself tells when the last
 * one came if that was before our time, so that to start anew is no reason to
 * archive; a clock that was set back is no reason never to. */
static int64_t wait_ms(const struct watching *w)
{
	const struct ckpt_catalog *c = ckpt_root_catalog(w->archive);
	int64_t gone;

	if (!w->every)
		return 0;
	if (w->last)
		gone = ckpt_when_monotonic() - w->last;
	else if (c->n)
		gone = ckpt_when_now() - ckpt_time_ms(ckpt_root_store(w->archive), &c->entry[c->n - 1]->uuid);
	else
		return 0;
	return gone < 0 || gone >= w->every ? 0 : w->every - gone;
}

static int print(struct watching *w, const struct ckpt_archive_result *r, struct ckpt_err *err)
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

/* Said once, until it is another sentence or all is well again. */
static void say(struct watching *w, char said[CKPT_ERR_MAX], const struct ckpt_err *why)
{
	if (strcmp(said, why->msg) != 0)
		ckpt_cmd_warn(w->job->cmd, "%s; it is tried again", why->msg);
	snprintf(said, CKPT_ERR_MAX, "%s", why->msg);
}

/* That something can't be removed is no reason to add nothing more: said, and
 * tried again. */
static int prune(struct watching *w, struct ckpt_plan *gc, struct ckpt_err *err)
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
	else if (!stopped(w))
		say(w, w->said_of_gc, &why);
	return 0;
}

/* Prune, and say in one line what came of a checkpoint and of that. */
static int settle(struct watching *w, struct ckpt_archive_result *r, struct ckpt_err *err)
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

static int settle_gone(struct watching *w, const struct ckpt_uuid *u, struct ckpt_err *err)
{
	struct ckpt_archive_skip gone = { .uuid = *u, .why = (char[]){ "gone meanwhile" }, .gone = true };
	const struct ckpt_archive_result r = { .archived = { .skipped = &gone, .n_skipped = 1 } };

	return print(w, &r, err);
}

static int add_all(struct watching *w, struct ckpt_err *err)
{
	const struct ckpt_archive_opts all = { .all = true };
	struct ckpt_archive_result r = { 0 };
	int rc = w->job->keep ? ckpt_archive_add_wanted(w->job, true, &r, err)
			      : ckpt_archive(w->source, w->archive, &all, &r.archived, err);
	int rc2 = settle(w, &r, rc ? NULL : err);

	ckpt_archive_result_release(&r);
	return rc ? rc : rc2;
}

/* Each is judged alone: one that is only not wanted beside a newer one is added
 * nevertheless, since that one may be gone when its turn comes. */
static int add_one(struct watching *w, const struct ckpt_uuid *u, struct ckpt_archive_result *r,
		   struct ckpt_err *err)
{
	const struct ckpt_archive_opts o = { .uuid = u, .n_uuid = 1 };
	bool wanted = true;
	int rc = w->job->keep ? ckpt_root_refresh(w->archive, err) : 0;

	if (!rc && w->job->keep)
		rc = ckpt_archive_wanted(w->job, u, 1, &wanted, err);
	if (rc)
		return rc;
	if (!wanted) {
		r->n_unwanted = 1;
		return 0;
	}
	return ckpt_archive(w->source, w->archive, &o, &r->archived, err);
}

/* Whatever comes of it but an error, it is dealt with. */
static int add_entry(struct watching *w, size_t i, struct ckpt_err *err)
{
	struct ckpt_archive_result r = { 0 };
	const struct ckpt_uuid *u;
	int rc, rc2 = 0;

	assert(w->seen);
	u = &w->seen->entry[i]->uuid;
	rc = add_one(w, u, &r, err);
	if (rc == -ENOENT && ckpt_catalog_find(ckpt_root_catalog(w->source), u) < 0)
		rc = settle_gone(w, u, err);
	else
		rc2 = settle(w, &r, rc ? NULL : err);
	ckpt_archive_result_release(&r);
	rc = rc ? rc : rc2;
	if (rc == 0)
		w->done = i + 1;
	return rc;
}

/* What could not be removed before. */
static int prune_again(struct watching *w, struct ckpt_err *err)
{
	struct ckpt_archive_result r = { 0 };
	int rc = settle(w, &r, err);

	ckpt_archive_result_release(&r);
	return rc;
}

/* *wait: look again after so long at the latest. */
static int pass(struct watching *w, int64_t *wait, struct ckpt_err *err)
{
	ptrdiff_t newest;
	bool first = !w->seen;
	int rc = ckpt_newest_finished(w->source, &newest, err);

	*wait = AGAIN_MS;
	/* Between two writes of it there can be no catalog for a moment. */
	if (rc || ckpt_root_catalog(w->source)->absent)
		return rc;
	follow_catalog(w);
	if (first && newest > 0)
		w->done = (size_t)newest;
	if (newest < 0 || (size_t)newest < w->done)
		return 0;
	rc = ckpt_root_refresh(w->archive, err);
	if (rc)
		return rc;
	if (wait_ms(w) > 0) {
		*wait = wait_ms(w);
		return 0;
	}
	/* The oldest is the first to be removed. */
	for (size_t i = w->every ? (size_t)newest : w->done; rc == 0 && i <= (size_t)newest && !stopped(w);
	     i++)
		rc = add_entry(w, i, err);
	return rc;
}

/* --- waiting -------------------------------------------------------------- */

static void hint(void *ctx, const char *dir, const char *name)
{
	struct watching *w = ctx;

	(void)dir;
	if (!name || strcmp(name, CKPT_CATALOG) == 0 || strcmp(name, CKPT_STATE) == 0)
		w->changed = true;
}

static void wait_for_change(struct watching *w, int64_t wait)
{
	struct pollfd p = { .fd = w->watch ? ckpt_watch_fd(w->watch) : -1, .events = POLLIN };
	const int64_t end = ckpt_when_monotonic() + (wait < AGAIN_MS ? wait : AGAIN_MS);
	const int slice = w->watch ? SLICE_MS : POLL_MS;
	int64_t left;

	w->changed = false;
	while (!w->changed && !stopped(w)) {
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
static bool is_fatal(const struct watching *w, int rc)
{
	if (rc == -EPIPE || rc == -ENOMEM)
		return true;
	if (w->begun)
		return false;
	if (rc == -EBUSY)
		return ckpt_when_monotonic() - w->start >= BUSY_FIRST_MS;
	return rc == -EROFS || rc == -EEXIST || rc == -EACCES || rc == -EPERM;
}

static int follow(struct watching *w, struct ckpt_err *err)
{
	int64_t wait;
	int rc;

	for (;;) {
		rc = pass(w, &wait, err);
		if (stopped(w))
			return 0;
		if (rc && is_fatal(w, rc))
			return rc;
		if (rc)
			say(w, w->said, err);
		else
			w->said[0] = '\0';
		w->begun |= rc == 0;
		if (rc == -EBUSY)
			wait = BUSY_MS;
		rc = prune_again(w, err);
		if (rc == 0)
			rc = still_there(w->source, err);
		if (rc == 0)
			rc = still_there(w->archive, err);
		if (rc)
			return rc;
		wait_for_change(w, wait);
	}
}

static int add_all_first(struct watching *w, struct ckpt_err *err)
{
	int rc;

	while ((rc = add_all(w, err)) == -EBUSY && !is_fatal(w, rc) && !stopped(w)) {
		say(w, w->said, err);
		poll(NULL, 0, BUSY_MS);
	}
	return rc;
}

int ckpt_archive_watch(const struct ckpt_archive_job *job, struct ckpt_err *err)
{
	const struct ckpt_opt *every = ckpt_args_opt(job->args, "every");
	/* What an earlier one left undone is due. */
	struct watching w = {
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
