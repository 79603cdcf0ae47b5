#include <string.h>

#include "ckptfs/archive.h"
#include "ckptfs/pins.h"
#include "engine/retention.h"
#include "tests/fuzz/commands.h"

/* --- what the engine runs in -------------------------------------------------- */

static int64_t now_ms(void *ctx)
{
	(void)ctx;
	return root[0].model.now_ms;
}

/* A busy machine must not end a round early. */
static int64_t no_time(void *ctx)
{
	(void)ctx;
	return 0;
}

static void event(void *ctx, enum ckpt_event level, const char *sentence)
{
	(void)ctx, (void)level;
	must_be_text(sentence, strlen(sentence));
}

static const struct ckpt_env env = { .now_ms = now_ms, .monotonic_ms = no_time, .event = event };

static struct ckpt_uuid uuid_of(unsigned ckpt)
{
	struct ckpt_uuid u;

	MUST(ckpt_uuid_parse(model_uuid[ckpt], &u), "uuid");
	return u;
}

/* --- commands ------------------------------------------------------------------- */

/* One of them, and what becomes of it. */
struct command {
	struct ckpt_root *root;
	struct ckpt_buf answer;
	struct outcome want;
	struct ckpt_err err;
	int rc;
};

/* Each opens the root anew, as a process does. */
static bool opens(struct command *c)
{
	c->rc = ckpt_root_open(r->ours, &env, &c->root, &c->err);
	return c->rc == 0;
}

static void ends(struct command *c, const char *what)
{
	ckpt_root_free(c->root);
	must_be_outcome(what, c->rc, &c->err, &c->answer, &c->want);
}

static void plan_text(const struct ckpt_plan *p, bool sweep, struct ckpt_buf *out)
{
	char text[CKPT_UUID_TEXT];

	for (size_t i = 0; i < p->n_removed; i++)
		ckpt_buf_addf(out, "removed %s\n", ckpt_uuid_text(&p->removed[i], text));
	for (size_t i = 0; i < p->n_kept; i++)
		ckpt_buf_addf(out, "kept %s %s\n", ckpt_uuid_text(&p->kept[i].uuid, text), p->kept[i].why);
	for (size_t i = 0; i < p->n_left; i++)
		ckpt_buf_addf(out, "left %s\n", p->left[i].name);
	for (size_t i = 0; i < p->n_missing; i++)
		ckpt_buf_addf(out, "missing %s\n", p->missing[i]);
	ckpt_buf_addf(out, "files %llu bytes %llu", (unsigned long long)p->files,
		      (unsigned long long)p->bytes);
	if (sweep)
		ckpt_buf_addf(out, " usage %llu", (unsigned long long)p->usage);
	ckpt_buf_addc(out, '\n');
}

static void plan_ends(struct command *c, struct ckpt_plan *p, const char *what)
{
	if (c->root)
		plan_text(p, !strcmp(what, "sweep"), &c->answer);
	ckpt_plan_release(p);
	ends(c, what);
}

void do_commit(void)
{
	uint8_t how = take(&in), more = take(&in);
	const struct model_commit m = { .ckpt = take_ckpt(),
					.has_fingerprint = how & 1,
					.fingerprint = how & 2 ? UINT64_MAX : 42,
					.check_fingerprint = how & 4,
					.check_empty = how & 8,
					.version = (how >> 4) % 3,
					.identifier = more & 1 ? more >> 4 : -1,
					.steps = more & 2 ? more : -1 };
	const struct ckpt_uuid u = uuid_of(m.ckpt);
	char identifier[16];
	const struct ckpt_commit_opts o = { .uuid = &u,
					    .fingerprint = m.has_fingerprint ? &m.fingerprint : NULL,
					    .identifier = m.identifier >= 0 ? identifier : NULL,
					    .steps = { (uint64_t)m.steps, m.steps >= 0 },
					    .dependencies_version = m.version,
					    .check_fingerprint = m.check_fingerprint,
					    .check_empty = m.check_empty };
	struct command c = { 0 };
	struct ckpt_entry *e = NULL;

	snprintf(identifier, sizeof(identifier), "n\"%d", m.identifier);
	model_commit(&r->model, &m, &c.want);
	if (opens(&c))
		c.rc = ckpt_commit(c.root, &o, &e, &c.err);
	if (c.rc == 0)
		ckpt_buf_addf(&c.answer, "size %llu\n", (unsigned long long)e->size.value);
	ckpt_entry_unref(e);
	ends(&c, "commit");
}

void do_gc(void)
{
	uint8_t how = take(&in), set = how & 1 ? take(&in) : 0, last = how & 2 ? take(&in) % 8 : 0;
	const struct ckpt_retention keep = { .last = last };
	struct ckpt_uuid except[N_CKPT];
	struct ckpt_gc_opts o = { .except = except,
				  .retention = last ? &keep : NULL,
				  .dry_run = how >> 2 & 1 };
	struct command c = { 0 };
	struct ckpt_plan plan = CKPT_PLAN_INIT;

	for (unsigned i = 0; i < N_CKPT; i++)
		if (set >> i & 1)
			except[o.n_except++] = uuid_of(i);
	model_gc(&r->model, set & ((1u << N_CKPT) - 1), last, o.dry_run, &c.want);
	if (opens(&c))
		c.rc = ckpt_gc(c.root, &o, &plan, &c.err);
	plan_ends(&c, &plan, "gc");
}

void do_remove(void)
{
	unsigned ckpt = take_ckpt();
	const struct ckpt_uuid u = uuid_of(ckpt);
	bool dry_run = take(&in) & 1;
	struct command c = { 0 };
	struct ckpt_plan plan = CKPT_PLAN_INIT;

	model_remove(&r->model, ckpt, dry_run, &c.want);
	if (opens(&c))
		c.rc = ckpt_remove(c.root, &u, dry_run, &plan, &c.err);
	plan_ends(&c, &plan, "remove");
}

void do_sweep(void)
{
	bool dry_run = take(&in) & 1;
	struct command c = { 0 };
	struct ckpt_plan plan = CKPT_PLAN_INIT;

	model_sweep(&r->model, dry_run, &c.want);
	if (opens(&c))
		c.rc = ckpt_sweep(c.root, dry_run, &plan, &c.err);
	plan_ends(&c, &plan, "sweep");
}

void do_verify(void)
{
	uint8_t how = take(&in);
	const uint64_t fingerprint = how & 2 ? UINT64_MAX : 42;
	struct command c = { 0 };
	struct ckpt_problems problems = { 0 };
	char text[CKPT_UUID_TEXT];

	model_verify(&r->model, how & 1, fingerprint, &c.want);
	if (opens(&c))
		c.rc = ckpt_verify(c.root, NULL, 0, how & 1 ? &fingerprint : NULL, &problems, &c.err);
	for (size_t i = 0; i < problems.n; i++)
		ckpt_buf_addf(&c.answer, "problem %s %s\n", ckpt_uuid_text(&problems.problem[i].uuid, text),
			      problems.problem[i].file ? problems.problem[i].file : "-");
	ckpt_problems_release(&problems);
	ends(&c, "verify");
}

void do_pin(bool set)
{
	unsigned pin = take(&in) % N_PIN, ckpt = take_ckpt();
	uint8_t how = take(&in);
	/* Some that are over already. */
	const int64_t expires_ms = how & 1 ? root[0].model.now_ms + ((int)(how >> 1) - 8) * 500 : 0;
	const struct ckpt_uuid u = uuid_of(ckpt);
	struct command c = { 0 };

	if (set)
		model_pin_set(&r->model, pin, ckpt, expires_ms, &c.want);
	else
		model_pin_drop(&r->model, pin, &c.want);
	if (opens(&c))
		c.rc = set ? ckpt_pin(c.root, model_pin[pin], &u, expires_ms ? &expires_ms : NULL, NULL,
				      &c.err)
			   : ckpt_unpin(c.root, model_pin[pin], NULL, &c.err);
	ends(&c, set ? "pin" : "unpin");
}

void do_rebuild(void)
{
	uint8_t how = take(&in);
	const uint64_t fingerprint = how & 2 ? UINT64_MAX : 42;
	struct command c = { 0 };
	struct ckpt_catalog *made = NULL;
	struct ckpt_problems problems;
	char text[CKPT_UUID_TEXT];

	model_rebuild(&r->model, how & 1, fingerprint, how & 4, &c.want);
	c.rc = ckpt_rebuild(r->ours, how & 1 ? &fingerprint : NULL, how & 4, &made, &problems, &c.err);
	for (size_t i = 0; made && i < made->n; i++)
		ckpt_buf_addf(&c.answer, "entry %s\n", ckpt_uuid_text(&made->entry[i]->uuid, text));
	ckpt_catalog_unref(made);
	ckpt_problems_release(&problems);
	ends(&c, "rebuild");
}

/* All that are finished, or one. */
void do_archive(void)
{
	uint8_t how = take(&in);
	unsigned ckpt = how >> 1 & 7;
	bool all = how & 1 || ckpt >= N_CKPT;
	const struct ckpt_uuid u = uuid_of(all ? 0 : ckpt);
	const struct ckpt_archive_opts o = { .uuid = &u, .n_uuid = !all, .all = all };
	struct ckpt_root *source;
	struct ckpt_archived archived = { 0 };
	struct command c = { 0 };
	char text[CKPT_UUID_TEXT];

	r = &root[1];
	model_archive(&root[0].model, &root[1].model, all ? -1 : (int)ckpt, &c.want);
	c.rc = ckpt_root_open(root[0].ours, &env, &source, &c.err);
	if (c.rc == 0 && opens(&c))
		c.rc = ckpt_archive(source, c.root, &o, &archived, &c.err);
	for (size_t i = 0; i < archived.n_added; i++)
		ckpt_buf_addf(&c.answer, "added %s\n", ckpt_uuid_text(&archived.added[i], text));
	for (size_t i = 0; i < archived.n_skipped; i++)
		ckpt_buf_addf(&c.answer, "skipped %s\n", ckpt_uuid_text(&archived.skipped[i].uuid, text));
	ckpt_archived_release(&archived);
	ckpt_root_free(source);
	ends(&c, "archive");
	must_still_be_tree(&root[0], "archive");
}
