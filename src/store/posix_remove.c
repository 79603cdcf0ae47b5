#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "store/limits.h"
#include "store/posix.h"

int ckpt_posix_remove(struct ckpt_store *store, const char *dir, const char *name, struct ckpt_err *err)
{
	struct ckpt_posix *s = (struct ckpt_posix *)store;
	struct ckpt_stat st;
	int at = ckpt_posix_get_dir(s, dir, O_PATH), rc = at;

	if (at >= 0) {
		rc = unlinkat(at, name, 0) ? -errno : 0;
		/* The kernel's word for a directory is EISDIR, POSIX's EPERM. */
		if ((rc == -EISDIR || rc == -EPERM) && !ckpt_posix_stat_at(at, name, &st, NULL)) {
			if (st.kind == CKPT_KIND_MOUNT)
				rc = -EBUSY;
			else if (st.kind == CKPT_KIND_DIR)
				rc = -EISDIR;
		}
		ckpt_posix_put_dir(s, at);
	}
	if (rc == -EBUSY)
		return ckpt_fail(err, EBUSY,
				 "can't remove %s%s%s/%s: something is mounted there, or the kernel uses it",
				 store->label, dir ? "/" : "", dir ? dir : "", name);
	return rc < 0 ? ckpt_place_fail(&s->base, rc, "remove", dir, name, err) : 0;
}

/* One walk through a directory of the root. */
struct walk {
	struct ckpt_posix *s;
	const char *dir;
	struct ckpt_tree *tree; /* measure */
	uint64_t left;		/* remove: names that may still go */
	struct ckpt_err *err;
};

static int fail(struct walk *w, int rc, const char *name)
{
	return ckpt_place_fail(&w->s->base, rc, w->tree ? "add up the sizes in" : "remove", w->dir, name,
			       w->err);
}

/* Open a directory to walk through it; NULL and a negative *rc.  The way there
 * is one component from a descriptor, so that nothing that is renamed
 * meanwhile leads elsewhere. */
static DIR *enter(struct walk *w, int at, const char *name, unsigned depth, int *rc)
{
	DIR *d;
	int fd;

	if (depth >= CKPT_DEPTH_MAX) {
		*rc = ckpt_fail(w->err, ENAMETOOLONG,
				"%s/%s holds directories nested deeper than %d: remove it by hand",
				w->s->base.label, w->dir, CKPT_DEPTH_MAX);
		return NULL;
	}
	fd = ckpt_posix_openat(at, name, O_RDONLY | O_DIRECTORY, 0);
	d = fd >= 0 ? fdopendir(fd) : NULL;
	*rc = fd < 0 ? fd : d ? 0 : -errno;
	if (fd >= 0 && !d)
		close(fd);
	return d;
}

/* The next name; NULL at the end, with 0 or a negative *rc. */
static const char *next(struct walk *w, DIR *d, int *rc, unsigned char *type)
{
	struct dirent *e;

	do {
		errno = 0;
		e = readdir(d);
	} while (e && (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0));
	*rc = e || !errno ? 0 : fail(w, -errno, NULL);
	if (e)
		*type = e->d_type;
	return e ? e->d_name : NULL;
}

static int measure(struct walk *w, int at, const char *name, unsigned depth)
{
	unsigned char type;
	const char *entry;
	struct ckpt_stat st;
	int rc;
	DIR *d = enter(w, at, name, depth, &rc);

	if (!d)
		return rc == -ENAMETOOLONG ? rc : fail(w, rc, depth ? name : NULL);
	while (!rc && (entry = next(w, d, &rc, &type))) {
		rc = ckpt_posix_stat_at(dirfd(d), entry, &st, NULL);
		if (rc == -ENOENT) {
			rc = 0;
		} else if (rc) {
			rc = fail(w, rc, entry);
		} else if (st.kind == CKPT_KIND_MOUNT) {
			w->tree->has_mount = true;
		} else if (st.kind == CKPT_KIND_DIR) {
			rc = measure(w, dirfd(d), entry, depth + 1);
			/* Gone, or mounted upon, since. */
			w->tree->has_mount |= rc == -EXDEV;
			rc = rc == -ENOENT || rc == -EXDEV ? 0 : rc;
		} else {
			w->tree->files++;
			w->tree->bytes += st.kind == CKPT_KIND_FILE ? st.size : 0;
		}
	}
	closedir(d);
	return rc;
}

int ckpt_posix_measure(struct ckpt_store *store, const char *dir, struct ckpt_tree *out, struct ckpt_err *err)
{
	struct walk w = { .s = (struct ckpt_posix *)store, .dir = dir, .tree = out, .err = err };

	return measure(&w, w.s->root, dir, 0);
}

static int remove_dir(struct walk *w, int at, const char *name, unsigned depth);

/* Remove one name.  0: it is gone; -EBUSY: it is mounted upon, and stays. */
static int remove_entry(struct walk *w, int at, const char *name, unsigned char type, unsigned depth)
{
	struct ckpt_stat st;
	int code;

	if (type == DT_DIR)
		return remove_dir(w, at, name, depth);
	if (w->left == 0)
		return -EAGAIN;
	code = unlinkat(at, name, 0) ? errno : 0;
	w->left -= code == 0;
	if (code == 0 || code == ENOENT)
		return 0;
	if (code == EBUSY)
		return -EBUSY;
	if ((code == EISDIR || code == EPERM) && !ckpt_posix_stat_at(at, name, &st, NULL) &&
	    (st.kind == CKPT_KIND_DIR || st.kind == CKPT_KIND_MOUNT))
		return remove_dir(w, at, name, depth);
	return fail(w, -code, name);
}

/* Remove what is in d.  A file system may pass over names while others are
 * removed, and others may put new ones in: read it until a pass finds nothing
 * more to remove. */
static int empty(struct walk *w, DIR *d, unsigned depth)
{
	unsigned char type;
	const char *entry;
	bool stays = false, removed = true;
	int rc = 0, pass;

	for (pass = 0; !rc && removed && pass < CKPT_REMOVE_PASSES; pass++) {
		stays = removed = false;
		rewinddir(d);
		while (!rc && (entry = next(w, d, &rc, &type))) {
			rc = remove_entry(w, dirfd(d), entry, type, depth + 1);
			removed |= rc == 0;
			stays |= rc == -EBUSY;
			rc = rc == -EBUSY ? 0 : rc;
		}
	}
	return rc ? rc : stays ? -EBUSY : 0;
}

static int remove_dir(struct walk *w, int at, const char *name, unsigned depth)
{
	int rc;
	DIR *d = enter(w, at, name, depth, &rc);

	if (!d && depth > 0 && rc == -EXDEV)
		return -EBUSY;
	if (!d)
		return rc == -ENOENT ? 0 : rc == -ENAMETOOLONG ? rc : fail(w, rc, depth ? name : NULL);
	rc = empty(w, d, depth);
	closedir(d);
	if (!rc && w->left == 0)
		rc = -EAGAIN;
	if (rc)
		return rc;
	if (unlinkat(at, name, AT_REMOVEDIR) == 0) {
		w->left--;
		return 0;
	}
	if (errno == ENOENT)
		return 0;
	if (errno == EBUSY)
		return -EBUSY;
	return fail(w, -errno, depth ? name : NULL);
}

int ckpt_posix_remove_tree(struct ckpt_store *store, const char *dir, uint64_t max, struct ckpt_err *err)
{
	struct walk w = { .s = (struct ckpt_posix *)store, .dir = dir, .left = max, .err = err };
	int rc = remove_dir(&w, w.s->root, dir, 0);

	if (rc == -EAGAIN)
		return ckpt_more_fail(store, dir, max, err);
	if (rc == -EBUSY)
		return ckpt_fail(
			err, EBUSY,
			"can't remove all of %s/%s: something is mounted in it, or in use by the kernel; "
			"unmount that first",
			store->label, dir);
	return rc;
}
