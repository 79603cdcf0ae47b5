/* How words are understood, on the command line and in the control file. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/args.h"
#include "cmd/cmd.h"
#include "tests/cut.h"
#include "tests/suite.h"

#define U1 "0199f0c2-1a2b-7c3d-8e4f-0123456789ab"
#define U2 "0199f0c2-1a2b-7c3d-8e4f-0123456789ac"

static struct ckpt_args args;
static struct ckpt_err err;

static int cli(const char *line)
{
	char *copy = strdup(line), *word[CUT_MAX];
	int n = cut(copy, word), rc;
	const struct ckpt_verb *v = ckpt_verb_find(word[0]);

	ck_assert_ptr_nonnull(v);
	ckpt_args_release(&args);
	rc = ckpt_args_cli(v, n - 1, word + 1, &args, &err);
	/* The texts of args lie in copy: only what is no text is looked at. */
	free(copy);
	return rc;
}

static int control(const char *line)
{
	char *copy = strdup(line), **word = NULL;
	size_t n;
	int rc;

	ckpt_args_release(&args);
	rc = ckpt_words_split(copy, strlen(copy), &word, &n, &err);
	if (rc == 0) {
		ck_assert_ptr_nonnull(ckpt_verb_find(word[0]));
		rc = ckpt_args_control(ckpt_verb_find(word[0]), n - 1, word + 1, &args, &err);
	}
	free(word);
	free(copy);
	return rc;
}

static void both_say(const char *on_line, const char *in_control, size_t n_opt)
{
	struct ckpt_uuid u = { 0 };
	uint64_t number = 0;

	ck_assert_int_eq(cli(on_line), 0);
	ck_assert_uint_eq(args.n_opt, n_opt);
	if (n_opt) {
		u = args.opt[0].uuid;
		number = args.opt[0].number;
	}
	ck_assert_int_eq(control(in_control), 0);
	ck_assert_uint_eq(args.n_opt, n_opt);
	if (n_opt) {
		ck_assert_int_eq(ckpt_uuid_cmp(&u, &args.opt[0].uuid), 0);
		ck_assert_uint_eq(number, args.opt[0].number);
	}
	ckpt_args_release(&args);
}

START_TEST(command_line_and_control_say_the_same)
{
	both_say("gc /r", "gc", 0);
	both_say("gc /r --except " U1, "gc except=" U1, 1);
	both_say("gc --except=" U1 " /r --except " U2, "gc except=" U1 " except=" U2, 2);
	both_say("gc -n /r", "gc dry-run", 1);
	both_say("gc /r --dry-run", "gc\tdry-run ", 1);
	both_say("commit /r --fingerprint 18446744073709551615", "commit fingerprint=18446744073709551615",
		 1);
	both_say("gc /r --keep-last 3 --keep-within=14d", "gc keep-last=3 keep-within=14d", 2);
	both_say("gc /r --keep-identifier a* --keep-identifier b*",
		 "gc keep-identifier=a* keep-identifier=b*", 2);
	both_say("pin /r name " U1 " --expires 7d", "pin name " U1 " expires=7d", 1);
	both_say("unpin /r name", "unpin name", 0);
	both_say("pins /r", "pins", 0);
	both_say("commit /r --fingerprint 0", "commit fingerprint=0", 1);
	both_say("verify /r " U1, "verify " U1, 0);
	both_say("verify /r latest " U1 " 0199f0c2-1", "verify latest " U1 " 0199f0c2-1", 0);
	both_say("remove -- /r " U1, "remove " U1, 0);
}
END_TEST

static const char *const bad_lines[] = {
	"gc",
	"gc /r extra",
	"gc /r --except",
	"gc /r --except x",
	"gc /r --except 00000000-0000-0000-0000-000000000000",
	"gc /r --excep " U1,
	"gc /r --dry-run=1",
	"gc /r -x",
	"gc /r -nx",
	"gc /r ---",
	"gc /r --keep-last 0",
	"gc /r --keep-last -1",
	"gc /r --keep-last 1000001",
	"gc /r --keep-last x",
	"gc /r --keep-daily 1 --keep-daily 2",
	"gc /r --keep-yearly=",
	"gc /r --keep-within 0d",
	"gc /r --keep-within 14",
	"gc /r --keep-within d",
	"gc /r --keep-within -1d",
	"gc /r --keep-within 1d1d",
	"gc /r --keep-within 1x",
	"gc /r --keep-within 100001d",
	"gc /r --keep-within=",
	"gc /r --keep-identifier=",
	"gc /r --keep-oldest",
	"gc /r --keep-oldest --keep-within 1d",
	"pin /r",
	"pin /r name",
	"pin /r name x",
	"pin /r a/b " U1,
	"pin /r . " U1,
	"pin /r .. " U1,
	"pin /r a\x01 " U1,
	"pin /r a\xff " U1,
	"pin /r name " U1 " --expires",
	"pin /r name " U1 " --expires=",
	"pin /r name " U1 " --expires 0d",
	"pin /r name " U1 " --expires tomorrow",
	"pin /r name " U1 " --expires 2026-02-30",
	"pin /r name " U1 " --expires 2026-12-24T18:00:00",
	"pin /r name " U1 " --expires 100000y",
	"unpin /r",
	"unpin /r a/b",
	"unpin /r a b",
	"pins /r a",
	"commit /r --fingerprint x",
	"commit /r --fingerprint 18446744073709551616",
	"commit /r --fingerprint 99999999999999999999999999",
	"commit /r --fingerprint -1",
	"commit /r --fingerprint=",
	"commit /r --fingerprint +1",
	"commit /r --fingerprint 1.0",
	"commit /r --fingerprint 0x10",
	"commit /r --steps 1 --steps 1",
	"commit /r --dependencies-version 0",
	"commit /r --dependencies-version 3",
	"commit /r --identifier a\xff",
	"remove /r",
	"remove /r " U1 " " U2,
	"remove /r x",
	"remove /r latest",
	"remove /r 0199f0c2",
	"pin /r name latest",
	"gc /r --except latest",
	"gc /r --except 0199f0c2",
	"commit /r --uuid latest",
	"show /r x",
	"show /r 0199f0c2f",
	"show /r " U1 " " U2,
	"show /r " U1 "1",
	"verify /r " U1 " x",
	"verify /r latest lates",
	"archive /r /a Latest",
	"diff /r latest x",
	"diff /r latest /a x",
	"list /r -o",
	"list /r -o x",
	"list /r -ouuid,,age",
	"list /r -o uuid -o age",
	"list /r --sort uuid,age",
	"list /r --sort x",
	"list /r --json -o uuid",
	"list /r latest",
	"rebuild /r",
	"rebuild /r --fingerprint 1",
};

START_TEST(what_is_not_understood_is_refused_with_a_sentence)
{
	err.msg[0] = '\0';
	ck_assert_int_eq(cli(bad_lines[_i]), -EINVAL);
	ck_assert_uint_gt(strlen(err.msg), 10);
	ckpt_args_release(&args);
}
END_TEST

static const char *const bad_controls[] = {
	"gc frob",
	"gc frob=1",
	"gc --dry-run",
	"gc -n",
	"gc json",
	"gc help",
	"gc dry-run=1",
	"gc except",
	"gc except=",
	"gc except=x",
	"gc " U1,
	"commit fingerprint=18446744073709551616",
	"commit identifier=\"open",
	"commit identifier=a\x01",
	"commit identifier=a\x7f",
	"commit identifier=a\xff",
	"gc keep-daily=0",
	"gc keep-daily",
	"gc keep-within=x",
	"pin name",
	"pin \"\" " U1,
	"pin a=b " U1,
	"pin name " U1 " expires=x",
	"unpin",
	"pins x",
	"remove",
	"remove " U1 " " U2,
	"verify x",
};

START_TEST(control_refuses_words_it_does_not_know)
{
	ck_assert_int_eq(control(bad_controls[_i]), -EINVAL);
	ck_assert_uint_gt(strlen(err.msg), 10);
	ckpt_args_release(&args);
}
END_TEST

START_TEST(help_needs_no_operands)
{
	ck_assert_int_eq(cli("remove --help"), 0);
	ck_assert(args.help);
	ck_assert_int_eq(cli("rebuild -h"), 0);
	ck_assert(args.help);
	ckpt_args_release(&args);
}
END_TEST

START_TEST(a_flag_may_be_said_again_and_again)
{
	ck_assert_int_eq(cli("gc -nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnhhhh /r -n -n --dry-run"), 0);
	ck_assert(ckpt_args_has(&args, "dry-run"));
	ckpt_args_release(&args);
}
END_TEST

static void words_are(const char *line, size_t n, const char *const *expect)
{
	char *copy = strdup(line), **word;
	size_t got, i;

	ck_assert_int_eq(ckpt_words_split(copy, strlen(copy), &word, &got, &err), 0);
	ck_assert_uint_eq(got, n);
	for (i = 0; i < n; i++)
		ck_assert_str_eq(word[i], expect[i]);
	free(word);
	free(copy);
}

START_TEST(quotes_hold_blanks_together)
{
	words_are("", 0, NULL);
	words_are(" \t ", 0, NULL);
	words_are("a  b", 2, (const char *const[]){ "a", "b" });
	words_are("i=\"a b\" c", 2, (const char *const[]){ "i=a b", "c" });
	words_are("\"a b\"c\"d e\"", 1, (const char *const[]){ "a bcd e" });
	words_are("i=\"\\\" \\\\ \\n\"", 1, (const char *const[]){ "i=\" \\ \\n" });
	words_are("a\\b", 1, (const char *const[]){ "a\\b" });
	words_are("\"\"", 1, (const char *const[]){ "" });
}
END_TEST

START_TEST(more_words_than_allowed_are_refused)
{
	size_t n = 2 * (CKPT_ARGS_MAX + 1);
	char *line = malloc(n + 1), **word;
	size_t got, i;

	for (i = 0; i < n; i += 2)
		memcpy(line + i, "a ", 2);
	line[n] = '\0';
	ck_assert_int_eq(ckpt_words_split(line, n, &word, &got, &err), -EINVAL);
	free(word);
	free(line);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("words");

	tcase_add_test(t, command_line_and_control_say_the_same);
	tcase_add_loop_test(t, what_is_not_understood_is_refused_with_a_sentence, 0,
			    sizeof(bad_lines) / sizeof(bad_lines[0]));
	tcase_add_loop_test(t, control_refuses_words_it_does_not_know, 0,
			    sizeof(bad_controls) / sizeof(bad_controls[0]));
	tcase_add_test(t, help_needs_no_operands);
	tcase_add_test(t, a_flag_may_be_said_again_and_again);
	tcase_add_test(t, quotes_hold_blanks_together);
	tcase_add_test(t, more_words_than_allowed_are_refused);
	return suite_run_one("words", t);
}
