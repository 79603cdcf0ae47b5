#include "engine/format.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "engine/json.h"
#include "engine/plain.h"

/* Part of a name that is long, or is none, as a message shows it. */
#define QUOTE_MAX 128

static const char *quote(const char *s, size_t len, char out[QUOTE_MAX])
{
	char shown[CKPT_SHOWN_MAX];
	size_t at = 0, used, n;

	for (; len > 0; s += used, len -= used) {
		n = ckpt_shown(s, len, shown, &used);
		if (at + n + sizeof("...") > QUOTE_MAX) {
			memcpy(out + at, "...", 3);
			at += 3;
			break;
		}
		memcpy(out + at, shown, n);
		at += n;
	}
	out[at] = '\0';
	return out;
}

/* --- catalog entries ---------------------------------------------------- */

static int get_uuid(const json_t *entry, const char *what, struct ckpt_uuid *out, struct ckpt_err *err)
{
	const json_t *v = json_object_get(entry, "uuid");
	char shown[QUOTE_MAX];
	const char *s;
	size_t len;

	s = ckpt_json_string(v, &len);
	if (!s)
		return ckpt_fail(err, EUCLEAN, "%s: \"uuid\" is %s", what, v ? "no string" : "missing");
	/* The uuid becomes the name of a directory that a gc removes, so nothing
	 * but the one form is read; nor one that a NUL hides the rest of. */
	if (memchr(s, '\0', len) || !ckpt_uuid_parse(s, out))
		return ckpt_fail(err, EUCLEAN, "%s: \"uuid\" is \"%s\", which is no uuid of 36 characters",
				 what, quote(s, len, shown));
	return 0;
}

static int get_identifier(const json_t *entry, const char *what, struct ckpt_entry_values *out,
			  struct ckpt_err *err)
{
	const json_t *v = json_object_get(entry, "identifier");

	if (!v || json_is_null(v))
		return 0;
	out->identifier = ckpt_json_string(v, &out->identifier_len);
	if (!out->identifier)
		return ckpt_fail(err, EUCLEAN, "%s: \"identifier\" is neither a string nor null", what);
	if (out->identifier_len > CKPT_IDENTIFIER_MAX)
		return ckpt_fail(err, EFBIG, "%s: \"identifier\" has %zu bytes, more than %d", what,
				 out->identifier_len, CKPT_IDENTIFIER_MAX);
	return 0;
}

static int get_u64(const json_t *entry, const char *name, const char *what, struct ckpt_u64 *out,
		   struct ckpt_err *err)
{
	const json_t *v = json_object_get(entry, name);

	if (!v || json_is_null(v))
		return 0;
	if (!ckpt_json_u64(v, &out->value))
		return ckpt_fail(err, EUCLEAN, "%s: \"%s\" is no unsigned integer of 64 bits", what, name);
	out->present = true;
	return 0;
}

static int get_values(const json_t *entry, const char *what, struct ckpt_entry_values *v,
		      struct ckpt_err *err)
{
	struct ckpt_u64 fingerprint = { 0 };
	int r;

	if (!json_is_object(entry))
		return ckpt_fail(err, EUCLEAN, "%s is no JSON object", what);
	r = get_uuid(entry, what, &v->uuid, err);
	if (r == 0)
		r = get_identifier(entry, what, v, err);
	if (r == 0)
		r = get_u64(entry, "fingerprint", what, &fingerprint, err);
	if (r == 0 && !fingerprint.present)
		r = ckpt_fail(err, EUCLEAN, "%s: \"fingerprint\" is missing or null", what);
	v->fingerprint = fingerprint.value;
	if (r == 0)
		r = get_u64(entry, "size", what, &v->size, err);
	if (r == 0)
		r = get_u64(entry, "steps", what, &v->steps, err);
	if (r == 0)
		r = get_u64(entry, "processed_records", what, &v->processed_records, err);
	return r;
}

int ckpt_entry_parse(const char *text, size_t len, const char *what, struct ckpt_entry **out,
		     struct ckpt_err *err)
{
	struct ckpt_entry_values v = { 0 };
	struct ckpt_buf squeezed = CKPT_BUF_INIT;
	json_t *entry;
	int r;

	if (len > CKPT_CATALOG_BYTES_MAX)
		return ckpt_fail(err, EFBIG, "%s has %zu bytes, more than %zu", what, len,
				 CKPT_CATALOG_BYTES_MAX);
	if (len > 0 && ckpt_plain_entry(text, len, &v) == len)
		return ckpt_entry_new(&v, text, len, out, err);
	v = (struct ckpt_entry_values){ 0 };
	r = ckpt_json_load(text, len, what, &entry, err);
	if (r < 0)
		return r;
	r = get_values(entry, what, &v, err);
	if (r == 0) {
		ckpt_json_squeeze(text, len, &squeezed);
		r = squeezed.failed ? ckpt_fail_nomem(err)
				    : ckpt_entry_new(&v, squeezed.data, squeezed.len, out, err);
	}
	ckpt_buf_release(&squeezed);
	json_decref(entry);
	return r;
}

/* --- state.json --------------------------------------------------------- */

/* The number of a member, or -1.  jansson keeps members in the order in which
 * they were written, and none is there twice. */
static ptrdiff_t member_index(const json_t *object, const char *name)
{
	json_t *o = (json_t *)object;
	ptrdiff_t i = 0;
	void *it;

	for (it = json_object_iter(o); it; it = json_object_iter_next(o, it), i++)
		if (strcmp(json_object_iter_key(it), name) == 0)
			return i;
	return -1;
}

/* The entry is taken from the text, not from what was parsed: a rebuilt
 * catalog then has it as it was written. */
static int parse_circuit(const char *text, size_t len, size_t index, const char *what,
			 struct ckpt_entry **out, struct ckpt_err *err)
{
	struct ckpt_buf member = CKPT_BUF_INIT;
	char name[CKPT_ERR_MAX / 2];
	int r;

	snprintf(name, sizeof(name), "\"circuit\" in %s", what);
	ckpt_json_member(text, len, index, &member);
	r = member.failed ? ckpt_fail_nomem(err) : ckpt_entry_parse(member.data, member.len, name, out, err);
	ckpt_buf_release(&member);
	return r;
}

int ckpt_state_parse(const char *text, size_t len, const char *what, struct ckpt_entry **circuit,
		     struct ckpt_err *err)
{
	json_t *state;
	int r;

	*circuit = NULL;
	if (len > CKPT_STATE_BYTES_MAX)
		return ckpt_fail(err, EFBIG, "%s has %zu bytes, more than %zu", what, len,
				 CKPT_STATE_BYTES_MAX);
	r = ckpt_json_load(text, len, what, &state, err);
	if (r < 0)
		return r;
	if (!json_is_object(state))
		r = ckpt_fail(err, EUCLEAN, "%s is no JSON object", what);
	else if (json_object_get(state, "circuit") && !json_is_null(json_object_get(state, "circuit")))
		r = parse_circuit(text, len, (size_t)member_index(state, "circuit"), what, circuit, err);
	json_decref(state);
	return r;
}

/* --- dependencies ------------------------------------------------------- */

/* One list of names in a file. */
struct list {
	const char *label, *member; /* where it is; member NULL: it is the file */
	const char *kind;	    /* what its names are */
	bool (*ok)(const char *name, size_t len);
};

static int add_names(const struct list *l, const json_t *array, struct ckpt_names *to, struct ckpt_err *err)
{
	const char *member = l->member ? l->member : "its array";
	char shown[QUOTE_MAX];
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
					 l->label, i, member, quote(s, len, shown), l->kind);
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
