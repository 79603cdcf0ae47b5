#include "engine/diff.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "base/names.h"
#include "engine/limits.h"

void ckpt_diff_release(struct ckpt_diff *d)
{
	free(d->batches.name);
	free(d->state_files.name);
	ckpt_deps_release(&d->before);
	ckpt_deps_release(&d->after);
	memset(d, 0, sizeof(*d));
}

int ckpt_diff_names(const struct ckpt_names *before, const struct ckpt_names *after,
		    struct ckpt_diff_part *part, struct ckpt_err *err)
{
	size_t i = 0, k = 0;

	memset(part, 0, sizeof(*part));
	part->name = calloc(before->n + after->n + 1, sizeof(*part->name));
	if (!part->name)
		return ckpt_fail_nomem(err);
	while (i < before->n || k < after->n) {
		struct ckpt_diff_name *d = &part->name[part->n++];
		int order = i == before->n ? 1 : k == after->n ? -1 : 0;

		if (!order)
			order = strcmp(ckpt_names_at(before, i), ckpt_names_at(after, k));
		d->how = order < 0 ? CKPT_DIFF_WENT : order > 0 ? CKPT_DIFF_CAME : CKPT_DIFF_STAYED;
		d->name = order <= 0 ? ckpt_names_at(before, i) : ckpt_names_at(after, k);
		i += order <= 0;
		k += order >= 0;
		part->sum[d->how].files++;
	}
	return 0;
}

/* --- sizes ---------------------------------------------------------------- */

/* How far it is, for who waits. */
struct course {
	const struct ckpt_env *env; /* NULL: nobody hears of it, and nobody stops it */
	struct ckpt_store *store;   /* the first */
	uint64_t seen, total;	    /* names */
};

static int go_on(struct course *c, struct ckpt_err *err)
{
	const struct ckpt_env *env = c->env;

	if (env && env->progress)
		env->progress(env->ctx, "files compared", c->seen, c->total);
	if (env && env->stop && env->stop(env->ctx))
		return ckpt_fail(err, EINTR,
				 "%s: interrupted after %" PRIu64 " of %" PRIu64 " files were compared",
				 ckpt_store_label(c->store), c->seen, c->total);
	c->seen++;
	return 0;
}

struct side {
	struct ckpt_store *store;
	const char *dir; /* NULL: batches */
};

/* A file that is missing has no bytes; verify is who says that it is missing. */
static int size_of(const struct side *s, const char *name, uint64_t *size, struct ckpt_err *err)
{
	struct ckpt_stat st;
	int rc = ckpt_store_stat(s->store, s->dir, name, &st, err);

	*size = !rc && st.kind == CKPT_KIND_FILE ? st.size : 0;
	return rc == -ENOENT ? 0 : rc;
}

static int measure(struct course *course, struct ckpt_diff_part *part, const struct side *before,
		   const struct side *after, struct ckpt_err *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < part->n; i++) {
		struct ckpt_diff_name *d = &part->name[i];

		rc = go_on(course, err);
		if (!rc && d->how != CKPT_DIFF_CAME)
			rc = size_of(before, d->name, &d->before, err);
		if (!rc && d->how != CKPT_DIFF_WENT)
			rc = size_of(after, d->name, &d->after, err);
		part->bytes_before += d->before;
		part->bytes_after += d->after;
		part->sum[d->how].bytes += d->how == CKPT_DIFF_WENT ? d->before : d->after;
		part->resized += d->how == CKPT_DIFF_STAYED && d->before != d->after;
	}
	return rc;
}

/* --- reading ---------------------------------------------------------------- */

static int add_state_file(void *ctx, const char *name, const struct ckpt_stat *st)
{
	struct ckpt_names *files = ctx;

	if (st->kind != CKPT_KIND_FILE || !strcmp(name, CKPT_DEPENDENCIES) || !strcmp(name, CKPT_STATE))
		return 0;
	if (files->n >= CKPT_DIR_NAMES_MAX)
		files->failed = true;
	ckpt_names_add(files, name, strlen(name));
	return files->failed ? -ENOMEM : 0;
}

/* What its directory holds, by the rule of a commit: before version 2 the
 * dependencies don't say it. */
static int read_side(struct ckpt_store *store, const struct ckpt_uuid *u, struct ckpt_deps *deps,
		     struct ckpt_err *err)
{
	char dir[CKPT_UUID_TEXT];
	int rc = ckpt_deps_read(store, u, deps, err);

	if (rc)
		return rc;
	ckpt_names_release(deps->state_files);
	*deps->state_files = (struct ckpt_names)CKPT_NAMES_INIT;
	rc = ckpt_store_list(store, ckpt_uuid_text(u, dir), false, add_state_file, deps->state_files, err);
	if (rc && rc != -ENOMEM)
		return rc;
	return rc || !ckpt_names_seal(deps->state_files) ? ckpt_fail_nomem(err) : 0;
}

int ckpt_diff_read(struct ckpt_store *sa, const struct ckpt_uuid *a, struct ckpt_store *sb,
		   const struct ckpt_uuid *b, struct ckpt_diff *out, struct ckpt_err *err)
{
	return ckpt_diff_told(NULL, sa, a, sb, b, out, err);
}

int ckpt_diff_told(const struct ckpt_env *env, struct ckpt_store *sa, const struct ckpt_uuid *a,
		   struct ckpt_store *sb, const struct ckpt_uuid *b, struct ckpt_diff *out,
		   struct ckpt_err *err)
{
	struct course course = { .env = env, .store = sa };
	char dir_a[CKPT_UUID_TEXT], dir_b[CKPT_UUID_TEXT];
	const struct side before = { sa, ckpt_uuid_text(a, dir_a) }, after = { sb, ckpt_uuid_text(b, dir_b) };
	int rc;

	memset(out, 0, sizeof(*out));
	rc = read_side(sa, a, &out->before, err);
	if (!rc)
		rc = read_side(sb, b, &out->after, err);
	if (!rc)
		rc = ckpt_diff_names(out->before.batches, out->after.batches, &out->batches, err);
	if (!rc)
		rc = ckpt_diff_names(out->before.state_files, out->after.state_files, &out->state_files, err);
	course.total = out->batches.n + out->state_files.n;
	if (!rc)
		rc = measure(&course, &out->batches, &(struct side){ sa, NULL }, &(struct side){ sb, NULL },
			     err);
	return rc ? rc : measure(&course, &out->state_files, &before, &after, err);
}
