#include "cmd/cmd.h"
#include "cmd/table.h"

/* What mount has is not in the table of verbs: it takes no open root. */
#define MOUNT_SYNTAX "mount [-f] ROOT DIR [-o OPTIONS]"

void ckpt_help_all(struct ckpt_buf *out)
{
	struct ckpt_table t;
	size_t i;

	ckpt_buf_adds(out, "ckptfs VERB ROOT [options]: the checkpoints of a Feldera storage root\n\n");
	ckpt_table_init(&t, "lll");
	for (i = 0; ckpt_verbs[i]; i++) {
		const struct ckpt_verb *v = ckpt_verbs[i];

		ckpt_table_cell(&t, " ");
		ckpt_table_cell(&t, "%s ROOT%s%s", v->name, v->operands[0] ? " " : "", v->operands);
		ckpt_table_cell(&t, "%s", v->summary);
	}
	ckpt_table_cell(&t, " ");
	ckpt_table_cell(&t, "%s", MOUNT_SYNTAX);
	ckpt_table_cell(&t, "show them as directories");
	ckpt_table_end(&t, out);
	ckpt_buf_adds(
		out,
		"\n"
		"Every verb but metrics takes --json (one JSON object), and each -h, --help (its options);\n"
		"-V, --version prints the version.\n"
		"Exit status: 0 done, 1 failed, 2 not understood, 75 busy: try again later.\n");
}

static void option_row(struct ckpt_table *t, const struct ckpt_opt_spec *o)
{
	char letter[8] = "";

	if (o->letter) {
		letter[0] = '-';
		letter[1] = o->letter;
		letter[2] = ',';
	}
	ckpt_table_cell(t, "%3s", letter);
	ckpt_table_cell(t, "--%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
	ckpt_table_cell(t, "%s%s", o->help, o->repeat ? "; may be repeated" : "");
}

void ckpt_help_verb(const struct ckpt_verb *v, struct ckpt_buf *out)
{
	const struct ckpt_opt_spec *o;
	struct ckpt_table t;

	ckpt_buf_addf(out, "ckptfs %s ROOT%s%s [options]: %s\n\n", v->name, v->operands[0] ? " " : "",
		      v->operands, v->summary);
	ckpt_table_init(&t, "rll");
	for (o = v->opts; o->name; o++)
		option_row(&t, o);
	for (o = ckpt_args_common; o->name; o++)
		option_row(&t, o);
	ckpt_table_end(&t, out);
	ckpt_buf_addf(out, "\nExample: ckptfs %s\n", v->example);
}

/* The words of one verb: what must be there, then what may. */
static void control_words(const struct ckpt_verb *v, struct ckpt_buf *out)
{
	const struct ckpt_opt_spec *o;

	ckpt_buf_adds(out, v->name);
	if (v->operands[0])
		ckpt_buf_addf(out, " %s", v->operands);
	for (o = v->opts; o->name; o++)
		if (o->control)
			ckpt_buf_addf(out, " [%s%s%s]%s", o->name, o->value ? "=" : "",
				      o->value ? o->value : "", o->repeat ? "..." : "");
	ckpt_buf_addc(out, '\n');
}

void ckpt_help_control(struct ckpt_buf *out)
{
	size_t i;

	ckpt_buf_adds(out,
		      "Write one of these commands, in one write; then read its answer, one JSON object,\n"
		      "on the same open file: exec 3<>control; echo gc >&3; cat <&3\n\n");
	for (i = 0; ckpt_verbs[i]; i++)
		if (ckpt_verbs[i]->control)
			control_words(ckpt_verbs[i], out);
	ckpt_buf_adds(out, "refresh\nrelease [UUID]\nhelp\n\n"
			   "A value with blanks stands in double quotes: commit identifier=\"a b\"\n");
}
