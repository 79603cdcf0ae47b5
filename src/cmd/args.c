#include "cmd/args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/value.h"
#include "cmd/which.h"

const struct ckpt_opt_spec ckpt_args_common[] = {
	{ .name = "json", .kind = CKPT_OPT_FLAG, .help = "print one JSON object" },
	{ .name = "quiet", .kind = CKPT_OPT_FLAG, .help = "say nothing of how far it is" },
	{ .name = "help", .letter = 'h', .kind = CKPT_OPT_FLAG, .help = "print this help" },
	{ 0 },
};

/* The words of one command, while they are being understood. */
struct parse {
	const struct ckpt_verb *verb;
	bool control;
	struct ckpt_args *args;
	struct ckpt_err *err;
};

static const char *dashes(const struct parse *p)
{
	return p->control ? "" : "--";
}

/* What every refusal ends with. */
static int refuse(struct parse *p, const char *what, const char *word)
{
	if (p->control)
		return ckpt_fail(p->err, EINVAL, "%s: %s '%s'; 'help' lists the words that %s takes here",
				 p->verb->name, what, word, p->verb->name);
	return ckpt_fail(p->err, EINVAL, "%s: %s '%s'; see 'ckptfs %s --help'", p->verb->name, what, word,
			 p->verb->name);
}

static const struct ckpt_opt_spec *find_in(const struct ckpt_opt_spec *spec, bool control, const char *name,
					   size_t len)
{
	for (; spec->name; spec++) {
		if (control && !spec->control)
			continue;
		if (strlen(spec->name) == len && memcmp(spec->name, name, len) == 0)
			return spec;
	}
	return NULL;
}

static const struct ckpt_opt_spec *find_name(const struct parse *p, const char *name, size_t len)
{
	const struct ckpt_opt_spec *spec = find_in(p->verb->opts, p->control, name, len);

	return spec || p->control ? spec : find_in(ckpt_args_common, false, name, len);
}

static const struct ckpt_opt_spec *find_letter(const struct parse *p, char letter)
{
	const struct ckpt_opt_spec *spec;

	for (spec = p->verb->opts; spec->name; spec++)
		if (spec->letter == letter)
			return spec;
	for (spec = ckpt_args_common; spec->name; spec++)
		if (spec->letter == letter)
			return spec;
	return NULL;
}

static int read_value(struct parse *p, struct ckpt_opt *o)
{
	const char *name = o->spec->name, *text = o->text;

	switch (o->spec->kind) {
	case CKPT_OPT_U64:
		if (!ckpt_value_u64(text, &o->number))
			return ckpt_fail(p->err, EINVAL,
					 "%s: %s%s '%s' is not a whole number from 0 to 18446744073709551615",
					 p->verb->name, dashes(p), name, text);
		return 0;
	case CKPT_OPT_UUID:
		if (!ckpt_uuid_parse(text, &o->uuid))
			return ckpt_fail(
				p->err, EINVAL,
				"%s: %s%s '%s' is not a uuid (36 characters, as 'ckptfs list' prints it; "
				"where something is removed or changed, nothing shorter will do)",
				p->verb->name, dashes(p), name, text);
		return 0;
	case CKPT_OPT_TEXT:
		if (!ckpt_value_utf8(text))
			return ckpt_fail(p->err, EINVAL, "%s: the value of %s%s is not UTF-8: '%s'",
					 p->verb->name, dashes(p), name, text);
		return 0;
	case CKPT_OPT_FLAG:
		break;
	}
	return 0;
}

/* value is NULL for a flag. */
static int add_option(struct parse *p, const struct ckpt_opt_spec *spec, const char *value)
{
	struct ckpt_args *args = p->args;
	struct ckpt_opt *o = &args->opt[args->n_opt];

	if (!spec->repeat && ckpt_args_has(args, spec->name) && spec->kind != CKPT_OPT_FLAG)
		return ckpt_fail(p->err, EINVAL, "%s: %s%s is given twice", p->verb->name, dashes(p),
				 spec->name);
	*o = (struct ckpt_opt){ .spec = spec, .text = value };
	args->n_opt++;
	if (spec == &ckpt_args_common[0])
		args->json = true;
	if (spec == &ckpt_args_common[1])
		args->quiet = true;
	if (spec == &ckpt_args_common[2])
		args->help = true;
	return value ? read_value(p, o) : 0;
}

/* "--name", "--name=value", or "--name" and the next word. */
static int long_option(struct parse *p, int n, char *const *word, int *i)
{
	const char *name = word[*i] + 2, *eq = strchr(name, '=');
	size_t len = eq ? (size_t)(eq - name) : strlen(name);
	const struct ckpt_opt_spec *spec = find_name(p, name, len);

	if (!spec)
		return refuse(p, "unknown option", word[*i]);
	if (spec->kind == CKPT_OPT_FLAG)
		return eq ? refuse(p, "no value is taken by", word[*i]) : add_option(p, spec, NULL);
	if (eq)
		return add_option(p, spec, eq + 1);
	if (*i + 1 >= n)
		return refuse(p, "a value must follow", word[*i]);
	return add_option(p, spec, word[++*i]);
}

/* "-n", "-nl": flags, a letter each; the last may be an option with its value,
 * "-oVALUE", or the next word. */
static int letters(struct parse *p, int n, char *const *word, int *i)
{
	const struct ckpt_opt_spec *spec;
	const char *s;
	int rc;

	for (s = word[*i] + 1; *s; s++) {
		spec = find_letter(p, *s);
		if (!spec)
			return refuse(p, "unknown option", word[*i]);
		if (spec->kind != CKPT_OPT_FLAG && s[1])
			return add_option(p, spec, s + 1);
		if (spec->kind != CKPT_OPT_FLAG)
			return *i + 1 < n ? add_option(p, spec, word[++*i])
					  : refuse(p, "a value must follow", word[*i]);
		/* A flag given twice says nothing new, and -nnnn must not need
		 * more room than there are words. */
		if (ckpt_args_has(p->args, spec->name))
			continue;
		rc = add_option(p, spec, NULL);
		if (rc)
			return rc;
	}
	return 0;
}

static int operand_count(struct parse *p)
{
	struct ckpt_args *args = p->args;
	const struct ckpt_verb *v = p->verb;

	if (args->help)
		return 0;
	if (!p->control && !args->root)
		return ckpt_fail(p->err, EINVAL, "%s: no ROOT is given; see 'ckptfs %s --help'", v->name,
				 v->name);
	if (args->n_operand < v->min_operands)
		return refuse(p, "too few operands; it takes", v->operands);
	if (args->n_operand > v->max_operands)
		return refuse(p, "one operand too many:", args->operand[v->max_operands]);
	return 0;
}

/* A name that is no whole uuid is nil until somebody looks it up. */
static int read_uuid(struct parse *p, const char *word, struct ckpt_uuid *out)
{
	*out = (struct ckpt_uuid){ 0 };
	if (ckpt_uuid_parse(word, out) || (p->verb->reads && ckpt_which_ok(word)))
		return 0;
	if (p->verb->reads)
		return refuse(p, "not a uuid, nor the beginning of one, nor '" CKPT_WHICH_LATEST "':", word);
	if (ckpt_which_ok(word))
		return refuse(p,
			      "not a uuid of 36 characters, and nothing shorter will do where something is "
			      "removed or changed:",
			      word);
	return refuse(p, "not a uuid (36 characters, as 'list' prints it):", word);
}

static int finish(struct parse *p)
{
	struct ckpt_args *args = p->args;
	size_t i;
	int rc = operand_count(p);

	for (i = p->verb->uuids_from; rc == 0 && !args->help && i < args->n_operand; i++)
		rc = read_uuid(p, args->operand[i], &args->uuid[args->n_uuid++]);
	if (rc == 0 && !args->help && p->verb->check)
		rc = p->verb->check(args, p->err);
	return rc;
}

static int begin(struct parse *p, size_t n)
{
	struct ckpt_args *args = p->args;

	*args = (struct ckpt_args){ .verb = p->verb };
	if (n > CKPT_ARGS_MAX)
		return ckpt_fail(p->err, EINVAL, "%s: more than %d words in one command", p->verb->name,
				 CKPT_ARGS_MAX);
	/* A word of letters can be several flags, each of them once. */
	n += sizeof(ckpt_args_common) / sizeof(ckpt_args_common[0]);
	for (const struct ckpt_opt_spec *s = p->verb->opts; s->name; s++)
		n++;
	args->opt = calloc(n, sizeof(*args->opt));
	args->operand = calloc(n, sizeof(*args->operand));
	args->uuid = calloc(n, sizeof(*args->uuid));
	return args->opt && args->operand && args->uuid ? 0 : ckpt_fail_nomem(p->err);
}

int ckpt_args_cli(const struct ckpt_verb *verb, int n, char *const *word, struct ckpt_args *out,
		  struct ckpt_err *err)
{
	struct parse p = { .verb = verb, .args = out, .err = err };
	bool ended = false;
	int rc = begin(&p, (size_t)n), i;

	for (i = 0; rc == 0 && i < n; i++) {
		if (!ended && strcmp(word[i], "--") == 0)
			ended = true;
		else if (!ended && word[i][0] == '-' && word[i][1] == '-')
			rc = long_option(&p, n, word, &i);
		else if (!ended && word[i][0] == '-' && word[i][1] != '\0')
			rc = letters(&p, n, word, &i);
		else if (!out->root)
			out->root = word[i];
		else
			out->operand[out->n_operand++] = word[i];
	}
	return rc ? rc : finish(&p);
}

int ckpt_args_control(const struct ckpt_verb *verb, size_t n, char *const *word, struct ckpt_args *out,
		      struct ckpt_err *err)
{
	struct parse p = { .verb = verb, .control = true, .args = out, .err = err };
	const struct ckpt_opt_spec *spec;
	const char *eq;
	int rc = begin(&p, n);
	size_t i;

	out->json = true;
	for (i = 0; rc == 0 && i < n; i++) {
		eq = strchr(word[i], '=');
		spec = find_name(&p, word[i], eq ? (size_t)(eq - word[i]) : strlen(word[i]));
		if (spec && (spec->kind == CKPT_OPT_FLAG) == !eq)
			rc = add_option(&p, spec, eq ? eq + 1 : NULL);
		else if (spec)
			rc = refuse(&p,
				    eq ? "no value is taken by" : "a value must follow with '=':", word[i]);
		else if (eq || word[i][0] == '-' || out->n_operand >= verb->max_operands)
			rc = refuse(&p, "unknown word", word[i]);
		else
			out->operand[out->n_operand++] = word[i];
	}
	return rc ? rc : finish(&p);
}
