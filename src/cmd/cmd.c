#include "cmd/cmd.h"

#include <errno.h>
#include <stdarg.h>

#include "base/vfail.h"
#include "cmd/which.h"

void ckpt_cmd_warn(struct ckpt_cmd *cmd, const char *fmt, ...)
{
	struct ckpt_err e = { 0 };
	va_list ap;

	if (!cmd->env.event)
		return;
	va_start(ap, fmt);
	ckpt_vfail(&e, 1, fmt, ap);
	va_end(ap);
	cmd->env.event(cmd->env.ctx, CKPT_EVENT_WARNING, e.msg);
}

/* Those that are nil. */
static int find_names(struct ckpt_cmd *cmd, const struct ckpt_args *args, struct ckpt_err *err)
{
	const struct ckpt_uuid nil = { 0 };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < args->n_uuid; i++)
		if (ckpt_uuid_cmp(&args->uuid[i], &nil) == 0)
			rc = ckpt_which(cmd->root, args->operand[args->verb->uuids_from + i], &args->uuid[i],
					err);
	return rc;
}

int ckpt_cmd_run(struct ckpt_cmd *cmd, const struct ckpt_args *args, struct ckpt_err *err)
{
	struct ckpt_env env = cmd->env;
	int rc = 0;

	/* Not twice to the same reader. */
	if (args->verb->tells && !args->json)
		env.event = NULL;
	if (!args->verb->no_root)
		rc = ckpt_root_open(cmd->store, &env, &cmd->root, err);
	if (rc == 0)
		rc = find_names(cmd, args, err);
	if (rc == 0)
		rc = args->verb->run(cmd, args, err);
	ckpt_root_free(cmd->root);
	cmd->root = NULL;
	if (cmd->out.failed && rc == 0)
		rc = ckpt_fail(err, ENOMEM,
			       "'%s' was carried out, but there is not enough memory to tell what came of it",
			       args->verb->name);
	return rc;
}
