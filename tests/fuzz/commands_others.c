#include <string.h>

#include "base/name.h"
#include "tests/fuzz/commands.h"

static void put(const char *dir, const char *name, const struct ckpt_buf *text)
{
	MUST(ckpt_store_write(r->theirs, dir, name, text->len ? text->data : "", text->len, NULL) == 0,
	     "write");
}

static void put_text(const char *dir, const char *name, const char *text)
{
	MUST(ckpt_store_write(r->theirs, dir, name, text, strlen(text), NULL) == 0, "write");
}

static void let_go(unsigned ckpt)
{
	ckpt_lease_release(r->lease[ckpt]);
	r->lease[ckpt] = NULL;
	r->model.reader[ckpt] = false;
}

static void put_state(unsigned ckpt)
{
	struct ckpt_buf text = CKPT_BUF_INIT;

	model_state_text(r->model.dir[ckpt].state, ckpt, &text);
	put(model_uuid[ckpt], CKPT_STATE, &text);
	ckpt_buf_release(&text);
}

/* A directory as the model has it, anew. */
static void put_dir(unsigned ckpt)
{
	const struct model_dir *d = &r->model.dir[ckpt];
	const char *dir = model_uuid[ckpt];
	struct ckpt_buf text = CKPT_BUF_INIT;

	let_go(ckpt);
	ckpt_store_remove_tree(r->theirs, dir, 1000, NULL);
	if (!d->there)
		return;
	MUST(ckpt_store_mkdir(r->theirs, dir, NULL) == 0, "mkdir");
	for (unsigned f = 0; f < 4; f++) {
		if (!(d->files >> f & 1))
			continue;
		ckpt_buf_clear(&text);
		if (f == 1)
			model_spine_text(d, &text);
		else
			model_file_text(ckpt, 1u << f, &text);
		put(dir, model_file[f], &text);
	}
	ckpt_buf_clear(&text);
	if (d->deps != DEPS_NONE) {
		model_deps_text(d, &text);
		put(dir, CKPT_DEPENDENCIES, &text);
	}
	if (d->state != STATE_NONE)
		put_state(ckpt);
	if (d->temporary)
		put_text(dir, "z9.dat.mut", "junk");
	ckpt_buf_release(&text);
}

/* With its batches, or with some of them missing. */
void stage(void)
{
	unsigned ckpt = take_ckpt(), batches = take(&in) & ((1u << N_BATCH) - 1), lacks;
	uint8_t how = take(&in);
	struct model_dir *d = &r->model.dir[ckpt];

	*d = (struct model_dir){ .there = true,
				 .files = how & F_ALL,
				 .deps = how >> 4 & 3,
				 .deps_batches = batches,
				 .spine_batches = batches };
	if (how >> 6 == 3) {
		d->deps_files = take(&in) & F_ALL;
		d->temporary = take(&in) & 1;
		d->spine_bad = take(&in) & 1;
	} else {
		d->deps = d->deps == DEPS_BAD ? DEPS_NONE : d->deps;
		d->deps_files = d->files;
	}
	put_dir(ckpt);
	lacks = how >> 6 == 2 ? take(&in) : 0;
	for (unsigned b = 0; b < N_BATCH; b++) {
		char text[32];

		if (!(batches & ~lacks & ~r->model.batches & 1u << b))
			continue;
		snprintf(text, sizeof(text), "%.*s", 10 + (int)b, "bbbbbbbbbbbbbbbb");
		put_text(NULL, model_batch[b], text);
		r->model.batches |= 1u << b;
	}
}

void drop_batch(void)
{
	unsigned b = take(&in) % N_BATCH;

	if (r->model.batches >> b & 1)
		ckpt_store_remove(r->theirs, NULL, model_batch[b], NULL);
	r->model.batches &= ~(1u << b);
}

void damage_dir(void)
{
	unsigned ckpt = take_ckpt();
	uint8_t how = take(&in);
	struct model_dir *d = &r->model.dir[ckpt];

	if (!d->there)
		return;
	if (how % 4 == 0)
		*d = (struct model_dir){ 0 };
	else if (how % 4 == 1)
		d->deps = DEPS_BAD;
	else if (how % 4 == 2)
		d->files &= ~(1u << (how >> 2 & 3));
	else
		d->deps = DEPS_NONE;
	put_dir(ckpt);
}

void damage_catalog(void)
{
	uint8_t how = take(&in);

	r->model.n = 0;
	if (how % 3 == 0) {
		if (r->model.catalog != CATALOG_ABSENT)
			ckpt_store_remove(r->theirs, NULL, CKPT_CATALOG, NULL);
		r->model.catalog = CATALOG_ABSENT;
	} else {
		put_text(NULL, CKPT_CATALOG, how % 3 == 1 ? MODEL_DAMAGED_CATALOG : "[]");
		r->model.catalog = how % 3 == 1 ? CATALOG_BAD : CATALOG_GOOD;
	}
}

/* The root's, and that of a checkpoint. */
void write_state(void)
{
	struct ckpt_buf text = CKPT_BUF_INIT;
	uint8_t how = take(&in);
	unsigned ckpt = take_ckpt();

	if (how & 4) {
		if (!r->model.dir[ckpt].there || how % 4 == STATE_NONE)
			return;
		r->model.dir[ckpt].state = how % 4;
		put_state(ckpt);
		return;
	}
	if (how % 4 == STATE_NONE && r->model.state != STATE_NONE)
		ckpt_store_remove(r->theirs, NULL, CKPT_STATE, NULL);
	r->model.state = how % 4;
	r->model.resumes = ckpt;
	if (r->model.state == STATE_NONE)
		return;
	model_state_text(r->model.state, ckpt, &text);
	put(NULL, CKPT_STATE, &text);
	ckpt_buf_release(&text);
}

void add_junk(void)
{
	switch (take(&in) % 4) {
	case 0:
		put_text(NULL, "junk.feldera", "junk");
		r->model.junk_batch = true;
		break;
	case 1:
		put_text(NULL, "junk.feldera.mut", "junk");
		r->model.junk_mut = true;
		break;
	case 2:
		put_text(NULL, "note.txt", "junk");
		r->model.note = true;
		break;
	case 3:
		if (!r->model.junk_dir) {
			ckpt_store_mkdir(r->theirs, "junk", NULL);
			put_text("junk", "junk.dat", "junk");
		}
		r->model.junk_dir = true;
		break;
	}
}

void damage_pins(void)
{
	bool bad = take(&in) & 1;

	if (bad)
		put_text(NULL, CKPT_PINS, MODEL_DAMAGED);
	else if (r->model.pins_file)
		ckpt_store_remove(r->theirs, NULL, CKPT_PINS, NULL);
	r->model.pins_file = r->model.pins_bad = bad;
	memset(r->model.pin, 0, sizeof(r->model.pin));
}

void toggle_reader(void)
{
	unsigned ckpt = take_ckpt();
	const struct model_dir *d = &r->model.dir[ckpt];

	if (r->lease[ckpt]) {
		let_go(ckpt);
		return;
	}
	r->model.reader[ckpt] = d->there && d->files & F_MARKER;
	MUST((ckpt_store_lease(r->theirs, model_uuid[ckpt], CKPT_LEASE_SHARED, &r->lease[ckpt], NULL) == 0) ==
		     r->model.reader[ckpt],
	     "lease");
}

void toggle_lock(void)
{
	if (r->lock) {
		ckpt_lock_release(r->lock);
		r->lock = NULL;
	} else {
		MUST(ckpt_store_lock(r->theirs, &r->lock, NULL, NULL) == 0, "lock");
	}
	r->model.locked = r->lock != NULL;
}
