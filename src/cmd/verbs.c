#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/vfail.h"
#include "cmd/cmd.h"
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

const struct ckpt_verb *ckpt_verb_find(const char *name)
{
	size_t i;

	for (i = 0; ckpt_verbs[i]; i++)
		if (strcmp(ckpt_verbs[i]->name, name) == 0)
			return ckpt_verbs[i];
	return NULL;
}

const struct ckpt_verb *const ckpt_verbs[] = {
	&ckpt_verb_list,  &ckpt_verb_show,   &ckpt_verb_commit,	 &ckpt_verb_gc,
	&ckpt_verb_sweep, &ckpt_verb_verify, &ckpt_verb_remove,	 &ckpt_verb_rebuild,
	&ckpt_verb_pin,	  &ckpt_verb_unpin,  &ckpt_verb_pins,	 &ckpt_verb_archive,
	&ckpt_verb_du,	  &ckpt_verb_diff,   &ckpt_verb_metrics, NULL,
};
_Static_assert(sizeof(ckpt_verbs) / sizeof(ckpt_verbs[0]) <= CKPT_VERBS_MAX + 1, "CKPT_VERBS_MAX");
