#include "cmd/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/when.h"
#include "cmd/control_errno.h"
#include "cmd/jsonout.h"
#include "cmd/tally.h"

static int answer_error(const struct ckpt_err *e, const struct ckpt_buf *done, struct ckpt_buf *answer)
{
	const struct ckpt_control_errno *shown = ckpt_control_errno_of(e->code);

	ckpt_jo_open(answer, NULL, '{');
	ckpt_jo_open(answer, "error", '{');
	ckpt_jo_text(answer, "errno", shown->name);
	ckpt_jo_text(answer, "message", e->msg);
	ckpt_jo_close(answer, '}');
	if (done && done->len && !done->failed)
		ckpt_jo_raw(answer, "done", done->data, done->len);
	ckpt_jo_close(answer, '}');
	return -shown->as;
}

static int run_verb(const struct ckpt_control *c, const struct ckpt_verb *v, size_t n, char *const *word,
		    struct ckpt_buf *answer, struct ckpt_err *err)
{
	struct ckpt_cmd cmd = { .store = c->store, .env = c->env, .measured = c->measured };
	const int64_t start = ckpt_when_monotonic();
	struct ckpt_args args = CKPT_ARGS_INIT;
	int rc = ckpt_args_control(v, n, word, &args, err);

	if (rc == 0)
		rc = ckpt_cmd_run(&cmd, &args, err);
	if (rc)
		rc = answer_error(err, &cmd.out, answer);
	else
		ckpt_buf_add(answer, cmd.out.data, cmd.out.len);
	if (rc == 0 && cmd.not_ok)
		rc = ckpt_fail(err, EIO, "%s: problems were found; the answer lists them", v->name);
	/* A dry run is no gc. */
	if (c->tally && !ckpt_args_has(&args, "dry-run"))
		ckpt_tally_command(c->tally, v, rc != 0, ckpt_when_monotonic() - start);
	ckpt_args_release(&args);
	ckpt_buf_release(&cmd.out);
	return rc;
}

/* What only a mount can do. */
static bool is_mounts_own(size_t n, char *const *word)
{
	return n &&
	       ((n == 1 && strcmp(word[0], "refresh") == 0) || (n <= 2 && strcmp(word[0], "release") == 0));
}

static int run_mounts_own(const struct ckpt_control *c, size_t n, char *const *word, struct ckpt_buf *answer,
			  struct ckpt_err *err)
{
	struct ckpt_uuid u;
	int rc;

	if (strcmp(word[0], "refresh") == 0)
		rc = c->refresh(c->mount, err);
	else if (n > 1 && !ckpt_uuid_parse(word[1], &u))
		rc = ckpt_fail(err, EINVAL,
			       "release: '%s' is not a uuid (36 characters, as 'list' prints it)", word[1]);
	else
		rc = c->release(c->mount, n > 1 ? &u : NULL, err);
	if (rc)
		return answer_error(err, NULL, answer);
	ckpt_jo_open(answer, NULL, '{');
	ckpt_jo_bool(answer, "ok", true);
	ckpt_jo_close(answer, '}');
	return 0;
}

static int answer_help(struct ckpt_buf *answer, struct ckpt_err *err)
{
	struct ckpt_buf help = CKPT_BUF_INIT;

	ckpt_help_control(&help);
	if (help.failed) {
		ckpt_buf_release(&help);
		ckpt_fail_nomem(err);
		return answer_error(err, NULL, answer);
	}
	ckpt_jo_open(answer, NULL, '{');
	ckpt_jo_text(answer, "help", help.data);
	ckpt_jo_close(answer, '}');
	ckpt_buf_release(&help);
	return 0;
}

static int run_words(const struct ckpt_control *c, size_t n, char *const *word, struct ckpt_buf *answer,
		     struct ckpt_err *err)
{
	const struct ckpt_verb *v = n ? ckpt_verb_find(word[0]) : NULL;

	if (n == 0)
		ckpt_fail(err, EINVAL, "the command is empty; 'help' lists the commands");
	else if (v && v->control)
		return run_verb(c, v, n - 1, word + 1, answer, err);
	else if (is_mounts_own(n, word))
		return run_mounts_own(c, n, word, answer, err);
	else if (n == 1 && strcmp(word[0], "help") == 0)
		return answer_help(answer, err);
	else if (v)
		ckpt_fail(err, EINVAL, "'%s' is no command of the control file; use 'ckptfs %s'", v->name,
			  v->name);
	else
		ckpt_fail(err, EINVAL, "unknown command '%s'; 'help' lists the commands", word[0]);
	return answer_error(err, NULL, answer);
}

int ckpt_control_command(const struct ckpt_control *c, const char *line, size_t len, struct ckpt_buf *answer,
			 struct ckpt_err *err)
{
	struct ckpt_buf copy = CKPT_BUF_INIT;
	struct ckpt_err mine = { 0 };
	char **word = NULL;
	size_t n = 0;
	int rc;

	if (!err)
		err = &mine;
	if (len && line[len - 1] == '\n')
		len--;
	ckpt_buf_add(&copy, line, len);
	ckpt_buf_addc(&copy, '\0');
	if (copy.failed)
		rc = ckpt_fail_nomem(err);
	else
		rc = ckpt_words_split(copy.data, len, &word, &n, err);
	if (rc)
		rc = answer_error(err, NULL, answer);
	else
		rc = run_words(c, n, word, answer, err);
	if (rc && c->tally)
		ckpt_tally_error(c->tally, rc);
	ckpt_buf_addc(answer, '\n');
	ckpt_buf_show_json(answer, 0);
	free(word);
	ckpt_buf_release(&copy);
	return rc;
}

static void show_usage(const struct ckpt_control *c, struct ckpt_buf *out, struct ckpt_err *err)
{
	run_verb(c, &ckpt_verb_du, 0, NULL, out, err);
	ckpt_buf_addc(out, '\n');
	ckpt_buf_show_json(out, 0);
}

int ckpt_control_show(const struct ckpt_control *c, enum ckpt_ctl what, struct ckpt_buf *out,
		      struct ckpt_err *err)
{
	static char dry_run[] = "dry-run";
	char *const word[] = { dry_run };
	struct ckpt_cmd cmd = { .store = c->store, .env = c->env };
	struct ckpt_args args = CKPT_ARGS_INIT;
	struct ckpt_err mine = { 0 };
	int rc;

	if (!err)
		err = &mine;
	if (what == CKPT_CTL_USAGE) {
		show_usage(c, out, err);
		return 0;
	}
	if (what != CKPT_CTL_GC && what != CKPT_CTL_SWEEP) {
		ckpt_help_control(out);
		return 0;
	}
	rc = ckpt_args_control(what == CKPT_CTL_GC ? &ckpt_verb_gc : &ckpt_verb_sweep, 1, word, &args, err);
	args.json = false;
	if (rc == 0)
		rc = ckpt_cmd_run(&cmd, &args, err);
	/* Whoever looks what a gc would do wants to know why it would fail; a
	 * read that fails could not say it. */
	if (rc == 0)
		ckpt_buf_add(out, cmd.out.data, cmd.out.len);
	else
		ckpt_buf_addf(out, "would fail: %s\n", err->msg);
	ckpt_buf_show_text(out, 0);
	ckpt_args_release(&args);
	ckpt_buf_release(&cmd.out);
	return 0;
}
