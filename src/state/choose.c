#include "state/choose.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "engine/root.h"
#include "state/envelope.h"
#include "state/limits.h"
#include "state/names.h"

/* --- intact -------------------------------------------------------------- */

struct check {
	struct ckpt_store *store;
	const char *dir;
	struct ckpt_err why; /* code 0: nothing was found */
};

static int check_state(void *ctx, const char *name, const struct ckpt_stat *st)
{
	const size_t suffix = strlen(CKPT_STATE_SUFFIX);
	struct check *c = ctx;
	struct ckpt_blob blob;
	size_t len = strlen(name);
	int rc;

	if (st->kind != CKPT_KIND_FILE || len <= suffix ||
	    strcmp(name + len - suffix, CKPT_STATE_SUFFIX) != 0)
		return 0;
	rc = ckpt_store_read(c->store, c->dir, name, CKPT_STATE_FILE_MAX, &blob, &c->why);
	if (!rc)
		rc = ckpt_state_check(blob.data, blob.len, name, &c->why);
	free(blob.data);
	return rc;
}

/* Whether every file is there and every state is undamaged; *why if not. */
static int check_intact(struct ckpt_root *root, const struct ckpt_entry *e, struct ckpt_err *why)
{
	char dir[CKPT_UUID_TEXT];
	struct check c = { .store = root->store, .dir = ckpt_uuid_text(&e->uuid, dir) };
	struct ckpt_problems found;
	int rc = ckpt_verify(root, &e->uuid, 1, NULL, &found, why);

	if (!rc && found.n)
		rc = ckpt_fail(why, EUCLEAN, "%s", found.problem[0].what);
	ckpt_problems_release(&found);
	if (rc)
		return rc;
	rc = ckpt_store_list(root->store, dir, false, check_state, &c, why);
	if (rc && c.why.code)
		*why = c.why;
	return rc;
}

/* --- choosing ------------------------------------------------------------ */

static bool matches(const struct ckpt_restore_opts *o, const struct ckpt_entry *e)
{
	switch (o->which) {
	case CKPT_RESTORE_UUID:
		return ckpt_uuid_cmp(&e->uuid, &o->uuid) == 0;
	case CKPT_RESTORE_IDENTIFIER:
		return e->identifier && o->identifier && strlen(o->identifier) == e->identifier_len &&
		       memcmp(e->identifier, o->identifier, e->identifier_len) == 0;
	default:
		return true;
	}
}

static int none(struct ckpt_root *root, const struct ckpt_restore_opts *o, const struct ckpt_err *last,
		struct ckpt_err *err)
{
	const char *label = ckpt_store_label(root->store);
	char text[CKPT_UUID_TEXT];

	switch (o->which) {
	case CKPT_RESTORE_UUID:
		return ckpt_fail(err, ENOENT, "%s has no checkpoint %s", label,
				 ckpt_uuid_text(&o->uuid, text));
	case CKPT_RESTORE_IDENTIFIER:
		return ckpt_fail(err, ENOENT, "%s has no checkpoint that is called '%s'", label,
				 o->identifier ? o->identifier : "");
	default:
		return last->code
			       ? ckpt_fail(err, ENOENT, "%s has no checkpoint that is intact; the oldest: %s",
					   label, last->msg)
			       : ckpt_fail(err, ENOENT, "%s has no checkpoint yet", label);
	}
}

/* 0: it is leased and will do; 1: it will not, and *why. */
static int try(struct ckpt_root *root, const struct ckpt_restore_opts *o, const struct ckpt_entry *e,
	       struct ckpt_lease **lease, struct ckpt_err *why)
{
	char dir[CKPT_UUID_TEXT];
	int rc = ckpt_store_lease(root->store, ckpt_uuid_text(&e->uuid, dir), CKPT_LEASE_SHARED, lease, why);

	if (!rc && o->which == CKPT_RESTORE_INTACT)
		rc = check_intact(root, e, why);
	if (!rc)
		return 0;
	ckpt_lease_release(*lease);
	*lease = NULL;
	return rc == -ENOMEM ? rc : 1;
}

int ckpt_choose(struct ckpt_root *root, const struct ckpt_restore_opts *o, struct ckpt_entry **entry,
		struct ckpt_lease **lease, struct ckpt_err *err)
{
	struct ckpt_err last = { 0 };
	struct ckpt_catalog *c;
	int rc = ckpt_root_refresh(root, err);

	*lease = NULL;
	*entry = NULL;
	if (!rc)
		rc = ckpt_catalog_lost(root->store, root->catalog, NULL, err);
	if (rc)
		return rc;
	/* check_intact() refreshes the root. */
	c = ckpt_catalog_ref(root->catalog);
	for (size_t i = c->n; !*lease && i-- > 0;) {
		if (!matches(o, c->entry[i]))
			continue;
		rc = try(root, o, c->entry[i], lease, &last);
		if (rc == 0)
			*entry = ckpt_entry_ref(c->entry[i]);
		/* Only what is to be intact may be another than the one meant,
		 * unless that was removed meanwhile. */
		if (rc < 0 ||
		    (rc == 1 && o->which != CKPT_RESTORE_INTACT && last.code != ENOENT && last.code != EBUSY))
			break;
	}
	ckpt_catalog_unref(c);
	if (*lease)
		return 0;
	if (rc < 0 || (rc == 1 && o->which != CKPT_RESTORE_INTACT)) {
		if (err)
			*err = last;
		return -last.code;
	}
	return none(root, o, &last, err);
}
