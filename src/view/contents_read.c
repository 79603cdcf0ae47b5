#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "base/siphash.h"
#include "base/when.h"
#include "engine/limits.h"
#include "view/inside.h"

struct ckpt_contents *ckpt_contents_ref(struct ckpt_contents *c)
{
	__atomic_add_fetch(&c->refs, 1, __ATOMIC_RELAXED);
	return c;
}

void ckpt_contents_unref(struct ckpt_contents *c)
{
	if (!c || __atomic_sub_fetch(&c->refs, 1, __ATOMIC_ACQ_REL))
		return;
	if (!c->damage) {
		ckpt_deps_release(&c->deps);
		ckpt_names_release(&c->files);
	}
	free(c->why);
	free(c);
}

const char *ckpt_contents_batch(const struct ckpt_contents *c, uint32_t index)
{
	return !c->damage && index < c->deps.batches->n ? ckpt_names_at(c->deps.batches, index) : NULL;
}

const char *ckpt_contents_file(const struct ckpt_contents *c, uint32_t index)
{
	return index < c->files.n ? ckpt_names_at(&c->files, index) : NULL;
}

static bool is_being_written(const char *name)
{
	static const char suffix[] = ".mut";
	size_t len = strlen(name), n = sizeof(suffix) - 1;

	return len > n && !strcmp(name + len - n, suffix);
}

static int add_file(void *ctx, const char *name, const struct ckpt_stat *st)
{
	struct ckpt_names *files = ctx;

	if (st->kind != CKPT_KIND_FILE || !strcmp(name, CKPT_STATE) || is_being_written(name))
		return 0;
	if (files->n >= CKPT_DIR_NAMES_MAX)
		return -E2BIG;
	ckpt_names_add(files, name, strlen(name));
	return files->failed ? -ENOMEM : 0;
}

static uint64_t hash_names(uint64_t before, const struct ckpt_names *names)
{
	unsigned char key[16] = { 0 };
	uint64_t h = before + names->n;

	for (size_t i = 0; i < names->n; i++) {
		const char *name = ckpt_names_at(names, i);

		memcpy(key, &h, sizeof(h));
		h = ckpt_siphash(key, name, strlen(name));
	}
	return h;
}

static size_t names_bytes(const struct ckpt_names *names)
{
	return names->text.cap + names->cap * sizeof(*names->start);
}

static void take_stamps(struct ckpt_store *store, const char *dir, struct ckpt_stamp stamp[2])
{
	ckpt_stamp_take(store, dir, NULL, &stamp[0]);
	ckpt_stamp_take(store, dir, CKPT_DEPENDENCIES, &stamp[1]);
}

static int read_files(struct ckpt_store *store, const char *dir, struct ckpt_contents *c,
		      struct ckpt_err *err)
{
	int rc = ckpt_store_list(store, dir, false, add_file, &c->files, err);

	if (rc == -E2BIG)
		return ckpt_fail(err, EFBIG, "%s/%s: the directory of the checkpoint has more than %d files",
				 ckpt_store_label(store), dir, CKPT_DIR_NAMES_MAX);
	for (size_t i = 0; !rc && i < c->deps.state_files->n; i++) {
		const char *name = ckpt_names_at(c->deps.state_files, i);

		ckpt_names_add(&c->files, name, strlen(name));
	}
	if (!ckpt_names_seal(&c->files))
		rc = ckpt_fail_nomem(err);
	return rc;
}

int ckpt_contents_read(struct ckpt_store *store, const struct ckpt_slot *s, struct ckpt_contents *c,
		       struct ckpt_err *err)
{
	struct ckpt_err e = { 0 };
	char dir[CKPT_UUID_TEXT];
	int rc;

	ckpt_slot_name(s, dir);
	/* Before the reading: what changes during it shows in the next look. */
	take_stamps(store, dir, c->stamp);
	if (ckpt_store_stat(store, NULL, dir, &c->dir, NULL))
		c->dir = (struct ckpt_stat){ 0 };
	c->quiet = ckpt_stamp_quiet(&c->stamp[0], ckpt_when_now()) &&
		   (c->stamp[1].rc == -ENOENT || ckpt_stamp_quiet(&c->stamp[1], ckpt_when_now()));
	rc = ckpt_deps_read(store, &s->entry->uuid, &c->deps, &e);
	if (!rc)
		rc = read_files(store, dir, c, &e);
	if (rc && ckpt_view_passing(rc)) {
		if (err)
			*err = e;
		return rc;
	}
	if (rc) {
		c->damage = -rc;
		c->why = strdup(e.msg);
		ckpt_deps_release(&c->deps);
		ckpt_names_release(&c->files);
		return 0;
	}
	c->hash = hash_names(hash_names((uint64_t)c->deps.version, c->deps.batches), &c->files) >>
		  (64 - CKPT_SLOT_HASH_BITS);
	c->bytes = sizeof(*c) + names_bytes(c->deps.batches) + names_bytes(c->deps.state_files) +
		   names_bytes(&c->files);
	return 0;
}

bool ckpt_contents_current(struct ckpt_store *store, const struct ckpt_slot *s, const struct ckpt_contents *c)
{
	struct ckpt_stamp now[2];
	char dir[CKPT_UUID_TEXT];

	if (!c->quiet)
		return false;
	take_stamps(store, ckpt_slot_name(s, dir), now);
	return ckpt_stamp_equal(&c->stamp[0], &now[0]) && ckpt_stamp_equal(&c->stamp[1], &now[1]);
}
