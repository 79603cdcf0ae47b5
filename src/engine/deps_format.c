#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "base/name.h"
#include "engine/format.h"
#include "engine/json.h"
#include "engine/plain.h"

/* One list of names in a file. */
struct list {
	const char *label, *member; /* where it is; member NULL: it is the file */
	const char *kind;	    /* what its names are */
	bool (*ok)(const char *name, size_t len);
};

static int add_names(const struct list *l, const json_t *array, struct ckpt_names *to, struct ckpt_err *err)
{
	const char *member = l->member ? l->member : "its array";
	char shown[CKPT_QUOTE_MAX];
	const char *s;
	size_t i, len;

	if (!json_is_array(array))
		return ckpt_fail(err, EUCLEAN, "%s: %s is %s", l->label, member,
				 array ? "no array" : "missing");
	if (json_array_size(array) > CKPT_DEPS_NAMES_MAX - to->n)
		return ckpt_fail(err, EFBIG, "%s: %s has more names than %d", l->label, member,
				 CKPT_DEPS_NAMES_MAX);
	for (i = 0; i < json_array_size(array); i++) {
		s = ckpt_json_string(json_array_get(array, i), &len);
		if (!s)
			return ckpt_fail(err, EUCLEAN, "%s: item %zu of %s is no string", l->label, i,
					 member);
		if (!l->ok(s, len))
			return ckpt_fail(err, EUCLEAN,
					 "%s: item %zu of %s is \"%s\", which can't be the name of %s",
					 l->label, i, member, ckpt_quote(s, len, shown), l->kind);
		ckpt_names_add(to, s, len);
	}
	return 0;
}

static int add_batches(const char *label, const char *member, const json_t *array, struct ckpt_deps *deps,
		       struct ckpt_err *err)
{
	const struct list l = { label, member, "a batch file", ckpt_name_is_batch };

	return add_names(&l, array, deps->batches, err);
}

static int add_state_files(const char *label, const json_t *array, struct ckpt_deps *deps,
			   struct ckpt_err *err)
{
	const struct list l = { label, "\"state_files\"", "a state file", ckpt_name_is_state_file };

	/* Absent means "not known"; null is nothing that Feldera writes. */
	return array ? add_names(&l, array, deps->state_files, err) : 0;
}

static int parse_versions(const json_t *v, const char *label, struct ckpt_deps *deps, struct ckpt_err *err)
{
	int r;

	if (json_is_array(v)) {
		deps->version = 1;
		return add_batches(label, NULL, v, deps, err);
	}
	deps->version = 2;
	r = add_batches(label, "\"batches\"", json_object_get(v, "batches"), deps, err);
	if (r == 0)
		r = add_state_files(label, json_object_get(v, "state_files"), deps, err);
	return r;
}

static int load(const char *text, size_t len, const char *label, json_t **out, struct ckpt_err *err)
{
	if (len > CKPT_DEPS_BYTES_MAX)
		return ckpt_fail(err, EFBIG, "%s has %zu bytes, more than %zu", label, len,
				 CKPT_DEPS_BYTES_MAX);
	return ckpt_json_load(text, len, label, out, err);
}

/* False, with *deps as it was: for the parser. */
static bool take_plain(const char *text, size_t len, struct ckpt_deps *deps)
{
	struct ckpt_plain_deps d;
	bool ok = ckpt_plain_deps(text, len, &d);
	size_t i, bytes = 0;

	for (i = 0; ok && i < d.n; i++) {
		ok = i < d.n_batches ? ckpt_name_is_batch(d.name[i].s, d.name[i].len)
				     : ckpt_name_is_state_file(d.name[i].s, d.name[i].len);
		bytes += i < d.n_batches ? d.name[i].len : 0;
	}
	if (ok)
		ckpt_names_reserve(deps->batches, d.n_batches, bytes);
	for (i = 0; ok && i < d.n; i++)
		ckpt_names_add(i < d.n_batches ? deps->batches : deps->state_files, d.name[i].s,
			       d.name[i].len);
	if (ok)
		deps->version = d.version;
	free(d.name);
	return ok;
}

int ckpt_deps_parse_listed(const char *text, size_t len, const char *label, struct ckpt_deps *deps,
			   struct ckpt_err *err)
{
	json_t *v = NULL;
	int r;

	r = ckpt_deps_init(deps, err);
	if (r == 0 && !take_plain(text, len, deps)) {
		r = load(text, len, label, &v, err);
		if (r == 0)
			r = parse_versions(v, label, deps, err);
	}
	if (r == 0 && (deps->batches->failed || deps->state_files->failed))
		r = ckpt_fail_nomem(err);
	json_decref(v);
	return r;
}

int ckpt_deps_seal(struct ckpt_deps *deps, struct ckpt_err *err)
{
	return ckpt_names_seal(deps->batches) && ckpt_names_seal(deps->state_files) ? 0
										    : ckpt_fail_nomem(err);
}

int ckpt_deps_parse(const char *text, size_t len, const char *label, struct ckpt_deps *deps,
		    struct ckpt_err *err)
{
	int r = ckpt_deps_parse_listed(text, len, label, deps, err);

	return r ? r : ckpt_deps_seal(deps, err);
}

int ckpt_spine_parse(const char *text, size_t len, const char *label, struct ckpt_deps *deps,
		     struct ckpt_err *err)
{
	json_t *v = NULL;
	int r;

	r = load(text, len, label, &v, err);
	if (r == 0 && !json_is_object(v))
		r = ckpt_fail(err, EUCLEAN, "%s is no JSON object", label);
	if (r == 0)
		r = add_batches(label, "\"files\"", json_object_get(v, "files"), deps, err);
	if (r == 0 && deps->batches->failed)
		r = ckpt_fail_nomem(err);
	json_decref(v);
	return r;
}
