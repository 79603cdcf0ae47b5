/* commands_tree.c - the model as files */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "tests/fuzz/commands_model.h"

#define NOW_MS INT64_C(1767225600000)

void model_init(struct model *m)
{
	memset(m, 0, sizeof(*m));
	m->now_ms = NOW_MS;
}

/* --- what the files say --------------------------------------------------------- */

static void names(unsigned set, const char *const *name, unsigned n, struct ckpt_buf *out)
{
	const char *comma = "";

	ckpt_buf_addc(out, '[');
	for (unsigned i = 0; i < n; i++) {
		if (set >> i & 1) {
			ckpt_buf_adds(out, comma);
			ckpt_buf_addc(out, '"');
			ckpt_buf_adds(out, name[i]);
			ckpt_buf_addc(out, '"');
			comma = ",";
		}
	}
	ckpt_buf_addc(out, ']');
}

void model_deps_text(const struct model_dir *d, struct ckpt_buf *out)
{
	if (d->deps == DEPS_BAD) {
		ckpt_buf_adds(out, MODEL_DAMAGED);
	} else if (d->deps == DEPS_1) {
		names(d->deps_batches, model_batch, N_BATCH, out);
	} else {
		ckpt_buf_adds(out, "{\"batches\":");
		names(d->deps_batches, model_batch, N_BATCH, out);
		ckpt_buf_adds(out, ",\"state_files\":");
		names(d->deps_files, model_file, 4, out);
		ckpt_buf_addc(out, '}');
	}
}

void model_spine_text(const struct model_dir *d, struct ckpt_buf *out)
{
	if (d->spine_bad) {
		ckpt_buf_adds(out, MODEL_DAMAGED);
		return;
	}
	ckpt_buf_adds(out, "{\"files\":");
	names(d->spine_batches, model_batch, N_BATCH, out);
	ckpt_buf_addc(out, '}');
}

static void entry_of_state(unsigned ckpt, struct ckpt_buf *out)
{
	ckpt_buf_adds(out, "{\"uuid\":\"");
	ckpt_buf_adds(out, model_uuid[ckpt]);
	ckpt_buf_adds(out, "\",\"fingerprint\":42,\"later\":[1.50]}");
}

void model_state_text(enum state state, unsigned ckpt, struct ckpt_buf *out)
{
	if (state == STATE_BAD) {
		ckpt_buf_adds(out, MODEL_DAMAGED);
		return;
	}
	ckpt_buf_adds(out, "{\"circuit\":");
	if (state == STATE_NAMES)
		entry_of_state(ckpt, out);
	else
		ckpt_buf_adds(out, "null");
	ckpt_buf_addc(out, '}');
}

void model_file_text(unsigned ckpt, unsigned file, struct ckpt_buf *out)
{
	(void)ckpt;
	ckpt_buf_adds(out, file == F_Z0 ? "state" : file == F_Z1 ? "state 1" : "");
}

static void number(int64_t v, const char *name, struct ckpt_buf *out)
{
	ckpt_buf_addf(out, ",\"%s\":", name);
	if (v < 0)
		ckpt_buf_adds(out, "null");
	else
		ckpt_buf_addf(out, "%" PRId64, v);
}

static void entry_text(const struct model_entry *e, struct ckpt_buf *out)
{
	if (e->from_state) {
		entry_of_state(e->ckpt, out);
		return;
	}
	ckpt_buf_addf(out, "{\"uuid\":\"%s\",\"identifier\":", model_uuid[e->ckpt]);
	if (e->identifier < 0)
		ckpt_buf_adds(out, "null");
	else
		ckpt_buf_addf(out, "\"n\\\"%d\"", e->identifier);
	ckpt_buf_addf(out, ",\"fingerprint\":%" PRIu64, e->fingerprint);
	number(e->size, "size", out);
	number(e->steps, "steps", out);
	ckpt_buf_adds(out, ",\"processed_records\":null}");
}

static void time_text(int64_t ms, struct ckpt_buf *out)
{
	time_t t = (time_t)(ms / 1000);
	char text[32];

	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", gmtime(&t));
	ckpt_buf_addf(out, "\"%s.%03dZ\"", text, (int)(ms % 1000));
}

static void pins_text(const struct model *m, struct ckpt_buf *out)
{
	const char *comma = "";

	ckpt_buf_adds(out, "{\"version\":1,\"pins\":[");
	for (unsigned p = 0; p < N_PIN; p++) {
		if (!m->pin[p].set)
			continue;
		ckpt_buf_addf(out, "%s{\"name\":\"%s\",\"uuid\":\"%s\",\"created\":", comma, model_pin[p],
			      model_uuid[m->pin[p].ckpt]);
		time_text(m->pin[p].created_ms, out);
		ckpt_buf_adds(out, ",\"expires\":");
		if (m->pin[p].expires_ms)
			time_text(m->pin[p].expires_ms, out);
		else
			ckpt_buf_adds(out, "null");
		ckpt_buf_addc(out, '}');
		comma = ",";
	}
	ckpt_buf_adds(out, "]}");
}

/* --- the tree ------------------------------------------------------------------- */

static void file(const char *dir, const char *name, struct ckpt_buf *out)
{
	ckpt_buf_adds(out, dir);
	ckpt_buf_addc(out, '/');
	ckpt_buf_adds(out, name);
	ckpt_buf_addc(out, '\t');
}

static void dir_tree(const struct model *m, unsigned ckpt, struct ckpt_buf *out)
{
	const struct model_dir *d = &m->dir[ckpt];
	const char *dir = model_uuid[ckpt];

	ckpt_buf_addc(out, '/');
	ckpt_buf_adds(out, dir);
	ckpt_buf_addc(out, '\n');
	for (unsigned f = 0; f < 4; f++) {
		/* dependencies.json stands between CHECKPOINT and pspine-... */
		if (f == 1 && d->deps != DEPS_NONE) {
			file(dir, "dependencies.json", out);
			model_deps_text(d, out);
			ckpt_buf_addc(out, '\n');
		}
		if (f == 2 && d->state != STATE_NONE) {
			file(dir, "state.json", out);
			model_state_text(d->state, ckpt, out);
			ckpt_buf_addc(out, '\n');
		}
		if (!(d->files >> f & 1))
			continue;
		file(dir, model_file[f], out);
		if (f == 1)
			model_spine_text(d, out);
		else
			model_file_text(ckpt, 1u << f, out);
		ckpt_buf_addc(out, '\n');
	}
	if (d->temporary) {
		file(dir, "z9.dat.mut", out);
		ckpt_buf_adds(out, "junk\n");
	}
}

static void catalog_tree(const struct model *m, struct ckpt_buf *out)
{
	if (m->catalog == CATALOG_ABSENT)
		return;
	file("", "checkpoints.feldera", out);
	if (m->catalog == CATALOG_BAD) {
		ckpt_buf_adds(out, MODEL_DAMAGED_CATALOG "\n");
		return;
	}
	ckpt_buf_addc(out, '[');
	for (unsigned i = 0; i < m->n; i++) {
		ckpt_buf_adds(out, i ? "," : "");
		entry_text(&m->entry[i], out);
	}
	ckpt_buf_adds(out, "]\n");
}

/* The directories first, by their uuids, and then the files as their names
 * sort; junk.feldera and the like where the names put them. */
void model_tree(const struct model *m, struct ckpt_buf *out)
{
	static const unsigned sorted[N_CKPT] = { 3, 1, 5, 0, 2, 4 };

	ckpt_buf_adds(out, "");
	for (unsigned i = 0; i < N_CKPT; i++)
		if (m->dir[sorted[i]].there)
			dir_tree(m, sorted[i], out);
	catalog_tree(m, out);
	if (m->damaged)
		ckpt_buf_adds(out, "/checkpoints.feldera.damaged\t" MODEL_DAMAGED_CATALOG "\n");
	if (m->pins_file) {
		file("", "ckptfs-pins.json", out);
		if (m->pins_bad)
			ckpt_buf_adds(out, MODEL_DAMAGED);
		else
			pins_text(m, out);
		ckpt_buf_addc(out, '\n');
	}
	if (m->junk_dir)
		ckpt_buf_adds(out, "/junk\njunk/junk.dat\tjunk\n");
	if (m->junk_batch)
		ckpt_buf_adds(out, "/junk.feldera\tjunk\n");
	if (m->junk_mut)
		ckpt_buf_adds(out, "/junk.feldera.mut\tjunk\n");
	if (m->note)
		ckpt_buf_adds(out, "/note.txt\tjunk\n");
	if (m->state != STATE_NONE) {
		file("", "state.json", out);
		model_state_text(m->state, m->resumes, out);
		ckpt_buf_addc(out, '\n');
	}
	for (unsigned b = 0; b < N_BATCH; b++)
		if (m->batches >> b & 1) {
			file("", model_batch[b], out);
			ckpt_buf_add(out, "bbbbbbbbbbbbbbbb", 10 + b);
			ckpt_buf_addc(out, '\n');
		}
}
