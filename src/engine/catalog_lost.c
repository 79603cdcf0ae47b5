#include <errno.h>

#include "base/name.h"
#include "engine/catalog.h"

struct orphans {
	const struct ckpt_uuid *but;
	size_t n;
	char first[CKPT_UUID_TEXT];
};

static int count_orphan(void *ctx, const char *name, const struct ckpt_stat *st)
{
	struct orphans *o = ctx;
	struct ckpt_uuid u;

	if (st->kind != CKPT_KIND_DIR || !ckpt_uuid_parse(name, &u))
		return 0;
	if (o->but && !ckpt_uuid_cmp(&u, o->but))
		return 0;
	if (!o->n++)
		ckpt_uuid_text(&u, o->first);
	return 0;
}

int ckpt_catalog_lost(struct ckpt_store *store, const struct ckpt_catalog *c, const struct ckpt_uuid *but,
		      struct ckpt_err *err)
{
	const char *label = ckpt_store_label(store);
	struct orphans o = { .but = but };
	int rc;

	if (!c->absent)
		return 0;
	rc = ckpt_store_list(store, NULL, false, count_orphan, &o, err);
	if (rc || !o.n)
		return rc;
	return ckpt_fail(
		err, EUCLEAN,
		"%s: the catalog %s is missing while %zu checkpoint directories remain (%s, ...); nothing "
		"is changed before it is back: restore it from a backup, or write it anew with "
		"'ckptfs rebuild %s'",
		label, CKPT_CATALOG, o.n, o.first, label);
}

int ckpt_catalog_lacks(struct ckpt_store *store, const struct ckpt_uuid *u, const char *so,
		       struct ckpt_err *err)
{
	const char *label = ckpt_store_label(store);
	char text[CKPT_UUID_TEXT];

	return ckpt_fail(err, ENOENT,
			 "%s: checkpoint %s is not in the catalog%s ('ckptfs list %s' shows those that are)",
			 label, ckpt_uuid_text(u, text), so, label);
}
