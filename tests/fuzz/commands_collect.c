/* commands_collect.c - what goes: gc, remove, sweep */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "tests/fuzz/commands_rules.h"

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
		BECAUSE(model_is_pinned(m, p) && m->pin[p].ckpt == ckpt, "pinned as %s", model_pin[p]);
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
		model_measure(m, ckpt, true, &f, &b);
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
	model_may_not_begin(m, dry_run, -1, o);
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
		model_measure(m, i, true, &f, &b);
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

	model_may_not_begin(m, dry_run, -1, o);
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
