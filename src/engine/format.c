#include "engine/format.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "engine/json.h"
#include "engine/plain.h"

/* --- catalog entries ---------------------------------------------------- */

static int get_uuid(const json_t *entry, const char *what, struct ckpt_uuid *out, struct ckpt_err *err)
{
	const json_t *v = json_object_get(entry, "uuid");
	char shown[CKPT_QUOTE_MAX];
	const char *s;
	size_t len;

	s = ckpt_json_string(v, &len);
	if (!s)
		return ckpt_fail(err, EUCLEAN, "%s: \"uuid\" is %s", what, v ? "no string" : "missing");
	/* The uuid becomes the name of a directory that a gc removes, so nothing
	 * but the one form is read; nor one that a NUL hides the rest of. */
	if (memchr(s, '\0', len) || !ckpt_uuid_parse(s, out))
		return ckpt_fail(err, EUCLEAN, "%s: \"uuid\" is \"%s\", which is no uuid of 36 characters",
				 what, ckpt_quote(s, len, shown));
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
