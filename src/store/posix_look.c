#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "store/listing.h"
#include "store/posix.h"

struct posix_file {
	struct ckpt_file base;
	int fd;
	char name[]; /* for messages: dir/name */
};

static struct ckpt_posix *posix(struct ckpt_store *s)
{
	return (struct ckpt_posix *)s;
}

int ckpt_posix_stat(struct ckpt_store *store, const char *dir, const char *name, struct ckpt_stat *st,
		    struct ckpt_err *err)
{
	struct ckpt_posix *s = posix(store);
	int at = name ? ckpt_posix_get_dir(s, dir, O_PATH) : s->root;
	int rc = at;

	if (at >= 0) {
		rc = ckpt_posix_stat_at(at, name ? name : dir, st, NULL);
		ckpt_posix_put_dir(s, at);
	}
	return rc < 0 ? ckpt_place_fail(&s->base, rc, "look at", dir, name, err) : 0;
}

/* The kinds that open() would find, without a look at every file: of what lies
 * in a directory only directories can hide a mount, but for a file mounted on
 * a file.  That one shows in its attributes, and when it is opened or
 * removed. */
static int kind_of_entry(const struct dirent *e)
{
	switch (e->d_type) {
	case DT_REG:
		return CKPT_KIND_FILE;
	case DT_LNK:
		return CKPT_KIND_LINK;
	case DT_DIR:
	case DT_UNKNOWN:
		return CKPT_KIND_UNKNOWN;
	default:
		return CKPT_KIND_OTHER;
	}
}

static int take_names(DIR *d, struct ckpt_listing *l)
{
	struct dirent *e;

	for (;;) {
		errno = 0;
		e = readdir(d);
		if (!e)
			return -errno;
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (!ckpt_listing_add(l, e->d_name, kind_of_entry(e)))
			return -EOVERFLOW;
	}
}

struct look {
	struct ckpt_posix *s;
	const char *dir;
	int at;
};

static int look_at(void *ctx, const char *name, struct ckpt_stat *st, struct ckpt_err *err)
{
	struct look *look = ctx;
	int rc = ckpt_posix_stat_at(look->at, name, st, NULL);

	return rc ? ckpt_place_fail(&look->s->base, rc, "look at", look->dir, name, err) : 0;
}

/* A directory to read, or NULL and a negative *rc: an open file description of
 * its own, since that has the position. */
static DIR *open_dir(struct ckpt_posix *s, const char *dir, int *rc)
{
	int fd = ckpt_posix_openat(s->root, dir ? dir : ".", O_RDONLY | O_DIRECTORY, 0);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;

	*rc = fd < 0 ? fd : d ? 0 : -errno;
	if (fd >= 0 && !d)
		close(fd);
	return d;
}

int ckpt_posix_list(struct ckpt_store *store, const char *dir, bool with_stat, ckpt_list_fn *fn, void *ctx,
		    struct ckpt_err *err)
{
	struct ckpt_posix *s = posix(store);
	struct ckpt_listing l = CKPT_LISTING_INIT;
	struct look look = { .s = s, .dir = dir };
	int rc;
	DIR *d = open_dir(s, dir, &rc);

	if (d) {
		rc = take_names(d, &l);
		look.at = dirfd(d);
	}
	if (rc)
		rc = ckpt_place_fail(&s->base, rc, "list", dir, NULL, err);
	else
		rc = ckpt_listing_tell(&l, with_stat, look_at, &look, fn, ctx, err);
	ckpt_listing_release(&l);
	if (d)
		closedir(d);
	return rc;
}

/* Stacked file systems tell numbers of their own in listings. */
int ckpt_posix_numbers(struct ckpt_store *store, size_t max, ckpt_number_fn *fn, void *ctx,
		       struct ckpt_err *err)
{
	struct ckpt_posix *s = posix(store);
	struct dirent *e = NULL;
	size_t n = 0;
	DIR *d;
	int rc;

	if (!ckpt_posix_is_local(s))
		return 1;
	d = open_dir(s, NULL, &rc);
	while (d && !rc && n <= max) {
		errno = 0;
		e = readdir(d);
		if (!e)
			break;
		n++;
		fn(ctx, e->d_name, e->d_type == DT_REG ? e->d_ino : CKPT_NO_FILE);
	}
	if (d && !e)
		rc = -errno;
	if (d)
		closedir(d);
	if (rc)
		return ckpt_place_fail(store, rc, "list", NULL, NULL, err);
	return n > max;
}

int ckpt_posix_open(struct ckpt_store *store, const char *dir, const char *name, struct ckpt_file **out,
		    struct ckpt_stat *st, struct ckpt_err *err)
{
	struct ckpt_posix *s = posix(store);
	size_t size = sizeof(struct posix_file) + (dir ? strlen(dir) + 1 : 0) + strlen(name) + 1;
	struct posix_file *f = malloc(size);
	int rc;

	if (!f)
		return ckpt_fail_nomem(err);
	snprintf(f->name, size - sizeof(*f), "%s%s%s", dir ? dir : "", dir ? "/" : "", name);
	/* O_NONBLOCK: a fifo would make us wait for its other end. */
	f->fd = ckpt_posix_open_file(s, dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	rc = f->fd == -ENXIO ? -EINVAL : f->fd;
	if (rc >= 0) {
		rc = ckpt_posix_stat_at(f->fd, NULL, st, NULL);
		if (!rc)
			rc = ckpt_kind_error(st->kind);
		if (rc)
			close(f->fd);
	}
	if (rc < 0) {
		free(f);
		return ckpt_place_fail(&s->base, rc, "open", dir, name, err);
	}
	*out = &f->base;
	return 0;
}

ssize_t ckpt_posix_pread(struct ckpt_file *file, void *buf, size_t len, uint64_t off, struct ckpt_err *err)
{
	struct posix_file *f = (struct posix_file *)file;
	size_t done = 0;

	while (done < len && off + done <= INT64_MAX) {
		ssize_t n = pread(f->fd, (char *)buf + done, len - done, (off_t)(off + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ckpt_place_fail(file->store, -errno, "read", NULL, f->name, err);
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

int ckpt_posix_fstat(struct ckpt_file *file, struct ckpt_stat *st, struct ckpt_err *err)
{
	struct posix_file *f = (struct posix_file *)file;
	int rc = ckpt_posix_stat_at(f->fd, NULL, st, NULL);

	return rc ? ckpt_place_fail(file->store, rc, "look at", NULL, f->name, err) : 0;
}

int ckpt_posix_fd(struct ckpt_file *file)
{
	return ((struct posix_file *)file)->fd;
}

int ckpt_posix_version(struct ckpt_file *file, struct ckpt_version *v, struct ckpt_err *err)
{
	struct posix_file *f = (struct posix_file *)file;
	struct ckpt_stat st;
	int rc = ckpt_posix_stat_at(f->fd, NULL, &st, v);

	return rc ? ckpt_place_fail(file->store, rc, "look at", NULL, f->name, err) : 0;
}

void ckpt_posix_close(struct ckpt_file *file)
{
	close(((struct posix_file *)file)->fd);
	free(file);
}

int ckpt_posix_space(struct ckpt_store *store, struct ckpt_space *out, struct ckpt_err *err)
{
	struct ckpt_posix *s = posix(store);
	struct statvfs v;

	if (fstatvfs(s->root, &v))
		return ckpt_place_fail(&s->base, -errno, "ask for the free space of", NULL, NULL, err);
	*out = (struct ckpt_space){
		.block_size = v.f_frsize,
		.blocks = v.f_blocks,
		.blocks_free = v.f_bfree,
		.blocks_available = v.f_bavail,
		.files = v.f_files,
		.files_free = v.f_ffree,
		.name_max = (uint32_t)v.f_namemax,
	};
	return 0;
}
