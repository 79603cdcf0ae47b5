/* Two parties on a fresh root, and what the suite writes and reads on it. */
#include "store_suite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct store_backend *backend;
struct ckpt_store *a, *b;
struct ckpt_err e;
const struct ckpt_version absent;

void store_suite_setup(const struct store_backend *which)
{
	backend = which;
	backend->setup();
	a = backend->open();
	b = backend->open();
}

void store_suite_teardown(void)
{
	ckpt_store_free(a);
	ckpt_store_free(b);
	backend->teardown();
}

void put_text(struct ckpt_store *s, const char *dir, const char *name, const char *text)
{
	OK(ckpt_store_write(s, dir, name, text, strlen(text), &e));
}

void expect_text(struct ckpt_store *s, const char *dir, const char *name, const char *text)
{
	struct ckpt_blob blob;

	OK(ckpt_store_read(s, dir, name, 1 << 20, &blob, &e));
	ck_assert_str_eq(blob.data, text);
	ck_assert_uint_eq(blob.len, strlen(text));
	free(blob.data);
}

void expect_absent(struct ckpt_store *s, const char *dir, const char *name)
{
	struct ckpt_stat st;

	FAILS(ENOENT, ckpt_store_stat(s, dir, name, &st, &e));
}

int see(void *ctx, const char *name, const struct ckpt_stat *st)
{
	struct seen *seen = ctx;

	seen->count++;
	if (seen->name && strcmp(seen->name, name) == 0) {
		ck_assert_msg(seen->kind == -1, "%s was listed twice", name);
		seen->kind = (int)st->kind;
		seen->st = *st;
	}
	return 0;
}

unsigned count_names(struct ckpt_store *s, const char *dir)
{
	struct seen seen = { .kind = -1 };

	OK(ckpt_store_list(s, dir, false, see, &seen, &e));
	return seen.count;
}

int listed_kind(struct ckpt_store *s, const char *dir, const char *name, bool with_stat)
{
	struct seen seen = { .name = name, .kind = -1 };

	OK(ckpt_store_list(s, dir, with_stat, see, &seen, &e));
	return seen.kind;
}
