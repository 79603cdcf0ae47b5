#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/listing.h"
#include "store/mem.h"

/* Told of the space in a root that has no bounds of its own. */
#define BLOCK 4096
#define BLOCKS (UINT64_C(1) << 28)
#define FILES (UINT64_C(1) << 32)
#define MODE_DIR 0755

struct mem_file {
	struct ckpt_file base;
	struct mem_inode *inode;
};

static void describe_file(const struct mem_inode *i, struct ckpt_stat *st)
{
	*st = (struct ckpt_stat){
		.kind = CKPT_KIND_FILE,
		.size = i->len,
		.blocks = (i->len + 511) / 512,
		.ino = i->ino,
		.nlink = i->nlink,
		.mode = i->mode,
		.mtime = i->mtime,
		.ctime = i->ctime,
	};
}

static void describe_dir(const struct mem_dir *d, struct ckpt_stat *st)
{
	*st = (struct ckpt_stat){
		.kind = CKPT_KIND_DIR,
		.ino = d->ino,
		.nlink = 1,
		.mode = MODE_DIR,
		.mtime = d->mtime,
		.ctime = d->mtime,
	};
}

static int look(struct ckpt_mem *m, const char *dir, const char *name, struct ckpt_stat *st)
{
	int rc;
	struct mem_dir *d = ckpt_mem_dir(m, name ? dir : NULL, &rc);
	const char *last = name ? name : dir;
	struct mem_name *n;

	if (!d)
		return rc;
	if (!last) {
		describe_dir(d, st);
		return 0;
	}
	n = ckpt_mem_find(d, last);
	if (!n)
		return -ENOENT;
	if (n->dir)
		describe_dir(n->dir, st);
	else
		describe_file(n->file, st);
	return 0;
}

int ckpt_mem_stat(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_stat *st,
		  struct ckpt_err *err)
{
	struct ckpt_mem *m = ckpt_mem_of(s);
	int rc;

	pthread_mutex_lock(&m->lock);
	rc = look(m, dir, name, st);
	pthread_mutex_unlock(&m->lock);
	return rc ? ckpt_place_fail(s, rc, "look at", dir, name, err) : 0;
}

struct place {
	struct ckpt_store *s;
	const char *dir;
};

static int look_at(void *ctx, const char *name, struct ckpt_stat *st, struct ckpt_err *err)
{
	struct place *p = ctx;

	return ckpt_mem_stat(p->s, p->dir, name, st, err);
}

int ckpt_mem_list(struct ckpt_store *s, const char *dir, bool with_stat, ckpt_list_fn *fn, void *ctx,
		  struct ckpt_err *err)
{
	struct ckpt_mem *m = ckpt_mem_of(s);
	struct ckpt_listing l = CKPT_LISTING_INIT;
	struct place place = { .s = s, .dir = dir };
	struct mem_dir *d;
	size_t i;
	int rc;

	pthread_mutex_lock(&m->lock);
	d = ckpt_mem_dir(m, dir, &rc);
	for (i = 0; d && !rc && i < d->n; i++)
		if (!ckpt_listing_add(&l, d->names[i].name, d->names[i].dir ? CKPT_KIND_DIR : CKPT_KIND_FILE))
			rc = -EOVERFLOW;
	pthread_mutex_unlock(&m->lock);
	if (rc)
		rc = ckpt_place_fail(s, rc, "list", dir, NULL, err);
	else
		rc = ckpt_listing_tell(&l, with_stat, look_at, &place, fn, ctx, err);
	ckpt_listing_release(&l);
	return rc;
}

int ckpt_mem_numbers(struct ckpt_store *s, size_t max, ckpt_number_fn *fn, void *ctx, struct ckpt_err *err)
{
	struct ckpt_mem *m = ckpt_mem_of(s);
	int rc;

	(void)err;
	pthread_mutex_lock(&m->lock);
	rc = m->root.n > max;
	for (size_t i = 0; !rc && i < m->root.n; i++)
		fn(ctx, m->root.names[i].name,
		   m->root.names[i].file ? m->root.names[i].file->ino : CKPT_NO_FILE);
	pthread_mutex_unlock(&m->lock);
	return rc;
}

int ckpt_mem_open(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_file **out,
		  struct ckpt_stat *st, struct ckpt_err *err)
{
	struct ckpt_mem *m = ckpt_mem_of(s);
	struct mem_file *f = malloc(sizeof(*f));
	int rc;

	if (!f)
		return ckpt_fail_nomem(err);
	pthread_mutex_lock(&m->lock);
	f->inode = ckpt_mem_file(m, dir, name, &rc);
	if (f->inode) {
		f->inode->refs++;
		describe_file(f->inode, st);
	}
	pthread_mutex_unlock(&m->lock);
	if (rc) {
		free(f);
		return ckpt_place_fail(s, rc, "open", dir, name, err);
	}
	*out = &f->base;
	return 0;
}

struct mem_inode *ckpt_mem_opened(struct ckpt_file *f)
{
	return ((struct mem_file *)f)->inode;
}

ssize_t ckpt_mem_pread(struct ckpt_file *f, void *buf, size_t len, uint64_t off, struct ckpt_err *err)
{
	const struct mem_inode *i = ckpt_mem_opened(f);

	(void)err;
	if (off >= i->len)
		return 0;
	if (len > i->len - off)
		len = i->len - off;
	memcpy(buf, i->data + off, len);
	return (ssize_t)len;
}

int ckpt_mem_fstat(struct ckpt_file *f, struct ckpt_stat *st, struct ckpt_err *err)
{
	struct ckpt_mem *m = ckpt_mem_of(f->store);

	(void)err;
	pthread_mutex_lock(&m->lock);
	describe_file(ckpt_mem_opened(f), st);
	pthread_mutex_unlock(&m->lock);
	return 0;
}

int ckpt_mem_fd(struct ckpt_file *f)
{
	(void)f;
	return -1;
}

int ckpt_mem_version(struct ckpt_file *f, struct ckpt_version *v, struct ckpt_err *err)
{
	const struct mem_inode *i = ckpt_mem_opened(f);

	(void)err;
	memset(v, 0, sizeof(*v));
	memcpy(v->b, &i->ino, sizeof(i->ino));
	return 0;
}

void ckpt_mem_close(struct ckpt_file *f)
{
	struct ckpt_mem *m = ckpt_mem_of(f->store);

	pthread_mutex_lock(&m->lock);
	ckpt_mem_unref(ckpt_mem_opened(f));
	pthread_mutex_unlock(&m->lock);
	free(f);
}

int ckpt_mem_space(struct ckpt_store *s, struct ckpt_space *out, struct ckpt_err *err)
{
	(void)s;
	(void)err;
	*out = (struct ckpt_space){
		.block_size = BLOCK,
		.blocks = BLOCKS,
		.blocks_free = BLOCKS,
		.blocks_available = BLOCKS,
		.files = FILES,
		.files_free = FILES,
		.name_max = CKPT_NAME_MAX,
	};
	return 0;
}
