#include "tests/fixture.h"

#include <check.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "base/names.h"

void ok(int rc, const struct ckpt_err *e)
{
	ck_assert_msg(rc == 0, "%d: %s", rc, e->msg);
}

char *repeat(char c, size_t n)
{
	char *s = malloc(n + 1);

	ck_assert_ptr_nonnull(s);
	memset(s, c, n);
	s[n] = '\0';
	return s;
}

struct ckpt_uuid nth_uuid(unsigned n)
{
	unsigned char random[10] = { 1, 2, 3, 4, 5, 6, 7, 8, n >> 8, n };
	struct ckpt_uuid u;

	ckpt_uuid_make(&u, INT64_C(1767225600000) + 1000 * (int64_t)n, random);
	return u;
}

struct ckpt_store *in_memory(struct ckpt_mem *mem)
{
	struct ckpt_store *s;
	struct ckpt_err e;

	ck_assert_ptr_nonnull(mem);
	ok(ckpt_store_open_mem(mem, &s, &e), &e);
	return s;
}

struct ckpt_store *on_disk(char *path, size_t size)
{
	const char *tmp = getenv("TMPDIR");
	struct ckpt_store *s;
	struct ckpt_err e;

	snprintf(path, size, "%s/ckptfs.XXXXXX", tmp ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(path));
	ok(ckpt_store_open_posix(path, &s, &e), &e);
	return s;
}

static int remove_one(const char *path, const struct stat *st, int what, struct FTW *at)
{
	(void)st, (void)what, (void)at;
	return remove(path);
}

void remove_disk(const char *path)
{
	ck_assert_int_eq(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

void put(struct ckpt_store *s, const char *dir, const char *name, const char *text)
{
	struct ckpt_err e;
	int rc = dir ? ckpt_store_mkdir(s, dir, &e) : 0;

	if (rc != -EEXIST)
		ok(rc, &e);
	ok(ckpt_store_write(s, dir, name, text, strlen(text), &e), &e);
}

bool there(struct ckpt_store *s, const char *dir, const char *name)
{
	struct ckpt_stat st;

	return !ckpt_store_stat(s, dir, name, &st, NULL);
}

void stage(struct ckpt_store *s, unsigned n, const char *const *batches)
{
	struct ckpt_uuid u = nth_uuid(n);
	struct ckpt_buf spine = CKPT_BUF_INIT;
	char dir[CKPT_UUID_TEXT], state[64];

	ckpt_uuid_text(&u, dir);
	snprintf(state, sizeof(state), "state of %u", n);
	put(s, dir, "pspine-0.dat", state);
	ckpt_buf_adds(&spine, "{\"files\":[");
	for (size_t i = 0; batches && batches[i]; i++) {
		ckpt_buf_addf(&spine, "%s\"%s\"", i ? "," : "", batches[i]);
		if (!there(s, NULL, batches[i]))
			put(s, NULL, batches[i], batches[i]);
	}
	ckpt_buf_adds(&spine, "]}");
	put(s, dir, "pspine-batches-0.dat", spine.data);
	ckpt_buf_release(&spine);
}

void commit_nth(struct ckpt_root *root, unsigned n, const char *const *batches)
{
	struct ckpt_uuid u = nth_uuid(n);
	uint64_t fingerprint = 42;
	struct ckpt_commit_opts o = { .uuid = &u, .fingerprint = &fingerprint };
	struct ckpt_err e;

	if (ckpt_root_catalog(root)->absent)
		put(ckpt_root_store(root), NULL, CKPT_CATALOG, "[]");
	stage(ckpt_root_store(root), n, batches);
	ok(ckpt_commit(root, &o, NULL, &e), &e);
}

struct lines {
	struct ckpt_store *store;
	const char *dir;
	struct ckpt_names names;
};

static int add_line(void *ctx, const char *name, const struct ckpt_stat *st)
{
	struct lines *l = ctx;
	struct ckpt_buf line = CKPT_BUF_INIT;
	struct ckpt_blob blob = { 0 };

	if (!strcmp(name, CKPT_PIDLOCK))
		return 0;
	ckpt_buf_addf(&line, "%s/%s ", l->dir ? l->dir : ".", name);
	if (st->kind == CKPT_KIND_DIR) {
		struct lines below = { l->store, name, CKPT_NAMES_INIT };

		ck_assert_int_eq(ckpt_store_list(l->store, name, true, add_line, &below, NULL), 0);
		ck_assert(ckpt_names_seal(&below.names));
		for (size_t i = 0; i < below.names.n; i++)
			ckpt_buf_addf(&line, "\n  %s", ckpt_names_at(&below.names, i));
		ckpt_names_release(&below.names);
	} else if (!ckpt_store_read(l->store, l->dir, name, 1 << 20, &blob, NULL)) {
		ckpt_buf_add(&line, blob.data, blob.len);
		free(blob.data);
	}
	ckpt_names_add(&l->names, line.data, line.len);
	ckpt_buf_release(&line);
	return 0;
}

void snapshot(struct ckpt_store *s, struct ckpt_buf *out)
{
	struct lines l = { s, NULL, CKPT_NAMES_INIT };

	ckpt_buf_clear(out);
	ck_assert_int_eq(ckpt_store_list(s, NULL, true, add_line, &l, NULL), 0);
	ck_assert(ckpt_names_seal(&l.names));
	for (size_t i = 0; i < l.names.n; i++)
		ckpt_buf_addf(out, "%s\n", ckpt_names_at(&l.names, i));
	ckpt_names_release(&l.names);
}
