#include <stdlib.h>
#include <string.h>

#include "cmd/args.h"

void ckpt_args_release(struct ckpt_args *args)
{
	free(args->opt);
	free(args->operand);
	free(args->uuid);
	*args = (struct ckpt_args)CKPT_ARGS_INIT;
}

const struct ckpt_opt *ckpt_args_opt(const struct ckpt_args *args, const char *name)
{
	size_t i;

	for (i = 0; i < args->n_opt; i++)
		if (strcmp(args->opt[i].spec->name, name) == 0)
			return &args->opt[i];
	return NULL;
}

bool ckpt_args_has(const struct ckpt_args *args, const char *name)
{
	return ckpt_args_opt(args, name) != NULL;
}

bool ckpt_args_uuids(const struct ckpt_args *args, const char *name, struct ckpt_uuid **out, size_t *n)
{
	size_t i;

	*out = NULL;
	*n = 0;
	if (!ckpt_args_has(args, name))
		return true;
	*out = calloc(args->n_opt, sizeof(**out));
	if (!*out)
		return false;
	for (i = 0; i < args->n_opt; i++)
		if (strcmp(args->opt[i].spec->name, name) == 0)
			(*out)[(*n)++] = args->opt[i].uuid;
	return true;
}
