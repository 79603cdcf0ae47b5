/* What the floor of commands keeps without a root: how words are understood,
 * and how results are written. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "cmd/args.h"
#include "cmd/cmd.h"
#include "cmd/control.h"
#include "cmd/jsonout.h"
#include "cmd/mountopts.h"
#include "cmd/table.h"
#include "tests/suite.h"

#define U1 "0199f0c2-1a2b-7c3d-8e4f-0123456789ab"
#define U2 "0199f0c2-1a2b-7c3d-8e4f-0123456789ac"

static struct ckpt_args args;
static struct ckpt_err err;

/* The words of a line, cut at blanks. */
static int cli(const char *line)
{
	char *copy = strdup(line), *word[32], *save, *w;
	const struct ckpt_verb *v;
	int n = 0, rc;

	for (w = strtok_r(copy, " ", &save); w && n < 32; w = strtok_r(NULL, " ", &save))
		word[n++] = w;
	v = ckpt_verb_find(word[0]);
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

START_TEST(json_puts_commas_where_they_belong)
{
	struct ckpt_buf b = CKPT_BUF_INIT;

	ckpt_jo_open(&b, NULL, '{');
	ckpt_jo_open(&b, "a", '[');
	ckpt_jo_close(&b, ']');
	ckpt_jo_u64(&b, "n", UINT64_MAX);
	ckpt_jo_open(&b, "o", '[');
	ckpt_jo_text(&b, NULL, "x{");
	ckpt_jo_text(&b, NULL, NULL);
	ckpt_jo_open(&b, NULL, '{');
	ckpt_jo_bool(&b, "t", true);
	ckpt_jo_close(&b, '}');
	ckpt_jo_close(&b, ']');
	ckpt_jo_raw(&b, "r", "[1]", 3);
	ckpt_jo_close(&b, '}');
	ck_assert_str_eq(b.data,
			 "{\"a\":[],\"n\":18446744073709551615,\"o\":[\"x{\",null,{\"t\":true}],\"r\":[1]}");
	ckpt_buf_release(&b);
}
END_TEST

static bool has(const char *object, const char *key)
{
	return ckpt_jo_has(object, strlen(object), key);
}

START_TEST(a_member_is_found_only_at_the_top)
{
	ck_assert(has("{\"a\":1,\"created_at\":2}", "created_at"));
	ck_assert(has("{\"a\":{\"b\":[1,{}]},\"complete\":{}}", "complete"));
	ck_assert(has("{\"cre\\u0061ted_at\":1}", "created_at"));
	ck_assert(!has("{\"a\":{\"complete\":1}}", "complete"));
	ck_assert(!has("{\"a\":\"complete\"}", "complete"));
	ck_assert(!has("{\"a\":\"\\\"complete\\\":\"}", "complete"));
	ck_assert(!has("{\"a\":[\"complete\"]}", "complete"));
	ck_assert(!has("{\"complet\":1,\"completed\":1,\"\":1}", "complete"));
	ck_assert(!has("{}", "complete"));
	ck_assert(!has("{\"a", "a"));
	ck_assert(!has("{\"\\", "a"));
}
END_TEST

START_TEST(sizes_and_dates_are_for_people)
{
	char t[CKPT_TEXT_MAX];

	ck_assert_str_eq(ckpt_size_text(0, t), "0 B");
	ck_assert_str_eq(ckpt_size_text(1023, t), "1023 B");
	ck_assert_str_eq(ckpt_size_text(1024, t), "1.0 KiB");
	ck_assert_str_eq(ckpt_size_text(1048575, t), "1.0 MiB");
	ck_assert_str_eq(ckpt_size_text(UINT64_MAX, t), "16.0 EiB");
	ck_assert_str_eq(ckpt_date_text(1795549599123, t), "2026-11-24 19:46:39Z");
	ck_assert_str_eq(ckpt_date_text(0, t), "unknown");
	ckpt_date_text(INT64_MAX, t);
	ckpt_date_text(INT64_MIN, t);
}
END_TEST

START_TEST(columns_are_as_wide_as_their_widest_cell)
{
	struct ckpt_buf b = CKPT_BUF_INIT;
	struct ckpt_table t;

	ckpt_table_init(&t, "lrl");
	ckpt_table_cell(&t, "a");
	ckpt_table_cell(&t, "%d", 1);
	ckpt_table_shown(&t, "x\n\033y", 4);
	ckpt_table_cell(&t, "\xc3\xa9\xc3\xa9");
	ckpt_table_cell(&t, "%d", 100);
	ckpt_table_cell(&t, "z");
	ckpt_table_end(&t, &b);
	ck_assert_str_eq(b.data, "a     1  x\\x0a\\x1by\n\xc3\xa9\xc3\xa9  100  z\n");
	ckpt_buf_release(&b);
	ckpt_table_init(&t, "l");
	ckpt_table_end(&t, &b);
	ck_assert_uint_eq(b.len, 0);
	ckpt_buf_release(&b);
}
END_TEST

/* --- the control file, on a root in memory ------------------------------- */

static int refreshed(void *ctx, struct ckpt_err *e)
{
	(void)e;
	++*(int *)ctx;
	return 0;
}

static struct ckpt_mem *mem;
static struct ckpt_control ctl;
static int refreshes;

static void set_up(void)
{
	mem = ckpt_mem_new();
	ck_assert_ptr_nonnull(mem);
	ck_assert_int_eq(ckpt_store_open_mem(mem, &ctl.store, &err), 0);
	refreshes = 0;
	ctl.refresh = refreshed;
	ctl.mount = &refreshes;
}

static void tear_down(void)
{
	ckpt_store_free(ctl.store);
	ckpt_mem_free(mem);
}

static void answers(const char *line, size_t len, int rc, const char *part)
{
	struct ckpt_buf b = CKPT_BUF_INIT;

	ck_assert_int_eq(ckpt_control_command(&ctl, line, len, &b, NULL), rc);
	ck_assert_msg(strstr(b.data, part) != NULL, "'%s' is not in %s", part, b.data);
	ck_assert_uint_gt(b.len, 2);
	ck_assert_int_eq(b.data[0], '{');
	ck_assert_str_eq(b.data + b.len - 2, "}\n");
	ckpt_buf_release(&b);
}
#define ANSWERS(line, rc, part) answers(line, strlen(line), rc, part)

START_TEST(control_always_answers_one_object)
{
	ANSWERS("", -EINVAL, "\"errno\":\"EINVAL\"");
	ANSWERS("\n", -EINVAL, "\"errno\":\"EINVAL\"");
	ANSWERS("gc \xff", -EINVAL, "not UTF-8 at byte 3");
	ANSWERS("frob", -EINVAL, "\"message\":\"unknown command 'frob'");
	ANSWERS("list", -EINVAL, "EINVAL");
	ANSWERS("rebuild yes", -EINVAL, "EINVAL");
	ANSWERS("refresh now", -EINVAL, "EINVAL");
	ANSWERS("gc\ngc\n", -EINVAL, "EINVAL");
	ANSWERS("gc\n\n", -EINVAL, "EINVAL");
	answers("gc\0", 3, -EINVAL, "EINVAL");
	ANSWERS("\033[31m\xff\"", -EINVAL, "EINVAL");
	ANSWERS("remove " U1, -ENOENT, "\"errno\":\"ENOENT\"");
	ANSWERS("gc except=" U1, -ENOENT, "\"errno\":\"ENOENT\"");
	ANSWERS("help\n", 0, "{\"help\":\"");
	ANSWERS("refresh\n", 0, "{\"ok\":true}");
	ck_assert_int_eq(refreshes, 1);
	ANSWERS("gc\n", 0, "\"removed\":[]");
	ANSWERS("gc dry-run", 0, "\"dry_run\":true");
	ANSWERS("sweep", 0, "\"usage\":");
	ANSWERS("verify", 0, "\"ok\":true");
}
END_TEST

START_TEST(control_commits_exact_integers)
{
	ANSWERS("commit", -EINVAL, "EINVAL");
	ANSWERS("commit fingerprint=18446744073709551615", -EINVAL, "EINVAL");
	ANSWERS("commit fingerprint=18446744073709551615 allow-empty identifier=\"a \\\"b\\\"\"", 0,
		"\"identifier\":\"a \\\"b\\\"\",\"fingerprint\":18446744073709551615,");
	ANSWERS("commit fingerprint=1 allow-empty", -EINVAL, "EINVAL");
	ANSWERS("commit fingerprint=1 allow-empty force", 0, "\"fingerprint\":1,");
	ANSWERS("commit uuid=" U1 " allow-empty", 0, "{\"uuid\":\"" U1 "\"");
	ANSWERS("commit uuid=" U1 " allow-empty", -EEXIST, "EEXIST");
}
END_TEST

START_TEST(control_pins_and_keeps_by_rules)
{
	ANSWERS("commit fingerprint=1 allow-empty uuid=" U1, 0, "{");
	ANSWERS("pin a " U2, -ENOENT, "\"errno\":\"ENOENT\"");
	ANSWERS("pin a " U1 " expires=2020-01-01", -EINVAL, "in the future");
	ANSWERS("pin a " U1 " expires=2026-02-30", -EINVAL, "expires '2026-02-30'");
	ANSWERS("pin \"a b\" " U1 " expires=7d", 0,
		"{\"pins\":[{\"name\":\"a b\",\"uuid\":\"" U1 "\",\"expires\":\"2");
	ANSWERS("pin \"a b\" " U1, -EEXIST, "\"errno\":\"EEXIST\"");
	ANSWERS("pins", 0, "\"expired\":false");
	ANSWERS("remove " U1, -EBUSY, "pinned as a b");
	ANSWERS("commit allow-empty", 0, "{");
	ANSWERS("commit allow-empty", 0, "{");
	ANSWERS("gc dry-run keep-daily=7 keep-within=14d", 0, "\"why\":\"pinned as a b");
	ANSWERS("gc keep-last=3", 0, "\"why\":\"pinned as a b, last\"");
	ANSWERS("unpin \"a b\"", 0, "{\"pins\":[]}");
	ANSWERS("unpin \"a b\"", -ENOENT, "\"errno\":\"ENOENT\"");
	ANSWERS("gc keep-last=2", 0, "\"removed\":[\"" U1 "\"]");
	ck_assert_int_eq(ckpt_store_write(ctl.store, NULL, "ckptfs-pins.json", "{", 1, &err), 0);
	ANSWERS("gc", -EIO, "ckptfs-pins.json");
}
END_TEST

START_TEST(problems_make_verify_fail_and_are_listed)
{
	struct ckpt_catalog *c;
	char dir[CKPT_UUID_TEXT];

	ANSWERS("commit fingerprint=1 allow-empty", 0, "{");
	ck_assert_int_eq(ckpt_catalog_read(ctl.store, NULL, &c, &err), 0);
	ckpt_uuid_text(&c->entry[0]->uuid, dir);
	ckpt_catalog_unref(c);
	ck_assert_int_eq(ckpt_store_remove(ctl.store, dir, "CHECKPOINT", &err), 0);
	ANSWERS("verify", -EIO, "{\"ok\":false,\"problems\":[{\"uuid\":\"");
}
END_TEST

START_TEST(damage_is_eio_with_its_sentence)
{
	ck_assert_int_eq(ckpt_store_write(ctl.store, NULL, "checkpoints.feldera", "[1", 2, &err), 0);
	ANSWERS("gc", -EIO, "{\"error\":{\"errno\":\"EIO\",\"message\":\"");
}
END_TEST

START_TEST(what_gc_would_do_can_be_read_also_if_it_would_fail)
{
	struct ckpt_buf b = CKPT_BUF_INIT;

	ck_assert_int_eq(ckpt_control_show(&ctl, CKPT_CTL_GC, &b, NULL), 0);
	ck_assert_str_eq(b.data, "would remove 0 checkpoints: 0 files, 0 B\n");
	ckpt_buf_clear(&b);
	ck_assert_int_eq(ckpt_control_show(&ctl, CKPT_CTL_CONTROL, &b, NULL), 0);
	ck_assert(strstr(b.data, "gc [except=UUID]... [keep-last=N] [keep-hourly=N]") != NULL);
	ckpt_buf_clear(&b);
	ck_assert_int_eq(ckpt_store_write(ctl.store, NULL, "checkpoints.feldera", "[1", 2, &err), 0);
	ck_assert_int_eq(ckpt_control_show(&ctl, CKPT_CTL_SWEEP, &b, NULL), 0);
	ck_assert_int_eq(strncmp(b.data, "would fail: ", 12), 0);
	ckpt_buf_release(&b);
}
END_TEST

/* A catalog of n empty checkpoints. */
static void many(unsigned n)
{
	static const char deps[] = "{\"batches\":[],\"state_files\":[\"CHECKPOINT\"]}";
	struct ckpt_buf catalog = CKPT_BUF_INIT;
	char dir[CKPT_UUID_TEXT];
	unsigned i;

	ckpt_buf_addc(&catalog, '[');
	for (i = 0; i < n; i++) {
		snprintf(dir, sizeof(dir), "0199f0c2-1a2b-7c3d-8e4f-%012u", i);
		ckpt_buf_addf(&catalog, "%s{\"uuid\":\"%s\",\"fingerprint\":1}", i ? "," : "", dir);
		ck_assert_int_eq(ckpt_store_mkdir(ctl.store, dir, &err), 0);
		ck_assert_int_eq(ckpt_store_write(ctl.store, dir, "CHECKPOINT", "", 0, &err), 0);
		ck_assert_int_eq(
			ckpt_store_write(ctl.store, dir, "dependencies.json", deps, strlen(deps), &err), 0);
	}
	ckpt_buf_addc(&catalog, ']');
	ck_assert_int_eq(
		ckpt_store_write(ctl.store, NULL, "checkpoints.feldera", catalog.data, catalog.len, &err), 0);
	ckpt_buf_release(&catalog);
}

/* Once the catalog is another than it was. */
static bool when_it_has_begun(void *ctx)
{
	struct ckpt_stat st;

	return ckpt_store_stat(ctl.store, NULL, "checkpoints.feldera", &st, NULL) == 0 &&
	       st.size != *(uint64_t *)ctx;
}

START_TEST(an_interrupted_gc_says_what_it_has_done)
{
	struct ckpt_buf b = CKPT_BUF_INIT;
	struct ckpt_catalog *c;
	struct ckpt_stat st;
	const char *done, *s;
	size_t removed = 0;

	many(1200);
	ck_assert_int_eq(ckpt_store_stat(ctl.store, NULL, "checkpoints.feldera", &st, &err), 0);
	ctl.env.stop = when_it_has_begun;
	ctl.env.ctx = &st.size;
	ck_assert_int_eq(ckpt_control_command(&ctl, "gc", 2, &b, NULL), -EINTR);
	ctl.env.stop = NULL;
	ck_assert(strstr(b.data, "{\"error\":{\"errno\":\"EINTR\",\"message\":\"") == b.data);
	done = strstr(b.data, "},\"done\":{\"removed\":[\"");
	ck_assert_ptr_nonnull(done);
	for (s = strchr(done, '['); *s != ']'; s++)
		removed += *s == ',' || *s == '[';
	ck_assert_int_eq(ckpt_catalog_read(ctl.store, NULL, &c, &err), 0);
	ck_assert_uint_gt(removed, 0);
	ck_assert_uint_gt(c->n, CKPT_MIN_CHECKPOINTS);
	ck_assert_uint_eq(c->n + removed, 1200);
	ckpt_catalog_unref(c);
	ckpt_buf_release(&b);
}
END_TEST

/* --- mount options ------------------------------------------------------- */

static int mount_words(const char *line, bool helper, struct ckpt_mountopts *o)
{
	char *copy = strdup(line), *word[32], *save, *w;
	int n = 0, rc;

	for (w = strtok_r(copy, " ", &save); w && n < 32; w = strtok_r(NULL, " ", &save))
		word[n++] = w;
	rc = ckpt_mountopts_parse(n, word, helper, o, &err);
	free(copy);
	return rc;
}

static const char *const bad_mounts[] = {
	"mount /r /d -o bogus",
	"mount /r /d -o ro,bogus=1",
	"mount /r /d -o lease=",
	"mount /r /d -o lease=-1",
	"mount /r /d -o lease=1s",
	"mount /r /d -o lease=86401",
	"mount /r /d -o poll=0",
	"mount /r /d -t ext4",
	"mount /r /d -x",
	"mount /r /d /e",
	"mount /r",
	"mount",
	"mount /r /d --foreground",
	"mount /r /d -o",
	"mount /r /d -o fsname=",
	"mount /r /d -o lease=99999999999999999999",
};

START_TEST(unknown_mount_words_are_refused)
{
	struct ckpt_mountopts o;

	ck_assert_int_eq(mount_words(bad_mounts[_i], true, &o), -EINVAL);
	ck_assert_uint_gt(strlen(err.msg), 10);
	ckpt_mountopts_release(&o);
}
END_TEST

START_TEST(mount_understands_what_mount_8_says)
{
	struct ckpt_mountopts o;

	ck_assert_int_eq(
		mount_words("mount /r /d -sfnv -t fuse.ckptfs -o rw,defaults,_netdev,x-foo=1,comment=c -o "
			    "lease=5,allow_other,user=me,lease=0,poll=2",
			    true, &o),
		0);
	ck_assert(o.fake && !o.foreground && o.sloppy && o.verbose && o.allow_other);
	ck_assert_int_eq(o.lease_ms, 0);
	ck_assert_int_eq(o.poll_ms, 2000);
	ckpt_mountopts_release(&o);
	ck_assert_int_eq(mount_words("mount -f /r -oallow-empty /d", false, &o), 0);
	ck_assert(!o.fake && o.foreground && o.allow_empty);
	ck_assert_int_eq(o.lease_ms, 60000);
	ckpt_mountopts_release(&o);
	ck_assert_int_eq(mount_words("mount /r /d -o bogus -s", true, &o), 0);
	ckpt_mountopts_release(&o);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("cmd");
	TCase *t = tcase_create("words"), *m = tcase_create("control"), *r;

	tcase_add_test(t, command_line_and_control_say_the_same);
	tcase_add_loop_test(t, what_is_not_understood_is_refused_with_a_sentence, 0,
			    sizeof(bad_lines) / sizeof(bad_lines[0]));
	tcase_add_loop_test(t, control_refuses_words_it_does_not_know, 0,
			    sizeof(bad_controls) / sizeof(bad_controls[0]));
	tcase_add_test(t, help_needs_no_operands);
	tcase_add_test(t, a_flag_may_be_said_again_and_again);
	tcase_add_test(t, quotes_hold_blanks_together);
	tcase_add_test(t, more_words_than_allowed_are_refused);
	tcase_add_loop_test(t, unknown_mount_words_are_refused, 0,
			    sizeof(bad_mounts) / sizeof(bad_mounts[0]));
	tcase_add_test(t, mount_understands_what_mount_8_says);
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(m, set_up, tear_down);
	tcase_add_test(m, control_always_answers_one_object);
	tcase_add_test(m, control_commits_exact_integers);
	tcase_add_test(m, an_interrupted_gc_says_what_it_has_done);
	tcase_set_timeout(m, 60);
	tcase_add_test(m, control_pins_and_keeps_by_rules);
	tcase_add_test(m, problems_make_verify_fail_and_are_listed);
	tcase_add_test(m, damage_is_eio_with_its_sentence);
	tcase_add_test(m, what_gc_would_do_can_be_read_also_if_it_would_fail);
	suite_add_tcase(s, m);
	r = tcase_create("results");
	tcase_add_test(r, json_puts_commas_where_they_belong);
	tcase_add_test(r, a_member_is_found_only_at_the_top);
	tcase_add_test(r, sizes_and_dates_are_for_people);
	tcase_add_test(r, columns_are_as_wide_as_their_widest_cell);
	suite_add_tcase(s, r);
	return suite_run(s);
}
