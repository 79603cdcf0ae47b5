/* gc_rules.c - who stays, and why */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "ckptfs/pins.h"
#include "engine/plan.h"
#include "engine/retention.h"

/* Reasons are for people, and thousands of pins on one checkpoint must not cost
 * a gc its time: beyond this many bytes no more are named. */
#define WHY_MAX 4096

int ckpt_fate_because(struct ckpt_fate *fate, struct ckpt_err *err, const char *fmt, ...)
{
	struct ckpt_buf b = CKPT_BUF_INIT;
	va_list ap;

	if (fate->why && strlen(fate->why) >= WHY_MAX)
		return 0;
	if (fate->why)
		ckpt_buf_addf(&b, "%s, ", fate->why);
	va_start(ap, fmt);
	ckpt_buf_vaddf(&b, fmt, ap);
	va_end(ap);
	if (b.len >= WHY_MAX)
		ckpt_buf_adds(&b, ", ...");
	if (b.failed) {
		ckpt_buf_release(&b);
		return ckpt_fail_nomem(err);
	}
	free(fate->why);
	fate->why = b.data;
	return 0;
}

void ckpt_fates_free(struct ckpt_fate *fate, size_t n)
{
	for (size_t i = 0; fate && i < n; i++)
		free(fate[i].why);
	free(fate);
}

/* --- the rules ---------------------------------------------------------- */

static int keep_newest(const struct ckpt_catalog *c, const struct ckpt_uuid *only, struct ckpt_fate *fate,
		       struct ckpt_err *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < c->n; i++)
		if (only ? ckpt_uuid_cmp(&c->entry[i]->uuid, only) != 0 : i + CKPT_MIN_CHECKPOINTS >= c->n)
			rc = ckpt_fate_because(&fate[i], err, only ? "not named" : "newest");
	return rc;
}

static int keep_excepted(struct ckpt_root *root, const struct ckpt_gc_opts *opts, struct ckpt_fate *fate,
			 struct ckpt_err *err)
{
	int rc = 0;

	for (size_t k = 0; !rc && k < opts->n_except; k++) {
		ptrdiff_t i = ckpt_catalog_find(root->catalog, &opts->except[k]);

		if (i < 0)
			return ckpt_catalog_lacks(
				root->store, &opts->except[k],
				", so it can't be excepted from the gc; nothing more was removed", err);
		/* Named twice it is still one reason. */
		if (!fate[i].why || !strstr(fate[i].why, "excepted"))
			rc = ckpt_fate_because(&fate[i], err, "excepted");
	}
	return rc;
}

static int keep_resumed(struct ckpt_root *root, struct ckpt_fate *fate, struct ckpt_err *err)
{
	struct ckpt_resume resume;
	int rc = ckpt_resume_read(root->store, &resume, err);
	ptrdiff_t i = !rc && resume.names ? ckpt_catalog_find(root->catalog, &resume.uuid) : -1;

	return i >= 0 ? ckpt_fate_because(&fate[i], err, "state.json resumes from it") : rc;
}

/* A pin on a checkpoint that a pipeline has removed holds nothing. */
static int keep_pinned(struct ckpt_root *root, struct ckpt_fate *fate, struct ckpt_err *err)
{
	int64_t now_ms = ckpt_root_now_ms(root);
	struct ckpt_pins pins;
	int rc = ckpt_pins_read(root->store, &pins, err);

	for (size_t k = 0; !rc && k < pins.n; k++) {
		const struct ckpt_pin *p = &pins.pin[k];
		ptrdiff_t i = ckpt_catalog_find(root->catalog, &p->uuid);

		if (i >= 0 && !ckpt_pin_is_expired(p, now_ms))
			rc = ckpt_fate_because(&fate[i], err, "pinned as %s", p->name);
	}
	ckpt_pins_release(&pins);
	return rc;
}

/* Rounds: what a round leaves of those that go is decided anew by the next,
 * and the same way, since each rule finds the same ones first among fewer. */
static int keep_retained(struct ckpt_root *root, const struct ckpt_retention *r, struct ckpt_fate *fate,
			 struct ckpt_err *err)
{
	const struct ckpt_catalog *c = root->catalog;
	struct ckpt_moment *m = calloc(c->n + 1, sizeof(*m));
	unsigned *reasons = calloc(c->n + 1, sizeof(*reasons));
	char text[CKPT_REASONS_TEXT];
	int rc = m && reasons ? 0 : ckpt_fail_nomem(err);

	for (size_t i = 0; !rc && i < c->n; i++) {
		m[i] = (struct ckpt_moment){ .identifier = c->entry[i]->identifier,
					     .identifier_len = c->entry[i]->identifier_len };
		rc = ckpt_time_read(root->store, &c->entry[i]->uuid, &m[i].ms, err);
	}
	if (!rc)
		rc = ckpt_retention_decide(r, m, c->n, ckpt_root_now_ms(root), reasons, err);
	for (size_t i = 0; !rc && i < c->n; i++)
		if (reasons[i])
			rc = ckpt_fate_because(&fate[i], err, "%s", ckpt_reasons_text(r, reasons[i], text));
	free(m);
	free(reasons);
	return rc;
}

int ckpt_gc_rules(struct ckpt_root *root, const struct ckpt_gc_opts *opts, const struct ckpt_uuid *only,
		  struct ckpt_fate *fate, struct ckpt_err *err)
{
	int rc = keep_newest(root->catalog, only, fate, err);

	if (!rc)
		rc = keep_excepted(root, opts, fate, err);
	if (!rc)
		rc = keep_resumed(root, fate, err);
	if (!rc)
		rc = keep_pinned(root, fate, err);
	if (!rc && opts->retention)
		rc = keep_retained(root, opts->retention, fate, err);
	return rc;
}
