/* dependencies.c - a dependencies.json: read, judged, written again */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "engine/format.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/json_oracle.h"
#include "tests/fuzz/names.h"

static const int codes[] = { EUCLEAN, EFBIG, 0 };

/* The version; 0: it is none. */
static int judge(const struct oj *v)
{
	const struct oj *files;

	if (v && is_names(v, rule_is_batch))
		return 1;
	files = v ? oj_get(v, "state_files") : NULL;
	return v && v->kind == OJ_OBJECT && is_names(oj_get(v, "batches"), rule_is_batch) &&
			       (!files || is_names(files, rule_is_state_file))
		       ? 2
		       : 0;
}

static void must_be(const struct ckpt_deps *deps, const struct oj *v, int version)
{
	MUST(deps->version == version, "version %d", deps->version);
	must_be_names(deps->batches, version == 1 ? v : oj_get(v, "batches"));
	must_be_names(deps->state_files, version == 1 ? NULL : oj_get(v, "state_files"));
}

/* As each version: version 1 says nothing of state files. */
static void write_again(struct ckpt_deps *deps, const struct oj *v, int version)
{
	struct ckpt_buf text = CKPT_BUF_INIT, twice = CKPT_BUF_INIT;
	struct ckpt_deps again;

	ckpt_deps_write(deps, &text);
	MUST(!text.failed && ckpt_deps_parse(text.data, text.len, "written", &again, NULL) == 0, "%s",
	     text.data);
	must_be(&again, v, version);
	ckpt_deps_write(&again, &twice);
	MUST(twice.len == text.len && memcmp(twice.data, text.data, text.len) == 0, "%s", twice.data);
	ckpt_deps_release(&again);
	ckpt_buf_release(&text);
	ckpt_buf_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct oj *v = oj_parse((const char *)data, len);
	int version = judge(v), rc;
	struct ckpt_err err = { 0 };
	struct ckpt_deps deps;

	rc = ckpt_deps_parse((const char *)data, len, "dependencies", &deps, &err);
	MUST((rc == 0) == (version > 0), "%d: %s", rc, err.msg);
	if (rc == 0) {
		must_be(&deps, v, version);
		write_again(&deps, v, version);
	} else {
		must_be_error(rc, &err, codes);
	}
	ckpt_deps_release(&deps);
	oj_free(v);
	return 0;
}
