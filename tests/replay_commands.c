#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "tests/replay.h"

/* --- the commands, by the engine ---------------------------------------- */

void answer_release(struct answer *a)
{
	json_decref(a->removed);
	memset(a, 0, sizeof(*a));
}

static struct ckpt_u64 number(const json_t *op, const char *key)
{
	const char *s = json_string_value(json_object_get(op, key));

	return s ? (struct ckpt_u64){ strtoull(s, NULL, 10), true } : (struct ckpt_u64){ 0 };
}

static const char *text(const json_t *op, const char *key)
{
	return json_string_value(json_object_get(op, key));
}

/* Each command opens the root anew, as a new process would. */
static int open_root(struct target *t, struct ckpt_root **root, struct answer *a)
{
	struct ckpt_err e;
	int rc = ckpt_root_open(t->store, NULL, root, &e);

	if (rc)
		snprintf(a->error, sizeof(a->error), "%s", e.msg);
	return rc;
}

static void engine_commit(struct target *t, const json_t *op, struct answer *a)
{
	struct ckpt_u64 fingerprint = number(op, "fingerprint");
	struct ckpt_commit_opts o = { .fingerprint = &fingerprint.value,
				      .identifier = text(op, "identifier"),
				      .steps = number(op, "steps"),
				      .processed_records = number(op, "processed_records"),
				      .dependencies_version =
					      json_integer_value(json_object_get(op, "version")) };
	struct ckpt_entry *entry;
	struct ckpt_root *root;
	struct ckpt_uuid u;
	struct ckpt_err e;

	if (!ckpt_uuid_parse(text(op, "uuid"), &u))
		errx(1, "bad uuid in trace");
	o.uuid = &u;
	if (open_root(t, &root, a))
		return;
	a->ok = !ckpt_commit(root, &o, &entry, &e);
	if (a->ok) {
		a->size = entry->size.value;
		ckpt_entry_unref(entry);
	} else {
		snprintf(a->error, sizeof(a->error), "%s", e.msg);
	}
	ckpt_root_free(root);
}

static void engine_gc(struct target *t, const json_t *op, struct answer *a)
{
	json_t *except = json_object_get(op, "except"), *v;
	struct ckpt_uuid *list = calloc(json_array_size(except) + 1, sizeof(*list));
	struct ckpt_gc_opts o = { .except = list };
	char uuid[CKPT_UUID_TEXT];
	struct ckpt_root *root;
	struct ckpt_plan plan;
	struct ckpt_err e;
	size_t i;

	json_array_foreach(except, i, v) if (!ckpt_uuid_parse(json_string_value(v), &list[o.n_except++]))
		errx(1, "bad uuid in trace");
	if (!open_root(t, &root, a)) {
		a->ok = !ckpt_gc(root, &o, &plan, &e);
		if (!a->ok)
			snprintf(a->error, sizeof(a->error), "%s", e.msg);
		for (i = 0; i < plan.n_removed; i++)
			json_array_append_new(a->removed,
					      json_string(ckpt_uuid_text(&plan.removed[i], uuid)));
		ckpt_plan_release(&plan);
		ckpt_root_free(root);
	}
	free(list);
}

static void engine_sweep(struct target *t, struct answer *a)
{
	struct ckpt_root *root;
	struct ckpt_plan plan;
	struct ckpt_err e;

	if (open_root(t, &root, a))
		return;
	a->ok = !ckpt_sweep(root, false, &plan, &e);
	a->usage = plan.usage;
	if (!a->ok)
		snprintf(a->error, sizeof(a->error), "%s", e.msg);
	ckpt_plan_release(&plan);
	ckpt_root_free(root);
}

/* --- the commands, by the command line ---------------------------------- */

#define ARGV_MAX 256

static json_t *run(struct target *t, const char *const *argv, struct answer *a)
{
	struct ckpt_buf out = CKPT_BUF_INIT;
	char chunk[65536];
	json_t *answer;
	ssize_t n;
	int p[2], status;
	pid_t pid;

	if (pipe(p) || (pid = fork()) < 0)
		err(1, "fork");
	if (!pid) {
		dup2(p[1], 1);
		dup2(p[1], 2);
		close(p[0]);
		close(p[1]);
		execv(t->program, (char *const *)argv);
		_exit(127);
	}
	close(p[1]);
	while ((n = read(p[0], chunk, sizeof(chunk))) > 0)
		ckpt_buf_add(&out, chunk, n);
	close(p[0]);
	waitpid(pid, &status, 0);
	a->ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	if (WIFSIGNALED(status) || WEXITSTATUS(status) > 1)
		errx(1, "%s %s: status %x: %s", argv[0], argv[1], status, out.data ? out.data : "");
	if (!a->ok)
		snprintf(a->error, sizeof(a->error), "%s", out.data ? out.data : "");
	/* A warning may come before the answer. */
	answer = a->ok ? json_loads(strchr(out.data, '{'), JSON_DECODE_ANY, NULL) : NULL;
	if (!answer && a->ok)
		answer = json_loads(strchr(out.data, '{'), JSON_DECODE_INT_AS_REAL, NULL);
	ckpt_buf_release(&out);
	return answer;
}

static void cli_commit(struct target *t, const json_t *op, struct answer *a)
{
	const char *version = json_integer_value(json_object_get(op, "version")) == 1 ? "1" : "2";
	const char *argv[ARGV_MAX] = { t->program,
				       "commit",
				       t->dir,
				       "--json",
				       "--force",
				       "--allow-empty",
				       "--dependencies-version",
				       version,
				       "--uuid",
				       text(op, "uuid"),
				       "--fingerprint",
				       text(op, "fingerprint") };
	static const char *const pairs[][2] = { { "identifier", "--identifier" },
						{ "steps", "--steps" },
						{ "processed_records", "--processed-records" } };
	size_t n = 12;
	json_t *answer;

	for (size_t i = 0; i < 3; i++) {
		if (text(op, pairs[i][0])) {
			argv[n++] = pairs[i][1];
			argv[n++] = text(op, pairs[i][0]);
		}
	}
	answer = run(t, argv, a);
	if (json_is_integer(json_object_get(answer, "size")))
		a->size = json_integer_value(json_object_get(answer, "size"));
	else
		a->size = json_real_value(json_object_get(answer, "size"));
	json_decref(answer);
}

static void cli_gc(struct target *t, const json_t *op, struct answer *a)
{
	const char *argv[ARGV_MAX] = { t->program, "gc", t->dir, "--json" };
	json_t *v, *answer;
	size_t n = 4, i;

	json_array_foreach(json_object_get(op, "except"), i, v)
	{
		if (n + 3 > ARGV_MAX)
			errx(1, "too many exceptions in trace");
		argv[n++] = "--except";
		argv[n++] = json_string_value(v);
	}
	answer = run(t, argv, a);
	json_array_extend(a->removed, json_object_get(answer, "removed"));
	json_decref(answer);
}

static void cli_sweep(struct target *t, struct answer *a)
{
	const char *argv[] = { t->program, "sweep", t->dir, "--json", NULL };
	json_t *answer = run(t, argv, a);

	a->usage = json_integer_value(json_object_get(answer, "usage"));
	json_decref(answer);
}

void target_commit(struct target *t, const json_t *op, struct answer *a)
{
	(t->program ? cli_commit : engine_commit)(t, op, a);
}

void target_gc(struct target *t, const json_t *op, struct answer *a)
{
	a->removed = json_array();
	(t->program ? cli_gc : engine_gc)(t, op, a);
}

void target_sweep(struct target *t, struct answer *a)
{
	(t->program ? cli_sweep : engine_sweep)(t, a);
}
