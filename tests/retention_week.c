/* A storage root that lives by a clock, for a comparison with another program.
 *
 *   retention_week RULE=VALUE...
 *
 * Standard input, a line each, with the clock set to MS:
 *
 *   commit MS  commit a checkpoint, which shares a batch with the one before
 *   resume MS  let state.json name the checkpoint of that time
 *   gc MS      run a gc by the rules, and answer with a line: the times of the
 *              checkpoints that are left
 *
 * What is left must be whole, and nothing besides. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "engine/catalog.h"
#include "tests/retention_rules.h"

#define LINE_MAX_LEN 256
#define NAME_LEN 64
#define STATE_MAX 1024

static struct ckpt_store *store;
static struct ckpt_root *root;
static struct ckpt_err e;
static int64_t now;

static void bad(const char *what)
{
	fprintf(stderr, "retention_week: %s\n", what);
	exit(2);
}

static void ok(int rc)
{
	if (rc)
		bad(e.msg);
}

static void put(const char *dir, const char *name, const char *text)
{
	if (dir)
		ok(ckpt_store_mkdir(store, dir, &e));
	ok(ckpt_store_write(store, dir, name, text, strlen(text), &e));
}

static int64_t clock_of_test(void *ctx)
{
	(void)ctx;
	return now;
}

static struct ckpt_uuid uuid_of(int64_t ms)
{
	const unsigned char random[10] = { 1, 2, 3 };
	struct ckpt_uuid u;

	ckpt_uuid_make(&u, ms, random);
	return u;
}

static void commit(void)
{
	static char before[NAME_LEN];
	struct ckpt_uuid u = uuid_of(now);
	const uint64_t fingerprint = 42;
	const struct ckpt_commit_opts o = { .uuid = &u, .fingerprint = &fingerprint };
	char dir[CKPT_UUID_TEXT], batch[NAME_LEN], spine[3 * NAME_LEN];

	ckpt_uuid_text(&u, dir);
	snprintf(batch, sizeof(batch), "w0-%s.feldera", dir);
	snprintf(spine, sizeof(spine), "{\"files\":[\"%s\"%s%s%s]}", batch, *before ? ",\"" : "", before,
		 *before ? "\"" : "");
	put(NULL, batch, batch);
	put(dir, "pspine-batches-0.dat", spine);
	ok(ckpt_commit(root, &o, NULL, &e));
	snprintf(before, sizeof(before), "%s", batch);
}

static void resume(void)
{
	const struct ckpt_catalog *c = ckpt_root_catalog(root);
	struct ckpt_uuid u = uuid_of(now);
	ptrdiff_t i = ckpt_catalog_find(c, &u);
	char text[STATE_MAX];

	if (i < 0)
		bad("state.json can't name what is not there");
	snprintf(text, sizeof(text), "{\"circuit\":%s}", c->entry[i]->text);
	put(NULL, CKPT_STATE, text);
}

static void check_whole(void)
{
	struct ckpt_problems p;
	struct ckpt_plan plan;

	ok(ckpt_verify(root, NULL, 0, NULL, &p, &e));
	if (p.n)
		bad(p.problem[0].what);
	ckpt_problems_release(&p);
	ok(ckpt_sweep(root, true, &plan, &e));
	if (plan.n_items)
		bad("the gc left something for a sweep");
	ckpt_plan_release(&plan);
}

static void gc(const struct ckpt_retention *keep)
{
	const struct ckpt_gc_opts o = { .retention = keep };
	const struct ckpt_catalog *c;
	struct ckpt_plan plan;
	int64_t ms;

	ok(ckpt_gc(root, &o, &plan, &e));
	ckpt_plan_release(&plan);
	check_whole();
	c = ckpt_root_catalog(root);
	for (size_t i = 0; i < c->n; i++) {
		if (!ckpt_uuid_time_ms(&c->entry[i]->uuid, &ms))
			bad("a checkpoint has no time");
		printf("%" PRId64 " ", ms);
	}
	puts("");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct ckpt_env env = { .now_ms = clock_of_test };
	struct ckpt_mem *mem = ckpt_mem_new();
	struct ckpt_retention keep = { 0 };
	char line[LINE_MAX_LEN], verb[LINE_MAX_LEN];

	for (int i = 1; i < argc; i++)
		if (!retention_rule(&keep, argv[i]))
			bad(argv[i]);
	ok(ckpt_store_open_mem(mem, &store, &e));
	put(NULL, CKPT_CATALOG, "[]");
	ok(ckpt_root_open(store, &env, &root, &e));
	while (fgets(line, sizeof(line), stdin)) {
		if (sscanf(line, "%s %" SCNd64, verb, &now) != 2)
			bad(line);
		if (strcmp(verb, "commit") == 0)
			commit();
		else if (strcmp(verb, "resume") == 0)
			resume();
		else if (strcmp(verb, "gc") == 0)
			gc(&keep);
		else
			bad(line);
	}
	ckpt_root_free(root);
	ckpt_store_free(store);
	ckpt_mem_free(mem);
	return 0;
}
