/* readers.h - one function for each kind of file, for texts of any kind
 *
 * Each reads a copy of exactly the size given, so that a sanitizer sees a
 * byte too far, and gives everything back.
 */
#ifndef CKPT_TESTS_READERS_H
#define CKPT_TESTS_READERS_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/format.h"
#include "engine/json.h"

#define U "\"uuid\":\"0199f0c2-1a2b-7c3d-8e4f-0123456789ab\""
#define F "\"fingerprint\":9980967102696198827"

/* As an engine wrote it. */
static const char real_catalog[] =
	"[{\"uuid\":\"01a20b74-ca66-7b01-8fdf-dc2fa5cc3c53\",\"identifier\":\"step \\\"0\\\" \xc3\xa9\","
	"\"fingerprint\":9980967102696198827,\"size\":1785,\"steps\":0,\"processed_records\":150},"
	"{\"uuid\":\"01a20b74-ca71-75f3-8dd2-f558a844197d\",\"identifier\":null,"
	"\"fingerprint\":9980967102696198827,\"size\":3097,\"steps\":1,\"processed_records\":300}]";
static const char real_dependencies[] =
	"{\"batches\":[\"w1-01a20b74-c3e8-7052-b991-022d70edd8a3.feldera\","
	"\"w1-01a20b74-c3eb-7022-a6ff-0bbbb2e04768.feldera\"],"
	"\"state_files\":[\"CHECKPOINT\",\"accumulate-output-0-39.dat\",\"pspine-0-11.dat\"]}";

typedef int reader(const char *text, size_t len, struct ckpt_err *err);

static int read_entry(void *ctx, size_t index, const char *text, size_t len, struct ckpt_err *err)
{
	struct ckpt_entry *e;
	char what[64];
	int r;

	(void)ctx;
	snprintf(what, sizeof(what), "entry %zu of the catalog", index);
	r = ckpt_entry_parse(text, len, what, &e, err);
	if (r == 0) {
		ck_assert_uint_eq(strlen(e->text), e->text_len);
		ckpt_entry_unref(e);
	}
	return r;
}

static char *copy_of(const char *text, size_t len)
{
	char *copy = malloc(len ? len : 1);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, len);
	return copy;
}

static int read_catalog(const char *text, size_t len, struct ckpt_err *err)
{
	char *copy = copy_of(text, len);
	int r = ckpt_json_split(copy, len, "the catalog", read_entry, NULL, err);

	free(copy);
	return r;
}

static int read_deps(const char *text, size_t len, struct ckpt_err *err)
{
	char *copy = copy_of(text, len);
	struct ckpt_deps deps;
	int r = ckpt_deps_parse(copy, len, "the dependencies", &deps, err);

	ckpt_deps_release(&deps);
	free(copy);
	return r;
}

static int read_spine(const char *text, size_t len, struct ckpt_err *err)
{
	char *copy = copy_of(text, len);
	struct ckpt_deps deps;
	int r = ckpt_deps_init(&deps, err);

	if (r == 0)
		r = ckpt_spine_parse(copy, len, "the spine", &deps, err);
	ckpt_deps_release(&deps);
	free(copy);
	return r;
}

static int read_state(const char *text, size_t len, struct ckpt_err *err)
{
	char *copy = copy_of(text, len);
	struct ckpt_entry *e;
	int r = ckpt_state_parse(copy, len, "the state", &e, err);

	ckpt_entry_unref(e);
	free(copy);
	return r;
}

#endif
