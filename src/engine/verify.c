#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "base/names.h"
#include "base/vfail.h"
#include "engine/problems.h"
#include "engine/root.h"

void ckpt_problems_release(struct ckpt_problems *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->problem[i].file);
		free(p->problem[i].what);
	}
	free(p->problem);
	memset(p, 0, sizeof(*p));
}

void ckpt_problems_add(struct ckpt_problems *p, const struct ckpt_uuid *u, const char *file, const char *fmt,
		       ...)
{
	struct ckpt_problem *grown = reallocarray(p->problem, p->n + 1, sizeof(*grown));
	struct ckpt_problem *slot;
	struct ckpt_err sentence;
	va_list ap;

	if (!grown) {
		p->failed = true;
		return;
	}
	p->problem = grown;
	slot = &p->problem[p->n++];
	va_start(ap, fmt);
	ckpt_vfail(&sentence, EIO, fmt, ap);
	va_end(ap);
	*slot = (struct ckpt_problem){ *u, file ? strdup(file) : NULL, strdup(sentence.msg) };
	p->failed |= !slot->what || (file && !slot->file);
}

static void verify_file(struct ckpt_store *store, const struct ckpt_uuid *u, const char *dir,
			const char *name, struct ckpt_problems *out)
{
	const char *label = ckpt_store_label(store);
	struct ckpt_stat st;
	struct ckpt_err why;
	int rc = ckpt_store_stat(store, dir, name, &st, &why);

	if (rc == -ENOENT)
		ckpt_problems_add(out, u, name, "%s/%s%s%s: it is needed, and it is not there", label,
				  dir ? dir : "", dir ? "/" : "", name);
	else if (rc)
		ckpt_problems_add(out, u, name, "%s", why.msg);
	else if (st.kind != CKPT_KIND_FILE)
		ckpt_problems_add(out, u, name, "%s/%s%s%s: it is needed, and it is no regular file", label,
				  dir ? dir : "", dir ? "/" : "", name);
}

/* Race 6: take back what was said of a checkpoint that was only removed. */
static bool take_back(struct ckpt_root *root, const struct ckpt_uuid *u, size_t n, struct ckpt_problems *out)
{
	if (out->failed || out->n == n || !ckpt_root_has_lost(root, u))
		return false;
	while (out->n > n) {
		struct ckpt_problem *p = &out->problem[--out->n];

		free(p->file);
		free(p->what);
	}
	return true;
}

static int verify_one(struct ckpt_root *root, const struct ckpt_entry *e, const uint64_t *fingerprint,
		      struct ckpt_problems *out, struct ckpt_err *err)
{
	struct ckpt_store *store = root->store;
	char dir[CKPT_UUID_TEXT];
	struct ckpt_err why;
	struct ckpt_deps deps;
	int rc;

	ckpt_uuid_text(&e->uuid, dir);
	if (fingerprint && e->fingerprint != *fingerprint)
		ckpt_problems_add(out, &e->uuid, NULL,
				  "checkpoint %s: its fingerprint %" PRIu64 " is not the %" PRIu64
				  " that was asked for",
				  dir, e->fingerprint, *fingerprint);
	rc = ckpt_deps_read(store, &e->uuid, &deps, &why);
	if (rc == -ENOENT)
		ckpt_problems_add(out, &e->uuid, NULL, "checkpoint %s: its directory %s/%s is not there", dir,
				  ckpt_store_label(store), dir);
	else if (rc)
		ckpt_problems_add(out, &e->uuid, CKPT_DEPENDENCIES, "%s", why.msg);
	for (size_t i = 0; !rc && i < deps.batches->n; i++)
		verify_file(store, &e->uuid, NULL, ckpt_names_at(deps.batches, i), out);
	for (size_t i = 0; !rc && i < deps.state_files->n; i++)
		verify_file(store, &e->uuid, dir, ckpt_names_at(deps.state_files, i), out);
	if (!rc && ckpt_names_find(deps.state_files, CKPT_MARKER) < 0)
		verify_file(store, &e->uuid, dir, CKPT_MARKER, out);
	ckpt_deps_release(&deps);
	return out->failed || rc == -ENOMEM ? ckpt_fail_nomem(err) : 0;
}

int ckpt_verify(struct ckpt_root *root, const struct ckpt_uuid *uuids, size_t n, const uint64_t *fingerprint,
		struct ckpt_problems *out, struct ckpt_err *err)
{
	const char *label = ckpt_store_label(root->store);
	char text[CKPT_UUID_TEXT];
	struct ckpt_catalog *c;
	int rc;

	memset(out, 0, sizeof(*out));
	rc = ckpt_root_refresh(root, err);
	if (!rc)
		rc = ckpt_catalog_lost(root->store, root->catalog, NULL, err);
	if (rc)
		return rc;
	c = ckpt_catalog_ref(root->catalog);
	for (size_t i = 0; !rc && i < n; i++)
		if (ckpt_catalog_find(c, &uuids[i]) < 0)
			rc = ckpt_catalog_lacks(root->store, &uuids[i], "", err);
	for (size_t i = 0; !rc && i < (n ? n : c->n); i++) {
		const struct ckpt_entry *e = c->entry[n ? (size_t)ckpt_catalog_find(c, &uuids[i]) : i];
		size_t before = out->n;

		ckpt_root_progress(root, "checkpoints verified", i, n ? n : c->n);
		if (ckpt_root_stopped(root))
			rc = ckpt_fail(err, EINTR, "%s: interrupted after %zu of %zu checkpoints", label, i,
				       n ? n : c->n);
		else
			rc = verify_one(root, e, fingerprint, out, err);
		if (!rc && take_back(root, &e->uuid, before, out) && n)
			rc = ckpt_fail(err, ENOENT, "%s: checkpoint %s was removed while it was looked at",
				       label, ckpt_uuid_text(&e->uuid, text));
	}
	ckpt_catalog_unref(c);
	return rc;
}
