/* replay.c - replay recorded traces and compare every step
 *
 *   replay [--on posix|mem|PROGRAM] DIR-OR-FILE...
 *
 * DIR holds *.jsonl or *.jsonl.xz files, one trace a line.  Prints each
 * difference and, last, "N traces, N steps, N failed"; exit 1 if any failed.
 */
#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/json.h"
#include "tests/replay.h"

static unsigned long every = 1, n_lines, n_traces, n_steps, n_failed;
static const char *on = "posix";

struct step {
	const char *trace;
	size_t index;
	const json_t *op;
	bool failed;
};

static void differ(struct step *s, const char *what, const char *want, const char *got)
{
	fprintf(stderr, "%s, step %zu (%s): %s: recorded %s, here %s\n", s->trace, s->index,
		json_string_value(json_object_get(s->op, "op")), what, want ? want : "none",
		got ? got : "none");
	s->failed = true;
}

static void compare(struct step *s, const char *what, const json_t *want, const json_t *got)
{
	char *w, *g;

	if (json_equal(want, got))
		return;
	w = want ? json_dumps(want, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS) : NULL;
	g = got ? json_dumps(got, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS) : NULL;
	differ(s, what, w, g);
	free(w);
	free(g);
}

static int cmp_string(const void *a, const void *b)
{
	return strcmp(json_string_value(*(json_t *const *)a), json_string_value(*(json_t *const *)b));
}

/* A list in any order, as a sorted one. */
static json_t *sorted(const json_t *list)
{
	size_t n = json_array_size(list), i;
	const json_t **v = calloc(n + 1, sizeof(*v));
	json_t *out = json_array();

	for (i = 0; i < n; i++)
		v[i] = json_array_get(list, i);
	qsort(v, n, sizeof(*v), cmp_string);
	for (i = 0; i < n; i++)
		json_array_append(out, (json_t *)v[i]);
	free(v);
	return out;
}

static void compare_lists(struct step *s, const char *what, const json_t *want, const json_t *got)
{
	json_t *w = sorted(want), *g = sorted(got);

	compare(s, what, w, g);
	json_decref(w);
	json_decref(g);
}

/* All but the sizes that the format leaves open. */
static json_t *comparable(struct target *t, const json_t *tree)
{
	json_t *out = json_object(), *size;
	const char *path;
	char spelt[4096];

	json_object_foreach((json_t *)tree, path, size)
	{
		if (!strcmp(path, "feldera.pidlock") || !target_path(t, path, spelt, sizeof(spelt)))
			continue;
		if (!strcmp(path, "checkpoints.feldera"))
			json_object_set_new(out, spelt, json_true());
		else
			json_object_set(out, spelt, size);
	}
	return out;
}

static void compare_tree(struct step *s, struct target *t)
{
	json_t *tree = target_tree(t);
	json_t *want = comparable(t, json_object_get(s->op, "tree")), *got = comparable(t, tree);

	compare(s, "tree", want, got);
	json_decref(tree);
	json_decref(want);
	json_decref(got);
}

/* As JSON, with all 64 bits of each integer; text that is no JSON as text. */
static void compare_catalog(struct step *s, struct target *t)
{
	const char *want = json_string_value(json_object_get(s->op, "catalog"));
	char *got = target_text(t, "checkpoints.feldera");
	json_t *w = NULL, *g = NULL;

	if (want && got && !ckpt_json_load(want, strlen(want), "recorded", &w, NULL) &&
	    !ckpt_json_load(got, strlen(got), "here", &g, NULL))
		compare(s, "catalog", w, g);
	else if (!want != !got || (want && strcmp(want, got)))
		differ(s, "catalog", want, got);
	json_decref(w);
	json_decref(g);
	free(got);
}

static void compare_dependencies(struct step *s, struct target *t)
{
	const char *uuid = json_string_value(json_object_get(s->op, "uuid"));
	json_t *want = json_object_get(s->op, "dependencies"), *got;
	char path[256], *text;

	snprintf(path, sizeof(path), "%s/dependencies.json", uuid);
	text = target_text(t, path);
	got = text ? json_loads(text, 0, NULL) : NULL;
	if (json_is_array(want) || json_is_array(got)) {
		compare_lists(s, "dependencies", want, got);
	} else {
		compare_lists(s, "batches", json_object_get(want, "batches"),
			      json_object_get(got, "batches"));
		compare_lists(s, "state_files", json_object_get(want, "state_files"),
			      json_object_get(got, "state_files"));
	}
	json_decref(got);
	free(text);
}

static void replay_put(struct target *t, const json_t *op, const char *path)
{
	const json_t *text = json_object_get(op, "text");
	size_t len =
		text ? json_string_length(text) : (size_t)json_integer_value(json_object_get(op, "bytes"));
	char *data = malloc(len + 1);

	if (!data)
		err(1, "malloc");
	if (text)
		memcpy(data, json_string_value(text), len);
	else
		memset(data, 'x', len);
	target_put(t, path, data, len);
	free(data);
}

static void replay_command(struct step *s, struct target *t, const char *op)
{
	const char *result = json_string_value(json_object_get(s->op, "result"));
	struct answer a = { 0 };

	if (!strcmp(op, "commit"))
		target_commit(t, s->op, &a);
	else if (!strcmp(op, "gc"))
		target_gc(t, s->op, &a);
	else if (!strcmp(op, "sweep"))
		target_sweep(t, &a);
	else
		errx(1, "unknown step \"%s\"", op);
	if (a.ok != !strcmp(result, "ok"))
		differ(s, "result", result, a.ok ? "ok" : a.error);
	if (a.ok && json_object_get(s->op, "size") &&
	    a.size != json_integer_value(json_object_get(s->op, "size")))
		differ(s, "size", "another", "this one");
	if (a.ok && !strcmp(op, "gc"))
		compare_lists(s, "removed", json_object_get(s->op, "removed"), a.removed);
	if (a.ok && !strcmp(op, "commit"))
		compare_dependencies(s, t);
	if (a.ok && !strcmp(op, "sweep") && a.usage != json_integer_value(json_object_get(s->op, "usage"))) {
		char w[32], g[32];

		snprintf(w, sizeof(w), "%lld",
			 (long long)json_integer_value(json_object_get(s->op, "usage")));
		snprintf(g, sizeof(g), "%lld", (long long)a.usage);
		differ(s, "usage", w, g);
	}
	compare_tree(s, t);
	compare_catalog(s, t);
	answer_release(&a);
}

static void replay_trace(const json_t *trace)
{
	struct target *t = target_new(on);
	json_t *op, *version = json_object_get(trace, "version");
	size_t i;

	json_array_foreach(json_object_get(trace, "ops"), i, op)
	{
		struct step s = { json_string_value(json_object_get(trace, "trace")), i, op, false };
		const char *name = json_string_value(json_object_get(op, "op"));
		const char *path = json_string_value(json_object_get(op, "path"));

		json_object_set(op, "version", version);
		if (!strcmp(name, "put"))
			replay_put(t, op, path);
		else if (!strcmp(name, "mkdir"))
			target_mkdir(t, path);
		else if (!strcmp(name, "rm"))
			target_rm(t, path);
		else
			replay_command(&s, t, name);
		n_steps++;
		n_failed += s.failed;
	}
	n_traces++;
	target_free(t);
}

static void replay_file(const char *path)
{
	size_t len = strlen(path), cap = 0;
	bool packed = len > 3 && !strcmp(path + len - 3, ".xz");
	char command[4096 + 32], *line = NULL;
	FILE *f;

	snprintf(command, sizeof(command), "xz -dc '%s'", path);
	f = packed ? popen(command, "r") : fopen(path, "r");
	if (!f)
		err(1, "%s", path);
	while (getline(&line, &cap, f) > 0) {
		json_t *trace = json_loads(line, JSON_ALLOW_NUL, NULL);

		if (!trace)
			errx(1, "%s: a line is no trace", path);
		if (n_lines++ % every == 0)
			replay_trace(trace);
		json_decref(trace);
	}
	free(line);
	if (packed ? pclose(f) : fclose(f))
		errx(1, "%s: can't be read", path);
}

static void replay_path(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *d;
	char file[4096];

	if (!dir) {
		replay_file(path);
		return;
	}
	while ((d = readdir(dir))) {
		if (!strstr(d->d_name, ".jsonl"))
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, d->d_name);
		replay_file(file);
	}
	closedir(dir);
}

int main(int argc, char **argv)
{
	int i = 1;

	if (i + 1 < argc && !strcmp(argv[i], "--on")) {
		on = argv[i + 1];
		i += 2;
	}
	if (i + 1 < argc && !strcmp(argv[i], "--every")) {
		every = strtoul(argv[i + 1], NULL, 10);
		i += 2;
	}
	if (i >= argc || !every)
		errx(2, "usage: replay [--on posix|mem|PROGRAM] [--every N] DIR-OR-FILE...");
	for (; i < argc; i++)
		replay_path(argv[i]);
	printf("%lu traces, %lu steps, %lu failed\n", n_traces, n_steps, n_failed);
	return n_failed || !n_steps;
}
