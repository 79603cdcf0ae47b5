#include "cmd/archive_job.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/keep.h"

/* Two lists of 30,000 batches; who stays (--watch) keeps no more than that. */
#define KEPT_BYTES (8 << 20)
#define GROWN_BYTES (1 << 20)

static const struct ckpt_opt_spec opts[] = {
	{ .name = "all",
	  .kind = CKPT_OPT_FLAG,
	  .help = "all finished checkpoints (of them those that the retention keeps)" },
	{ .name = "watch", .kind = CKPT_OPT_FLAG, .help = "stay, and add each checkpoint that is finished" },
	{ .name = "every",
	  .kind = CKPT_OPT_TEXT,
	  .value = "T",
	  .help = "with --watch: at most one in this time (30s, 10m, 1h)" },
	CKPT_KEEP_OPTS,
	{ 0 },
};

static int check(const struct ckpt_args *args, struct ckpt_err *err)
{
	const struct ckpt_opt *every = ckpt_args_opt(args, "every");
	int64_t ms;

	if (args->n_uuid && ckpt_args_has(args, "all"))
		return ckpt_fail(err, EINVAL,
				 "archive: --all and the uuid %s contradict each other; give one of them",
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
	return ckpt_keep_check(args, err);
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

static int add(const struct ckpt_archive_job *job, struct ckpt_archive_result *r, struct ckpt_err *err)
{
	const struct ckpt_args *args = job->args;
	const struct ckpt_archive_opts o = {
		.uuid = args->uuid,
		.n_uuid = args->n_uuid,
		.all = ckpt_args_has(args, "all"),
	};

	if (job->keep && !args->n_uuid)
		return ckpt_archive_add_wanted(job, o.all, r, err);
	return ckpt_archive(job->cmd->root, job->archive, &o, &r->archived, err);
}

static int prune(const struct ckpt_archive_job *job, struct ckpt_plan *gc, struct ckpt_err *err)
{
	int rc = ckpt_archive_prune(job, gc, err);

	if (rc != -EBUSY)
		return rc;
	ckpt_cmd_warn(job->cmd, "%s; what the retention does not keep stays until the next time", err->msg);
	return 0;
}

static int run_once(const struct ckpt_archive_job *job, struct ckpt_err *err)
{
	struct ckpt_archive_result r = { 0 };
	struct ckpt_err why = { 0 };
	int rc = add(job, &r, err), rc2 = 0;

	/* On a full disk it may be what helps. */
	if (job->keep && (rc == 0 || rc == -ENOSPC || rc == -EDQUOT))
		rc2 = prune(job, &r.gc, &why);
	if (rc == 0 && rc2)
		*err = why;
	if (rc == 0 || r.archived.n_added || r.archived.n_skipped || r.gc.n_removed)
		ckpt_archive_print(job, &r);
	warn_of_copies(job->cmd, job->args, &r.archived);
	job->cmd->not_ok = !is_done(&r.archived, job->args);
	ckpt_archive_result_release(&r);
	return rc ? rc : rc2;
}

static int run_on(struct ckpt_cmd *cmd, struct ckpt_root *archive, const struct ckpt_args *args,
		  struct ckpt_err *err)
{
	struct ckpt_archive_job job = { .cmd = cmd, .archive = archive, .args = args };
	struct ckpt_retention keep;
	bool given;
	int rc = ckpt_keep_read(args, &keep, &given, err);

	job.keep = given ? &keep : NULL;
	if (rc == 0)
		rc = ckpt_args_has(args, "watch") ? ckpt_archive_watch(&job, err) : run_once(&job, err);
	ckpt_keep_release(&keep);
	return rc;
}

/* What one step lets go of, the next one takes, in whichever thread; the kernel would
 * clear it each time anew. */
static void keep_memory(void)
{
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_MMAP_THRESHOLD, KEPT_BYTES);
	mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
	mallopt(M_TOP_PAD, GROWN_BYTES);
}

static int run(struct ckpt_cmd *cmd, const struct ckpt_args *args, struct ckpt_err *err)
{
	struct ckpt_root *archive = NULL;
	struct ckpt_store *store = NULL;
	int rc;

	keep_memory();
	rc = ckpt_store_open_posix_at(cmd->second, args->operand[0], &store, err);
	if (rc == 0)
		rc = ckpt_root_check(store, CKPT_ROOT_NEW_TOO, NULL, err);
	if (rc == 0)
		rc = ckpt_root_open(store, &cmd->env, &archive, err);
	if (rc == 0)
		rc = run_on(cmd, archive, args, err);
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
	.reads = true,
	.summary = "add checkpoints to a second storage root, where they are kept",
	.example = "archive /data /archive --watch --every 10m",
	.opts = opts,
	.check = check,
	.enter = ckpt_archive_enter,
	.run = run,
};
