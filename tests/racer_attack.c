/* racer_attack.c - what somebody hostile does, each change and back again */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/name.h"
#include "racer.h"

#define N(array) (sizeof(array) / sizeof(*(array)))
#define SUBS 8 /* directories in a directory that is walked down */

/* The names that are attacked: (dir, name), dir an index of uuid, or -1. */
static const struct place {
	int dir;
	const char *name; /* NULL: the directory itself; "": the batch */
} places[] = { { 0, NULL },	     { -1, "" },	 { 1, STATE_FILE },
	       { -1, CKPT_CATALOG }, { 1, CKPT_MARKER }, { 1, CKPT_DEPENDENCIES },
	       { -1, CKPT_PIDLOCK }, { 1, NULL },	 { -1, TREE },
	       { -1, CKPT_PINS },    { -2, "file" },	 { -1, "gone.feldera" },
	       { -2, "sub" } };

/* Every other time one on which a removal may be just now. */
static const struct place *choose(unsigned i)
{
	static const struct place tree[] = { { -1, TREE }, { -2, "file" }, { -2, "sub" } };

	return i % 2 ? &tree[i / 2 % N(tree)] : &places[i / 2 % N(places)];
}

/* The directory of a place and its name there; -1: it is not there just now.
 * A directory is opened without following a link, or the attacker himself would
 * change what lies outside. */
static int open_place(struct world *w, const struct place *p, const char **name)
{
	const char *dir = p->dir == -2 ? TREE : p->dir >= 0 ? w->uuid[p->dir] : NULL;

	*name = !p->name ? dir : *p->name ? p->name : w->batch;
	if (!dir || !p->name)
		return dup(w->root_fd);
	return openat(w->root_fd, dir, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Change places with something of the lair's for a moment.  What the victim
 * has made or removed meanwhile goes to the lair, or stays. */
static void exchange(struct world *w, const struct place *p, const char *with, unsigned i)
{
	const char *name;
	int at = open_place(w, p, &name);

	if (at < 0)
		return;
	if (renameat2(at, name, w->lair_fd, with, RENAME_EXCHANGE) == 0) {
		turns_pause(i);
		if (renameat2(at, name, w->lair_fd, with, RENAME_EXCHANGE))
			/* It was removed: back with what was there. */
			renameat2(w->lair_fd, with, at, name, RENAME_NOREPLACE);
	}
	close(at);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path) && 0;
}

/* Something of the lair's, with all in it. */
static void clear(struct world *w, const char *name)
{
	char path[700];

	snprintf(path, sizeof(path), "%s/%s", w->lair, name);
	nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static bool is(struct world *w, const char *name, mode_t type)
{
	struct stat st;

	return !fstatat(w->lair_fd, name, &st, AT_SYMLINK_NOFOLLOW) && (st.st_mode & S_IFMT) == type;
}

/* --- links -------------------------------------------------------------- */

static void links(struct world *w, unsigned i)
{
	const struct place *p = choose(i);
	char to[700], with[40];
	const char *dir = p->dir == -2 ? TREE : p->dir >= 0 ? w->uuid[p->dir] : "";
	const char *name = !p->name ? "" : *p->name ? p->name : w->batch;
	const bool relative = i / 3 % 2;

	snprintf(with, sizeof(with), "link.%.8s.%.8s.%d.%d", dir + strlen(dir) / 2, name, p->name != NULL,
		 relative);
	if (!is(w, with, S_IFLNK)) {
		clear(w, with);
		if (relative)
			snprintf(to, sizeof(to), "%s../outside/%s/%s", p->dir != -1 && p->name ? "../" : "",
				 dir, name);
		else
			snprintf(to, sizeof(to), "%s/%s/%s", w->outside, dir, name);
		/* Without the slash at its end, or a file would not be found. */
		while (to[strlen(to) - 1] == '/')
			to[strlen(to) - 1] = '\0';
		if (symlinkat(to, w->lair_fd, with))
			return;
	}
	exchange(w, p, with, i);
}

/* --- directories -------------------------------------------------------- */

/* A directory of the attacker's with the names that are looked for, which has
 * what lies outside for its neighbours. */
static void make_decoy(struct world *w, const char *with)
{
	int at, fd;

	clear(w, with);
	if (mkdirat(w->lair_fd, with, 0755))
		return;
	at = openat(w->lair_fd, with, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < N(places); i++) {
		if (!places[i].name || !*places[i].name)
			continue;
		fd = openat(at, places[i].name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
		if (fd >= 0)
			close(fd);
	}
	close(at);
}

/* While somebody walks down the directory in: those in it lead outside, and are
 * directories again.  False: it was removed. */
static bool lead_astray(struct world *w, int in, unsigned i)
{
	char link[20], dir[20];

	for (unsigned k = 0; k < SUBS; k++) {
		snprintf(link, sizeof(link), "link%u", k);
		if (!is(w, link, S_IFLNK)) {
			clear(w, link);
			/* Somebody may have been faster. */
			if (symlinkat(k % 2 ? w->outside : "../../outside", w->lair_fd, link) &&
			    errno == ENOMEM)
				die("cannot link", link);
		}
		snprintf(dir, sizeof(dir), "dir%u", k);
		unlinkat(in, dir, 0);
		if (mkdirat(in, dir, 0755) && errno == ENOENT)
			return false;
	}
	for (unsigned n = 0; n < 4 * SUBS; n++) {
		snprintf(link, sizeof(link), "link%u", n % SUBS);
		snprintf(dir, sizeof(dir), "dir%u", n % SUBS);
		renameat2(w->lair_fd, link, in, dir, RENAME_EXCHANGE);
		turns_pause(i);
	}
	return true;
}

static void directories(struct world *w, unsigned i)
{
	static const struct place dirs[] = { { 0, NULL }, { -1, TREE }, { -2, "file" }, { -1, TREE },
					     { 1, NULL }, { -1, TREE }, { -2, "sub" },	{ -1, "" } };
	const struct place *p = &dirs[i % N(dirs)];
	const char *name;
	char with[40];
	int at, in;

	snprintf(with, sizeof(with), "decoy%u", (unsigned)(i % N(dirs)));
	if (!is(w, with, S_IFDIR))
		make_decoy(w, with);
	at = open_place(w, p, &name);
	/* In place of what is there, or where nothing is. */
	if (at >= 0 && (renameat2(at, name, w->lair_fd, with, RENAME_EXCHANGE) == 0 ||
			renameat2(w->lair_fd, with, at, name, RENAME_NOREPLACE) == 0)) {
		in = openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (in >= 0) {
			for (unsigned n = 0; n < 4 && lead_astray(w, in, i + n); n++)
				;
			close(in);
		}
		if (renameat2(at, name, w->lair_fd, with, RENAME_EXCHANGE) &&
		    renameat2(w->lair_fd, with, at, name, RENAME_NOREPLACE))
			renameat2(at, name, w->lair_fd, with, RENAME_NOREPLACE);
	}
	if (at >= 0)
		close(at);
	/* The two checkpoints with each other, too. */
	if (i % N(dirs) == 0) {
		renameat2(w->root_fd, w->uuid[0], w->root_fd, w->uuid[1], RENAME_EXCHANGE);
		renameat2(w->root_fd, w->uuid[0], w->root_fd, w->uuid[1], RENAME_EXCHANGE);
	}
}

/* --- lengths ------------------------------------------------------------ */

static void lengths(struct world *w, unsigned i)
{
	static const struct place files[] = { { -1, "" },
					      { 1, STATE_FILE },
					      { 1, CKPT_DEPENDENCIES },
					      { -1, CKPT_CATALOG },
					      { -1, CKPT_PIDLOCK },
					      { 0, CKPT_DEPENDENCIES },
					      { 1, "pspine-batches-0.dat" } };
	static char keep[BATCH_SIZE];
	const char *name;
	int at = open_place(w, &files[i % N(files)], &name);
	int fd = at < 0 ? -1 : openat(at, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : pread(fd, keep, sizeof(keep), 0);

	if (n >= 0 && ftruncate(fd, i % 3 ? 0 : n / 2) == 0) {
		turns_pause(i);
		/* Longer than it was, then as it was. */
		if (i % 5 == 0 && ftruncate(fd, 3 * BATCH_SIZE) == 0)
			turns_pause(i);
		if (pwrite(fd, keep, (size_t)n, 0) < 0 || ftruncate(fd, n))
			die("cannot restore", name);
	}
	if (fd >= 0)
		close(fd);
	if (at >= 0)
		close(at);
}

/* --- mounts ------------------------------------------------------------- */

static void mounts(struct world *w, unsigned i)
{
	const struct place *p = choose(i);
	const char *name, *dir = p->dir == -2 ? TREE : p->dir >= 0 ? w->uuid[p->dir] : "";
	char from[700], to[64];
	int at = open_place(w, p, &name), on;

	if (at < 0)
		return;
	/* By descriptors: a path could lead through a link by now. */
	on = openat(at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	close(at);
	if (on < 0)
		return;
	snprintf(to, sizeof(to), "/proc/self/fd/%d", on);
	snprintf(from, sizeof(from), "%s/%s/%s", w->outside, dir, p->name ? name : "");
	if (mount(from, to, NULL, MS_BIND, NULL) == 0) {
		/* Longer: the kernel takes its time before and after. */
		for (unsigned n = 0; n < 20; n++)
			turns_pause(i + n);
		/* The descriptor is of what lies beneath: its path is that of both. */
		char path[700];
		ssize_t n = readlink(to, path, sizeof(path) - 1);

		path[n > 0 ? n : 0] = '\0';
		if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW))
			die("cannot unmount", path);
	}
	close(on);
}

/* --- fifos, sockets, devices -------------------------------------------- */

static void specials(struct world *w, unsigned i)
{
	/* zero never ends, and a fifo never begins. */
	static const struct {
		const char *name;
		mode_t type;
		unsigned minor;
	} kinds[] = { { "fifo", S_IFIFO, 0 },
		      { "zero", S_IFCHR, 5 },
		      { "socket", S_IFSOCK, 0 },
		      { "null", S_IFCHR, 3 } };
	size_t k = i / N(places) % N(kinds);

	if (!is(w, kinds[k].name, kinds[k].type)) {
		clear(w, kinds[k].name);
		if (mknodat(w->lair_fd, kinds[k].name, kinds[k].type | 0644,
			    kinds[k].type == S_IFCHR ? makedev(1, kinds[k].minor) : 0))
			die("cannot make", kinds[k].name);
	}
	exchange(w, choose(i), kinds[k].name, i);
}

/* --- hard links --------------------------------------------------------- */

static void hard_links(struct world *w, unsigned i)
{
	static const struct place files[] = {
		{ -1, CKPT_PIDLOCK }, { -1, "gone.feldera" }, { -2, "file" },
		{ 1, CKPT_MARKER },   { -1, CKPT_CATALOG },   { -1, CKPT_PINS }
	};
	const char *name;
	int at = open_place(w, &files[i % N(files)], &name);
	char temp[300];

	unlinkat(w->lair_fd, "hard", 0);
	if (linkat(w->outside_fd, w->hard, w->lair_fd, "hard", 0))
		die("cannot link", w->hard);
	if (at >= 0) {
		/* What a writer is about to publish, too; and where nothing is. */
		snprintf(temp, sizeof(temp), "%s.mut", name);
		if (linkat(w->outside_fd, w->hard, at, temp, 0) && errno == EMLINK)
			die("cannot link", temp);
		if (linkat(w->outside_fd, w->hard, at, name, 0) == 0) {
			turns_pause(i);
			unlinkat(at, name, 0);
		}
		close(at);
	}
	exchange(w, &files[i % N(files)], "hard", i);
}

const struct attack attacks[] = {
	{ .name = "links", .once = links, .meets = { ELOOP, ENOENT } },
	{ .name = "directories", .once = directories, .meets = { EISDIR, ELOOP } },
	{ .name = "lengths", .once = lengths, .short_reads = true },
	{ .name = "mounts", .once = mounts, .meets = { EXDEV, EBUSY } },
	{ .name = "specials", .once = specials, .meets = { EINVAL } },
	{ .name = "hard-links", .once = hard_links, .links = true },
};
const size_t n_attacks = N(attacks);
