/* pins.c - the pins file: read, judged, written again */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "engine/pins_format.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/json_oracle.h"
#include "tests/fuzz/rules.h"

static const int codes[] = { EUCLEAN, EFBIG, 0 };

/* --- the judge ------------------------------------------------------------- */

static bool is_pin(const struct oj *p)
{
	const struct oj *name = oj_get(p, "name"), *uuid = oj_get(p, "uuid"), *created = oj_get(p, "created"),
			*expires = oj_get(p, "expires");
	unsigned char b[16];
	int64_t ms;

	return p->kind == OJ_OBJECT && name && name->kind == OJ_STRING &&
	       rule_is_pin_name(name->s, name->len) && uuid && uuid->kind == OJ_STRING &&
	       rule_uuid(uuid->s, uuid->len, b) && created && created->kind == OJ_STRING &&
	       rule_time(created->s, created->len, &ms) &&
	       (!expires || expires->kind == OJ_NULL ||
		(expires->kind == OJ_STRING && rule_time(expires->s, expires->len, &ms)));
}

static bool is_pins(const struct oj *v)
{
	const struct oj *list = v ? oj_get(v, "pins") : NULL;
	uint64_t version;

	if (!v || !oj_u64(oj_get(v, "version"), &version) || version != 1 || !list || list->kind != OJ_ARRAY)
		return false;
	for (const struct oj *p = list->first; p; p = p->next) {
		if (!is_pin(p))
			return false;
		for (const struct oj *other = list->first; other != p; other = other->next)
			if (strcmp(oj_get(other, "name")->s, oj_get(p, "name")->s) == 0)
				return false;
	}
	return oj_count(list) <= CKPT_PINS_MAX;
}

/* --- what was read --------------------------------------------------------- */

static const struct oj *find(const struct oj *list, const char *name)
{
	const struct oj *p = list->first;

	while (p && strcmp(oj_get(p, "name")->s, name) != 0)
		p = p->next;
	return p;
}

static void must_be_pin(const struct ckpt_pin *pin, const struct oj *p)
{
	const struct oj *uuid = oj_get(p, "uuid"), *created = oj_get(p, "created"),
			*expires = oj_get(p, "expires");
	struct oj *text = oj_parse(pin->text, strlen(pin->text));
	unsigned char b[16];
	int64_t ms = 0;

	rule_uuid(uuid->s, uuid->len, b);
	MUST(memcmp(b, pin->uuid.b, sizeof(b)) == 0, "uuid");
	MUST(rule_time(created->s, created->len, &ms) && pin->created_ms == ms, "created %s: %lld, not %lld",
	     created->s, (long long)pin->created_ms, (long long)ms);
	MUST(pin->expires == (expires && expires->kind == OJ_STRING), "expires");
	if (pin->expires)
		MUST(rule_time(expires->s, expires->len, &ms) && pin->expires_ms == ms, "expires %s",
		     expires->s);
	MUST(text && oj_equal(text, p), "%s", pin->text);
	oj_free(text);
}

static void must_be(const struct ckpt_pins *pins, const struct oj *v)
{
	const struct oj *list = oj_get(v, "pins"), *p;

	MUST(pins->n == oj_count(list), "%zu pins", pins->n);
	for (size_t i = 0; i < pins->n; i++) {
		MUST(i == 0 || strcmp(pins->pin[i - 1].name, pins->pin[i].name) < 0, "%s", pins->pin[i].name);
		p = find(list, pins->pin[i].name);
		MUST(p, "%s was not there", pins->pin[i].name);
		must_be_pin(&pins->pin[i], p);
	}
}

/* The other members of the file survive too, wherever the pins were. */
static void must_have_members(const char *text, size_t len, const struct oj *want)
{
	struct oj *v = oj_parse(text, len);
	const struct oj *m, *got = v ? v->first : NULL;

	MUST(v && oj_count(v) == oj_count(want), "%s", text);
	for (m = want->first; m; m = m->next) {
		if (strcmp(m->key, "pins") == 0)
			continue;
		MUST(got->key_len == m->key_len && memcmp(got->key, m->key, m->key_len) == 0 &&
			     oj_equal(got, m),
		     "%s is not as before in %s", m->key, text);
		got = got->next;
	}
	oj_free(v);
}

static void write_again(const struct ckpt_pins *pins, const struct oj *v)
{
	struct ckpt_buf text = CKPT_BUF_INIT, twice = CKPT_BUF_INIT;
	struct ckpt_pins again = CKPT_PINS_INIT;

	ckpt_pins_write(pins, &text);
	MUST(!text.failed && ckpt_pins_parse(text.data, text.len, "written", &again, NULL) == 0, "%s",
	     text.data);
	must_be(&again, v);
	must_have_members(text.data, text.len, v);
	ckpt_pins_write(&again, &twice);
	MUST(twice.len == text.len && memcmp(twice.data, text.data, text.len) == 0, "%s became %s", text.data,
	     twice.data);
	ckpt_pins_release(&again);
	ckpt_buf_release(&text);
	ckpt_buf_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct oj *v = oj_parse((const char *)data, len);
	struct ckpt_pins pins = CKPT_PINS_INIT;
	struct ckpt_err err = { 0 };
	int rc = ckpt_pins_parse((const char *)data, len, "pins", &pins, &err);

	MUST((rc == 0) == is_pins(v), "%d: %s", rc, err.msg);
	if (rc == 0) {
		must_be(&pins, v);
		write_again(&pins, v);
	} else {
		must_be_error(rc, &err, codes);
	}
	ckpt_pins_release(&pins);
	oj_free(v);
	return 0;
}
