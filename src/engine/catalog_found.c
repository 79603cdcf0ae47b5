#include "engine/catalog_found.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "engine/format.h"
#include "engine/problems.h"
#include "engine/root.h"

struct found {
	struct ckpt_entry *entry;
	int64_t ms;
};

struct search {
	struct ckpt_store *store;
	const uint64_t *fingerprint;
	struct ckpt_problems *problems;
	struct found *found;
	size_t n;
	size_t refused; /* for want of a fingerprint */
	struct ckpt_err *err;
	const struct ckpt_env *env; /* NULL: nobody hears of it, and nobody stops it */
	size_t seen, total;	    /* directories of checkpoints */
};

static int go_on(struct search *r)
{
	const struct ckpt_env *env = r->env;

	if (env && env->progress)
		env->progress(env->ctx, "checkpoints read", r->seen, r->total);
	r->seen++;
	return env && env->stop && env->stop(env->ctx)
		       ? ckpt_fail(r->err, EINTR, "%s: interrupted; no catalog was written",
				   ckpt_store_label(r->store))
		       : 0;
}

static int add_found(struct search *r, struct ckpt_entry *e)
{
	struct found *grown = reallocarray(r->found, r->n + 1, sizeof(*grown));
	int64_t ms;
	int rc = grown ? ckpt_time_read(r->store, &e->uuid, &ms, r->err) : ckpt_fail_nomem(r->err);

	if (grown)
		r->found = grown;
	if (rc)
		ckpt_entry_unref(e);
	else
		r->found[r->n++] = (struct found){ e, ms };
	return rc;
}

/* A disk that fails, or a file that we may not read, says nothing of it; and
 * what a catalog leaves out, the next sweep removes. */
static int cannot_tell(struct search *r, int rc, const char *dir, const struct ckpt_err *why)
{
	if (rc == -ENOMEM)
		return ckpt_fail_nomem(r->err);
	return ckpt_fail(r->err, -rc,
			 "%s; so it is not known whether checkpoint %s is whole, and nothing was written: a "
			 "sweep would remove what is left out (try again, or move %s/%s elsewhere first)",
			 why->msg, dir, ckpt_store_label(r->store), dir);
}

/* The entry that the controller noted in <uuid>/state.json, if it did. */
static int entry_of_state(struct search *r, const char *dir, const struct ckpt_uuid *u,
			  struct ckpt_entry **out)
{
	char what[CKPT_ERR_MAX / 2];
	struct ckpt_blob blob;
	struct ckpt_err why;
	int rc = ckpt_store_read(r->store, dir, CKPT_STATE, CKPT_STATE_BYTES_MAX, &blob, &why);

	*out = NULL;
	if (rc == -ENOENT)
		return 0;
	if (!rc) {
		snprintf(what, sizeof(what), "%s/%s/%s", ckpt_store_label(r->store), dir, CKPT_STATE);
		rc = ckpt_state_parse(blob.data, blob.len, what, out, &why);
		free(blob.data);
	}
	if (rc && !ckpt_is_damage(rc))
		return cannot_tell(r, rc, dir, &why);
	if (rc)
		ckpt_problems_add(r->problems, u, CKPT_STATE, "%s", why.msg);
	if (*out && ckpt_uuid_cmp(&(*out)->uuid, u)) {
		ckpt_problems_add(r->problems, u, CKPT_STATE, "%s/%s/%s belongs to another checkpoint",
				  ckpt_store_label(r->store), dir, CKPT_STATE);
		ckpt_entry_unref(*out);
		*out = NULL;
	}
	return 0;
}

static int entry_of_dependencies(struct search *r, const struct ckpt_uuid *u, struct ckpt_entry **out)
{
	struct ckpt_entry_values v = { .uuid = *u };
	struct ckpt_details d;
	int rc;

	if (!r->fingerprint) {
		r->refused++;
		return 0;
	}
	rc = ckpt_details_read(r->store, u, &d, r->err);
	if (rc)
		return rc;
	v.fingerprint = *r->fingerprint;
	v.size = (struct ckpt_u64){ d.state_bytes, true };
	return ckpt_entry_make(&v, out, r->err);
}

static int look_at(struct search *r, const struct ckpt_uuid *u)
{
	struct ckpt_store *store = r->store;
	struct ckpt_entry *e = NULL;
	char dir[CKPT_UUID_TEXT];
	struct ckpt_deps deps;
	struct ckpt_err why;
	struct ckpt_stat st;
	int rc;

	ckpt_uuid_text(u, dir);
	/* The marker is written when a checkpoint is committed, not before. */
	rc = ckpt_store_stat(store, dir, CKPT_MARKER, &st, &why);
	if (rc && !ckpt_is_damage(rc))
		return cannot_tell(r, rc, dir, &why);
	if (rc) {
		ckpt_problems_add(r->problems, u, CKPT_MARKER,
				  "%s/%s: it has no %s, so it was never committed; it is left out",
				  ckpt_store_label(store), dir, CKPT_MARKER);
		return 0;
	}
	rc = ckpt_deps_read(store, u, &deps, &why);
	ckpt_deps_release(&deps);
	if (rc && !ckpt_is_damage(rc))
		return cannot_tell(r, rc, dir, &why);
	if (rc) {
		ckpt_problems_add(r->problems, u, CKPT_DEPENDENCIES, "%s; the checkpoint is left out",
				  why.msg);
		return 0;
	}
	rc = entry_of_state(r, dir, u, &e);
	if (!rc && !e)
		rc = entry_of_dependencies(r, u, &e);
	return rc || !e ? rc : add_found(r, e);
}

static bool is_checkpoint(const char *name, const struct ckpt_stat *st, struct ckpt_uuid *u)
{
	char text[CKPT_UUID_TEXT];

	return st->kind == CKPT_KIND_DIR && ckpt_uuid_parse(name, u) &&
	       strcmp(ckpt_uuid_text(u, text), name) == 0;
}

static int count_name(void *ctx, const char *name, const struct ckpt_stat *st)
{
	struct ckpt_uuid u;

	((struct search *)ctx)->total += is_checkpoint(name, st, &u);
	return 0;
}

static int look_at_name(void *ctx, const char *name, const struct ckpt_stat *st)
{
	struct search *r = ctx;
	struct ckpt_uuid u;
	int rc;

	if (!is_checkpoint(name, st, &u))
		return 0;
	rc = go_on(r);
	return rc ? rc : look_at(r, &u);
}

static int cmp_found(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->ms != y->ms)
		return x->ms < y->ms ? -1 : 1;
	return ckpt_uuid_cmp(&x->entry->uuid, &y->entry->uuid);
}

static int gather(struct search *r, struct ckpt_catalog **out)
{
	const char *label = ckpt_store_label(r->store);
	struct ckpt_entry **entry;
	int rc = r->env ? ckpt_store_list(r->store, NULL, false, count_name, r, r->err) : 0;

	if (!rc)
		rc = ckpt_store_list(r->store, NULL, false, look_at_name, r, r->err);
	if (rc)
		return rc;
	if (r->refused)
		return ckpt_fail(r->err, EINVAL,
				 "%s: %zu checkpoints have no %s that tells their fingerprint; give it "
				 "with --fingerprint (the pipeline prints it when it refuses a root)",
				 label, r->refused, CKPT_STATE);
	if (!r->n)
		return ckpt_fail(r->err, ENOENT,
				 "%s: there is no directory of a committed checkpoint to rebuild the "
				 "catalog from",
				 label);
	qsort(r->found, r->n, sizeof(*r->found), cmp_found);
	entry = calloc(r->n, sizeof(*entry));
	if (!entry)
		return ckpt_fail_nomem(r->err);
	for (size_t i = 0; i < r->n; i++)
		entry[i] = r->found[i].entry;
	rc = ckpt_catalog_make(entry, r->n, out, r->err);
	free(entry);
	return rc;
}

int ckpt_catalog_found(struct ckpt_store *store, const struct ckpt_env *env, const uint64_t *fingerprint,
		       struct ckpt_catalog **out, struct ckpt_problems *problems, struct ckpt_err *err)
{
	struct search r = {
		.store = store, .fingerprint = fingerprint, .problems = problems, .err = err, .env = env
	};
	int rc = gather(&r, out);

	for (size_t i = 0; i < r.n; i++)
		ckpt_entry_unref(r.found[i].entry);
	free(r.found);
	return rc;
}
