#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "store/limits.h"
#include "store/mem.h"

static const struct ckpt_version absent;

struct mem_writer {
	struct ckpt_writer base;
	bool in_dir;
	char dir[CKPT_NAME_MAX + 1];
	char name[CKPT_NAME_MAX + 1];
	struct ckpt_buf buf;
};

/* Whether a file may come to stand under this name. */
static int check(struct ckpt_mem *m, const char *dir, const char *name)
{
	int rc;
	struct mem_dir *d = ckpt_mem_dir(m, dir, &rc);
	struct mem_name *n = d ? ckpt_mem_find(d, name) : NULL;

	return n && n->dir ? -EISDIR : rc;
}

/* Give i the name, on the condition of replace() (expect NULL: none).  Takes a
 * reference over if it succeeds. */
static int put(struct ckpt_mem *m, const char *dir, const char *name, struct mem_inode *i,
	       const struct ckpt_version *expect)
{
	struct ckpt_version now = absent;
	struct mem_name *n;
	struct mem_dir *d;
	int rc = check(m, dir, name);

	if (rc)
		return rc;
	d = ckpt_mem_dir(m, dir, &rc);
	n = ckpt_mem_find(d, name);
	if (n)
		memcpy(now.b, &n->file->ino, sizeof(n->file->ino));
	if (expect && memcmp(&now, expect, sizeof(now)))
		return memcmp(expect, &absent, sizeof(absent)) ? -ESTALE : -EEXIST;
	if (n) {
		i->mode = n->file->mode;
		n->file->nlink--;
		ckpt_mem_unref(n->file);
		n->file = i;
		i->nlink++;
	} else if (!ckpt_mem_add(d, name, i, NULL)) {
		return -ENOMEM;
	}
	ckpt_mem_changed(m, dir, name);
	return 0;
}

/* The same for bytes, which it empties buf of. */
static int put_bytes(struct ckpt_mem *m, const char *dir, const char *name, struct ckpt_buf *buf,
		     const struct timespec *mtime, const struct ckpt_version *expect)
{
	struct mem_inode *i;
	int rc = -ENOMEM;

	if (buf->failed)
		return rc;
	pthread_mutex_lock(&m->lock);
	i = ckpt_mem_inode(m, buf->data, buf->len);
	if (i) {
		*buf = (struct ckpt_buf)CKPT_BUF_INIT;
		if (mtime)
			i->mtime = *mtime;
		rc = put(m, dir, name, i, expect);
		if (rc)
			ckpt_mem_unref(i);
	}
	pthread_mutex_unlock(&m->lock);
	return rc;
}

static int fail(const struct mem_writer *w, int rc, struct ckpt_err *err)
{
	return ckpt_place_fail(w->base.store, rc, "write", w->in_dir ? w->dir : NULL, w->name, err);
}

int ckpt_mem_create(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_writer **out,
		    struct ckpt_err *err)
{
	struct ckpt_mem *m = ckpt_mem_of(s);
	struct mem_writer *w = calloc(1, sizeof(*w));
	int rc;

	if (!w)
		return ckpt_fail_nomem(err);
	w->base.store = s;
	w->in_dir = dir;
	snprintf(w->dir, sizeof(w->dir), "%s", dir ? dir : "");
	snprintf(w->name, sizeof(w->name), "%s", name);
	pthread_mutex_lock(&m->lock);
	rc = check(m, dir, name);
	pthread_mutex_unlock(&m->lock);
	if (rc) {
		rc = fail(w, rc, err);
		free(w);
		return rc;
	}
	*out = &w->base;
	return 0;
}

int ckpt_mem_append(struct ckpt_writer *writer, const void *data, size_t len, struct ckpt_err *err)
{
	struct mem_writer *w = (struct mem_writer *)writer;

	if (len > 0)
		ckpt_buf_add(&w->buf, data, len);
	return w->buf.failed ? ckpt_fail_nomem(err) : 0;
}

int ckpt_mem_commit(struct ckpt_writer *writer, struct ckpt_err *err)
{
	struct mem_writer *w = (struct mem_writer *)writer;
	int rc = put_bytes(ckpt_mem_of(writer->store), w->in_dir ? w->dir : NULL, w->name, &w->buf, NULL,
			   NULL);

	if (rc)
		rc = fail(w, rc, err);
	ckpt_mem_abort(writer);
	return rc;
}

void ckpt_mem_abort(struct ckpt_writer *writer)
{
	ckpt_buf_release(&((struct mem_writer *)writer)->buf);
	free(writer);
}

int ckpt_mem_replace(struct ckpt_store *s, const char *name, const void *data, size_t len,
		     const struct ckpt_version *expect, struct ckpt_err *err)
{
	struct ckpt_buf buf = CKPT_BUF_INIT;
	int rc;

	if (len > 0)
		ckpt_buf_add(&buf, data, len);
	rc = put_bytes(ckpt_mem_of(s), NULL, name, &buf, NULL, expect);
	ckpt_buf_release(&buf);
	if (rc == -EEXIST || rc == -ESTALE)
		return ckpt_changed_fail(s, name, err);
	return rc ? ckpt_place_fail(s, rc, "replace", NULL, name, err) : 0;
}

/* All bytes of another store's file, which had so many when it was opened. */
static int read_all(struct ckpt_file *f, uint64_t size, struct ckpt_buf *buf, struct ckpt_err *err)
{
	size_t chunk = size < CKPT_COPY_CHUNK ? (size_t)size + 1 : CKPT_COPY_CHUNK;
	ssize_t n;

	do {
		if (!ckpt_buf_reserve(buf, chunk))
			return ckpt_fail_nomem(err);
		n = ckpt_file_pread(f, buf->data + buf->len, chunk, buf->len, err);
		if (n < 0)
			return (int)n;
		buf->len += (size_t)n;
	} while (n > 0);
	return 0;
}

static int adopt_copy(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_file *from,
		      struct ckpt_err *err)
{
	struct ckpt_buf buf = CKPT_BUF_INIT;
	struct ckpt_stat st;
	int rc = ckpt_file_stat(from, &st, err);

	if (!rc)
		rc = read_all(from, st.size, &buf, err);
	if (!rc) {
		rc = put_bytes(ckpt_mem_of(s), dir, name, &buf, &st.mtime, &absent);
		if (rc)
			rc = ckpt_place_fail(s, rc, "make", dir, name, err);
	}
	ckpt_buf_release(&buf);
	return rc;
}

static int adopt_link(struct ckpt_store *s, const char *dir, const char *name, struct mem_inode *i,
		      struct ckpt_err *err)
{
	struct ckpt_mem *m = ckpt_mem_of(s);
	int rc;

	pthread_mutex_lock(&m->lock);
	rc = i->nlink ? put(m, dir, name, i, &absent) : -ENOENT; /* as link(2) */
	if (!rc)
		i->refs++;
	pthread_mutex_unlock(&m->lock);
	return rc ? ckpt_place_fail(s, rc, "link", dir, name, err) : 0;
}

int ckpt_mem_adopt(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_file *from,
		   bool durable, enum ckpt_adopted *how, struct ckpt_err *err)
{
	struct ckpt_stat st;

	(void)durable;
	if (ckpt_mem_stat(s, dir, name, &st, NULL) == 0)
		return ckpt_place_fail(s, -EEXIST, "make", dir, name, err);
	if (from->store->ops == s->ops && ckpt_mem_of(from->store) == ckpt_mem_of(s)) {
		*how = CKPT_ADOPTED_LINK;
		return adopt_link(s, dir, name, ckpt_mem_opened(from), err);
	}
	*how = CKPT_ADOPTED_COPY;
	return adopt_copy(s, dir, name, from, err);
}
