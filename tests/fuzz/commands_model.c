#include "tests/fuzz/commands_rules.h"

#include <errno.h>
#include <string.h>

const char *const model_uuid[N_CKPT] = {
	"0199f0c2-3000-7c3d-8e4f-000000000000", "0199f0c2-1000-7c3d-8e4f-000000000001",
	"0199f0c2-4000-7c3d-8e4f-000000000002", "0199f0c2-0000-7c3d-8e4f-000000000003",
	"0199f0c2-5000-7c3d-8e4f-000000000004", "0199f0c2-2000-7c3d-8e4f-000000000005",
};
const char *const model_batch[N_BATCH] = { "w0-a.feldera", "w0-b.feldera", "w0-c.feldera",
					   "w1-d.feldera", "w1-e.feldera", "w1-f.feldera" };
const char *const model_pin[N_PIN] = { "a", "b b", "c" };
const char *const model_file[4] = { "CHECKPOINT", "pspine-batches-0.dat", "z0.dat", "z1.dat" };

/* --- outcomes ---------------------------------------------------------------- */

void outcome_release(struct outcome *o)
{
	ckpt_buf_release(&o->text);
	*o = (struct outcome){ 0 };
}

void outcome_may_fail(struct outcome *o, bool condition, int code)
{
	for (unsigned i = 0; i < o->n_codes; i++)
		condition = condition && o->code[i] != code;
	if (condition)
		o->code[o->n_codes++] = code;
}

/* --- facts ------------------------------------------------------------------- */

int model_find(const struct model *m, unsigned ckpt)
{
	for (unsigned i = 0; m->catalog == CATALOG_GOOD && i < m->n; i++)
		if (m->entry[i].ckpt == ckpt)
			return (int)i;
	return -1;
}

bool model_needs(const struct model_dir *d, unsigned *batches)
{
	*batches = 0;
	if (!d->there || d->deps == DEPS_BAD)
		return false;
	if (d->deps != DEPS_NONE)
		*batches = d->deps_batches;
	else if (d->files & F_SPINE)
		*batches = d->spine_batches;
	return d->deps != DEPS_NONE || !(d->files & F_SPINE) || !d->spine_bad;
}

static uint64_t length(void (*write)(const struct model_dir *d, struct ckpt_buf *out),
		       const struct model_dir *d)
{
	struct ckpt_buf b = CKPT_BUF_INIT;
	uint64_t n;

	write(d, &b);
	n = b.len;
	ckpt_buf_release(&b);
	return n;
}

static uint64_t state_length(enum state state, unsigned ckpt)
{
	struct ckpt_buf b = CKPT_BUF_INIT;
	uint64_t n;

	model_state_text(state, ckpt, &b);
	n = b.len;
	ckpt_buf_release(&b);
	return n;
}

static const uint64_t file_size[4] = { 0, 0, 5, 7 };
#define TEMPORARY_SIZE 4

void model_measure(const struct model *m, unsigned ckpt, bool temporary, uint64_t *files, uint64_t *bytes)
{
	const struct model_dir *d = &m->dir[ckpt];

	*files = *bytes = 0;
	for (unsigned f = 0; f < 4; f++) {
		*files += d->files >> f & 1;
		*bytes += d->files >> f & 1 ? file_size[f] : 0;
	}
	if (d->files & F_SPINE)
		*bytes += length(model_spine_text, d);
	if (d->deps != DEPS_NONE) {
		++*files;
		*bytes += length(model_deps_text, d);
	}
	if (d->state != STATE_NONE) {
		++*files;
		*bytes += state_length(d->state, ckpt);
	}
	if (temporary && d->temporary) {
		++*files;
		*bytes += TEMPORARY_SIZE;
	}
}

bool model_is_lost(const struct model *m, int but)
{
	for (int i = 0; i < N_CKPT; i++)
		if (m->catalog == CATALOG_ABSENT && m->dir[i].there && i != but)
			return true;
	return false;
}

void model_may_not_begin(const struct model *m, bool dry_run, int but, struct outcome *o)
{
	outcome_may_fail(o, m->catalog == CATALOG_BAD || model_is_lost(m, but), EUCLEAN);
	outcome_may_fail(o, m->locked && !dry_run, EBUSY);
}

bool model_is_pinned(const struct model *m, unsigned pin)
{
	return m->pin[pin].set && (m->pin[pin].expires_ms == 0 || m->pin[pin].expires_ms > m->now_ms);
}
