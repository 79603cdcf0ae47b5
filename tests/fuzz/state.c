/* state.c - a state.json: the checkpoint that a pipeline resumes from */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/name.h"
#include "tests/fuzz/entry.h"
#include "tests/fuzz/fuzz.h"

static const int codes[] = { EUCLEAN, EFBIG, 0 };

/* A rebuilt catalog takes the entry from here, so it must be the text that is
 * there. */
static void parse(const uint8_t *data, size_t len, const struct oj *circuit)
{
	struct ckpt_entry *e;
	struct oj *text;

	MUST(ckpt_state_parse((const char *)data, len, "state", &e, NULL) == 0, "parse");
	MUST(!e == !circuit, "circuit");
	if (!e)
		return;
	text = oj_parse(e->text, e->text_len);
	MUST(text && oj_equal(text, circuit), "%s", e->text);
	oj_free(text);
	ckpt_entry_unref(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct ckpt_store *store;
	struct oj *v = oj_parse((const char *)data, len);
	const struct oj *c = v ? oj_get(v, "circuit") : NULL;
	struct ckpt_err err = { 0 };
	struct ckpt_resume resume;
	unsigned char b[16];
	bool good;
	int rc;

	if (!store) {
		struct ckpt_mem *mem = ckpt_mem_new();

		MUST(mem && ckpt_store_open_mem(mem, &store, NULL) == 0, "no memory");
		ckpt_mem_free(mem);
	}
	if (c && c->kind == OJ_NULL)
		c = NULL;
	good = v && v->kind == OJ_OBJECT && (!c || is_entry(c));
	MUST(ckpt_store_write(store, NULL, CKPT_STATE, len ? (const void *)data : "", len, NULL) == 0,
	     "write");
	rc = ckpt_resume_read(store, &resume, &err);
	MUST((rc == 0) == good, "%d: %s", rc, err.msg);
	/* Damaged is not the same as none. */
	MUST(resume.has_state && resume.names == (rc == 0 && c), "names %d", resume.names);
	if (rc) {
		must_be_error(rc, &err, codes);
	} else {
		MUST(!c || (rule_uuid(oj_get(c, "uuid")->s, 36, b) && memcmp(resume.uuid.b, b, 16) == 0),
		     "uuid");
		parse(data, len, c);
	}
	oj_free(v);
	return 0;
}
