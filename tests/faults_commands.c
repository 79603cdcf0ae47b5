#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "ckptfs/archive.h"
#include "ckptfs/pins.h"
#include "cmd/cmd.h"
#include "cmd/control.h"
#include "tests/faults_world.h"
#include "tests/fixture.h"

/* Of version 4: it has no time. */
#define TIMELESS "7b1f4c1e-5d0b-4c1a-9a53-0123456789ab"

/* The directory of checkpoint n, as text that lasts for one more. */
static const char *dir_of(unsigned n)
{
	static char text[2][CKPT_UUID_TEXT];
	static int at;
	const struct ckpt_uuid u = nth_uuid(n);

	return ckpt_uuid_text(&u, text[++at % 2]);
}

/* --- roots ---------------------------------------------------------------- */

static int64_t at_noon(void *ctx)
{
	(void)ctx;
	return INT64_C(1767268800000); /* of the day of nth_uuid() */
}

static int same_bytes(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	memset(buf, 7, len);
	return 0;
}

static const struct ckpt_env quiet = { .now_ms = at_noon, .monotonic_ms = at_noon, .random = same_bytes };

static void open_root(struct ckpt_store *s, struct ckpt_root **root)
{
	struct ckpt_err e;

	ok(ckpt_root_open(s, &quiet, root, &e), &e);
}

/* What the controller writes of checkpoint i of the catalog: its own
 * state.json, or the root's. */
static void put_state(struct ckpt_root *root, size_t i, bool own)
{
	const struct ckpt_entry *entry = ckpt_root_catalog(root)->entry[i];
	struct ckpt_buf text = CKPT_BUF_INIT;
	char dir[CKPT_UUID_TEXT];

	ckpt_buf_addf(&text, "{\"circuit\":%s}", entry->text);
	put(ckpt_root_store(root), own ? ckpt_uuid_text(&entry->uuid, dir) : NULL, CKPT_STATE, text.data);
	ckpt_buf_release(&text);
}

/* Checkpoints 1 to n, finished: each shares a batch with all, and one with its
 * neighbour. */
static void commit_some(struct ckpt_store *s, unsigned n)
{
	struct ckpt_root *root;
	char name[3][32];

	open_root(s, &root);
	for (unsigned i = 1; i <= n; i++) {
		const char *batches[] = { name[0], name[1], name[2], NULL };

		snprintf(name[0], 32, "w0-shared.feldera");
		snprintf(name[1], 32, "w0-pair%u.feldera", i / 2);
		snprintf(name[2], 32, "w0-own%u.feldera", i);
		commit_nth(root, i, batches);
		put_state(root, i - 1, true);
	}
	put_state(root, n - 1, false);
	ckpt_root_free(root);
}

/* With all that a root can have: a checkpoint from before dependencies.json, a
 * pin, the journal. */
static void full(struct ckpt_store *s)
{
	const struct ckpt_uuid pinned = nth_uuid(2);
	struct ckpt_root *root;
	struct ckpt_err e;

	commit_some(s, 5);
	ok(ckpt_store_remove(s, dir_of(1), CKPT_DEPENDENCIES, &e), &e);
	open_root(s, &root);
	ok(ckpt_pin(root, "held", &pinned, NULL, NULL, &e), &e);
	ckpt_root_free(root);
	put(s, CKPT_STEPS, "0", "steps");
}

static void full_with_garbage(struct ckpt_store *s)
{
	full(s);
	put(s, NULL, "w9-garbage.feldera", "garbage");
	put(s, NULL, "w9-unfinished.feldera.mut", "gar");
	put(s, dir_of(9), CKPT_MARKER, "");
	put(s, dir_of(9), "z1-0.dat", "of nobody");
	put(s, "leftover", "a", "a");
	put(s, NULL, "notes.txt", "not ours");
}

static void staged(struct ckpt_store *s)
{
	static const char *const batches[] = { "w0-shared.feldera", "w0-new.feldera", NULL };

	full(s);
	stage(s, 6, batches);
}

static void empty(struct ckpt_store *s)
{
	(void)s;
}

/* The second is old by its CHECKPOINT's time alone. */
static void timeless(struct ckpt_store *s)
{
	struct ckpt_uuid u;
	const uint64_t fingerprint = 42;
	const struct ckpt_commit_opts o = { .uuid = &u, .fingerprint = &fingerprint };
	struct ckpt_root *root;
	struct ckpt_err e;

	ck_assert(ckpt_uuid_parse(TIMELESS, &u));
	commit_some(s, 1);
	open_root(s, &root);
	put(s, TIMELESS, "z1-0.dat", "state");
	ok(ckpt_commit(root, &o, NULL, &e), &e);
	for (unsigned i = 2; i <= 4; i++)
		commit_nth(root, i, (const char *const[]){ "w0-shared.feldera", NULL });
	ckpt_root_free(root);
}

static void lost(struct ckpt_store *s)
{
	struct ckpt_err e;

	full(s);
	ok(ckpt_store_remove(s, NULL, CKPT_CATALOG, &e), &e);
}

static void damaged(struct ckpt_store *s)
{
	full(s);
	put(s, NULL, CKPT_CATALOG, "[{\"uuid\":");
}

static void archived_one(struct ckpt_store *s)
{
	commit_some(s, 1);
}

/* Its state.json was not there yet when it was archived. */
static void archived_too_early(struct ckpt_store *s)
{
	struct ckpt_err e;

	commit_some(s, 5);
	ok(ckpt_store_remove(s, dir_of(5), CKPT_STATE, &e), &e);
}

/* @N stands for the uuid of checkpoint N. */
const struct faults_command faults_commands[] = {
	{ "commit /r --uuid @6 --identifier new --steps 7", staged, false, NULL },
	{ "commit /r --allow-empty", full, false, NULL },
	{ "commit /r --fingerprint 42 --allow-empty", empty, false, NULL },
	{ "gc /r", full, false, NULL },
	{ "gc /r --keep-last 1 --except @1", full_with_garbage, false, NULL },
	{ "gc /r --keep-within 3650d", timeless, false, NULL },
	{ "sweep /r", full_with_garbage, false, NULL },
	{ "remove /r @3", full, false, NULL },
	{ "pin /r new @4", full, false, NULL },
	{ "unpin /r held", full, false, NULL },
	{ "rebuild /r --yes --fingerprint 42", lost, false, NULL },
	{ "rebuild /r --yes --fingerprint 42", damaged, false, NULL },
	{ "archive /r /a --all", empty, false, full },
	{ "archive /r /a", archived_one, false, full },
	{ "archive /r /a --all", archived_too_early, false, full },
	{ "verify /r", full, true, NULL },
	{ "verify /r @2 --fingerprint 42", full, true, NULL },
	{ "list /r", full, true, NULL },
	{ "list /r -l", full, true, NULL },
	{ "list /r --json -l --sort marks", full, true, NULL },
	{ "show /r @4", full, true, NULL },
	{ "show /r latest --json", full, true, NULL },
	{ "verify /r latest", full, true, NULL },
	{ "pins /r", full, true, NULL },
	{ "du /r", full_with_garbage, true, NULL },
	{ "metrics /r", full_with_garbage, true, NULL },
	{ "diff /r @1 @3 -l", full, true, NULL },
	{ "gc /r -n", full, true, NULL },
	{ "gc /r -n --keep-daily 3", full, true, NULL },
	{ "sweep /r -n", full_with_garbage, true, NULL },
	{ "remove /r -n @3", full, true, NULL },
	{ "rebuild /r -n --fingerprint 42", lost, true, NULL },
	{ 0 },
};

const struct faults_command faults_controls[] = {
	{ "commit uuid=@6 identifier=new steps=7", staged, false, NULL },
	{ "gc", full, false, NULL },
	{ "gc keep-last=1 except=@1", full_with_garbage, false, NULL },
	{ "sweep", full_with_garbage, false, NULL },
	{ "remove @3", full, false, NULL },
	{ "pin new @4", full, false, NULL },
	{ "unpin held", full, false, NULL },
	{ "verify", full, true, NULL },
	{ "pins", full, true, NULL },
	{ "gc dry-run", full, true, NULL },
	{ "help", full, true, NULL },
	{ 0 },
};

/* --- running -------------------------------------------------------------- */

static void warn(void *ctx, enum ckpt_event level, const char *sentence)
{
	(void)level;
	ckpt_buf_addf(ctx, "warning: %s\n", sentence);
}

static struct ckpt_env telling(struct ckpt_buf *warnings)
{
	struct ckpt_env env = quiet;

	env.event = warn;
	env.ctx = warnings;
	return env;
}

/* The verb opens directories by their paths; here is what it does then. */
static int archive(struct ckpt_store *source, struct ckpt_store *s, bool all, struct ckpt_buf *text,
		   struct ckpt_err *err)
{
	const struct ckpt_archive_opts o = { .all = all };
	struct ckpt_archived a = { 0 };
	struct ckpt_root *from = NULL, *to = NULL;
	int rc = ckpt_root_open(source, &quiet, &from, err);

	if (!rc)
		rc = ckpt_root_open(s, &quiet, &to, err);
	if (!rc)
		rc = ckpt_archive(from, to, &o, &a, err);
	for (size_t i = 0; i < a.n_added; i++) {
		char dir[CKPT_UUID_TEXT];

		ckpt_buf_addf(text, "added %s\n", ckpt_uuid_text(&a.added[i], dir));
	}
	/* Those are failures too. */
	for (size_t i = 0; i < a.n_skipped; i++) {
		ckpt_buf_addf(text, "skipped: %s\n", a.skipped[i].why);
		if (!rc)
			rc = ckpt_fail(err, EIO, "%s", a.skipped[i].why);
	}
	ckpt_archived_release(&a);
	ckpt_root_free(from);
	ckpt_root_free(to);
	return rc;
}

static int run_words(struct ckpt_store *s, int n, char **word, struct ckpt_buf *text, struct ckpt_err *err)
{
	struct ckpt_buf warnings = CKPT_BUF_INIT;
	struct ckpt_cmd cmd = { .store = s, .env = telling(&warnings) };
	struct ckpt_args args = CKPT_ARGS_INIT;
	int rc = ckpt_args_cli(ckpt_verb_find(word[0]), n - 1, word + 1, &args, err);

	if (!rc)
		rc = ckpt_cmd_run(&cmd, &args, err);
	if (cmd.out.len)
		ckpt_buf_add(text, cmd.out.data, cmd.out.len);
	if (warnings.len)
		ckpt_buf_add(text, warnings.data, warnings.len);
	ckpt_args_release(&args);
	ckpt_buf_release(&cmd.out);
	ckpt_buf_release(&warnings);
	return rc;
}

/* In the control file of a mount the answer is what is read after the write. */
static int run_control(struct ckpt_store *s, const char *line, struct ckpt_buf *text, struct ckpt_err *err)
{
	struct ckpt_buf answer = CKPT_BUF_INIT;
	const struct ckpt_control c = { .store = s, .env = quiet };
	int rc = ckpt_control_command(&c, line, strlen(line), &answer, err);

	if (answer.failed) {
		/* Then to read it is ENOMEM. */
		if (!rc)
			rc = ckpt_fail(err, ENOMEM,
				       "not enough memory for the answer, but it was carried out");
	} else if (answer.len) {
		ckpt_buf_add(text, answer.data, answer.len);
	}
	ckpt_buf_release(&answer);
	return rc ? -err->code : 0;
}

/* Put the uuids in. */
static void spell(const char *line, char out[256])
{
	size_t n = 0;

	for (; *line && n < 255 - CKPT_UUID_TEXT; line++) {
		if (*line == '@')
			n += (size_t)sprintf(out + n, "%s", dir_of((unsigned)(*++line - '0')));
		else
			out[n++] = *line;
	}
	out[n] = '\0';
}

int faults_run(const struct faults_command *c, struct ckpt_store *s, struct ckpt_store *source,
	       struct ckpt_buf *text, struct ckpt_err *err)
{
	static char json[] = "--json";
	char line[256], *word[16], *save, *w;
	int n = 0;

	memset(err, 0, sizeof(*err));
	spell(c->line, line);
	if (!strstr(line, " /r"))
		return run_control(s, line, text, err);
	for (w = strtok_r(line, " ", &save); w; w = strtok_r(NULL, " ", &save))
		word[n++] = w;
	if (c->source)
		return archive(source, s, n > 3, text, err);
	/* It prints no JSON. */
	if (strcmp(word[0], "metrics") != 0)
		word[n++] = json;
	return run_words(s, n, word, text, err);
}
