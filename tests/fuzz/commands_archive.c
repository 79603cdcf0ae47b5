/* commands_archive.c - the rules of an archive */
#include <errno.h>
#include <string.h>

#include "tests/fuzz/commands_model.h"

static bool is_finished(const struct model *m, unsigned i)
{
	return m->state == STATE_NONE || (m->state == STATE_NAMES && model_find(m, m->resumes) >= (int)i) ||
	       m->dir[m->entry[i].ckpt].state != STATE_NONE;
}

/* The same files, as far as the archive has them. */
static bool is_same(const struct model_dir *theirs, const struct model_dir *ours)
{
	struct ckpt_buf a = CKPT_BUF_INIT, b = CKPT_BUF_INIT;
	bool same = true;

	if (!ours->there)
		return true;
	if (theirs->files & ours->files & F_SPINE) {
		model_spine_text(theirs, &a);
		model_spine_text(ours, &b);
		same = strcmp(a.data, b.data) == 0;
	}
	if (same && theirs->deps != DEPS_NONE && ours->deps != DEPS_NONE) {
		ckpt_buf_clear(&a);
		ckpt_buf_clear(&b);
		model_deps_text(theirs, &a);
		model_deps_text(ours, &b);
		same = strcmp(a.data, b.data) == 0;
	}
	if (same && theirs->state != STATE_NONE && ours->state != STATE_NONE)
		same = theirs->state == ours->state;
	ckpt_buf_release(&a);
	ckpt_buf_release(&b);
	return same;
}

/* Every file that it needs is there; batches is what it needs of them. */
static bool is_whole(const struct model *m, unsigned ckpt, unsigned *batches)
{
	const struct model_dir *d = &m->dir[ckpt];

	if (!model_needs(d, batches) || !(d->files & F_MARKER))
		return false;
	return !(*batches & ~m->batches) && !(d->deps == DEPS_2 && d->deps_files & ~d->files);
}

static bool is_newer(const struct model *source, unsigned a, unsigned than)
{
	int x = model_find(source, a), y = model_find(source, than);

	return x >= 0 && y >= 0 ? x > y : strcmp(model_uuid[a], model_uuid[than]) > 0;
}

static void insert(const struct model *source, struct model *archive, const struct model_entry *e)
{
	unsigned at;

	if (archive->catalog == CATALOG_ABSENT)
		archive->n = 0;
	archive->catalog = CATALOG_GOOD;
	for (at = archive->n++; at && is_newer(source, archive->entry[at - 1].ckpt, e->ckpt); at--)
		archive->entry[at] = archive->entry[at - 1];
	archive->entry[at] = *e;
}

/* 0, an errno, or -1: skipped. */
static int add(const struct model *source, struct model *archive, unsigned i)
{
	const struct model_entry *e = &source->entry[i];
	unsigned batches;

	if (!is_whole(source, e->ckpt, &batches))
		return -1;
	if (!is_same(&source->dir[e->ckpt], &archive->dir[e->ckpt]))
		return EEXIST;
	if (archive->locked)
		return EBUSY;
	archive->batches |= batches;
	archive->dir[e->ckpt] = source->dir[e->ckpt];
	archive->dir[e->ckpt].temporary = false;
	insert(source, archive, e);
	return 0;
}

/* There already; its state.json may have come later. */
static int complete(const struct model *source, struct model *archive, unsigned ckpt)
{
	struct model_dir *d = &archive->dir[ckpt];

	if (d->state != STATE_NONE || !source->dir[ckpt].there || source->dir[ckpt].state == STATE_NONE)
		return 0;
	if (archive->locked)
		return EBUSY;
	if (d->there)
		d->state = source->dir[ckpt].state;
	return 0;
}

/* What a pipeline resumes from is the newest, if that can be resumed from: a
 * damaged state.json would stop every gc. */
static int follow(struct model *archive)
{
	const struct model_dir *d;
	unsigned ckpt;

	if (archive->catalog != CATALOG_GOOD || archive->n == 0)
		return 0;
	ckpt = archive->entry[archive->n - 1].ckpt;
	d = &archive->dir[ckpt];
	if (d->state == STATE_NONE || d->state == STATE_BAD ||
	    (archive->state == d->state && (d->state != STATE_NAMES || archive->resumes == ckpt)))
		return 0;
	if (archive->locked)
		return EBUSY;
	archive->state = d->state;
	archive->resumes = ckpt;
	return 0;
}

static int one(const struct model *source, struct model *archive, unsigned ckpt, bool named, bool *added,
	       struct outcome *o)
{
	int i = model_find(source, ckpt), code;

	if (model_find(archive, ckpt) >= 0)
		return complete(source, archive, ckpt);
	if (!is_finished(source, (unsigned)i)) {
		if (named)
			ckpt_buf_addf(&o->text, "skipped %s\n", model_uuid[ckpt]);
		return 0;
	}
	code = add(source, archive, (unsigned)i);
	*added |= code == 0;
	if (code <= 0)
		ckpt_buf_addf(&o->text, "%s %s\n", code ? "skipped" : "added", model_uuid[ckpt]);
	return code < 0 ? 0 : code;
}

void model_archive(const struct model *source, struct model *archive, int ckpt, struct outcome *o)
{
	bool added = false;
	int code = 0;

	outcome_may_fail(o,
			 source->catalog == CATALOG_BAD || archive->catalog == CATALOG_BAD ||
				 model_is_lost(source, -1) || model_is_lost(archive, -1) ||
				 source->state == STATE_BAD,
			 EUCLEAN);
	outcome_may_fail(o,
			 ckpt >= 0 && model_find(source, (unsigned)ckpt) < 0 &&
				 model_find(archive, (unsigned)ckpt) < 0,
			 ENOENT);
	if (o->n_codes)
		return;
	if (ckpt >= 0)
		code = one(source, archive, (unsigned)ckpt, true, &added, o);
	for (unsigned i = 0; ckpt < 0 && code == 0 && source->catalog == CATALOG_GOOD && i < source->n; i++)
		if (is_finished(source, i))
			code = one(source, archive, source->entry[i].ckpt, false, &added, o);
	if (code == 0)
		code = follow(archive);
	else if (added)
		follow(archive);
	outcome_may_fail(o, code != 0, code);
}
