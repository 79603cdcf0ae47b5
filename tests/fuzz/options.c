/* options.c - the words of a command line, and of a line of the control file
 *
 * The first byte says which verb, the rest are words, each with its NUL, as the
 * kernel hands them over.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "cmd/cmd.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/rules.h"

#define WORDS_MAX 64

static const int codes[] = { EINVAL, 0 };

/* --- what was understood --------------------------------------------------- */

static bool is_of(const struct ckpt_opt_spec *spec, const struct ckpt_opt_spec *table)
{
	for (; table->name; table++)
		if (table == spec)
			return true;
	return false;
}

static void must_be_option(const struct ckpt_args *args, const struct ckpt_opt *o)
{
	unsigned char b[16];
	char number[32];
	const char *text = o->text;
	size_t n = 0;

	MUST(is_of(o->spec, args->verb->opts) || is_of(o->spec, ckpt_args_common), "%s is not of %s",
	     o->spec->name, args->verb->name);
	MUST(!text == (o->spec->kind == CKPT_OPT_FLAG), "%s", o->spec->name);
	for (size_t i = 0; i < args->n_opt; i++)
		n += args->opt[i].spec == o->spec;
	MUST(n == 1 || o->spec->repeat || o->spec->kind == CKPT_OPT_FLAG, "%s is there %zu times",
	     o->spec->name, n);
	if (o->spec->kind == CKPT_OPT_U64) {
		snprintf(number, sizeof(number), "%" PRIu64, o->number);
		while (*text == '0' && text[1])
			text++;
		MUST(strcmp(number, text) == 0, "%s was read as %s", o->text, number);
	} else if (o->spec->kind == CKPT_OPT_UUID) {
		MUST(rule_uuid(text, strlen(text), b) && memcmp(b, o->uuid.b, sizeof(b)) == 0, "%s", text);
	}
}

/* With the rest of any uuid behind it, it is one. */
static bool is_beginning(const char *text)
{
	char whole[37] = "11111111-1111-1111-1111-111111111111";
	unsigned char b[16];

	if (!*text || strlen(text) >= 36)
		return false;
	memcpy(whole, text, strlen(text));
	whole[35] = '1'; /* not the nil one */
	return rule_uuid(whole, 36, b);
}

static void must_be_name(const struct ckpt_verb *verb, const char *text, const struct ckpt_uuid *u)
{
	unsigned char b[16] = { 0 };

	if (!rule_uuid(text, strlen(text), b)) {
		memset(b, 0, sizeof(b));
		MUST(verb->reads && (strcmp(text, "latest") == 0 || is_beginning(text)), "%s %s", verb->name,
		     text);
	}
	MUST(memcmp(b, u->b, sizeof(b)) == 0, "%s", text);
}

static void must_be_args(const struct ckpt_args *args)
{
	for (size_t i = 0; i < args->n_opt; i++)
		must_be_option(args, &args->opt[i]);
	if (args->help)
		return;
	MUST(args->n_operand >= args->verb->min_operands && args->n_operand <= args->verb->max_operands,
	     "%zu operands", args->n_operand);
	MUST(args->n_uuid == (args->n_operand > args->verb->uuids_from
				      ? args->n_operand - args->verb->uuids_from
				      : 0),
	     "%zu uuids", args->n_uuid);
	for (size_t i = 0; i < args->n_uuid; i++)
		must_be_name(args->verb, args->operand[args->verb->uuids_from + i], &args->uuid[i]);
}

/* --- the same on the control file ------------------------------------------- */

/* A word as it is spelt there; false: it can't be. */
static bool spell(struct ckpt_buf *line, const char *before, const char *text)
{
	size_t n;

	for (size_t i = 0; text[i]; i += n) {
		n = rule_utf8(text + i, strlen(text + i));
		if (n == 0 || (n == 1 && rule_is_control(text + i, n) && text[i] != '\t'))
			return false;
	}
	ckpt_buf_addf(line, " %s\"", before);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			ckpt_buf_addc(line, '\\');
		ckpt_buf_addc(line, *text);
	}
	ckpt_buf_addc(line, '"');
	return true;
}

static bool spell_option(struct ckpt_buf *line, const struct ckpt_opt *o)
{
	char before[64];

	if (!o->spec->control)
		return false;
	if (o->text)
		snprintf(before, sizeof(before), "%s=", o->spec->name);
	else
		ckpt_buf_addf(line, " %s", o->spec->name);
	return !o->text || spell(line, before, o->text);
}

/* An operand that would be taken for an option there. */
static bool is_ambiguous(const struct ckpt_verb *verb, const char *word)
{
	const struct ckpt_opt_spec *s = verb->opts;

	while (s->name && strcmp(s->name, word) != 0)
		s++;
	return s->name || word[0] == '-' || strchr(word, '=');
}

static void must_be_same(const struct ckpt_args *a, const struct ckpt_args *b)
{
	MUST(a->n_opt == b->n_opt && a->n_operand == b->n_operand && a->n_uuid == b->n_uuid, "%zu options",
	     b->n_opt);
	for (size_t i = 0; i < a->n_opt; i++)
		MUST(a->opt[i].spec == b->opt[i].spec && a->opt[i].number == b->opt[i].number &&
			     ckpt_uuid_cmp(&a->opt[i].uuid, &b->opt[i].uuid) == 0 &&
			     (!a->opt[i].text || strcmp(a->opt[i].text, b->opt[i].text) == 0),
		     "%s", a->opt[i].spec->name);
	for (size_t i = 0; i < a->n_operand; i++)
		MUST(strcmp(a->operand[i], b->operand[i]) == 0, "%s", b->operand[i]);
}

/* Two spellings, one result. */
static void spell_again(const struct ckpt_args *args)
{
	struct ckpt_buf line = CKPT_BUF_INIT;
	struct ckpt_args again = CKPT_ARGS_INIT;
	struct ckpt_err err = { 0 };
	char **word = NULL;
	bool can = true;
	size_t n;

	ckpt_buf_adds(&line, args->verb->name);
	for (size_t i = 0; can && i < args->n_opt; i++)
		can = spell_option(&line, &args->opt[i]);
	for (size_t i = 0; can && i < args->n_operand; i++)
		can = !is_ambiguous(args->verb, args->operand[i]) && spell(&line, "", args->operand[i]);
	if (can) {
		MUST(ckpt_words_split(line.data, line.len, &word, &n, &err) == 0, "%s", err.msg);
		MUST(ckpt_args_control(args->verb, n - 1, word + 1, &again, &err) == 0, "%s", err.msg);
		must_be_args(&again);
		must_be_same(args, &again);
	}
	ckpt_args_release(&again);
	ckpt_buf_release(&line);
	free(word);
}

/* The same words, taken for those of the control file. */
static void as_control(const struct ckpt_verb *verb, size_t n, char **word)
{
	struct ckpt_args args = CKPT_ARGS_INIT;
	struct ckpt_err err = { 0 };
	int rc = ckpt_args_control(verb, n, word, &args, &err);

	if (rc) {
		must_be_error(rc, &err, codes);
	} else {
		must_be_args(&args);
		for (size_t i = 0; i < args.n_opt; i++)
			MUST(args.opt[i].spec->control, "%s", args.opt[i].spec->name);
	}
	ckpt_args_release(&args);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ckpt_args args = CKPT_ARGS_INIT;
	const struct ckpt_verb *verb;
	struct ckpt_err err = { 0 };
	char *word[WORDS_MAX + 1], *text;
	size_t n_verbs = 0, n = 0;
	int rc;

	while (ckpt_verbs[n_verbs])
		n_verbs++;
	if (len == 0)
		return 0;
	verb = ckpt_verbs[data[0] % n_verbs];
	text = malloc(len);
	MUST(text, "no memory");
	memcpy(text, data + 1, len - 1);
	text[len - 1] = '\0';
	for (char *s = text; s < text + len && n < WORDS_MAX; s += strlen(s) + 1)
		word[n++] = s;
	word[n] = NULL;
	rc = ckpt_args_cli(verb, (int)n, word, &args, &err);
	if (rc) {
		must_be_error(rc, &err, codes);
	} else {
		must_be_args(&args);
		MUST(args.root || args.help, "no root");
		/* 'metrics' has no JSON, which is what the control file answers with. */
		if (verb->control && !args.help && !args.json)
			spell_again(&args);
	}
	ckpt_args_release(&args);
	as_control(verb, n, word);
	free(text);
	return 0;
}
