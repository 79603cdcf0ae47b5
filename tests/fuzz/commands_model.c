#include "tests/fuzz/commands_model.h"

#include <errno.h>
#include <inttypes.h>
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
#define BATCH_SIZE(b) (10 + (uint64_t)(b))

/* What a directory holds, perhaps with what a writer left in it. */
static void measure(const struct model *m, unsigned ckpt, bool temporary, uint64_t *files, uint64_t *bytes)
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

/* What can keep any command that changes something from beginning. */
static void may_not_begin(const struct model *m, bool dry_run, int but, struct outcome *o)
{
	outcome_may_fail(o, m->catalog == CATALOG_BAD || model_is_lost(m, but), EUCLEAN);
	outcome_may_fail(o, m->locked && !dry_run, EBUSY);
}

static bool is_pinned(const struct model *m, unsigned pin)
{
	return m->pin[pin].set && (m->pin[pin].expires_ms == 0 || m->pin[pin].expires_ms > m->now_ms);
}

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
	may_not_begin(m, false, (int)c->ckpt, o);
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
	measure(m, c->ckpt, false, &files, &bytes);
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

/* --- gc and remove ------------------------------------------------------------ */

/* Why entry i stays; nothing: it goes.  only -1: a gc. */
static void why(const struct model *m, unsigned i, int only, unsigned except, unsigned keep_last,
		struct ckpt_buf *out)
{
	unsigned ckpt = m->entry[i].ckpt, newer = 0;

#define BECAUSE(condition, ...)                                                                              \
	do {                                                                                                 \
		if (condition) {                                                                             \
			ckpt_buf_adds(out, out->len ? ", " : "");                                            \
			ckpt_buf_addf(out, __VA_ARGS__);                                                     \
		}                                                                                            \
	} while (0)
	BECAUSE(only >= 0 ? (int)ckpt != only : i + 2 >= m->n, only >= 0 ? "not named" : "newest");
	BECAUSE(except >> ckpt & 1, "excepted");
	BECAUSE(m->state == STATE_NAMES && m->resumes == ckpt, "state.json resumes from it");
	for (unsigned p = 0; p < N_PIN; p++)
		BECAUSE(is_pinned(m, p) && m->pin[p].ckpt == ckpt, "pinned as %s", model_pin[p]);
	/* By the times, which the uuids carry. */
	for (unsigned k = 0; k < m->n; k++)
		newer += strcmp(model_uuid[m->entry[k].ckpt], model_uuid[ckpt]) > 0;
	BECAUSE(newer < keep_last, "last");
	if (out->len == 0)
		BECAUSE(m->reader[ckpt], "being read");
#undef BECAUSE
}

static void collect(struct model *m, int only, unsigned except, unsigned keep_last, bool dry_run,
		    struct outcome *o)
{
	struct ckpt_buf reason[N_CKPT] = { 0 };
	unsigned kept_need = 0, gone_need = 0, batches, n = 0;
	uint64_t files = 0, bytes = 0, f, b;

	for (unsigned i = 0; i < m->n && m->catalog == CATALOG_GOOD; i++) {
		bool readable = model_needs(&m->dir[m->entry[i].ckpt], &batches);

		why(m, i, only, except, keep_last, &reason[i]);
		outcome_may_fail(o, reason[i].len && !readable, EUCLEAN);
		*(reason[i].len ? &kept_need : &gone_need) |= readable ? batches : 0;
	}
	for (unsigned i = 0; only >= 0 && i < m->n; i++)
		outcome_may_fail(o,
				 m->catalog == CATALOG_GOOD && (int)m->entry[i].ckpt == only && reason[i].len,
				 EBUSY);
	for (unsigned i = 0; !o->n_codes && i < m->n && m->catalog == CATALOG_GOOD; i++) {
		unsigned ckpt = m->entry[i].ckpt;

		if (reason[i].len) {
			if (only < 0)
				ckpt_buf_addf(&o->text, "kept %s %s\n", model_uuid[ckpt], reason[i].data);
			if (!dry_run)
				m->entry[n] = m->entry[i];
			n++;
			continue;
		}
		ckpt_buf_addf(&o->text, "removed %s\n", model_uuid[ckpt]);
		measure(m, ckpt, true, &f, &b);
		files += f;
		bytes += b;
		if (!dry_run)
			m->dir[ckpt] = (struct model_dir){ 0 };
	}
	for (unsigned i = 0; i < N_CKPT; i++)
		ckpt_buf_release(&reason[i]);
	if (o->n_codes)
		return;
	batches = gone_need & ~kept_need & m->batches;
	for (unsigned i = 0; i < N_BATCH; i++) {
		files += batches >> i & 1;
		bytes += batches >> i & 1 ? BATCH_SIZE(i) : 0;
	}
	if (!dry_run)
		m->batches &= ~batches;
	if (!dry_run && m->catalog == CATALOG_GOOD)
		m->n = n;
	ckpt_buf_addf(&o->text, "files %" PRIu64 " bytes %" PRIu64 "\n", files, bytes);
}

static void may_not_collect(const struct model *m, bool dry_run, struct outcome *o)
{
	may_not_begin(m, dry_run, -1, o);
	outcome_may_fail(o, m->state == STATE_BAD || (m->pins_file && m->pins_bad), EUCLEAN);
}

void model_gc(struct model *m, unsigned except, unsigned keep_last, bool dry_run, struct outcome *o)
{
	bool unknown = false;

	may_not_collect(m, dry_run, o);
	for (unsigned i = 0; i < N_CKPT; i++)
		unknown |= except >> i & 1 && model_find(m, i) < 0;
	outcome_may_fail(o, unknown, ENOENT);
	collect(m, -1, except, keep_last, dry_run, o);
}

void model_remove(struct model *m, unsigned ckpt, bool dry_run, struct outcome *o)
{
	may_not_collect(m, dry_run, o);
	outcome_may_fail(o, model_find(m, ckpt) < 0, ENOENT);
	collect(m, (int)ckpt, 0, 0, dry_run, o);
}

/* --- sweep -------------------------------------------------------------------- */

/* Nobody's directories: those that are read stay, and what they need stays. */
static void sweep_dirs(struct model *m, bool dry_run, unsigned *held, uint64_t *files, uint64_t *bytes,
		       struct outcome *o)
{
	unsigned batches;
	uint64_t f, b;

	for (unsigned i = 0; i < N_CKPT; i++) {
		if (!m->dir[i].there || model_find(m, i) >= 0)
			continue;
		if (m->reader[i]) {
			ckpt_buf_addf(&o->text, "left %s\n", model_uuid[i]);
			*held |= model_needs(&m->dir[i], &batches) ? batches : ~0u;
			continue;
		}
		measure(m, i, true, &f, &b);
		*files += f;
		*bytes += b;
		if (!dry_run)
			m->dir[i] = (struct model_dir){ 0 };
	}
	if (m->junk_dir) {
		*files += 1;
		*bytes += 4;
	}
	m->junk_dir = m->junk_dir && dry_run;
}

static void sweep_files(struct model *m, bool dry_run, unsigned needed, unsigned held, uint64_t *files,
			uint64_t *bytes, struct outcome *o)
{
	for (unsigned i = 0; i < N_BATCH; i++) {
		if (!(m->batches >> i & 1) || needed >> i & 1)
			continue;
		if (held >> i & 1) {
			ckpt_buf_addf(&o->text, "left %s\n", model_batch[i]);
			continue;
		}
		*files += 1;
		*bytes += BATCH_SIZE(i);
		if (!dry_run)
			m->batches &= ~(1u << i);
	}
	if (m->junk_batch && held == ~0u) {
		ckpt_buf_adds(&o->text, "left junk.feldera\n");
	} else if (m->junk_batch) {
		*files += 1;
		*bytes += 4;
		m->junk_batch = dry_run;
	}
	if (m->junk_mut) {
		*files += 1;
		*bytes += 4;
		m->junk_mut = dry_run;
	}
}

/* What lies at the top level, in bytes. */
static uint64_t usage(const struct model *m)
{
	struct ckpt_buf tree = CKPT_BUF_INIT;
	uint64_t n = 0;
	const char *s, *end, *content;

	model_tree(m, &tree);
	for (s = tree.data; *s; s = end + 1) {
		end = strchr(s, '\n');
		content = strchr(s, '\t');
		if (*s == '/' && content && content < end)
			n += (uint64_t)(end - content - 1);
	}
	ckpt_buf_release(&tree);
	return n;
}

void model_sweep(struct model *m, bool dry_run, struct outcome *o)
{
	struct model before = *m;
	unsigned needed = 0, held = 0, batches;
	uint64_t files = 0, bytes = 0;
	bool unreadable = false;

	may_not_begin(m, dry_run, -1, o);
	for (unsigned i = 0; i < m->n && m->catalog == CATALOG_GOOD; i++) {
		unreadable |= !model_needs(&m->dir[m->entry[i].ckpt], &batches);
		needed |= batches;
	}
	outcome_may_fail(o, unreadable, EUCLEAN);
	if (o->n_codes)
		return;
	sweep_dirs(m, false, &held, &files, &bytes, o);
	sweep_files(m, false, needed, held, &files, &bytes, o);
	for (unsigned i = 0; i < N_BATCH; i++)
		if (needed >> i & 1 && !(m->batches >> i & 1))
			ckpt_buf_addf(&o->text, "missing %s\n", model_batch[i]);
	ckpt_buf_addf(&o->text, "files %" PRIu64 " bytes %" PRIu64 " usage %" PRIu64 "\n", files, bytes,
		      usage(m));
	if (dry_run)
		*m = before;
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

/* --- pins --------------------------------------------------------------------- */

static void drop_expired(struct model *m)
{
	for (unsigned p = 0; p < N_PIN; p++)
		m->pin[p].set = is_pinned(m, p);
}

static void may_not_pin(const struct model *m, struct outcome *o)
{
	may_not_begin(m, false, -1, o);
	outcome_may_fail(o, m->pins_file && m->pins_bad, EUCLEAN);
}

void model_pin_set(struct model *m, unsigned pin, unsigned ckpt, int64_t expires_ms, struct outcome *o)
{
	may_not_pin(m, o);
	outcome_may_fail(o, is_pinned(m, pin), EEXIST);
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
		measure(m, i, true, &files, &bytes);
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
