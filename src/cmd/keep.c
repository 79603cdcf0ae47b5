#include "cmd/keep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"

static int read_count(const struct ckpt_args *args, const char *name, uint32_t *out, struct ckpt_err *err)
{
	const struct ckpt_opt *o = ckpt_args_opt(args, name);

	if (!o)
		return 0;
	if (o->number == 0 || o->number > CKPT_RETENTION_MAX)
		return ckpt_fail(
			err, EINVAL,
			"%s: %s '%s' is not a number from 1 to %d; leave it out to keep none by this rule",
			args->verb->name, name, o->text, CKPT_RETENTION_MAX);
	*out = (uint32_t)o->number;
	return 0;
}

static int read_counts(const struct ckpt_args *args, struct ckpt_retention *r, struct ckpt_err *err)
{
	const struct {
		const char *name;
		uint32_t *out;
	} rule[] = {
		{ "keep-last", &r->last },     { "keep-hourly", &r->hourly },	{ "keep-daily", &r->daily },
		{ "keep-weekly", &r->weekly }, { "keep-monthly", &r->monthly }, { "keep-yearly", &r->yearly },
	};
	size_t n = sizeof(rule) / sizeof(rule[0]), i;
	bool any = false;
	int rc = 0;

	for (i = 0; rc == 0 && i < n; i++) {
		rc = read_count(args, rule[i].name, rule[i].out, err);
		any = any || *rule[i].out;
	}
	r->oldest = ckpt_args_has(args, "keep-oldest");
	if (rc == 0 && r->oldest && !any)
		rc = ckpt_fail(
			err, EINVAL,
			"%s: keep-oldest says something only beside keep-last, -hourly, -daily, -weekly, "
			"-monthly or -yearly",
			args->verb->name);
	return rc;
}

static int read_within(const struct ckpt_args *args, struct ckpt_retention *r, struct ckpt_err *err)
{
	const struct ckpt_opt *o = ckpt_args_opt(args, "keep-within");

	if (!o || ckpt_span_parse(o->text, &r->within))
		return 0;
	return ckpt_fail(err, EINVAL,
			 "%s: keep-within '%s' is not a span of time: numbers from 1 to %d, each with one of "
			 "the units "
			 "y, m (months), w, d and h, as in 14d or 1y2m3d5h",
			 args->verb->name, o->text, CKPT_SPAN_MAX);
}

static int read_identifiers(const struct ckpt_args *args, struct ckpt_retention *r, struct ckpt_err *err)
{
	const char **glob;

	if (!ckpt_args_has(args, "keep-identifier"))
		return 0;
	glob = calloc(args->n_opt, sizeof(*glob));
	r->identifier = glob;
	if (!glob)
		return ckpt_fail_nomem(err);
	for (size_t i = 0; i < args->n_opt; i++) {
		const char *text = args->opt[i].text;

		if (strcmp(args->opt[i].spec->name, "keep-identifier") != 0)
			continue;
		if (*text == '\0' || strlen(text) > CKPT_RETENTION_GLOB_MAX)
			return ckpt_fail(err, EINVAL,
					 "%s: keep-identifier takes a glob of 1 to %d bytes, not %zu",
					 args->verb->name, CKPT_RETENTION_GLOB_MAX, strlen(text));
		if (r->n_identifier == CKPT_RETENTION_GLOBS)
			return ckpt_fail(err, EINVAL, "%s: keep-identifier is given more than %d times",
					 args->verb->name, CKPT_RETENTION_GLOBS);
		glob[r->n_identifier++] = text;
	}
	return 0;
}

int ckpt_keep_read(const struct ckpt_args *args, struct ckpt_retention *out, bool *given,
		   struct ckpt_err *err)
{
	int rc;

	*out = (struct ckpt_retention){ 0 };
	rc = read_counts(args, out, err);
	if (rc == 0)
		rc = read_within(args, out, err);
	if (rc == 0)
		rc = read_identifiers(args, out, err);
	*given = ckpt_retention_has_rule(out);
	return rc;
}

void ckpt_keep_release(struct ckpt_retention *r)
{
	free((void *)r->identifier);
	*r = (struct ckpt_retention){ 0 };
}

int ckpt_keep_check(const struct ckpt_args *args, struct ckpt_err *err)
{
	struct ckpt_retention r;
	bool given;
	int rc = ckpt_keep_read(args, &r, &given, err);

	ckpt_keep_release(&r);
	return rc;
}
