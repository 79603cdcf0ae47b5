#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/mem.h"

#define CAP_MIN 8
#define MODE_NEW 0644

struct timespec ckpt_mem_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t;
}

/* Where name is, or where it belongs. */
static size_t position(const struct mem_dir *d, const char *name, bool *found)
{
	size_t low = 0, high = d->n, mid;
	int c;

	*found = false;
	while (low < high) {
		mid = low + (high - low) / 2;
		c = strcmp(name, d->names[mid].name);
		if (c == 0) {
			*found = true;
			return mid;
		}
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

struct mem_name *ckpt_mem_find(struct mem_dir *d, const char *name)
{
	bool found;
	size_t i = position(d, name, &found);

	return found ? &d->names[i] : NULL;
}

struct mem_dir *ckpt_mem_dir(struct ckpt_mem *m, const char *dir, int *rc)
{
	struct mem_name *n;

	*rc = 0;
	if (!dir)
		return &m->root;
	n = ckpt_mem_find(&m->root, dir);
	if (!n)
		*rc = -ENOENT;
	else if (!n->dir)
		*rc = -ENOTDIR;
	return *rc ? NULL : n->dir;
}

struct mem_inode *ckpt_mem_file(struct ckpt_mem *m, const char *dir, const char *name, int *rc)
{
	struct mem_dir *d = ckpt_mem_dir(m, dir, rc);
	struct mem_name *n = d ? ckpt_mem_find(d, name) : NULL;

	if (!d)
		return NULL;
	if (!n)
		*rc = -ENOENT;
	else if (n->dir)
		*rc = -EISDIR;
	return *rc ? NULL : n->file;
}

bool ckpt_mem_add(struct mem_dir *d, const char *name, struct mem_inode *file, struct mem_dir *sub)
{
	bool found;
	size_t i = position(d, name, &found), cap = d->cap ? d->cap * 2 : CAP_MIN;
	char *copy = strdup(name);

	if (copy && d->n == d->cap) {
		struct mem_name *names = reallocarray(d->names, cap, sizeof(*names));

		if (names) {
			d->names = names;
			d->cap = cap;
		}
	}
	if (!copy || d->n == d->cap) {
		free(copy);
		return false;
	}
	memmove(d->names + i + 1, d->names + i, (d->n - i) * sizeof(*d->names));
	d->names[i] = (struct mem_name){ .name = copy, .file = file, .dir = sub };
	d->n++;
	d->mtime = ckpt_mem_now();
	if (file) {
		file->nlink++;
		file->ctime = d->mtime;
	}
	return true;
}

static void release_name(struct mem_name *n)
{
	free(n->name);
	if (n->file) {
		n->file->nlink--;
		n->file->ctime = ckpt_mem_now();
		ckpt_mem_unref(n->file);
	}
	if (n->dir) {
		ckpt_mem_clear(n->dir);
		free(n->dir);
	}
}

void ckpt_mem_drop(struct mem_dir *d, struct mem_name *n)
{
	size_t i = (size_t)(n - d->names);

	release_name(n);
	memmove(n, n + 1, (d->n - i - 1) * sizeof(*n));
	d->n--;
	d->mtime = ckpt_mem_now();
}

void ckpt_mem_clear(struct mem_dir *d)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		release_name(&d->names[i]);
	free(d->names);
	d->names = NULL;
	d->n = d->cap = 0;
}

uint64_t ckpt_mem_number(struct ckpt_mem *m)
{
	static uint64_t last;

	m->inodes++;
	return __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
}

struct mem_inode *ckpt_mem_inode(struct ckpt_mem *m, char *data, size_t len)
{
	struct mem_inode *i = calloc(1, sizeof(*i));

	if (!i)
		return NULL;
	i->refs = 1;
	i->mode = MODE_NEW;
	i->ino = ckpt_mem_number(m);
	i->mtime = i->ctime = ckpt_mem_now();
	i->data = data;
	i->len = len;
	return i;
}

void ckpt_mem_unref(struct mem_inode *i)
{
	if (--i->refs)
		return;
	free(i->data);
	free(i);
}
