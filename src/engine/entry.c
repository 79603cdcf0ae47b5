#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/format.h"

/* --- entries ------------------------------------------------------------ */

struct ckpt_entry *ckpt_entry_ref(struct ckpt_entry *e)
{
	__atomic_fetch_add(&e->refs, 1, __ATOMIC_RELAXED);
	return e;
}

void ckpt_entry_unref(struct ckpt_entry *e)
{
	if (e && __atomic_sub_fetch(&e->refs, 1, __ATOMIC_ACQ_REL) == 0)
		free(e);
}

static char *put(char *at, const char *s, size_t len)
{
	memcpy(at, s, len);
	at[len] = '\0';
	return at + len + 1;
}

int ckpt_entry_new(const struct ckpt_entry_values *v, const char *text, size_t text_len,
		   struct ckpt_entry **out, struct ckpt_err *err)
{
	size_t id_len = v->identifier ? v->identifier_len : 0;
	struct ckpt_entry *e;
	char *at;

	if (id_len > CKPT_IDENTIFIER_MAX || text_len > CKPT_CATALOG_BYTES_MAX)
		return ckpt_fail(err, EFBIG,
				 "a catalog entry of %zu bytes with an identifier of %zu is too long: %zu "
				 "and %d are allowed",
				 text_len, id_len, CKPT_CATALOG_BYTES_MAX, CKPT_IDENTIFIER_MAX);
	/* A catalog has many entries and they live long: one block each. */
	e = malloc(sizeof(*e) + id_len + text_len + 2);
	if (!e)
		return ckpt_fail_nomem(err);
	*e = (struct ckpt_entry){
		.refs = 1,
		.uuid = v->uuid,
		.fingerprint = v->fingerprint,
		.size = v->size,
		.steps = v->steps,
		.processed_records = v->processed_records,
		.identifier_len = id_len,
		.text_len = text_len,
	};
	at = (char *)(e + 1);
	e->text = at;
	at = put(at, text, text_len);
	if (v->identifier) {
		e->identifier = at;
		put(at, v->identifier, id_len);
	}
	*out = e;
	return 0;
}

static void add_u64(struct ckpt_buf *b, const char *name, struct ckpt_u64 v)
{
	if (v.present)
		ckpt_buf_addf(b, ",\"%s\":%" PRIu64, name, v.value);
	else
		ckpt_buf_addf(b, ",\"%s\":null", name);
}

static int check_identifier(const struct ckpt_entry_values *v, struct ckpt_err *err)
{
	size_t i, n;

	if (!v->identifier)
		return 0;
	if (v->identifier_len > CKPT_IDENTIFIER_MAX)
		return ckpt_fail(err, EFBIG, "an identifier of %zu bytes is too long: at most %d are allowed",
				 v->identifier_len, CKPT_IDENTIFIER_MAX);
	for (i = 0; i < v->identifier_len; i += n) {
		n = ckpt_utf8_len(v->identifier + i, v->identifier_len - i);
		if (n == 0)
			return ckpt_fail(err, EINVAL, "the identifier is not valid UTF-8 from byte %zu on",
					 i);
	}
	return 0;
}

int ckpt_entry_make(const struct ckpt_entry_values *v, struct ckpt_entry **out, struct ckpt_err *err)
{
	struct ckpt_buf b = CKPT_BUF_INIT;
	char uuid[CKPT_UUID_TEXT];
	int r;

	r = check_identifier(v, err);
	if (r < 0)
		return r;
	ckpt_buf_addf(&b, "{\"uuid\":\"%s\",\"identifier\":", ckpt_uuid_text(&v->uuid, uuid));
	if (v->identifier)
		ckpt_buf_add_json(&b, v->identifier, v->identifier_len);
	else
		ckpt_buf_adds(&b, "null");
	add_u64(&b, "fingerprint", (struct ckpt_u64){ v->fingerprint, true });
	add_u64(&b, "size", v->size);
	add_u64(&b, "steps", v->steps);
	add_u64(&b, "processed_records", v->processed_records);
	ckpt_buf_addc(&b, '}');
	r = b.failed ? ckpt_fail_nomem(err) : ckpt_entry_new(v, b.data, b.len, out, err);
	ckpt_buf_release(&b);
	return r;
}

/* --- dependencies ------------------------------------------------------- */

int ckpt_deps_init(struct ckpt_deps *deps, struct ckpt_err *err)
{
	*deps = (struct ckpt_deps){ 0 };
	deps->batches = calloc(1, sizeof(*deps->batches));
	deps->state_files = calloc(1, sizeof(*deps->state_files));
	if (!deps->batches || !deps->state_files)
		return ckpt_fail_nomem(err);
	return 0;
}

void ckpt_deps_release(struct ckpt_deps *deps)
{
	if (deps->batches)
		ckpt_names_release(deps->batches);
	if (deps->state_files)
		ckpt_names_release(deps->state_files);
	free(deps->batches);
	free(deps->state_files);
	*deps = (struct ckpt_deps){ 0 };
}

static void write_names(const struct ckpt_names *s, struct ckpt_buf *out)
{
	const char *name;
	size_t i;

	ckpt_buf_addc(out, '[');
	for (i = 0; i < s->n; i++) {
		if (i > 0)
			ckpt_buf_addc(out, ',');
		name = ckpt_names_at(s, i);
		ckpt_buf_add_json(out, name, strlen(name));
	}
	ckpt_buf_addc(out, ']');
}

void ckpt_deps_write(const struct ckpt_deps *deps, struct ckpt_buf *out)
{
	assert(deps->version == 1 || deps->version == 2);
	if (deps->version == 1) {
		write_names(deps->batches, out);
		return;
	}
	ckpt_buf_adds(out, "{\"batches\":");
	write_names(deps->batches, out);
	ckpt_buf_adds(out, ",\"state_files\":");
	write_names(deps->state_files, out);
	ckpt_buf_addc(out, '}');
}

/* The sets as the public header shows them. */
size_t ckpt_names_count(const struct ckpt_names *s)
{
	return s->n;
}

const char *ckpt_names_get(const struct ckpt_names *s, size_t i)
{
	return ckpt_names_at(s, i);
}
