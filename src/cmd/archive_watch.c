#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/name.h"
#include "base/when.h"
#include "cmd/archive.h"
#include "cmd/say.h"

/* A signal that comes just before poll() is noticed after so long. */
#define SLICE_MS 500
/* Without a watch, how often the root is looked at. */
#define POLL_MS 250
/* A hint can be missed, and what failed may succeed: look again after this. */
#define AGAIN_MS 5000
/* Whoever else changes the archive is done soon, a pipeline is not slow. */
#define BUSY_MS 100

struct watching {
	struct ckpt_cmd *cmd;
	struct ckpt_root *source, *archive;
	const struct ckpt_args *args;
	struct ckpt_watch *watch; /* NULL: there is none, poll */
	/* Of this generation of the source's catalog, those before done are dealt
	 * with. */
	struct ckpt_catalog *seen;
	size_t done;
	int64_t every; /* ms; 0: every one */
	int64_t last;  /* when the last was added, monotonic; 0: none by us */
	bool begun;    /* the first pass was good */
	bool changed;  /* what matters has, since the last pass */
	char said[CKPT_ERR_MAX];
};

static bool stopped(const struct watching *w)
{
	return w->cmd->env.stop && w->cmd->env.stop(w->cmd->env.ctx);
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

static int print(struct watching *w, const struct ckpt_archived *a, struct ckpt_err *err)
{
	struct ckpt_cmd *cmd = w->cmd;
	int code;

	ckpt_archive_print(cmd, a, w->args->json);
	if (w->args->json)
		ckpt_buf_addc(&cmd->out, '\n');
	if (cmd->out.failed)
		return ckpt_fail_nomem(err);
	code = ckpt_say_result(&cmd->out);
	ckpt_buf_clear(&cmd->out);
	return code ? ckpt_fail(err, EPIPE,
				"the results can't be written, so the archive is not followed any more")
		    : 0;
}

/* Whatever comes of it but an error, it is dealt with.  What a retention keeps of
 * the archive is for after this. */
static int add(struct watching *w, const struct ckpt_archive_opts *o, struct ckpt_err *err)
{
	struct ckpt_archive_skip gone = { .why = (char[]){ "gone meanwhile" }, .gone = true };
	const struct ckpt_archived only = { .skipped = &gone, .n_skipped = 1 };
	struct ckpt_archived a;
	int rc = ckpt_archive(w->source, w->archive, o, &a, err), rc2 = 0;

	if (rc == -ENOENT && o->n_uuid && ckpt_catalog_find(ckpt_root_catalog(w->source), o->uuid) < 0) {
		gone.uuid = o->uuid[0];
		rc = print(w, &only, err);
	} else if (a.n_added || a.n_skipped) {
		rc2 = print(w, &a, rc ? NULL : err);
	}
	if (a.n_added)
		w->last = ckpt_when_monotonic();
	ckpt_archived_release(&a);
	return rc ? rc : rc2;
}

static int add_entry(struct watching *w, size_t i, struct ckpt_err *err)
{
	const struct ckpt_archive_opts o = { .uuid = &w->seen->entry[i]->uuid, .n_uuid = 1 };
	int rc = add(w, &o, err);

	if (rc == 0)
		w->done = i + 1;
	return rc;
}

/* *wait: look again after so long at the latest. */
static int pass(struct watching *w, int64_t *wait, struct ckpt_err *err)
{
	ptrdiff_t newest;
	bool first = !w->seen;
	int rc = ckpt_archive_newest(w->source, &newest, err);

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

/* Said once, until it is another sentence or all is well again. */
static void say(struct watching *w, const struct ckpt_err *why)
{
	if (strcmp(w->said, why->msg) != 0)
		ckpt_cmd_warn(w->cmd, "%s; it is tried again", why->msg);
	snprintf(w->said, sizeof(w->said), "%s", why->msg);
}

/* What can't be right from the beginning is no reason to wait. */
static bool is_fatal(const struct watching *w, int rc)
{
	if (rc == -EPIPE || rc == -ENOMEM)
		return true;
	return !w->begun && (rc == -EBUSY || rc == -EROFS || rc == -EEXIST || rc == -EACCES || rc == -EPERM);
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
			say(w, err);
		else
			w->said[0] = '\0';
		w->begun |= rc == 0;
		if (rc == -EBUSY)
			wait = BUSY_MS;
		rc = still_there(w->source, err);
		if (rc == 0)
			rc = still_there(w->archive, err);
		if (rc)
			return rc;
		wait_for_change(w, wait);
	}
}

int ckpt_archive_watch(struct ckpt_cmd *cmd, struct ckpt_root *archive, const struct ckpt_args *args,
		       struct ckpt_err *err)
{
	const struct ckpt_archive_opts all = { .all = true };
	const struct ckpt_opt *every = ckpt_args_opt(args, "every");
	struct watching w = { .cmd = cmd, .source = cmd->root, .archive = archive, .args = args };
	int rc;

	if (every)
		ckpt_archive_every(every->text, &w.every);
	/* Before the first look, so that nothing is missed in between. */
	rc = ckpt_store_watch(cmd->store, &w.watch, err);
	if (rc == -ENOTSUP)
		ckpt_cmd_warn(cmd, "%s; looking every %d ms instead", err->msg, POLL_MS);
	if (rc == 0 || rc == -ENOTSUP)
		rc = ckpt_args_has(args, "all") ? add(&w, &all, err) : 0;
	if (rc == 0)
		rc = follow(&w, err);
	ckpt_watch_close(w.watch);
	ckpt_catalog_unref(w.seen);
	return rc == -EINTR ? 0 : rc;
}
