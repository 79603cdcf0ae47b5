#include "tests/archive_world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/name.h"
#include "tests/suite.h"

struct side src, arch;
struct ckpt_archived out;
struct ckpt_err e;
struct ckpt_buf before, after;

unsigned asked, act_at;
bool stops;
void (*act)(void);

static bool ask(void *ctx)
{
	(void)ctx;
	if (++asked == act_at)
		act();
	return stops;
}

static void open_side(struct side *s, bool disk, const struct ckpt_env *env)
{
	struct ckpt_store *inner;

	memset(s, 0, sizeof(*s));
	s->fault.code = ENOSPC;
	if (disk) {
		inner = on_disk(s->path, sizeof(s->path));
	} else {
		s->mem = ckpt_mem_new();
		inner = in_memory(s->mem);
	}
	s->store = store_fault_new(inner, &s->fault);
	ok(ckpt_root_open(s->store, env, &s->root, &e), &e);
}

static void close_side(struct side *s)
{
	ckpt_root_free(s->root);
	ckpt_store_free(s->store);
	ckpt_mem_free(s->mem);
	if (s->path[0])
		remove_disk(s->path);
}

void begin(int kind)
{
	const struct ckpt_env env = { .stop = ask };

	asked = act_at = 0;
	stops = false;
	open_side(&src, kind != MEM_TO_MEM, NULL);
	open_side(&arch, kind == DISK_TO_DISK, &env);
}

void end(void)
{
	ckpt_archived_release(&out);
	close_side(&src);
	close_side(&arch);
	ckpt_buf_release(&before);
	ckpt_buf_release(&after);
}

void commit(unsigned n)
{
	char batch[32];

	snprintf(batch, sizeof(batch), "w0-%u.feldera", n);
	commit_nth(src.root, n, BATCHES("w0-shared.feldera", batch));
}

const char *dir_of(unsigned n)
{
	static char text[CKPT_UUID_TEXT];
	struct ckpt_uuid u = nth_uuid(n);

	return ckpt_uuid_text(&u, text);
}

int archive(const struct ckpt_archive_opts *o)
{
	ckpt_archived_release(&out);
	return ckpt_archive(src.root, arch.root, o, &out, &e);
}

void archive_all(void)
{
	ok(archive(&(struct ckpt_archive_opts){ .all = true }), &e);
}

int archive_nth(unsigned n)
{
	struct ckpt_uuid u = nth_uuid(n);

	return archive(&(struct ckpt_archive_opts){ .uuid = &u, .n_uuid = 1 });
}

void sound(void)
{
	struct ckpt_problems problems;

	ok(ckpt_verify(arch.root, NULL, 0, NULL, &problems, &e), &e);
	ck_assert_msg(problems.n == 0, "%s", problems.n ? problems.problem[0].what : "");
	ckpt_problems_release(&problems);
}

void holds(size_t n, const unsigned *which)
{
	struct ckpt_catalog *c;

	sound();
	ok(ckpt_root_refresh(arch.root, &e), &e);
	c = ckpt_root_catalog(arch.root);
	ck_assert_uint_eq(c->n, n);
	for (size_t i = 0; i < n; i++) {
		struct ckpt_uuid u = nth_uuid(which[i]);
		ptrdiff_t k = ckpt_catalog_find(ckpt_root_catalog(src.root), &u);

		ck_assert_int_eq(ckpt_uuid_cmp(&c->entry[i]->uuid, &u), 0);
		if (k >= 0)
			ck_assert_str_eq(c->entry[i]->text, ckpt_root_catalog(src.root)->entry[k]->text);
	}
}

void content(struct ckpt_store *s, const char *dir, const char *name, const char *text)
{
	struct ckpt_blob blob;

	ok(ckpt_store_read(s, dir, name, 1 << 20, &blob, &e), &e);
	ck_assert_str_eq(blob.data, text);
	free(blob.data);
}

void finish(unsigned n, bool root_too)
{
	struct ckpt_uuid u = nth_uuid(n);
	ptrdiff_t i = ckpt_catalog_find(ckpt_root_catalog(src.root), &u);
	char state[512];

	snprintf(state, sizeof(state), "{\"circuit\":%s}", ckpt_root_catalog(src.root)->entry[i]->text);
	put(src.store, dir_of(n), CKPT_STATE, state);
	if (root_too)
		put(src.store, NULL, CKPT_STATE, state);
}

void forget(unsigned n)
{
	struct ckpt_uuid u = nth_uuid(n);
	struct ckpt_catalog *c;
	struct ckpt_buf text = CKPT_BUF_INIT;
	char batch[32];

	ok(ckpt_catalog_read(src.store, NULL, &c, &e), &e);
	for (size_t i = 0; i < c->n; i++)
		if (ckpt_uuid_cmp(&c->entry[i]->uuid, &u))
			ckpt_buf_addf(&text, "%s%s", text.len ? "," : "[", c->entry[i]->text);
	ckpt_buf_adds(&text, text.len ? "]" : "[]");
	put(src.store, NULL, CKPT_CATALOG, text.data);
	ckpt_buf_release(&text);
	ckpt_catalog_unref(c);
	snprintf(batch, sizeof(batch), "w0-%u.feldera", n);
	ckpt_store_remove(src.store, NULL, batch, NULL);
	ok(ckpt_store_remove_tree(src.store, dir_of(n), 1000, &e), &e);
}

int archive_run(const char *name, TCase *t)
{
	tcase_add_checked_fixture(t, NULL, end);
	tcase_set_timeout(t, 120);
	return suite_run_one(name, t);
}
