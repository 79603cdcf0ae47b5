#include "store/listing.h"

#include <errno.h>
#include <string.h>

#include "base/name.h"
#include "store/limits.h"

void ckpt_listing_release(struct ckpt_listing *l)
{
	ckpt_names_release(&l->names);
}

bool ckpt_listing_add(struct ckpt_listing *l, const char *name, int kind)
{
	/* '/' can't be part of a name, so all lines of one name are
	 * neighbours when sorted, whatever kinds they have. */
	char line[CKPT_NAME_MAX + 3];
	size_t len = strlen(name);

	if (len > CKPT_NAME_MAX)
		return true; /* nobody can ask for it, so it is not there */
	if (l->names.n >= CKPT_LIST_MAX)
		return false;
	memcpy(line, name, len);
	line[len] = '/';
	line[len + 1] = (char)('a' + kind + 1);
	ckpt_names_add(&l->names, line, len + 2);
	return true;
}

static int tell_one(char *name, int kind, bool with_stat, ckpt_listing_stat_fn *look, void *look_ctx,
		    ckpt_list_fn *fn, void *ctx, struct ckpt_err *err)
{
	struct ckpt_stat st;
	int rc;

	memset(&st, 0, sizeof(st));
	if (with_stat || kind == CKPT_KIND_UNKNOWN) {
		rc = look(look_ctx, name, &st, err);
		if (rc)
			return rc == -ENOENT ? 0 : rc;
	} else {
		st.kind = (enum ckpt_kind)kind;
	}
	return fn(ctx, name, &st);
}

int ckpt_listing_tell(struct ckpt_listing *l, bool with_stat, ckpt_listing_stat_fn *look, void *look_ctx,
		      ckpt_list_fn *fn, void *ctx, struct ckpt_err *err)
{
	char name[CKPT_NAME_MAX + 1] = "";
	size_t i, len;
	int rc;

	if (!ckpt_names_seal(&l->names))
		return ckpt_fail_nomem(err);
	for (i = 0; i < l->names.n; i++) {
		const char *line = ckpt_names_at(&l->names, i);

		len = strlen(line) - 2;
		if (strlen(name) == len && memcmp(name, line, len) == 0)
			continue;
		memcpy(name, line, len);
		name[len] = '\0';
		rc = tell_one(name, line[len + 1] - 'a' - 1, with_stat, look, look_ctx, fn, ctx, err);
		if (rc)
			return rc;
	}
	return 0;
}
