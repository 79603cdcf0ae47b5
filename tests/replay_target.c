#include "tests/replay.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void must(int rc, const struct ckpt_err *e)
{
	if (rc)
		errx(1, "%s", e->msg);
}

struct target *target_new(const char *kind)
{
	struct target *t = calloc(1, sizeof(*t));
	struct ckpt_err e;

	if (!t)
		err(1, "calloc");
	if (!strcmp(kind, "mem")) {
		t->mem = ckpt_mem_new();
		must(ckpt_store_open_mem(t->mem, &t->store, &e), &e);
		return t;
	}
	snprintf(t->dir, sizeof(t->dir), "%s/ckptfs-replay-XXXXXX",
		 getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(t->dir))
		err(1, "mkdtemp %s", t->dir);
	must(ckpt_store_open_posix(t->dir, &t->store, &e), &e);
	t->program = strcmp(kind, "posix") ? kind : NULL;
	/* The command line takes nothing for a storage root that has neither
	 * catalog nor lock; Feldera's own start makes the lock. */
	if (t->program)
		target_put(t, "feldera.pidlock", "", 0);
	return t;
}

static int rm_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

void target_free(struct target *t)
{
	ckpt_store_free(t->store);
	ckpt_mem_free(t->mem);
	if (t->dir[0])
		nftw(t->dir, rm_one, 16, FTW_DEPTH | FTW_PHYS);
	free(t);
}

bool target_path(struct target *t, const char *path, char *out, size_t size)
{
	char *slash;

	snprintf(out, size, "%s", path);
	if (!t->mem)
		return true;
	slash = strchr(out, '/');
	for (char *p = slash ? slash + 1 : NULL; p && *p; p++) {
		if (*p == '/' && !p[1])
			return false; /* a directory below the first level */
		if (*p == '/')
			*p = ':';
	}
	return true;
}

/* Cut "dir/name" in two; *dir is NULL without a directory. */
static void cut(char *path, char **dir, char **name)
{
	char *slash = strchr(path, '/');

	*dir = slash ? path : NULL;
	*name = slash ? slash + 1 : path;
	if (slash)
		*slash = 0;
}

static void disk_path(struct target *t, const char *path, char *out, size_t size)
{
	snprintf(out, size, "%s/%s", t->dir, path);
}

void target_mkdir(struct target *t, const char *path)
{
	char p[4096], *dir, *name;

	if (t->mem) {
		target_path(t, path, p, sizeof(p));
		cut(p, &dir, &name);
		ckpt_store_mkdir(t->store, dir ? dir : name, NULL);
		return;
	}
	disk_path(t, path, p, sizeof(p));
	for (char *s = p + strlen(t->dir) + 1; (s = strchr(s, '/')); s++) {
		*s = 0;
		mkdir(p, 0755);
		*s = '/';
	}
	mkdir(p, 0755);
}

void target_put(struct target *t, const char *path, const char *data, size_t len)
{
	char p[4096], parent[4096], *dir, *name;
	struct ckpt_err e;
	int fd;

	snprintf(parent, sizeof(parent), "%s", path);
	if (strrchr(parent, '/')) {
		*strrchr(parent, '/') = 0;
		target_mkdir(t, parent);
	}
	if (t->mem) {
		target_path(t, path, p, sizeof(p));
		cut(p, &dir, &name);
		must(ckpt_store_write(t->store, dir, name, data, len, &e), &e);
		return;
	}
	disk_path(t, path, p, sizeof(p));
	fd = open(p, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0 || write(fd, data, len) != (ssize_t)len || close(fd))
		err(1, "%s", p);
}

void target_rm(struct target *t, const char *path)
{
	char p[4096], *dir, *name;

	if (t->mem) {
		target_path(t, path, p, sizeof(p));
		cut(p, &dir, &name);
		if (ckpt_store_remove(t->store, dir, name, NULL) == -EISDIR)
			while (ckpt_store_remove_tree(t->store, name, 1000, NULL) == -EAGAIN)
				;
		return;
	}
	disk_path(t, path, p, sizeof(p));
	nftw(p, rm_one, 16, FTW_DEPTH | FTW_PHYS);
}

char *target_text(struct target *t, const char *path)
{
	struct ckpt_blob blob;
	char p[4096], *dir, *name;

	snprintf(p, sizeof(p), "%s", path);
	cut(p, &dir, &name);
	return ckpt_store_read(t->store, dir, name, 1 << 26, &blob, NULL) ? NULL : blob.data;
}

/* --- the tree ----------------------------------------------------------- */

struct walk {
	struct target *t;
	const char *dir;
	json_t *out;
};

static int add_mem(void *ctx, const char *name, const struct ckpt_stat *st)
{
	struct walk *w = ctx, below = { w->t, name, w->out };
	char path[4096];

	snprintf(path, sizeof(path), "%s%s%s%s", w->dir ? w->dir : "", w->dir ? "/" : "", name,
		 st->kind == CKPT_KIND_DIR ? "/" : "");
	json_object_set_new(w->out, path, st->kind == CKPT_KIND_DIR ? json_null() : json_integer(st->size));
	return st->kind == CKPT_KIND_DIR ? ckpt_store_list(w->t->store, name, true, add_mem, &below, NULL)
					 : 0;
}

static json_t *walk_out; /* nftw has no context */
static size_t walk_skip;

static int add_disk(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	char p[4096];

	(void)ftw;
	if (strlen(path) <= walk_skip)
		return 0;
	snprintf(p, sizeof(p), "%s%s", path + walk_skip + 1, flag == FTW_D ? "/" : "");
	json_object_set_new(walk_out, p, flag == FTW_D ? json_null() : json_integer(st->st_size));
	return 0;
}

json_t *target_tree(struct target *t)
{
	struct walk w = { t, NULL, json_object() };

	if (t->mem) {
		ckpt_store_list(t->store, NULL, true, add_mem, &w, NULL);
	} else {
		walk_out = w.out;
		walk_skip = strlen(t->dir);
		nftw(t->dir, add_disk, 16, FTW_PHYS);
	}
	return w.out;
}
