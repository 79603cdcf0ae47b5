#include "engine/commit_plan.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/format.h"
#include "engine/limits.h"
#include "engine/root.h"

static const struct ckpt_entry *newest(const struct ckpt_commit_plan *p)
{
	const struct ckpt_catalog *cat = p->root->catalog;

	return cat->n ? cat->entry[cat->n - 1] : NULL;
}

int ckpt_commit_plan_uuid(struct ckpt_commit_plan *p, struct ckpt_err *err)
{
	struct ckpt_root *root = p->root;
	unsigned char random[10];

	if (p->opts->uuid) {
		p->uuid = *p->opts->uuid;
	} else {
		if (root->env.random(root->env.ctx, random, sizeof(random)))
			return ckpt_fail(
				err, EIO,
				"%s: can't make a uuid for the checkpoint: there are no random bytes",
				ckpt_store_label(root->store));
		ckpt_uuid_make(&p->uuid, ckpt_root_now_ms(root), random);
	}
	ckpt_uuid_text(&p->uuid, p->dir);
	return 0;
}

int ckpt_commit_plan_fingerprint(struct ckpt_commit_plan *p, struct ckpt_err *err)
{
	const char *label = ckpt_store_label(p->root->store);
	const struct ckpt_entry *last = newest(p);

	if (!p->opts->fingerprint) {
		if (!last)
			return ckpt_fail(err, EINVAL,
					 "%s has no checkpoint yet whose fingerprint could be taken; give "
					 "one with --fingerprint",
					 label);
		p->fingerprint = last->fingerprint;
		return 0;
	}
	p->fingerprint = *p->opts->fingerprint;
	if (p->opts->check_fingerprint && last && last->fingerprint != p->fingerprint)
		return ckpt_fail(err, EINVAL,
				 "checkpoint %s: fingerprint %" PRIu64 " does not match %" PRIu64
				 " of the newest in %s; "
				 "Feldera would then refuse the whole root (--force commits it all the same)",
				 p->dir, p->fingerprint, last->fingerprint, label);
	return 0;
}

int ckpt_commit_plan_version(const struct ckpt_commit_plan *p)
{
	const struct ckpt_entry *last = newest(p);
	struct ckpt_deps deps;
	int version = p->opts->dependencies_version;

	if (version || !last)
		return version ? version : 2;
	/* One that can't be read tells nothing; a legacy one is of version 1. */
	version = ckpt_deps_read(p->root->store, &last->uuid, &deps, NULL) ? 2
		  : deps.version					   ? deps.version
									   : 1;
	ckpt_deps_release(&deps);
	return version;
}

/* --- what lies in its directory ----------------------------------------- */

struct own {
	struct ckpt_names *files;
	uint64_t bytes;
	char strange[CKPT_NAME_MAX + 1]; /* a name that can be no state file */
};

static int add_own(void *ctx, const char *name, const struct ckpt_stat *st)
{
	struct own *own = ctx;

	/* What a writer left behind is no part of the checkpoint. */
	if (st->kind == CKPT_KIND_DIR || ckpt_name_is_temporary(name))
		return 0;
	if (st->kind != CKPT_KIND_FILE || own->files->n >= CKPT_DIR_NAMES_MAX) {
		snprintf(own->strange, sizeof(own->strange), "%s", name);
		return -EINVAL;
	}
	own->bytes += st->size;
	/* state.json comes after the commit and is the controller's. */
	if (strcmp(name, CKPT_DEPENDENCIES) && strcmp(name, CKPT_STATE))
		ckpt_names_add(own->files, name, strlen(name));
	return 0;
}

static int list_own(const struct ckpt_commit_plan *p, struct own *own, struct ckpt_err *err)
{
	int rc = ckpt_store_list(p->root->store, p->dir, true, add_own, own, err);

	if (own->strange[0])
		return ckpt_fail(err, EINVAL,
				 "%s/%s/%s: it is no regular file, so it can't be part of a checkpoint",
				 ckpt_store_label(p->root->store), p->dir, own->strange);
	if (!rc && !ckpt_names_seal(own->files))
		rc = ckpt_fail_nomem(err);
	return rc;
}

static int take_staged(struct ckpt_commit_plan *p, struct ckpt_err *err)
{
	int rc = ckpt_deps_init(&p->deps, err);

	for (size_t i = 0; !rc && i < p->staged->n; i++) {
		const char *name = ckpt_names_at(p->staged, i);

		ckpt_names_add(p->deps.batches, name, strlen(name));
	}
	return !rc && !ckpt_names_seal(p->deps.batches) ? ckpt_fail_nomem(err) : rc;
}

int ckpt_commit_plan_names(struct ckpt_commit_plan *p, struct ckpt_err *err)
{
	struct own own = { 0 };
	int rc = p->staged ? take_staged(p, err) : ckpt_deps_read(p->root->store, &p->uuid, &p->deps, err);

	if (rc)
		return rc;
	own.files = p->deps.state_files;
	assert(own.files);
	ckpt_names_release(own.files);
	*own.files = (struct ckpt_names)CKPT_NAMES_INIT;
	rc = list_own(p, &own, err);
	if (rc)
		return rc;
	if (p->opts->check_empty && own.files->n == (ckpt_names_find(own.files, CKPT_MARKER) >= 0))
		return ckpt_fail(
			err, EINVAL,
			"checkpoint %s has no state file in %s/%s; two of them would make the next gc remove "
			"every real one (--allow-empty commits it all the same)",
			p->dir, ckpt_store_label(p->root->store), p->dir);
	return 0;
}

int ckpt_commit_plan_entry(const struct ckpt_commit_plan *p, struct ckpt_entry **out, struct ckpt_err *err)
{
	const struct ckpt_commit_opts *o = p->opts;
	struct ckpt_names files = CKPT_NAMES_INIT;
	struct own own = { .files = &files };
	int rc = list_own(p, &own, err);

	ckpt_names_release(&files);
	if (rc)
		return rc;
	struct ckpt_entry_values v = {
		.uuid = p->uuid,
		.identifier = o->identifier,
		.identifier_len = o->identifier ? strlen(o->identifier) : 0,
		.fingerprint = p->fingerprint,
		.size = { own.bytes, true },
		.steps = o->steps,
		.processed_records = o->processed_records,
	};
	return ckpt_entry_make(&v, out, err);
}
