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

/* Each opens the root anew, as a process does. */
static int open_root(struct root *of, struct ckpt_root **out, struct ckpt_err *err)
{
	*err = (struct ckpt_err){ 0 };
	return ckpt_root_open(of->ours, &env, out, err);
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

void do_commit(void)
{
	uint8_t how = take(&in), more = take(&in);
	const struct model_commit c = { .ckpt = take_ckpt(),
					.has_fingerprint = how & 1,
					.fingerprint = how & 2 ? UINT64_MAX : 42,
					.check_fingerprint = how & 4,
					.check_empty = how & 8,
					.version = (how >> 4) % 3,
					.identifier = more & 1 ? more >> 4 : -1,
					.steps = more & 2 ? more : -1 };
	const struct ckpt_uuid u = uuid_of(c.ckpt);
	char identifier[16];
	const struct ckpt_commit_opts o = { .uuid = &u,
					    .fingerprint = c.has_fingerprint ? &c.fingerprint : NULL,
					    .identifier = c.identifier >= 0 ? identifier : NULL,
					    .steps = { (uint64_t)c.steps, c.steps >= 0 },
					    .dependencies_version = c.version,
					    .check_fingerprint = c.check_fingerprint,
					    .check_empty = c.check_empty };
	struct ckpt_buf answer = CKPT_BUF_INIT;
	struct outcome want = { 0 };
	struct ckpt_entry *e = NULL;
	struct ckpt_root *opened;
	struct ckpt_err err;
	int rc;

	snprintf(identifier, sizeof(identifier), "n\"%d", c.identifier);
	model_commit(&r->model, &c, &want);
	rc = open_root(r, &opened, &err);
	if (rc == 0) {
		rc = ckpt_commit(opened, &o, &e, &err);
		ckpt_root_free(opened);
	}
	if (rc == 0)
		ckpt_buf_addf(&answer, "size %llu\n", (unsigned long long)e->size.value);
	ckpt_entry_unref(e);
	must_be_outcome("commit", rc, &err, &answer, &want);
}

void do_gc(void)
{
	uint8_t how = take(&in), set = how & 1 ? take(&in) : 0, last = how & 2 ? take(&in) % 8 : 0;
	const struct ckpt_retention keep = { .last = last };
	struct ckpt_uuid except[N_CKPT];
	struct ckpt_gc_opts o = { .except = except,
				  .retention = last ? &keep : NULL,
				  .dry_run = how >> 2 & 1 };
	struct ckpt_buf answer = CKPT_BUF_INIT;
	struct outcome want = { 0 };
	struct ckpt_plan plan;
	struct ckpt_root *opened;
	struct ckpt_err err;
	int rc;

	for (unsigned i = 0; i < N_CKPT; i++)
		if (set >> i & 1)
			except[o.n_except++] = uuid_of(i);
	model_gc(&r->model, set & ((1u << N_CKPT) - 1), last, o.dry_run, &want);
	rc = open_root(r, &opened, &err);
	if (rc == 0) {
		rc = ckpt_gc(opened, &o, &plan, &err);
		plan_text(&plan, false, &answer);
		ckpt_plan_release(&plan);
		ckpt_root_free(opened);
	}
	must_be_outcome("gc", rc, &err, &answer, &want);
}

void do_remove(void)
{
	unsigned ckpt = take_ckpt();
	const struct ckpt_uuid u = uuid_of(ckpt);
	bool dry_run = take(&in) & 1;
	struct ckpt_buf answer = CKPT_BUF_INIT;
	struct outcome want = { 0 };
	struct ckpt_plan plan;
	struct ckpt_root *opened;
	struct ckpt_err err;
	int rc;

	model_remove(&r->model, ckpt, dry_run, &want);
	rc = open_root(r, &opened, &err);
	if (rc == 0) {
		rc = ckpt_remove(opened, &u, dry_run, &plan, &err);
		plan_text(&plan, false, &answer);
		ckpt_plan_release(&plan);
		ckpt_root_free(opened);
	}
	must_be_outcome("remove", rc, &err, &answer, &want);
}

void do_sweep(void)
{
	bool dry_run = take(&in) & 1;
	struct ckpt_buf answer = CKPT_BUF_INIT;
	struct outcome want = { 0 };
	struct ckpt_plan plan;
	struct ckpt_root *opened;
	struct ckpt_err err;
	int rc;

	model_sweep(&r->model, dry_run, &want);
	rc = open_root(r, &opened, &err);
	if (rc == 0) {
		rc = ckpt_sweep(opened, dry_run, &plan, &err);
		plan_text(&plan, true, &answer);
		ckpt_plan_release(&plan);
		ckpt_root_free(opened);
	}
	must_be_outcome("sweep", rc, &err, &answer, &want);
}

void do_verify(void)
{
	uint8_t how = take(&in);
	const uint64_t fingerprint = how & 2 ? UINT64_MAX : 42;
	struct ckpt_buf answer = CKPT_BUF_INIT;
	struct ckpt_problems problems;
	struct outcome want = { 0 };
	char text[CKPT_UUID_TEXT];
	struct ckpt_root *opened;
	struct ckpt_err err;
	int rc;

	model_verify(&r->model, how & 1, fingerprint, &want);
	rc = open_root(r, &opened, &err);
	if (rc == 0) {
		rc = ckpt_verify(opened, NULL, 0, how & 1 ? &fingerprint : NULL, &problems, &err);
		for (size_t i = 0; i < problems.n; i++)
			ckpt_buf_addf(&answer, "problem %s %s\n",
				      ckpt_uuid_text(&problems.problem[i].uuid, text),
				      problems.problem[i].file ? problems.problem[i].file : "-");
		ckpt_problems_release(&problems);
		ckpt_root_free(opened);
	}
	must_be_outcome("verify", rc, &err, &answer, &want);
}

void do_pin(bool set)
{
	unsigned pin = take(&in) % N_PIN, ckpt = take_ckpt();
	uint8_t how = take(&in);
	/* Some that are over already. */
	const int64_t expires_ms = how & 1 ? root[0].model.now_ms + ((int)(how >> 1) - 8) * 500 : 0;
	const struct ckpt_uuid u = uuid_of(ckpt);
	struct ckpt_buf answer = CKPT_BUF_INIT;
	struct outcome want = { 0 };
	struct ckpt_root *opened;
	struct ckpt_err err;
	int rc;

	if (set)
		model_pin_set(&r->model, pin, ckpt, expires_ms, &want);
	else
		model_pin_drop(&r->model, pin, &want);
	rc = open_root(r, &opened, &err);
	if (rc == 0) {
		rc = set ? ckpt_pin(opened, model_pin[pin], &u, expires_ms ? &expires_ms : NULL, NULL, &err)
			 : ckpt_unpin(opened, model_pin[pin], NULL, &err);
		ckpt_root_free(opened);
	}
	must_be_outcome(set ? "pin" : "unpin", rc, &err, &answer, &want);
}

void do_rebuild(void)
{
	uint8_t how = take(&in);
	const uint64_t fingerprint = how & 2 ? UINT64_MAX : 42;
	struct ckpt_buf answer = CKPT_BUF_INIT;
	struct ckpt_catalog *c = NULL;
	struct ckpt_problems problems;
	struct outcome want = { 0 };
	char text[CKPT_UUID_TEXT];
	struct ckpt_err err = { 0 };
	int rc;

	model_rebuild(&r->model, how & 1, fingerprint, how & 4, &want);
	rc = ckpt_rebuild(r->ours, how & 1 ? &fingerprint : NULL, how & 4, &c, &problems, &err);
	for (size_t i = 0; c && i < c->n; i++)
		ckpt_buf_addf(&answer, "entry %s\n", ckpt_uuid_text(&c->entry[i]->uuid, text));
	ckpt_catalog_unref(c);
	ckpt_problems_release(&problems);
	must_be_outcome("rebuild", rc, &err, &answer, &want);
}

/* All that are finished, or one. */
void do_archive(void)
{
	uint8_t how = take(&in);
	unsigned ckpt = how >> 1 & 7;
	bool all = how & 1 || ckpt >= N_CKPT;
	const struct ckpt_uuid u = uuid_of(all ? 0 : ckpt);
	const struct ckpt_archive_opts o = { .uuid = &u, .n_uuid = !all, .all = all };
	struct ckpt_root *source = NULL, *archive = NULL;
	struct ckpt_buf answer = CKPT_BUF_INIT;
	struct ckpt_archived archived = { 0 };
	struct outcome want = { 0 };
	char text[CKPT_UUID_TEXT];
	struct ckpt_err err;
	int rc;

	r = &root[1];
	model_archive(&root[0].model, &root[1].model, all ? -1 : (int)ckpt, &want);
	rc = open_root(&root[0], &source, &err);
	if (rc == 0)
		rc = open_root(&root[1], &archive, &err);
	if (rc == 0)
		rc = ckpt_archive(source, archive, &o, &archived, &err);
	for (size_t i = 0; i < archived.n_added; i++)
		ckpt_buf_addf(&answer, "added %s\n", ckpt_uuid_text(&archived.added[i], text));
	for (size_t i = 0; i < archived.n_skipped; i++)
		ckpt_buf_addf(&answer, "skipped %s\n", ckpt_uuid_text(&archived.skipped[i].uuid, text));
	ckpt_archived_release(&archived);
	ckpt_root_free(source);
	ckpt_root_free(archive);
	must_be_outcome("archive", rc, &err, &answer, &want);
	must_still_be_tree(&root[0], "archive");
}
