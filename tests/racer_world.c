/* racer_world.c - the root, and what is outside of it */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/name.h"
#include "engine/catalog.h"
#include "racer.h"

#define FINGERPRINT 42
#define FILLED 4 /* checkpoints */

void die(const char *what, const char *on)
{
	fprintf(stderr, "racer: %s %s: %s\n", what, on, strerror(errno));
	exit(2);
}

static void make_dir(char *path, size_t size, const char *top, const char *name)
{
	if (snprintf(path, size, "%s/%s", top, name) >= (int)size || mkdir(path, 0755))
		die("cannot make", name);
}

static int open_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		die("cannot open", path);
	return fd;
}

static void write_at(int at, const char *name, int byte, size_t len, const char *text)
{
	int fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	char *data = malloc(len + 1);

	if (fd < 0 || !data)
		die("cannot write", name);
	memset(data, byte, len);
	if (text)
		memcpy(data, text, len);
	if (write(fd, data, len) != (ssize_t)len)
		die("cannot write", name);
	free(data);
	close(fd);
}

/* The uuid of the n-th checkpoint that is ever made. */
static struct ckpt_uuid uuid_of(unsigned n)
{
	unsigned char random[10] = { 1, 2, 3, 4, 5, 6, 7, 8, n >> 8, n };
	struct ckpt_uuid u;

	ckpt_uuid_make(&u, INT64_C(1767225600000) + 1000 * (int64_t)n, random);
	return u;
}

/* Outside, everything has the names that the root gives its own. */
static void make_outside(struct world *w)
{
	static const char *const in_dir[] = { CKPT_MARKER, CKPT_DEPENDENCIES, STATE_FILE,
					      "pspine-batches-0.dat", "file" };
	static const char *const at_top[] = { CKPT_PIDLOCK, CKPT_PINS, "file", "gone.feldera" };
	const char *const dirs[] = { w->uuid[0], w->uuid[1], TREE, "sub" };
	const char catalog[] = "[{\"uuid\":\"019b76da-a800-7000-8000-000000000000\",\"fingerprint\":42,"
			       "\"identifier\":\"" CANARY_IDENTIFIER "\"}]";

	for (size_t i = 0; i < sizeof(at_top) / sizeof(*at_top); i++)
		write_at(w->outside_fd, at_top[i], CANARY, 40, NULL);
	write_at(w->outside_fd, w->batch, CANARY, BATCH_SIZE, NULL);
	write_at(w->outside_fd, w->hard, 'h', 40, NULL);
	write_at(w->outside_fd, CKPT_CATALOG, 0, sizeof(catalog) - 1, catalog);
	for (size_t d = 0; d < sizeof(dirs) / sizeof(*dirs); d++) {
		int at;

		if (mkdirat(w->outside_fd, dirs[d], 0755))
			die("cannot make", dirs[d]);
		at = openat(w->outside_fd, dirs[d], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		for (size_t i = 0; i < sizeof(in_dir) / sizeof(*in_dir); i++)
			write_at(at, in_dir[i], CANARY, 500, NULL);
		close(at);
	}
}

void world_make(struct world *w, const char *top)
{
	/* Seen by this process and its children: what the attacker mounts goes
	 * with them. */
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", top, "tmpfs", 0, "mode=755"))
		die("cannot mount a tmpfs on", top);
	*w = (struct world){ 0 };
	snprintf(w->top, sizeof(w->top), "%s", top);
	make_dir(w->root, sizeof(w->root), top, "root");
	make_dir(w->outside, sizeof(w->outside), top, "outside");
	make_dir(w->lair, sizeof(w->lair), top, "lair");
	make_dir(w->archive, sizeof(w->archive), top, "archive");
	make_dir(w->far, sizeof(w->far), top, "far");
	if (mount("none", w->far, "tmpfs", 0, "mode=755"))
		die("cannot mount a tmpfs on", w->far);
	w->root_fd = open_dir(w->root);
	w->outside_fd = open_dir(w->outside);
	w->lair_fd = open_dir(w->lair);
	for (unsigned i = 0; i < 2; i++) {
		struct ckpt_uuid u = uuid_of(FILLED - 2 + i);

		ckpt_uuid_text(&u, w->uuid[i]);
	}
	snprintf(w->batch, sizeof(w->batch), "w0-%s.feldera", w->uuid[0]);
	snprintf(w->hard, sizeof(w->hard), "hard.feldera");
	make_outside(w);
}

/* --- filling ------------------------------------------------------------ */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	if (ftw->level > 0 && remove(path))
		die("cannot remove", path);
	return 0;
}

static void must(int rc, const struct ckpt_err *e)
{
	if (!rc)
		return;
	fprintf(stderr, "racer: the world can't be made: %s\n", e->msg);
	exit(2);
}

static void add_checkpoint(struct world *w, struct ckpt_root *root, unsigned n)
{
	struct ckpt_store *s = ckpt_root_store(root);
	struct ckpt_uuid u = uuid_of(n);
	uint64_t fingerprint = FINGERPRINT;
	struct ckpt_commit_opts o = { .uuid = &u, .fingerprint = &fingerprint };
	char dir[CKPT_UUID_TEXT], spine[200];
	struct ckpt_err e;

	ckpt_uuid_text(&u, dir);
	must(ckpt_store_mkdir(s, dir, &e), &e);
	must(ckpt_store_write(s, dir, STATE_FILE, "a state of the root", 19, &e), &e);
	snprintf(spine, sizeof(spine), "{\"files\":[\"%s\"]}", w->batch);
	must(ckpt_store_write(s, dir, "pspine-batches-0.dat", spine, strlen(spine), &e), &e);
	must(ckpt_commit(root, &o, NULL, &e), &e);
}

void world_fill(struct world *w)
{
	const char *const dirs[] = { w->root, w->archive, w->far };
	char *data = calloc(1, BATCH_SIZE);
	struct ckpt_store *s;
	struct ckpt_root *root;
	struct ckpt_err e;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		if (nftw(dirs[i], remove_one, 8, FTW_DEPTH | FTW_PHYS))
			die("cannot empty", dirs[i]);
	if (!data)
		die("no memory for", w->batch);
	memset(data, 'i', BATCH_SIZE);
	must(ckpt_store_open_posix(w->root, &s, &e), &e);
	must(ckpt_store_write(s, NULL, CKPT_CATALOG, "[]", 2, &e), &e);
	must(ckpt_store_write(s, NULL, w->batch, data, BATCH_SIZE, &e), &e);
	must(ckpt_root_open(s, NULL, &root, &e), &e);
	for (unsigned n = 0; n < FILLED; n++)
		add_checkpoint(w, root, n);
	ckpt_root_free(root);
	ckpt_store_free(s);
	free(data);
}

/* --- what lies outside -------------------------------------------------- */

static struct ckpt_buf found; /* nftw passes no context */

static int describe(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	/* What has hard links is the same but for their number, and its ctime. */
	const bool linked = strstr(path, "/hard.feldera") != NULL;
	char bytes[BATCH_SIZE];
	ssize_t n = 0;
	uint64_t sum = 0;

	(void)ftw;
	if (type == FTW_F) {
		int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

		n = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));
		close(fd);
	}
	for (ssize_t i = 0; i < n; i++)
		sum = sum * 31 + (unsigned char)bytes[i];
	ckpt_buf_addf(&found,
		      "%s ino %lu mode %o owner %u:%u links %lu size %ld read %zd sum %lx mtime %ld.%09ld",
		      path, (unsigned long)st->st_ino, st->st_mode, st->st_uid, st->st_gid,
		      linked ? 1UL : (unsigned long)st->st_nlink, (long)st->st_size, n, (unsigned long)sum,
		      (long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
	if (!linked)
		ckpt_buf_addf(&found, " ctime %ld.%09ld", (long)st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
	ckpt_buf_adds(&found, "\n");
	return 0;
}

char *world_outside(struct world *w)
{
	char *text;

	ckpt_buf_clear(&found);
	if (nftw(w->outside, describe, 8, FTW_PHYS) || found.failed)
		die("cannot look at", w->outside);
	text = strdup(found.data);
	if (!text)
		die("no memory for", w->outside);
	return text;
}
