/* Whether what an archive has of a name is the file of that name in the source. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/archive_file.h"
#include "engine/limits.h"
static int same_bytes(struct ckpt_file *a, struct ckpt_file *b, bool *same, struct ckpt_err *err)
{
	char *chunk = malloc(2 * CKPT_ARCHIVE_CHUNK);
	uint64_t off = 0;
	ssize_t n = 1, m = 1;

	*same = true;
	if (!chunk)
		return ckpt_fail_nomem(err);
	while (*same && n > 0) {
		n = ckpt_file_pread(a, chunk, CKPT_ARCHIVE_CHUNK, off, err);
		m = n < 0 ? 0 : ckpt_file_pread(b, chunk + CKPT_ARCHIVE_CHUNK, CKPT_ARCHIVE_CHUNK, off, err);
		if (n < 0 || m < 0)
			break;
		*same = n == m && !memcmp(chunk, chunk + CKPT_ARCHIVE_CHUNK, (size_t)n);
		off += (uint64_t)n;
	}
	free(chunk);
	return n < 0 ? (int)n : m < 0 ? (int)m : 0;
}

static int compare_bytes(struct ckpt_store *archive, struct ckpt_held *h, const struct ckpt_held_file *f,
			 bool *same, struct ckpt_err *err)
{
	struct ckpt_file *mine = NULL, *theirs = f->file;
	int rc = ckpt_store_open(archive, f->dir, f->name, &mine, err);

	if (!rc && !theirs)
		rc = ckpt_store_open(h->source->store, f->dir, f->name, &theirs, err);
	if (!rc)
		rc = same_bytes(mine, theirs, same, err);
	else if (mine && rc == -ENOENT)
		rc = ckpt_fail(err, EAGAIN, "gone meanwhile");
	ckpt_file_close(mine);
	if (theirs != f->file)
		ckpt_file_close(theirs);
	return rc;
}

int ckpt_put_check_same(struct ckpt_store *archive, struct ckpt_held *h, struct ckpt_held_file *f,
			const struct ckpt_stat *there, struct ckpt_err *err)
{
	bool same = ckpt_held_is_same(f, there);
	int rc = 0;

	if (!same && f->ino) { /* race 7: where the number is right it is the file */
		rc = ckpt_held_look(h, f, err);
		if (ckpt_put_is_gone(rc))
			rc = ckpt_fail(err, EAGAIN, "gone meanwhile");
		same = !rc && ckpt_held_is_same(f, there);
	}
	if (!rc && !same && there->kind == CKPT_KIND_FILE && there->size == f->size)
		rc = compare_bytes(archive, h, f, &same, err);
	if (rc || same)
		return rc;
	if (there->kind == CKPT_KIND_MOUNT)
		return ckpt_fail(err, EEXIST,
				 "%s/%s%s%s: something is mounted there, and it is not the file of that name "
				 "in %s; unmount it first; checkpoint %s was not added",
				 ckpt_store_label(archive), f->dir ? f->dir : "", f->dir ? "/" : "", f->name,
				 ckpt_store_label(h->source->store), h->dir);
	return ckpt_fail(
		err, EEXIST,
		"%s/%s%s%s is there already and is not the file of that name in %s; neither was touched, and "
		"checkpoint %s was not added: 'ckptfs sweep %s' takes it away if no checkpoint of the "
		"archive "
		"needs it, else use another archive for this root",
		ckpt_store_label(archive), f->dir ? f->dir : "", f->dir ? "/" : "", f->name,
		ckpt_store_label(h->source->store), h->dir, ckpt_store_label(archive));
}

int ckpt_put_check(struct ckpt_store *archive, struct ckpt_held *h, struct ckpt_err *err)
{
	struct ckpt_stat st;
	int rc = 0;

	for (size_t i = 0; !rc && i < h->n_file; i++)
		if (!h->file[i].missing && !h->file[i].same &&
		    !ckpt_store_stat(archive, h->file[i].dir, h->file[i].name, &st, NULL))
			rc = ckpt_put_check_same(archive, h, &h->file[i], &st, err);
	return rc;
}
