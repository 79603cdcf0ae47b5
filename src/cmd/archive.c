#include "cmd/archive.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/jsonout.h"
#include "cmd/table.h"

#define SECOND_MS INT64_C(1000)
#define EVERY_MAX_MS (366 * 24 * 3600 * SECOND_MS)

static const struct ckpt_opt_spec opts[] = {
	{ .name = "all", .kind = CKPT_OPT_FLAG, .help = "all finished checkpoints" },
	{ .name = "watch", .kind = CKPT_OPT_FLAG, .help = "stay, and add each checkpoint that is finished" },
	{ .name = "every",
	  .kind = CKPT_OPT_TEXT,
	  .value = "T",
	  .help = "with --watch: at most one in this time (30s, 10m, 1h)" },
	{ 0 },
};

bool ckpt_archive_every(const char *text, int64_t *ms)
{
	static const struct {
		char letter;
		int64_t ms;
	} unit[] = { { 's', SECOND_MS },
		     { 'm', 60 * SECOND_MS },
		     { 'h', 3600 * SECOND_MS },
		     { 'd', 86400 * SECOND_MS } };
	int64_t n = 0;
	const char *s;

	for (s = text; *s >= '0' && *s <= '9'; s++)
		if (n <= EVERY_MAX_MS)
			n = 10 * n + (*s - '0');
	if (s == text || n == 0 || n > EVERY_MAX_MS || s[0] == '\0' || s[1] != '\0')
		return false;
	for (size_t i = 0; i < sizeof(unit) / sizeof(unit[0]); i++) {
		if (unit[i].letter != *s)
			continue;
		if (n > EVERY_MAX_MS / unit[i].ms)
			return false;
		*ms = n * unit[i].ms;
		return true;
	}
	return false;
}

static int check(const struct ckpt_args *args, struct ckpt_err *err)
{
	const struct ckpt_opt *every = ckpt_args_opt(args, "every");
	int64_t ms;

	if (args->n_uuid && ckpt_args_has(args, "all"))
		return ckpt_fail(err, EINVAL, "archive: --all and the uuid %s contradict each other",
				 args->operand[1]);
	if (args->n_uuid && ckpt_args_has(args, "watch"))
		return ckpt_fail(
			err, EINVAL,
			"archive: --watch follows the newest checkpoints, so it takes no uuid (here %s)",
			args->operand[1]);
	if (every && !ckpt_args_has(args, "watch"))
		return ckpt_fail(err, EINVAL,
				 "archive: --every says how often --watch archives; give --watch too");
	if (every && !ckpt_archive_every(every->text, &ms))
		return ckpt_fail(err, EINVAL,
				 "archive: --every '%s' is no time from 1s to 366d; write a number and s, m, "
				 "h or d, as "
				 "in 10m",
				 every->text);
	return 0;
}

/* --- printing ----------------------------------------------------------- */

static void print_json(struct ckpt_buf *out, const struct ckpt_archived *a)
{
	ckpt_jo_open(out, NULL, '{');
	ckpt_jo_open(out, "added", '[');
	for (size_t i = 0; i < a->n_added; i++)
		ckpt_jo_uuid(out, NULL, &a->added[i]);
	ckpt_jo_close(out, ']');
	ckpt_jo_u64(out, "linked", a->linked);
	ckpt_jo_u64(out, "copied_bytes", a->copied_bytes);
	ckpt_jo_open(out, "skipped", '[');
	for (size_t i = 0; i < a->n_skipped; i++) {
		ckpt_jo_open(out, NULL, '{');
		ckpt_jo_uuid(out, "uuid", &a->skipped[i].uuid);
		ckpt_jo_text(out, "why", a->skipped[i].why);
		ckpt_jo_close(out, '}');
	}
	ckpt_jo_close(out, ']');
	ckpt_jo_u64(out, "present", a->n_present);
	ckpt_jo_u64(out, "cloned", a->cloned);
	ckpt_jo_u64(out, "copied", a->copied);
	ckpt_jo_close(out, '}');
}

static void print_text(struct ckpt_buf *out, const struct ckpt_archived *a)
{
	char text[CKPT_UUID_TEXT], size[CKPT_TEXT_MAX];

	for (size_t i = 0; i < a->n_added; i++)
		ckpt_buf_addf(out, "archived %s\n", ckpt_uuid_text(&a->added[i], text));
	for (size_t i = 0; i < a->n_skipped; i++) {
		ckpt_buf_addf(out, "skipped %s: ", ckpt_uuid_text(&a->skipped[i].uuid, text));
		ckpt_buf_add_shown(out, a->skipped[i].why, strlen(a->skipped[i].why));
		ckpt_buf_addc(out, '\n');
	}
	if (a->n_added)
		ckpt_buf_addf(out,
			      "%zu checkpoint%s archived: %" PRIu64 " file%s linked, %" PRIu64
			      " cloned, %" PRIu64 " copied (%s)\n",
			      a->n_added, ckpt_plural(a->n_added), a->linked, ckpt_plural(a->linked),
			      a->cloned, a->copied, ckpt_size_text(a->copied_bytes, size));
	else if (a->n_present)
		ckpt_buf_addf(out, "nothing to archive: %zu checkpoint%s in the archive already\n",
			      a->n_present, a->n_present == 1 ? " is" : "s are");
	else if (!a->n_skipped)
		ckpt_buf_adds(out, "nothing to archive: there is no finished checkpoint\n");
}

void ckpt_archive_print(struct ckpt_cmd *cmd, const struct ckpt_archived *a, bool json)
{
	if (json)
		print_json(&cmd->out, a);
	else
		print_text(&cmd->out, a);
}

/* --- running ------------------------------------------------------------ */

/* Copying where links were expected costs a disk, so it is said. */
static void warn_of_copies(struct ckpt_cmd *cmd, const struct ckpt_args *args, const struct ckpt_archived *a)
{
	struct stat root, archive;

	if (a->linked || !a->copied || stat(args->root, &root) != 0 || fstat(cmd->second, &archive) != 0 ||
	    root.st_dev != archive.st_dev)
		return;
	ckpt_cmd_warn(
		cmd,
		"the files were copied, since user %u may not link those of %s into %s although both are on "
		"one file system",
		(unsigned)geteuid(), args->root, args->operand[0]);
}

/* Whether all that was asked for was done.  A checkpoint that is gone was not
 * asked for by name, so nothing is missing. */
static bool is_done(const struct ckpt_archived *a, const struct ckpt_args *args)
{
	for (size_t i = 0; i < a->n_skipped; i++)
		if (!a->skipped[i].gone || args->n_uuid)
			return false;
	return true;
}

static int run_once(struct ckpt_cmd *cmd, struct ckpt_root *archive, const struct ckpt_args *args,
		    struct ckpt_err *err)
{
	const struct ckpt_archive_opts o = {
		.uuid = args->uuid,
		.n_uuid = args->n_uuid,
		.all = ckpt_args_has(args, "all"),
	};
	struct ckpt_archived a;
	int rc = ckpt_archive(cmd->root, archive, &o, &a, err);

	if (rc == 0 || a.n_added || a.n_skipped)
		ckpt_archive_print(cmd, &a, args->json);
	warn_of_copies(cmd, args, &a);
	cmd->not_ok = !is_done(&a, args);
	ckpt_archived_release(&a);
	return rc;
}

static int run(struct ckpt_cmd *cmd, const struct ckpt_args *args, struct ckpt_err *err)
{
	struct ckpt_root *archive = NULL;
	struct ckpt_store *store = NULL;
	int rc = ckpt_store_open_posix_at(cmd->second, args->operand[0], &store, err);

	if (rc == 0)
		rc = ckpt_root_check(store, CKPT_ROOT_NEW_TOO, NULL, err);
	if (rc == 0)
		rc = ckpt_root_open(store, &cmd->env, &archive, err);
	if (rc == 0)
		rc = ckpt_args_has(args, "watch") ? ckpt_archive_watch(cmd, archive, args, err)
						  : run_once(cmd, archive, args, err);
	ckpt_root_free(archive);
	ckpt_store_free(store);
	return rc;
}

const struct ckpt_verb ckpt_verb_archive = {
	.name = "archive",
	.operands = "ARCHIVE [UUID]...",
	.min_operands = 1,
	.max_operands = CKPT_ARGS_MAX,
	.uuids_from = 1,
	.summary = "add checkpoints to a second storage root, where they are kept",
	.example = "archive /data /archive --watch --every 10m",
	.opts = opts,
	.check = check,
	.enter = ckpt_archive_enter,
	.run = run,
};
