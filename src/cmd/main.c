#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/cmd.h"
#include "cmd/mount.h"
#include "cmd/progress.h"
#include "cmd/say.h"
#include "cmd/width.h"
#include "config.h"
#include "fuse/fuse.h"

/* Set by a signal: the engine ends at its next safe point. */
static volatile sig_atomic_t stopped;

static void on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}

static bool is_stopped(void *ctx)
{
	(void)ctx;
	return stopped != 0;
}

/* What goes wrong is said and done with; what goes well, the result says. */
static void on_event(void *ctx, enum ckpt_event level, const char *sentence)
{
	(void)ctx;
	if (level == CKPT_EVENT_WARNING)
		ckpt_say("%s", sentence);
}

static void catch_signals(void)
{
	const struct sigaction stop = { .sa_handler = on_signal };

	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGHUP, &stop, NULL);
	ckpt_say_hold_pipe();
}

static int print_out(struct ckpt_buf *out, bool json)
{
	int code = out->failed ? CKPT_EXIT_FAILED : ckpt_say_result(out, json);

	ckpt_buf_release(out);
	return code;
}

/* Whatever is to be found below ROOT, it is looked for as its owner. */
static int open_store(struct ckpt_cmd *cmd, const struct ckpt_args *args, struct ckpt_err *err)
{
	const struct ckpt_opt *uuid = ckpt_args_opt(args, "uuid");
	CKPT_AUTO_FD int fd = -1;
	int rc = ckpt_root_dir_open(args->root, &fd, err);

	if (rc == 0)
		rc = args->verb->enter ? args->verb->enter(cmd, args, fd, err)
				       : ckpt_root_become_owner(fd, args->root, err);
	if (rc == 0)
		rc = ckpt_store_open_posix_at(fd, args->root, &cmd->store, err);
	if (rc)
		return rc;
	return ckpt_root_check(cmd->store, args->verb->need, uuid ? &uuid->uuid : NULL, err);
}

static int run_verb(const struct ckpt_args *args)
{
	struct ckpt_cmd cmd = { .env = { .event = on_event, .stop = is_stopped, .progress = ckpt_progress },
				.room = ckpt_width_of_terminal(STDOUT_FILENO) };
	struct ckpt_err err = { 0 };
	int rc, code = CKPT_EXIT_OK;

	catch_signals();
	ckpt_progress_begin(args->quiet);
	rc = open_store(&cmd, args, &err);
	if (rc == 0)
		rc = ckpt_cmd_run(&cmd, args, &err);
	ckpt_progress_end();
	ckpt_store_free(cmd.store);
	if (cmd.second > STDERR_FILENO)
		close(cmd.second);
	/* Made for a result that did not come: away, if it is still empty. */
	if (rc && cmd.second_made)
		rmdir(args->operand[0]);
	if (cmd.out.len && args->json)
		ckpt_buf_addc(&cmd.out, '\n');
	if (cmd.out.len)
		code = print_out(&cmd.out, args->json);
	ckpt_buf_release(&cmd.out);
	if (rc)
		ckpt_say("%s", err.msg);
	if (rc == -EBUSY)
		return CKPT_EXIT_BUSY;
	return rc || cmd.not_ok ? CKPT_EXIT_FAILED : code;
}

static int verb(const struct ckpt_verb *v, int n, char *const *word)
{
	struct ckpt_args args = CKPT_ARGS_INIT;
	struct ckpt_buf help = CKPT_BUF_INIT;
	struct ckpt_err err = { 0 };
	int code;

	if (ckpt_args_cli(v, n, word, &args, &err) != 0) {
		ckpt_say("%s", err.msg);
		code = err.code == ENOMEM ? CKPT_EXIT_FAILED : CKPT_EXIT_USAGE;
	} else if (args.help) {
		ckpt_help_verb(v, &help);
		code = print_out(&help, false);
	} else {
		code = run_verb(&args);
	}
	ckpt_args_release(&args);
	return code;
}

static int general(const char *word)
{
	struct ckpt_buf out = CKPT_BUF_INIT;

	if (strcmp(word, "-V") == 0 || strcmp(word, "--version") == 0)
		ckpt_buf_addf(&out, "ckptfs %s\nlibfuse %s\n", PACKAGE_VERSION, ckpt_fuse_version());
	else if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "help") == 0)
		ckpt_help_all(&out);
	else {
		ckpt_say("unknown verb '%s'; 'ckptfs --help' lists the verbs", word);
		return CKPT_EXIT_USAGE;
	}
	return print_out(&out, false);
}

int main(int argc, char **argv)
{
	const struct ckpt_verb *v;

	if (!ckpt_say_init())
		return CKPT_EXIT_FAILED;
	if (argc < 2) {
		ckpt_say("no verb is given; 'ckptfs --help' lists the verbs");
		return CKPT_EXIT_USAGE;
	}
	if (strcmp(argv[1], "mount") == 0)
		return ckpt_mount_main(argc - 1, argv + 1, false);
	ckpt_width_init();
	v = ckpt_verb_find(argv[1]);
	return ckpt_say_end(v ? verb(v, argc - 2, argv + 2) : general(argv[1]));
}
