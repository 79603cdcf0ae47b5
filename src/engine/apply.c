/* apply.c - carrying a plan out */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/limits.h"
#include "engine/plan.h"

static bool past(struct ckpt_root *root, int64_t deadline)
{
	return deadline && ckpt_root_monotonic_ms(root) >= deadline;
}

/* What became of one item. */
struct outcome {
	int rc; /* -EAGAIN: not reached, or not all of it */
	char *why;
};

/* Items are removed a chunk at a time, and those that are left are taken out of
 * the plan after each chunk.  Nothing is allocated for it: what was decided is
 * carried out also without memory. */
struct applying {
	struct ckpt_plan *p;
	struct ckpt_root *root;
	int64_t deadline;
	bool stoppable;
	const char *unreached;
	size_t *tag;
	bool *more;
	size_t settled, done;		/* items that are behind us, and those of them that are gone */
	size_t chunk[CKPT_APPLY_CHUNK]; /* numbers of items that are removed at once */
	struct outcome outcome[CKPT_APPLY_CHUNK];
	size_t n_chunk;
};

static bool is_over(const struct applying *a)
{
	return past(a->root, a->deadline) || (a->stoppable && ckpt_root_stopped(a->root));
}

/* A file of a directory that goes: only a name until the directory goes. */
static bool goes_with_dir(const struct ckpt_item *item)
{
	return item->dir && item->name;
}

static void note_failure(void *ctx, size_t i, int rc, const struct ckpt_err *why)
{
	struct applying *a = ctx;
	struct outcome *o = &a->outcome[i];

	o->rc = rc == -ENOENT ? 0 : rc;
	if (o->rc && o->rc != -EAGAIN)
		o->why = strdup(why->msg);
}

/* A directory that has more names than go at a time; -EAGAIN if the deadline
 * came first. */
static void finish_tree(struct applying *a, const char *dir, struct outcome *o)
{
	struct ckpt_err why;

	if (o->rc != -EAGAIN)
		return;
	while (o->rc == -EAGAIN && !past(a->root, a->deadline))
		o->rc = ckpt_store_remove_tree(a->root->store, dir, CKPT_REMOVE_CHUNK, &why);
	if (o->rc && o->rc != -EAGAIN)
		o->why = strdup(why.msg);
}

/* Items of one directory follow each other and end with the directory itself,
 * so a directory that stays takes back the items just before it. */
static void take_back(struct ckpt_plan *p, size_t *done, const char *dir)
{
	while (dir && *done && p->items[*done - 1].dir && !strcmp(p->items[*done - 1].dir, dir)) {
		struct ckpt_item *item = &p->items[--*done];

		p->files -= item->files;
		p->bytes -= item->bytes;
		free(item->dir);
		free(item->name);
	}
}

/* Take item i out of the plan, for it is still there.  The *done before it
 * stay. */
static void take_out(struct ckpt_plan *p, struct ckpt_item *item, size_t *done)
{
	p->files -= item->files;
	p->bytes -= item->bytes;
	if (item->dir && !item->name)
		take_back(p, done, item->dir);
	free(item->dir);
	free(item->name);
}

int ckpt_plan_untold(struct ckpt_root *root, bool dry_run, struct ckpt_err *err)
{
	if (dry_run)
		return ckpt_fail_nomem(err);
	return ckpt_fail(err, ENOMEM,
			 "%s: it was carried out, but there is not enough memory to tell what was removed",
			 ckpt_store_label(root->store));
}

static void settle_one(struct applying *a, struct ckpt_item item, const struct outcome *o)
{
	const char *name = item.name ? item.name : item.dir;
	const char *why = o->why ? o->why : strerror(-o->rc);

	if (!o->rc) {
		if (a->tag)
			a->tag[a->done] = a->tag[a->settled];
		a->p->items[a->done++] = item;
		return;
	}
	if (o->rc == -EAGAIN) {
		*a->more = true;
		if (a->unreached)
			ckpt_plan_add_left(a->p, name, a->unreached);
	} else {
		ckpt_plan_add_left(a->p, name, why);
		ckpt_root_event(a->root, CKPT_EVENT_WARNING, "%s; %s", why,
				a->unreached ? "a sweep finishes it" : "the next sweep tries it again");
	}
	take_out(a->p, &item, &a->done);
}

/* What became of the items up to this one; those that are in no chunk were not
 * reached. */
static void settle(struct applying *a, size_t upto)
{
	size_t k = 0;

	for (; a->settled < upto; a->settled++) {
		const struct ckpt_item *item = &a->p->items[a->settled];
		struct outcome o = { .rc = goes_with_dir(item) ? 0 : -EAGAIN };

		if (k < a->n_chunk && a->chunk[k] == a->settled)
			o = a->outcome[k++];
		settle_one(a, *item, &o);
		free(o.why);
	}
	a->n_chunk = 0;
}

static void remove_chunk(struct applying *a)
{
	struct ckpt_each each[CKPT_APPLY_CHUNK];

	for (size_t k = 0; k < a->n_chunk; k++) {
		const struct ckpt_item *item = &a->p->items[a->chunk[k]];

		each[k] = (struct ckpt_each){ item->dir, item->name };
		a->outcome[k] = (struct outcome){ 0 };
	}
	ckpt_store_remove_each(a->root->store, each, a->n_chunk, CKPT_REMOVE_CHUNK, note_failure, a);
	for (size_t k = 0; k < a->n_chunk; k++)
		if (!each[k].name)
			finish_tree(a, each[k].dir, &a->outcome[k]);
	settle(a, a->chunk[a->n_chunk - 1] + 1);
	ckpt_root_progress(a->root, "names removed", a->settled, a->p->n_items);
}

/* Chunk after chunk; files and directories are never in the same one, since the
 * files of the root go before the directories that name them. */
static void remove_items(struct applying *a)
{
	const struct ckpt_item *item = a->p->items;
	size_t weight = 0;
	bool of_dirs = false;

	for (size_t i = 0; i < a->p->n_items; i++) {
		weight += 1 + (item[i].name ? 0 : item[i].files);
		if (goes_with_dir(&item[i]))
			continue;
		if (a->n_chunk && (weight > CKPT_APPLY_CHUNK || of_dirs != (item[i].dir != NULL))) {
			remove_chunk(a);
			weight = 1 + (item[i].name ? 0 : item[i].files);
		}
		if (!a->n_chunk && is_over(a))
			return;
		of_dirs = item[i].dir;
		a->chunk[a->n_chunk++] = i;
	}
	if (a->n_chunk)
		remove_chunk(a);
}

void ckpt_plan_apply(struct ckpt_plan *p, struct ckpt_root *root, int64_t deadline, const char *unreached,
		     size_t *tag, bool *more)
{
	struct applying a = { .p = p,
			      .root = root,
			      .deadline = deadline,
			      .stoppable = !unreached,
			      .unreached = unreached,
			      .tag = tag,
			      .more = more };

	*more = false;
	remove_items(&a);
	settle(&a, p->n_items);
	p->n_items = a.done;
}
