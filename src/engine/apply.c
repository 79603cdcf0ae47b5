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

/* Remove a directory in pieces; -EAGAIN if the deadline came first. */
static int remove_tree(struct ckpt_root *root, const char *dir, int64_t deadline, struct ckpt_err *err)
{
	int rc;

	do
		rc = ckpt_store_remove_tree(root->store, dir, CKPT_REMOVE_CHUNK, err);
	while (rc == -EAGAIN && !past(root, deadline));
	return rc;
}

static int remove_item(struct ckpt_root *root, const struct ckpt_item *item, int64_t deadline,
		       struct ckpt_err *err)
{
	int rc;

	if (item->dir && item->name) /* goes with its directory */
		return 0;
	if (item->dir)
		return remove_tree(root, item->dir, deadline, err);
	rc = ckpt_store_remove(root->store, NULL, item->name, err);
	return rc == -ENOENT ? 0 : rc;
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

void ckpt_plan_apply(struct ckpt_plan *p, struct ckpt_root *root, int64_t deadline, const char *unreached,
		     bool *more)
{
	size_t done = 0;

	*more = false;
	for (size_t i = 0; i < p->n_items; i++) {
		struct ckpt_item item = p->items[i];
		struct ckpt_err why;
		int rc = 0;

		/* Not in the middle of a directory's own files: they are only
		 * names until the directory goes. */
		if (!*more && !(item.dir && item.name) &&
		    (past(root, deadline) || (!unreached && ckpt_root_stopped(root))))
			*more = true;
		if (!*more)
			rc = remove_item(root, &item, deadline, &why);
		if (rc == -EAGAIN)
			*more = true;
		if (!*more && !rc) {
			p->items[done++] = item;
			continue;
		}
		if (!*more) {
			ckpt_plan_add_left(p, item.name ? item.name : item.dir, why.msg);
			ckpt_root_event(root, CKPT_EVENT_WARNING, "%s; a sweep finishes it", why.msg);
		} else if (unreached && !(item.dir && item.name)) {
			ckpt_plan_add_left(p, item.name ? item.name : item.dir, unreached);
		}
		p->files -= item.files;
		p->bytes -= item.bytes;
		if (item.dir && !item.name)
			take_back(p, &done, item.dir);
		free(item.dir);
		free(item.name);
	}
	p->n_items = done;
}
