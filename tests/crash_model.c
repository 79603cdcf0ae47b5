#include "tests/crash_model.h"

#include <stdlib.h>
#include <string.h>

/* --- names -------------------------------------------------------------- */

static struct crash_entry *find(struct crash_names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (!strcmp(names->e[i].name, name))
			return &names->e[i];
	return NULL;
}

static void apply_change(struct crash_names *names, const struct crash_change *change)
{
	struct crash_entry *e = change->gone ? find(names, change->gone) : NULL;

	if (e)
		*e = names->e[--names->n];
	if (!change->become.name)
		return;
	e = find(names, change->become.name);
	if (!e) {
		if (names->n == CRASH_NAMES)
			abort();
		e = &names->e[names->n++];
	}
	*e = change->become;
}

static void change_names(struct crash_dir *d, const struct crash_change *change)
{
	if (d->n == CRASH_CHANGES)
		abort();
	d->change[d->n++] = *change;
	apply_change(&d->live, change);
}

static void make_durable(struct crash_dir *d)
{
	d->durable = d->live;
	d->n = 0;
}

/* The names of a directory in the state that is chosen. */
static void chosen(const struct crash_dir *d, struct crash_names *out)
{
	*out = d->durable;
	for (size_t i = 0; i < d->n; i++)
		if (d->change[i].kept)
			apply_change(out, &d->change[i]);
}

/* --- following the log -------------------------------------------------- */

static int new_dir(struct crash_model *m)
{
	if (m->n_dir == CRASH_DIRS)
		abort();
	m->dir[m->n_dir] = calloc(1, sizeof(*m->dir[0]));
	if (!m->dir[m->n_dir])
		abort();
	return m->n_dir++;
}

void crash_model_init(struct crash_model *m)
{
	memset(m, 0, sizeof(*m));
	new_dir(m);
}

void crash_model_release(struct crash_model *m)
{
	for (int i = 0; i < m->n_file; i++)
		free(m->file[i].data);
	for (int i = 0; i < m->n_dir; i++)
		free(m->dir[i]);
}

/* NULL: a directory that is not there. */
static struct crash_dir *dir_of(struct crash_model *m, const char *name)
{
	struct crash_entry *e = name ? find(&m->dir[0]->live, name) : NULL;

	return !name ? m->dir[0] : e && e->dir >= 0 ? m->dir[e->dir] : NULL;
}

static void append(struct crash_file *f, const struct crash_op *op)
{
	f->data = realloc(f->data, f->len + op->len + 1);
	if (!f->data)
		abort();
	memcpy(f->data + f->len, op->data, op->len);
	f->len += op->len;
}

static void settle(struct crash_model *m)
{
	for (int i = 0; i < m->n_file; i++)
		m->file[i].durable = m->file[i].len;
	for (int i = 0; i < m->n_dir; i++)
		make_durable(m->dir[i]);
}

/* What happens to a name, or nothing. */
static struct crash_change change_of(struct crash_model *m, const struct crash_op *op,
				     const struct crash_entry *now)
{
	struct crash_change change = { .become = { NULL, -1, -1 } };

	if (op->kind == CRASH_CREATE) {
		if (m->n_file == CRASH_FILES)
			abort();
		change.become = (struct crash_entry){ op->name, m->n_file++, -1 };
	} else if (op->kind == CRASH_MKDIR) {
		change.become = (struct crash_entry){ op->name, -1, new_dir(m) };
	} else if (now) {
		change.gone = op->name;
		if (op->kind == CRASH_RENAME)
			change.become = (struct crash_entry){ op->to, now->file, now->dir };
	}
	return change;
}

void crash_model_apply(struct crash_model *m, const struct crash_op *op)
{
	struct crash_dir *d = dir_of(m, op->dir);
	struct crash_entry *e = d && op->name ? find(&d->live, op->name) : NULL;
	struct crash_change change;

	if (op->kind == CRASH_SETTLE || op->kind == CRASH_SYNC_ALL)
		settle(m);
	if (!d || op->kind >= CRASH_SYNC_ALL)
		return;
	if (op->kind == CRASH_SYNC_DIR) {
		make_durable(d);
	} else if (op->kind == CRASH_APPEND || op->kind == CRASH_SYNC_FILE) {
		if (e && e->file >= 0 && op->kind == CRASH_APPEND)
			append(&m->file[e->file], op);
		else if (e && e->file >= 0)
			m->file[e->file].durable = m->file[e->file].len;
	} else {
		change = change_of(m, op, e);
		if (change.gone || change.become.name)
			change_names(d, &change);
	}
}

int crash_model_live(const struct crash_model *m, const char *name)
{
	struct crash_entry *e = find(&m->dir[0]->live, name);

	return e ? e->file : -1;
}

/* --- the state that is chosen ------------------------------------------- */

void crash_model_keep_all(struct crash_model *m)
{
	for (int i = 0; i < m->n_file; i++)
		m->file[i].fate = CRASH_WHOLE;
	for (int i = 0; i < m->n_dir; i++)
		for (size_t k = 0; k < m->dir[i]->n; k++)
			m->dir[i]->change[k].kept = true;
}

static size_t length(const struct crash_file *f)
{
	size_t lost = f->len - f->durable;

	return f->fate == CRASH_WHOLE ? f->len : f->fate == CRASH_TORN ? f->durable + lost / 2 : f->durable;
}

static void plant_dir(const struct crash_model *m, int dir, const char *name, struct ckpt_store *s)
{
	struct crash_names names;

	chosen(m->dir[dir], &names);
	for (size_t i = 0; i < names.n; i++) {
		const struct crash_entry *e = &names.e[i];
		const struct crash_file *f = e->file >= 0 ? &m->file[e->file] : NULL;

		if (f && ckpt_store_write(s, name, e->name, f->data, length(f), NULL))
			abort();
		if (f)
			continue;
		if (ckpt_store_mkdir(s, e->name, NULL))
			abort();
		plant_dir(m, e->dir, e->name, s);
	}
}

void crash_model_plant(const struct crash_model *m, struct ckpt_store *s)
{
	plant_dir(m, 0, NULL, s);
}

static uint64_t mix(uint64_t h, uint64_t value)
{
	h = (h ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

/* A sum, since names come in no order. */
static uint64_t hash_dir(const struct crash_model *m, int dir)
{
	struct crash_names names;
	uint64_t sum = 1;

	chosen(m->dir[dir], &names);
	for (size_t i = 0; i < names.n; i++) {
		const struct crash_entry *e = &names.e[i];
		uint64_t h = 7;

		for (const char *c = e->name; *c; c++)
			h = mix(h, (unsigned char)*c);
		if (e->file >= 0)
			h = mix(mix(h, (uint64_t)e->file), length(&m->file[e->file]));
		else
			h = mix(h, hash_dir(m, e->dir));
		sum += mix(h, 3);
	}
	return sum;
}

uint64_t crash_model_hash(const struct crash_model *m)
{
	return hash_dir(m, 0);
}
