#include <check.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/name.h"
#include "tests/faults_world.h"
#include "tests/fixture.h"

/* The first line that is in a and not in b, or NULL. */
static const char *beyond(const struct ckpt_names *a, const struct ckpt_names *b)
{
	for (size_t i = 0; i < a->n; i++)
		if (ckpt_names_find(b, ckpt_names_at(a, i)) < 0)
			return ckpt_names_at(a, i);
	return NULL;
}

/* Each of these returns NULL, or what is wrong. */
static const char *wrong(const char *fmt, ...)
{
	static char text[4096];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return text;
}

/* A sentence that a reader can do something with. */
static const char *judge_sentence(const struct faults_outcome *o)
{
	const char *msg = o->err.msg;

	if (o->err.code != -o->rc)
		return wrong("code %d is returned, and %d is said", -o->rc, o->err.code);
	if (o->rc == -ENOMEM)
		return strstr(msg, "not enough memory") || strstr(msg, "Cannot allocate memory")
			       ? NULL
			       : "no memory, and the sentence does not say so";
	if (strlen(msg) < 20)
		return "the sentence is too short to be one";
	if (o->sentence && !strstr(msg, o->sentence))
		return wrong("the sentence does not tell of the fault (%s)", o->sentence);
	return NULL;
}

/* The catalog follows from a checkpoint that is said to have gone. */
static bool follows(const struct faults_outcome *o, const char *name)
{
	return !strcmp(name, CKPT_CATALOG) && o->text.len && strstr(o->text.data, "\"removed\":[\"");
}

static bool tells(const struct faults_outcome *o, const char *what)
{
	return strstr(o->err.msg, what) || (o->text.len && strstr(o->text.data, what));
}

/* It was done, and only the answer is missing. */
static bool is_done(const struct faults_outcome *o)
{
	return o->rc == -ENOMEM && strstr(o->err.msg, "carried out");
}

/* Whether the line's file, or its directory, or that directory's checkpoint
 * is named. */
static bool is_named(const struct faults_outcome *o, const char *line)
{
	char place[2 * CKPT_NAME_MAX + 2], *name;

	line += strspn(line, " ");
	snprintf(place, sizeof(place), "%.*s", (int)strcspn(line, " "), line);
	name = strchr(place, '/');
	if (!name)
		return false;
	*name++ = '\0';
	if (strcmp(place, "."))
		return tells(o, name) || tells(o, place);
	/* A rebuild keeps a copy of what it is to replace, whatever comes of it. */
	return tells(o, name) || follows(o, name) || !strcmp(name, CKPT_CATALOG ".damaged");
}

/* An archiver goes on from checkpoint to checkpoint: what it has added until it
 * fails is part of the end, and none of it is garbage. */
static const char *judge_archive(struct faults *f, const struct ckpt_names *now)
{
	struct ckpt_plan plan = CKPT_PLAN_INIT;
	const char *answer = NULL;
	struct ckpt_root *root;
	struct ckpt_err e;

	for (size_t i = 0; !answer && i < now->n; i++) {
		const char *line = ckpt_names_at(now, i);

		if (ckpt_names_find(&f->before, line) < 0 && ckpt_names_find(&f->after, line) < 0 &&
		    !strstr(line, CKPT_CATALOG) && !strstr(line, CKPT_STATE))
			answer = wrong("this is there, and will not be at the end: %s", line);
	}
	ok(ckpt_root_open(f->plain, NULL, &root, &e), &e);
	ok(ckpt_sweep(root, true, &plan, &e), &e);
	if (!answer && plan.n_items)
		answer = wrong("this is left that nobody needs: %s/%s",
			       plan.items[0].dir ? plan.items[0].dir : ".",
			       plan.items[0].name ? plan.items[0].name : "");
	ckpt_plan_release(&plan);
	ckpt_root_free(root);
	return answer;
}

/* What it is neither before nor after. */
static const char *judge_between(const struct faults *f, const struct ckpt_names *now,
				 const struct faults_outcome *o)
{
	const struct ckpt_names *end = o->rc && !is_done(o) ? &f->before : &f->after;

	for (size_t i = 0; i < now->n; i++) {
		const char *line = ckpt_names_at(now, i);

		if (ckpt_names_find(end, line) < 0 && !is_named(o, line))
			return wrong("this is there, and nothing said of it: %s", line);
	}
	for (size_t i = 0; i < end->n; i++) {
		const char *line = ckpt_names_at(end, i);

		if (ckpt_names_find(now, line) < 0 && !is_named(o, line))
			return wrong("this is not there, and nothing said of it: %s", line);
	}
	return NULL;
}

/* Of a root whose catalog is there; a rebuild may leave it lost. */
static const char *judge_whole(struct faults *f)
{
	struct ckpt_problems problems = { 0 };
	const char *answer = NULL;
	struct ckpt_root *root;
	struct ckpt_err e;

	if (!strncmp(f->command->line, "rebuild", 7) && ckpt_root_open(f->plain, NULL, &root, &e))
		return NULL;
	if (strncmp(f->command->line, "rebuild", 7) && ckpt_root_open(f->plain, NULL, &root, &e))
		return wrong("the catalog can't be read: %s", e.msg);
	if (!ckpt_root_catalog(root)->absent) {
		if (ckpt_verify(root, NULL, 0, NULL, &problems, &e))
			answer = wrong("verify: %s", e.msg);
		else if (problems.n)
			answer = wrong("verify: %s", problems.problem[0].what);
	}
	ckpt_problems_release(&problems);
	ckpt_root_free(root);
	return answer;
}

/* Once more, without a fault, and a sweep after it. */
static const char *judge_next_try(struct faults *f, const struct faults_outcome *o)
{
	struct ckpt_names now = CKPT_NAMES_INIT;
	struct ckpt_buf text = CKPT_BUF_INIT;
	const char *answer = NULL, *line;
	struct ckpt_err e;
	int rc = o->rc ? faults_run_plain(f, &text, &e) : 0;
	/* What is visible, but perhaps not durable, is done already. */
	bool done = o->rc == -EUCLEAN && (rc == -EEXIST || rc == -ENOENT);

	if (rc && !done && !is_done(o))
		answer = wrong("the next try fails: %s", e.msg);
	if (!answer && !f->command->reads) {
		faults_sweep(f, &now);
		line = beyond(&now, &f->swept);
		if (line)
			answer = wrong("after the next try and a sweep this is there: %s", line);
		line = beyond(&f->swept, &now);
		if (line)
			answer = wrong("after the next try and a sweep this is not there: %s", line);
	}
	ckpt_names_release(&now);
	ckpt_buf_release(&text);
	return answer;
}

static const char *judge(struct faults *f, const struct faults_outcome *o)
{
	struct ckpt_names now = CKPT_NAMES_INIT;
	const char *answer = o->rc ? judge_sentence(o) : NULL;

	faults_lines(f->plain, &now);
	if (!answer && f->command->reads && !faults_same(&now, &f->before))
		answer = "it changed something";
	if (!answer && f->command->reads && !o->rc && strcmp(o->text.data, f->right.data) &&
	    !(o->sentence && tells(o, o->sentence)))
		answer = "its answer is wrong, and does not tell of the fault";
	if (!answer && f->command->source && o->rc && !o->for_good)
		answer = judge_archive(f, &now);
	else if (!answer && !f->command->reads && !o->for_good)
		answer = judge_between(f, &now, o);
	if (!answer)
		answer = judge_whole(f);
	if (!answer)
		answer = judge_next_try(f, o);
	ckpt_names_release(&now);
	return answer;
}

void faults_judge(struct faults *f, struct faults_outcome *o)
{
	const char *answer;

	ckpt_buf_adds(&o->text, "");
	answer = judge(f, o);
	ck_assert_msg(!answer, "%s: %s; after \"%s\" it returned %d: %s\n%s", f->command->line, answer,
		      o->sentence ? o->sentence : "", o->rc, o->err.msg, o->text.data);
	ckpt_buf_release(&o->text);
}
