/* commands_catalog.c - what is written down: commit, pins, rebuild; and verify */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "tests/fuzz/commands_rules.h"

/* --- commit ------------------------------------------------------------------ */

static int default_version(const struct model *m)
{
	const struct model_dir *d;
	unsigned batches;

	if (m->catalog != CATALOG_GOOD || m->n == 0)
		return 2;
	d = &m->dir[m->entry[m->n - 1].ckpt];
	if (!model_needs(d, &batches))
		return 2;
	return d->deps == DEPS_2 ? 2 : 1;
}

void model_commit(struct model *m, const struct model_commit *c, struct outcome *o)
{
	struct model_dir *d = &m->dir[c->ckpt];
	bool empty = m->catalog != CATALOG_GOOD || m->n == 0;
	unsigned batches;
	bool readable = !d->there || model_needs(d, &batches);
	uint64_t files, bytes;

	if (!d->there || !readable)
		batches = 0;
	model_may_not_begin(m, false, (int)c->ckpt, o);
	outcome_may_fail(o, model_find(m, c->ckpt) >= 0, EEXIST);
	outcome_may_fail(o,
			 empty ? !c->has_fingerprint
			       : c->has_fingerprint && c->check_fingerprint &&
					 m->entry[m->n - 1].fingerprint != c->fingerprint,
			 EINVAL);
	outcome_may_fail(o, !readable, EUCLEAN);
	outcome_may_fail(o, batches & ~m->batches, ENOENT);
	outcome_may_fail(o, c->check_empty && !(d->there && d->files & ~(unsigned)F_MARKER), EINVAL);
	if (o->n_codes)
		return;
	d->deps = (c->version ? c->version : default_version(m)) == 1 ? DEPS_1 : DEPS_2;
	if (!d->there)
		*d = (struct model_dir){ .there = true, .deps = d->deps };
	d->files |= F_MARKER;
	d->deps_batches = batches;
	d->deps_files = d->files;
	model_measure(m, c->ckpt, false, &files, &bytes);
	if (m->catalog == CATALOG_ABSENT)
		m->n = 0;
	m->catalog = CATALOG_GOOD;
	m->entry[m->n] =
		(struct model_entry){ .ckpt = c->ckpt,
				      .fingerprint = c->has_fingerprint ? c->fingerprint
									: m->entry[m->n - 1].fingerprint,
				      .size = (int64_t)bytes,
				      .identifier = c->identifier,
				      .steps = c->steps };
	m->n++;
	ckpt_buf_addf(&o->text, "size %" PRIu64 "\n", bytes);
}

/* --- pins --------------------------------------------------------------------- */

static void drop_expired(struct model *m)
{
	for (unsigned p = 0; p < N_PIN; p++)
		m->pin[p].set = model_is_pinned(m, p);
}

static void may_not_pin(const struct model *m, struct outcome *o)
{
	model_may_not_begin(m, false, -1, o);
	outcome_may_fail(o, m->pins_file && m->pins_bad, EUCLEAN);
}

void model_pin_set(struct model *m, unsigned pin, unsigned ckpt, int64_t expires_ms, struct outcome *o)
{
	may_not_pin(m, o);
	outcome_may_fail(o, model_is_pinned(m, pin), EEXIST);
	outcome_may_fail(o, model_find(m, ckpt) < 0, ENOENT);
	outcome_may_fail(o, expires_ms && expires_ms <= m->now_ms, EINVAL);
	if (o->n_codes)
		return;
	drop_expired(m);
	m->pins_file = true;
	m->pin[pin] = (struct model_pin){ true, ckpt, m->now_ms, expires_ms };
}

void model_pin_drop(struct model *m, unsigned pin, struct outcome *o)
{
	may_not_pin(m, o);
	outcome_may_fail(o, !m->pin[pin].set, ENOENT);
	if (o->n_codes)
		return;
	m->pin[pin].set = false;
	drop_expired(m);
}

/* --- rebuild ------------------------------------------------------------------ */

void model_rebuild(struct model *m, bool has_fingerprint, uint64_t fingerprint, bool dry_run,
		   struct outcome *o)
{
	struct model_entry entry[N_CKPT];
	unsigned n = 0, batches;
	bool refused = false;
	uint64_t files, bytes;

	outcome_may_fail(o, m->catalog == CATALOG_GOOD, EEXIST);
	outcome_may_fail(o, m->locked && !dry_run, EBUSY);
	for (unsigned i = 0; i < N_CKPT; i++) {
		const struct model_dir *d = &m->dir[i];
		unsigned at = n;

		if (!d->there || !(d->files & F_MARKER) || !model_needs(d, &batches))
			continue;
		refused |= d->state != STATE_NAMES && !has_fingerprint;
		model_measure(m, i, true, &files, &bytes);
		while (at && strcmp(model_uuid[entry[at - 1].ckpt], model_uuid[i]) > 0) {
			entry[at] = entry[at - 1];
			at--;
		}
		entry[at] = (struct model_entry){ .ckpt = i,
						  .fingerprint = fingerprint,
						  .size = (int64_t)bytes,
						  .identifier = -1,
						  .steps = -1,
						  .from_state = d->state == STATE_NAMES };
		if (d->state == STATE_NAMES)
			entry[at].fingerprint = 42;
		n++;
	}
	outcome_may_fail(o, refused, EINVAL);
	outcome_may_fail(o, n == 0, ENOENT);
	if (o->n_codes)
		return;
	for (unsigned i = 0; i < n; i++)
		ckpt_buf_addf(&o->text, "entry %s\n", model_uuid[entry[i].ckpt]);
	if (dry_run)
		return;
	m->damaged |= m->catalog == CATALOG_BAD;
	m->catalog = CATALOG_GOOD;
	m->n = n;
	memcpy(m->entry, entry, sizeof(entry));
}
/* --- verify ------------------------------------------------------------------- */

void model_verify(struct model *m, bool has_fingerprint, uint64_t fingerprint, struct outcome *o)
{
	unsigned batches, want;

	outcome_may_fail(o, m->catalog == CATALOG_BAD || model_is_lost(m, -1), EUCLEAN);
	if (o->n_codes)
		return;
	for (unsigned i = 0; i < m->n && m->catalog == CATALOG_GOOD; i++) {
		unsigned ckpt = m->entry[i].ckpt;
		const struct model_dir *d = &m->dir[ckpt];
		bool readable = model_needs(d, &batches);

#define PROBLEM(condition, file)                                                                             \
	do {                                                                                                 \
		if (condition)                                                                               \
			ckpt_buf_addf(&o->text, "problem %s %s\n", model_uuid[ckpt], file);                  \
	} while (0)
		PROBLEM(has_fingerprint && m->entry[i].fingerprint != fingerprint, "-");
		PROBLEM(!d->there, "-");
		PROBLEM(d->there && !readable, "dependencies.json");
		for (unsigned b = 0; readable && b < N_BATCH; b++)
			PROBLEM(batches >> b & 1 && !(m->batches >> b & 1), model_batch[b]);
		want = F_MARKER | (d->deps == DEPS_2 ? d->deps_files : 0);
		for (unsigned f = 0; readable && f < 4; f++)
			PROBLEM(want >> f & 1 && !(d->files >> f & 1), model_file[f]);
#undef PROBLEM
	}
}
