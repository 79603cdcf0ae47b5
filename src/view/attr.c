#include <errno.h>
#include <string.h>

#include "view/contents.h"
#include "view/hold.h"

static struct timespec from_ms(int64_t ms)
{
	int64_t sec = ms / 1000 - (ms % 1000 < 0);

	return (struct timespec){ .tv_sec = (time_t)sec, .tv_nsec = (long)(ms - sec * 1000) * 1000000 };
}

static void set_times(struct stat *st, struct timespec mtime, struct timespec ctime)
{
	st->st_atim = mtime;
	st->st_mtim = mtime;
	st->st_ctim = ctime;
}

static void set_size(struct stat *st, uint64_t size)
{
	st->st_size = (off_t)size;
	st->st_blocks = (blkcnt_t)((size + 511) / 512);
}

static void set_owner(struct stat *st, mode_t mode, uid_t uid, gid_t gid)
{
	st->st_mode = (st->st_mode & S_IFMT) | mode;
	st->st_uid = uid;
	st->st_gid = gid;
}

/* What is made up has the modes of its like in the root: so a copy of it can
 * be written in by whom the root belongs to. */
static void set_made_up(struct stat *st, const struct ckpt_place *p)
{
	const struct ckpt_stat *dir = &p->picture->dir, *file = &p->picture->file;
	struct timespec t = p->slot ? from_ms(p->slot->time_ms) : file->mtime;

	if (S_ISDIR(st->st_mode))
		set_owner(st, dir->mode & 07777, dir->uid, dir->gid);
	else if (S_ISLNK(st->st_mode))
		set_owner(st, 0777, dir->uid, dir->gid);
	else
		set_owner(st, file->mode & 0777, file->uid, file->gid);
	set_times(st, t, t);
}

/* The one directory below a checkpoint that is there on the disk.  Nobody may get
 * further in it than there. */
static int set_state_dir(struct ckpt_view *v, const struct ckpt_place *p, struct ckpt_node *out,
			 struct ckpt_err *err)
{
	struct ckpt_contents *c;
	int rc = ckpt_contents_get(v, p->slot, &c, err);

	set_made_up(&out->attr, p);
	if (rc)
		return rc;
	if (c->dir.mode)
		set_owner(&out->attr, c->dir.mode & 07777, c->dir.uid, c->dir.gid);
	ckpt_contents_unref(c);
	return 0;
}

static bool is_state(const struct ckpt_place *p)
{
	return p->kind == CKPT_NODE_STATE || (p->kind == CKPT_NODE_STATEFILE && p->index == CKPT_INDEX_STATE);
}

/* state.json is also shown outside of its directory: who may not enter that may
 * not read it there either. */
static int keep_in(struct ckpt_view *v, const struct ckpt_place *p, struct stat *st, struct ckpt_err *err)
{
	struct ckpt_contents *c;
	int rc = ckpt_contents_get(v, p->slot, &c, err);

	if (rc)
		return rc;
	if (!(c->dir.mode & S_IXGRP))
		st->st_mode &= ~(mode_t)S_IRWXG;
	if (!(c->dir.mode & S_IXOTH))
		st->st_mode &= ~(mode_t)S_IRWXO;
	ckpt_contents_unref(c);
	return 0;
}

static void set_control(struct ckpt_view *v, const struct ckpt_place *p, struct ckpt_node *out)
{
	struct timespec t = p->picture->file.mtime;
	mode_t mode = S_ISDIR(out->attr.st_mode) ? 0500 : 0400;

	if (p->kind == CKPT_NODE_CTLFILE)
		out->ctl = (enum ckpt_ctl)p->index;
	if (p->kind == CKPT_NODE_CONTROL) {
		out->ctl = CKPT_CTL_CONTROL;
		mode = 0600;
	}
	set_owner(&out->attr, mode, v->opts.mounter, v->opts.mounter_gid);
	set_times(&out->attr, t, t);
}

static int stat_shared(struct ckpt_shared *f, struct ckpt_stat *st)
{
	int rc = f ? ckpt_file_stat(f->file, st, NULL) : -ENOENT;

	ckpt_shared_unref(f);
	return rc;
}

/* What is held is described by that: it is what an open would read, also where it
 * was deleted since, and nothing has to be looked up. */
static int stat_place(struct ckpt_view *v, const struct ckpt_place *p, const char *dir, const char *name,
		      bool settled, struct ckpt_stat *st, struct ckpt_err *err)
{
	struct ckpt_hold *hold = ckpt_hold_get(v, p->slot);
	bool seen = settled && !is_state(p) && ckpt_hold_seen(hold, p, st);
	int rc = seen ? 0 : stat_shared(ckpt_hold_file(hold, p, false), st);

	if (rc)
		rc = ckpt_store_stat(v->store, dir, name, st, err);
	if (rc == -ENOENT && !stat_shared(ckpt_hold_file(hold, p, true), st))
		rc = 0;
	ckpt_hold_unref(hold);
	return rc;
}

/* A file that is gone can't be described: attributes that were made up would
 * do harm.  tar, for one, takes an empty file for archived without opening it. */
static int set_backed(struct ckpt_view *v, const struct ckpt_place *p, const char *dir, const char *name,
		      struct ckpt_node *out, struct ckpt_err *err)
{
	struct stat *st = &out->attr;
	struct ckpt_err e = { 0 };
	struct ckpt_stat file;
	int rc = stat_place(v, p, dir, name, out->settled, &file, &e);

	/* Deleted, and not held any more, but open still. */
	if (rc == -ENOENT && !stat_shared(ckpt_view_opened(v, p->slot, ckpt_place_id(p)), &file))
		rc = 0;
	if (!rc && file.kind != CKPT_KIND_FILE)
		rc = ckpt_fail(&e, EIO, "%s/%s%s%s is no regular file", ckpt_store_label(v->store),
			       dir ? dir : "", dir ? "/" : "", name);
	if (rc)
		return ckpt_view_missing(v, p->slot, rc, &e, err);
	set_owner(st, file.mode & 07777, file.uid, file.gid);
	/* Its content never changes, so that is when it last did.  The ctime of the
	 * file itself changes when an archive takes a link, or a gc takes one
	 * away, and a backup tool would read it all again. */
	set_times(st, file.mtime, file.mtime);
	set_size(st, file.size);
	st->st_blocks = (blkcnt_t)file.blocks;
	return is_state(p) ? keep_in(v, p, st, err) : 0;
}

static int set_text(struct ckpt_view *v, const struct ckpt_place *p, struct ckpt_node *out,
		    struct ckpt_err *err)
{
	struct ckpt_buf text = CKPT_BUF_INIT;
	int64_t batches = 0;
	int version, rc = 0;

	set_made_up(&out->attr, p);
	if (S_ISLNK(out->attr.st_mode))
		ckpt_place_target(p, &text);
	else
		rc = ckpt_place_text(v, p, &text, err);
	if (!rc && text.failed)
		rc = ckpt_fail_nomem(err);
	set_size(&out->attr, text.len);
	if (S_ISLNK(out->attr.st_mode))
		out->attr.st_blocks = 0;
	ckpt_buf_release(&text);
	/* It is other text once the lists can be read again. */
	if (!rc && p->kind == CKPT_NODE_META && out->settled)
		out->settled = !ckpt_contents_count(v, p->slot, &version, &batches, err) && batches >= 0;
	return rc;
}

/* The links whose names get other targets are no part of a checkpoint.  Of the
 * root, through which every path leads, the kernel is told when it changes. */
static bool is_settled(struct ckpt_view *v, const struct ckpt_place *p)
{
	switch (p->kind) {
	case CKPT_NODE_ROOT:
		return true;
	case CKPT_NODE_LATEST:
	case CKPT_NODE_BYTIME_LINK:
	case CKPT_NODE_BYID_LINK:
	case CKPT_NODE_PINS_LINK:
		return false;
	default:
		return p->slot && ckpt_picture_finished(p->picture, v->store, p->slot);
	}
}

static unsigned links(const struct ckpt_place *p, mode_t type)
{
	if (p->kind == CKPT_NODE_BATCH || is_state(p))
		return 2;
	return S_ISDIR(type) ? 2 : 1;
}

int ckpt_place_node(struct ckpt_view *v, const struct ckpt_place *p, struct ckpt_node *out,
		    struct ckpt_err *err)
{
	mode_t type = ckpt_place_type(p);
	char uuid[CKPT_UUID_TEXT];
	const char *dir, *name;

	*out = (struct ckpt_node){ .id = ckpt_place_id(p), .settled = is_settled(v, p) };
	out->attr.st_ino = ckpt_place_ino(p);
	out->attr.st_mode = type;
	out->attr.st_nlink = links(p, type);
	out->attr.st_blksize = 4096;
	if (ckpt_kind_is_control(p->kind)) {
		set_control(v, p, out);
		return 0;
	}
	if (p->kind == CKPT_NODE_STATEDIR)
		return set_state_dir(v, p, out, err);
	if (ckpt_place_backing(p, uuid, &dir, &name))
		return set_backed(v, p, dir, name, out, err);
	if (!S_ISDIR(type))
		return set_text(v, p, out, err);
	set_made_up(&out->attr, p);
	return 0;
}
