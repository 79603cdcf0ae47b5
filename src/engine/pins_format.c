#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "base/when.h"
#include "engine/json.h"
#include "engine/pins_format.h"

/* --- one pin ------------------------------------------------------------ */

bool ckpt_pin_name_ok(const char *name)
{
	size_t n = strlen(name), used;
	char shown[CKPT_SHOWN_MAX];

	if (n > CKPT_PIN_NAME_MAX || !ckpt_name_ok(name, n))
		return false;
	for (; n; name += used, n -= used)
		if (ckpt_shown(name, n, shown, &used) != used)
			return false;
	return true;
}

void ckpt_pin_release(struct ckpt_pin *p)
{
	free(p->name);
	free(p->text);
	*p = (struct ckpt_pin){ 0 };
}

int ckpt_pin_make(struct ckpt_pin *p, const char *name, const struct ckpt_uuid *uuid, int64_t created_ms,
		  const int64_t *expires_ms, struct ckpt_err *err)
{
	char text[CKPT_UUID_TEXT], when[CKPT_WHEN_TEXT];
	struct ckpt_buf b = CKPT_BUF_INIT;

	*p = (struct ckpt_pin){
		.name = strdup(name),
		.uuid = *uuid,
		.created_ms = created_ms,
		.expires = expires_ms != NULL,
		.expires_ms = expires_ms ? *expires_ms : 0,
	};
	ckpt_buf_adds(&b, "{\"name\":");
	ckpt_buf_add_json(&b, name, strlen(name));
	ckpt_buf_addf(&b, ",\"uuid\":\"%s\",\"created\":\"%s\",\"expires\":", ckpt_uuid_text(uuid, text),
		      ckpt_when_text(created_ms, when));
	if (expires_ms)
		ckpt_buf_addf(&b, "\"%s\"}", ckpt_when_text(*expires_ms, when));
	else
		ckpt_buf_adds(&b, "null}");
	p->text = b.data;
	return b.failed || !p->name ? ckpt_fail_nomem(err) : 0;
}

/* A string without a NUL; anything else is NULL. */
static const char *get_string(const json_t *pin, const char *member)
{
	size_t len;
	const char *s = ckpt_json_string(json_object_get(pin, member), &len);

	return s && !memchr(s, '\0', len) ? s : NULL;
}

static int parse_values(const json_t *v, const char *what, struct ckpt_pin *p, struct ckpt_err *err)
{
	const json_t *expires = json_object_get(v, "expires");
	const char *name = get_string(v, "name"), *uuid = get_string(v, "uuid");
	const char *created = get_string(v, "created"), *when = get_string(v, "expires");

	if (!name || !ckpt_pin_name_ok(name))
		return ckpt_fail(err, EUCLEAN, "%s: \"name\" can't be the name of a pin", what);
	if (!uuid || !ckpt_uuid_parse(uuid, &p->uuid))
		return ckpt_fail(err, EUCLEAN, "%s: \"uuid\" is no uuid of 36 characters", what);
	if (!created || !ckpt_when_parse(created, &p->created_ms))
		return ckpt_fail(err, EUCLEAN, "%s: \"created\" is no time as 2026-11-24T19:36:39Z", what);
	p->expires = expires && !json_is_null(expires);
	if (p->expires && (!when || !ckpt_when_parse(when, &p->expires_ms)))
		return ckpt_fail(err, EUCLEAN,
				 "%s: \"expires\" is neither null nor a time as 2026-11-24T19:36:39Z", what);
	p->name = strdup(name);
	return p->name ? 0 : ckpt_fail_nomem(err);
}

/* --- the file ----------------------------------------------------------- */

struct parse {
	const char *label;
	struct ckpt_pins *pins;
	size_t cap;
};

static int parse_pin(void *ctx, size_t index, const char *text, size_t len, struct ckpt_err *err)
{
	struct parse *p = ctx;
	struct ckpt_pin *pin = &p->pins->pin[p->pins->n];
	char what[CKPT_ERR_MAX / 2];
	json_t *v = NULL;
	int rc;

	if (p->pins->n == p->cap)
		return ckpt_fail(err, EUCLEAN, "%s changed while it was parsed", p->label);
	snprintf(what, sizeof(what), "pin %zu in %s", index, p->label);
	rc = ckpt_json_load(text, len, what, &v, err);
	if (rc)
		return rc;
	p->pins->n++;
	if (!json_is_object(v))
		rc = ckpt_fail(err, EUCLEAN, "%s is no JSON object", what);
	else
		rc = parse_values(v, what, pin, err);
	json_decref(v);
	if (rc)
		return rc;
	pin->text = strndup(text, len);
	return pin->text ? 0 : ckpt_fail_nomem(err);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct ckpt_pin *)a)->name, ((const struct ckpt_pin *)b)->name);
}

static int check_version(const json_t *file, const char *label, struct ckpt_err *err)
{
	uint64_t version;

	if (!json_is_object(file))
		return ckpt_fail(err, EUCLEAN, "%s is no JSON object", label);
	if (!ckpt_json_u64(json_object_get(file, "version"), &version) || version == 0)
		return ckpt_fail(err, EUCLEAN, "%s: \"version\" is missing, or no positive integer", label);
	if (version > CKPT_PINS_VERSION)
		return ckpt_fail(
			err, EUCLEAN,
			"%s has version %llu and this ckptfs knows only %d: a newer one wrote it, and only "
			"that may remove checkpoints here or change the pins",
			label, (unsigned long long)version, CKPT_PINS_VERSION);
	return 0;
}

static int parse_list(struct parse *p, const json_t *list, const char *text, size_t len, struct ckpt_err *err)
{
	struct ckpt_pins *pins = p->pins;
	int rc;

	if (!json_is_array(list))
		return ckpt_fail(err, EUCLEAN, "%s: \"pins\" is %s", p->label, list ? "no array" : "missing");
	p->cap = json_array_size(list);
	if (p->cap > CKPT_PINS_MAX)
		return ckpt_fail(err, EFBIG, "%s has %zu pins, more than %d", p->label, p->cap,
				 CKPT_PINS_MAX);
	pins->pin = calloc(p->cap + 1, sizeof(*pins->pin));
	if (!pins->pin)
		return ckpt_fail_nomem(err);
	rc = ckpt_json_split(text, len, p->label, parse_pin, p, err);
	if (rc)
		return rc;
	qsort(pins->pin, pins->n, sizeof(*pins->pin), by_name);
	for (size_t i = 1; i < pins->n; i++)
		if (strcmp(pins->pin[i - 1].name, pins->pin[i].name) == 0)
			return ckpt_fail(err, EUCLEAN, "%s has two pins of the name '%s'", p->label,
					 pins->pin[i].name);
	return 0;
}

/* The list is taken from the text, so that each pin keeps its own; all that
 * stands beside the list goes to pins->rest.  jansson keeps members in the
 * order in which they were written. */
static int parse_members(struct parse *p, json_t *file, const char *text, size_t len, struct ckpt_err *err)
{
	struct ckpt_buf list = CKPT_BUF_INIT, rest = CKPT_BUF_INIT;
	size_t index = 0;
	void *it;
	int rc;

	for (it = json_object_iter(file); it; it = json_object_iter_next(file, it), index++) {
		const char *key = json_object_iter_key(it);

		if (strcmp(key, "pins") == 0) {
			ckpt_json_member(text, len, index, &list);
			continue;
		}
		/* Shielding has given such a name one more of them (json.h). */
		key += *key == '\001';
		ckpt_buf_adds(&rest, rest.len ? "," : "");
		ckpt_buf_add_json(&rest, key, strlen(key));
		ckpt_buf_addc(&rest, ':');
		ckpt_json_member(text, len, index, &rest);
	}
	p->pins->rest = rest.data;
	rc = list.failed || rest.failed
		     ? ckpt_fail_nomem(err)
		     : parse_list(p, json_object_get(file, "pins"), list.data, list.len, err);
	ckpt_buf_release(&list);
	return rc;
}

int ckpt_pins_parse(const char *text, size_t len, const char *label, struct ckpt_pins *pins,
		    struct ckpt_err *err)
{
	struct parse p = { .label = label, .pins = pins };
	json_t *file;
	int rc = ckpt_json_load(text, len, label, &file, err);

	if (rc)
		return rc;
	rc = check_version(file, label, err);
	if (!rc)
		rc = parse_members(&p, file, text, len, err);
	json_decref(file);
	return rc;
}

void ckpt_pins_write(const struct ckpt_pins *pins, struct ckpt_buf *out)
{
	ckpt_buf_addc(out, '{');
	if (pins->rest)
		ckpt_buf_adds(out, pins->rest);
	else
		ckpt_buf_addf(out, "\"version\":%d", CKPT_PINS_VERSION);
	ckpt_buf_adds(out, ",\"pins\":[");
	for (size_t i = 0; i < pins->n; i++) {
		ckpt_buf_adds(out, i ? "," : "");
		ckpt_buf_adds(out, pins->pin[i].text);
	}
	ckpt_buf_adds(out, "]}");
}
