#include "cmd/serve.h"

#include <string.h>

#include "cmd/control.h"
#include "cmd/metrics.h"
#include "cmd/say.h"

/* A command of the control file, while it runs. */
struct command {
	struct ckpt_serving *s;
	bool (*stop)(void *stop_ctx);
	void *stop_ctx;
};

static void on_event(void *ctx, enum ckpt_event level, const char *sentence)
{
	struct command *c = ctx;

	ckpt_log_add(c->s->log, level == CKPT_EVENT_WARNING ? CKPT_LOG_WARNED : CKPT_LOG_TOLD, "%s",
		     sentence);
}

static bool on_stop(void *ctx)
{
	struct command *c = ctx;

	return c->stop && c->stop(c->stop_ctx);
}

static int on_refresh(void *ctx, struct ckpt_err *err)
{
	return ckpt_view_refresh(((struct command *)ctx)->s->view, err);
}

static int on_release(void *ctx, const struct ckpt_uuid *u, struct ckpt_err *err)
{
	return ckpt_view_release(((struct command *)ctx)->s->view, u, err);
}

static struct ckpt_control control_of(struct command *c)
{
	return (struct ckpt_control){
		.store = c->s->store,
		.env = { .event = on_event, .stop = on_stop, .ctx = c },
		.refresh = on_refresh,
		.release = on_release,
		.mount = c,
		.tally = &c->s->tally,
	};
}

int ckpt_serving_command(void *ctx, const char *line, size_t len, bool (*stop)(void *stop_ctx),
			 void *stop_ctx, struct ckpt_buf *answer, struct ckpt_err *err)
{
	struct command c = { .s = ctx, .stop = stop, .stop_ctx = stop_ctx };
	const struct ckpt_control control = control_of(&c);
	int shown = len > 200 ? 200 : (int)len;
	struct ckpt_err mine = { 0 };
	int rc;

	if (!err)
		err = &mine;
	if (shown && line[shown - 1] == '\n')
		shown--;
	rc = ckpt_control_command(&control, line, len, answer, err);
	if (rc)
		ckpt_log_add(c.s->log, CKPT_LOG_NOT_DONE, "control: '%.*s' failed: %s", shown, line,
			     err->msg);
	else
		ckpt_log_add(c.s->log, CKPT_LOG_DONE, "control: '%.*s' done", shown, line);
	/* Whoever looks right after a command sees its effect. */
	ckpt_view_refresh(c.s->view, NULL);
	return rc;
}

/* What is found out is kept, unless the root changed meanwhile. */
static int show_usage(struct command *c, struct ckpt_buf *out, struct ckpt_err *err)
{
	struct ckpt_control control = control_of(c);
	const uint64_t ended = ckpt_tally_ended(&c->s->tally);
	struct ckpt_measured measured = { 0 };
	uint64_t generation;
	int rc;

	ckpt_view_refresh(c->s->view, NULL);
	generation = ckpt_view_generation(c->s->view);
	control.tally = NULL; /* nobody gave a command */
	control.measured = &measured;
	rc = ckpt_control_show(&control, CKPT_CTL_USAGE, out, err);
	ckpt_view_refresh(c->s->view, NULL);
	if (measured.at_ms && ckpt_view_generation(c->s->view) == generation)
		ckpt_tally_measured(&c->s->tally, &measured, generation, ended);
	return rc;
}

int ckpt_serving_show(void *ctx, enum ckpt_ctl what, struct ckpt_buf *out, struct ckpt_err *err)
{
	struct command c = { .s = ctx };
	const struct ckpt_control control = control_of(&c);

	if (what == CKPT_CTL_USAGE)
		return show_usage(&c, out, err);
	if (what != CKPT_CTL_METRICS)
		return ckpt_control_show(&control, what, out, err);
	ckpt_metrics_mount(c.s->root, c.s->view, c.s->fuse, &c.s->tally, out);
	return 0;
}

void ckpt_serving_sweep(struct ckpt_serving *s)
{
	static char name[] = "sweep";
	struct ckpt_buf answer = CKPT_BUF_INIT;
	struct command c = { .s = s };
	const struct ckpt_control control = control_of(&c);
	struct ckpt_err err = { 0 };

	if (ckpt_control_command(&control, name, strlen(name), &answer, &err) != 0) {
		ckpt_say("the root was not swept: %s", err.msg);
		ckpt_log_add(s->log, CKPT_LOG_NOT_SWEPT, "the root was not swept: %s", err.msg);
	}
	ckpt_buf_release(&answer);
}
