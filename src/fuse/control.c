#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "fuse/control_file.h"

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
#define LIMIT TEXT(CKPT_CONTROL_MAX)

/* The mode keeps others out, but not one who may override modes. */
static bool is_mounter(fuse_req_t req)
{
	return fuse_req_ctx(req)->uid == ckpt_fuse_of(req)->opts.mounter;
}

static void refuse(fuse_req_t req, int code, const char *sentence)
{
	ckpt_log_add(ckpt_fuse_of(req)->opts.log, CKPT_LOG_NOT_ALLOWED, "user %u: %s",
		     (unsigned)fuse_req_ctx(req)->uid, sentence);
	fuse_reply_err(req, code);
}

static void refuse_stranger(fuse_req_t req)
{
	refuse(req, EACCES, "only who mounted it may use the files of .ckptfs");
}

/* --- opening ------------------------------------------------------------- */

/* Answers the open; takes c over.  fi is a copy. */
static void answer_open(fuse_req_t req, struct ckpt_control_file *c, struct fuse_file_info *fi)
{
	struct ckpt_fuse *f = c->fuse;
	struct ckpt_handle *h = ckpt_handle_new(f);

	if (!h) {
		ckpt_control_unref(c);
		fuse_reply_err(req, ENOMEM);
		return;
	}
	h->control = c;
	fi->fh = (uintptr_t)h;
	fi->direct_io = 1;
	fi->nonseekable = c->ctl == CKPT_CTL_CONTROL;
	/* Whoever opened it is gone: then no release comes either. */
	if (fuse_reply_open(req, fi))
		ckpt_handle_free(f, h);
}

/* gc, sweep and usage.json are computed, which may take as long as a command. */
struct show_job {
	struct ckpt_job job;
	struct ckpt_control_file *control;
	struct fuse_file_info fi;
};

static void run_show(struct ckpt_job *job)
{
	struct show_job *s = (struct show_job *)job;
	struct ckpt_control_file *c = s->control;
	const struct ckpt_fuse_opts *o = &c->fuse->opts;
	struct ckpt_err err = { 0 };
	int rc = o->show(o->ctx, c->ctl, &c->text, &err);

	ckpt_job_settle(job);
	if (!rc && c->text.failed)
		rc = ckpt_fail_nomem(&err);
	if (rc) {
		ckpt_log_add(o->log, CKPT_LOG_NOT_SHOWN, "%s", err.msg);
		ckpt_control_unref(c);
		fuse_reply_err(job->req, -rc);
	} else {
		answer_open(job->req, c, &s->fi);
	}
}

static void cancel_show(struct ckpt_job *job)
{
	struct show_job *s = (struct show_job *)job;

	ckpt_job_settle(job);
	ckpt_control_unref(s->control);
	fuse_reply_err(job->req, EINTR);
}

static void open_show(fuse_req_t req, struct ckpt_control_file *c, const struct fuse_file_info *fi)
{
	struct show_job *s = calloc(1, sizeof(*s));

	if (s) {
		s->job = (struct ckpt_job){ .req = req, .run = run_show, .cancel = cancel_show };
		s->control = c;
		s->fi = *fi;
		if (ckpt_engine_add(c->fuse->looker, &s->job))
			return;
	}
	ckpt_control_unref(c);
	fuse_reply_err(req, s ? EAGAIN : ENOMEM);
	free(s);
}

static void show_status(struct ckpt_fuse *f, struct ckpt_buf *out)
{
	struct ckpt_buf more = CKPT_BUF_INIT;

	ckpt_backings_status(&f->backings, &more);
	ckpt_kernel_status(f, &more);
	ckpt_view_status(f->view, more.failed ? NULL : more.data, out);
	ckpt_buf_release(&more);
}

void ckpt_control_open(fuse_req_t req, enum ckpt_ctl ctl, const struct fuse_file_info *fi)
{
	struct ckpt_fuse *f = ckpt_fuse_of(req);
	struct fuse_file_info copy = *fi;
	struct ckpt_control_file *c;

	if (!is_mounter(req)) {
		refuse_stranger(req);
		return;
	}
	if (ctl != CKPT_CTL_CONTROL && (fi->flags & O_ACCMODE) != O_RDONLY) {
		fuse_reply_err(req, EROFS);
		return;
	}
	c = ckpt_control_new(f, ctl);
	if (!c) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	if (ckpt_control_counted(ctl) &&
	    __atomic_load_n(&f->controls, __ATOMIC_RELAXED) > CKPT_CONTROL_FILES) {
		ckpt_control_unref(c);
		refuse(req, EMFILE, "too many files of .ckptfs are open already; close some");
		return;
	}
	if (ctl == CKPT_CTL_GC || ctl == CKPT_CTL_SWEEP || ctl == CKPT_CTL_USAGE) {
		open_show(req, c, fi);
		return;
	}
	if (ctl == CKPT_CTL_STATUS)
		show_status(f, &c->text);
	else if (ctl == CKPT_CTL_METRICS)
		f->opts.show(f->opts.ctx, ctl, &c->text, NULL);
	else if (ctl == CKPT_CTL_LOG)
		ckpt_log_dump(f->opts.log, &c->text);
	answer_open(req, c, &copy);
}

/* --- reading ------------------------------------------------------------- */

/* Reading control before a command was written. */
static void give_help(struct ckpt_control_file *c)
{
	const struct ckpt_fuse_opts *o = &c->fuse->opts;
	struct ckpt_buf help = CKPT_BUF_INIT;
	bool fresh;

	pthread_mutex_lock(&c->lock);
	fresh = c->fresh;
	pthread_mutex_unlock(&c->lock);
	if (!fresh)
		return;
	o->show(o->ctx, CKPT_CTL_CONTROL, &help, NULL);
	pthread_mutex_lock(&c->lock);
	if (c->fresh && help.failed)
		c->text.failed = true;
	else if (c->fresh)
		ckpt_buf_add(&c->text, help.data, help.len);
	c->fresh = false;
	pthread_mutex_unlock(&c->lock);
	ckpt_buf_release(&help);
}

void ckpt_control_read(fuse_req_t req, struct ckpt_handle *h, size_t size, off_t off)
{
	struct ckpt_control_file *c = h->control;
	size_t at, n;

	if (!is_mounter(req)) {
		refuse_stranger(req);
		return;
	}
	/* Once the read is answered the kernel may close the file. */
	ckpt_control_ref(c);
	give_help(c);
	pthread_mutex_lock(&c->lock);
	at = c->ctl == CKPT_CTL_CONTROL ? c->at : (size_t)off;
	if (at > c->text.len)
		at = c->text.len;
	n = c->text.len - at < size ? c->text.len - at : size;
	if (c->text.failed)
		fuse_reply_err(req, ENOMEM);
	else
		fuse_reply_buf(req, n ? c->text.data + at : NULL, n);
	c->at = at + n;
	pthread_mutex_unlock(&c->lock);
	ckpt_control_unref(c);
}

/* --- writing ------------------------------------------------------------- */

struct command_job {
	struct ckpt_job job;
	struct ckpt_control_file *control;
	size_t len;
	char line[];
};

static void end_command(struct command_job *j, int rc)
{
	ckpt_job_settle(&j->job);
	ckpt_control_unref(j->control);
	if (rc)
		fuse_reply_err(j->job.req, -rc);
	else
		fuse_reply_write(j->job.req, j->len);
}

static void run_command(struct ckpt_job *job)
{
	struct command_job *j = (struct command_job *)job;
	const struct ckpt_fuse_opts *o = &j->control->fuse->opts;
	struct ckpt_buf answer = CKPT_BUF_INIT;
	struct ckpt_err err = { 0 };
	int rc = o->command(o->ctx, j->line, j->len, ckpt_job_stopped, job, &answer, &err);

	/* The answer first: whoever has got the result reads at once. */
	ckpt_control_answer(j->control, &answer);
	end_command(j, rc);
}

static void answer_error(struct ckpt_control_file *c, const char *code, const char *sentence)
{
	struct ckpt_buf answer = CKPT_BUF_INIT;

	ckpt_buf_addf(&answer, "{\"error\":{\"errno\":\"%s\",\"message\":", code);
	ckpt_buf_add_json(&answer, sentence, strlen(sentence));
	ckpt_buf_adds(&answer, "}}\n");
	ckpt_control_answer(c, &answer);
}

static void cancel_command(struct ckpt_job *job)
{
	struct command_job *j = (struct command_job *)job;

	answer_error(j->control, "EINTR", "interrupted before it began; nothing was done");
	end_command(j, -EINTR);
}

static void refuse_command(fuse_req_t req, struct ckpt_control_file *c, int code, const char *name,
			   const char *sentence)
{
	answer_error(c, name, sentence);
	refuse(req, code, sentence);
}

void ckpt_control_write(fuse_req_t req, struct ckpt_handle *h, const char *data, size_t size)
{
	struct ckpt_control_file *c = h->control;
	struct ckpt_buf none = CKPT_BUF_INIT;
	struct command_job *j;

	if (!is_mounter(req)) {
		refuse_stranger(req);
		return;
	}
	if (size > CKPT_CONTROL_MAX) {
		refuse_command(req, c, EINVAL, "EINVAL",
			       "a command may have at most " LIMIT " bytes; this one is longer");
		return;
	}
	j = malloc(sizeof(*j) + size + 1);
	if (!j) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	j->job = (struct ckpt_job){ .req = req, .run = run_command, .cancel = cancel_command };
	j->control = c;
	j->len = size;
	memcpy(j->line, data, size);
	j->line[size] = '\0';
	ckpt_control_answer(c, &none);
	ckpt_control_ref(c);
	if (ckpt_engine_add(c->fuse->engine, &j->job))
		return;
	free(j);
	refuse_command(req, c, EAGAIN, "EAGAIN", "too many commands wait already; try again later");
	ckpt_control_unref(c);
}
