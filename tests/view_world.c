#include "view_world.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"

void world_init(struct world *w)
{
	struct ckpt_err e;

	memset(w, 0, sizeof(*w));
	w->mem = ckpt_mem_new();
	w->log = ckpt_log_new(false, false);
	ck_assert(w->mem && w->log);
	ck_assert_int_eq(ckpt_store_open_mem(w->mem, &w->pipeline, &e), 0);
	ck_assert_int_eq(ckpt_store_open_mem(w->mem, &w->store, &e), 0);
}

void world_close_view(struct world *w)
{
	ckpt_view_free(w->view);
	w->view = NULL;
}

void world_release(struct world *w)
{
	world_close_view(w);
	ckpt_store_free(w->store);
	ckpt_store_free(w->pipeline);
	ckpt_mem_free(w->mem);
	ckpt_log_free(w->log);
}

void world_open_view(struct world *w, int64_t lease_ms)
{
	const struct ckpt_view_opts o = { .show_control = true,
					  .lease_ms = lease_ms,
					  .mounter = 1000,
					  .mounter_gid = 1000,
					  .log = w->log };
	struct ckpt_err e = { 0 };

	ck_assert_msg(ckpt_view_new(w->store, &o, &w->view, &e) == 0, "%s", e.msg);
}

void put(struct world *w, const char *dir, const char *name, const char *text)
{
	struct ckpt_err e = { 0 };

	ck_assert_msg(ckpt_store_write(w->pipeline, dir, name, text, strlen(text), &e) == 0, "%s", e.msg);
}

void drop(struct world *w, const char *dir, const char *name)
{
	struct ckpt_err e = { 0 };

	ck_assert_msg(ckpt_store_remove(w->pipeline, dir, name, &e) == 0, "%s", e.msg);
}

void put_checkpoint(struct world *w, const char *uuid)
{
	char text[256], batch[64];
	struct ckpt_err e = { 0 };

	snprintf(batch, sizeof(batch), "w0-%s.feldera", uuid);
	put(w, NULL, SHARED, "shared bytes");
	put(w, NULL, batch, uuid);
	ck_assert_int_eq(ckpt_store_mkdir(w->pipeline, uuid, &e), 0);
	put(w, uuid, "CHECKPOINT", "");
	snprintf(text, sizeof(text), "{\"batches\":[\"" SHARED "\",\"%s\"],\"state_files\":[\"z1-0.dat\"]}",
		 batch);
	put(w, uuid, "dependencies.json", text);
	put(w, uuid, "z1-0.dat", "state");
}

void put_catalog(struct world *w, ...)
{
	struct ckpt_buf text = CKPT_BUF_INIT;
	const char *uuid;
	va_list ap;

	ckpt_buf_addc(&text, '[');
	va_start(ap, w);
	while ((uuid = va_arg(ap, const char *)))
		ckpt_buf_addf(&text,
			      "%s{\"uuid\":\"%s\",\"identifier\":null,\"fingerprint\":18446744073709551615}",
			      text.len > 1 ? "," : "", uuid);
	va_end(ap);
	ckpt_buf_addc(&text, ']');
	put(w, NULL, "checkpoints.feldera", text.data);
	ckpt_buf_release(&text);
}

void world_make(struct world *w, int64_t lease_ms)
{
	world_init(w);
	put_checkpoint(w, A);
	put_checkpoint(w, B);
	put_checkpoint(w, C);
	put_catalog(w, A, B, C, NULL);
	world_open_view(w, lease_ms);
}

int look(struct world *w, const char *path, struct ckpt_node *out)
{
	char name[256];
	int rc = ckpt_view_getattr(w->view, CKPT_VIEW_ROOT, out, NULL);

	while (rc == 0 && *path) {
		size_t len = strcspn(path, "/");

		memcpy(name, path, len);
		name[len] = '\0';
		rc = ckpt_view_lookup(w->view, out->id, name, out, NULL);
		path += len + (path[len] == '/');
	}
	return rc;
}

uint64_t id_of(struct world *w, const char *path)
{
	struct ckpt_node n;
	int rc = look(w, path, &n);

	ck_assert_msg(rc == 0, "%s: %s", path, strerror(-rc));
	return n.id;
}

int open_file(struct world *w, const char *path, struct ckpt_view_file **out)
{
	struct ckpt_node n;
	bool settled;
	int rc = look(w, path, &n);

	return rc ? rc : ckpt_view_open(w->view, n.id, out, &settled, NULL);
}

int open_dir(struct world *w, const char *path, struct ckpt_view_dir **out)
{
	struct ckpt_node n;
	bool settled;
	int rc = look(w, path, &n);

	return rc ? rc : ckpt_view_opendir(w->view, n.id, out, &settled, NULL);
}

char *say_of(struct world *w, const char *path)
{
	struct ckpt_buf text = CKPT_BUF_INIT;
	struct ckpt_view_file *f;
	struct ckpt_node n;
	char buf[4096];
	ssize_t got;

	ck_assert_int_eq(look(w, path, &n), 0);
	if (S_ISLNK(n.attr.st_mode)) {
		ck_assert_int_eq(ckpt_view_readlink(w->view, n.id, &text, NULL), 0);
	} else {
		ck_assert_int_eq(open_file(w, path, &f), 0);
		while ((got = ckpt_view_read(f, buf, sizeof(buf), text.len, NULL)) > 0)
			ckpt_buf_add(&text, buf, (size_t)got);
		ck_assert_int_eq(got, 0);
		ckpt_view_close(f);
	}
	/* What was announced is what is read. */
	ck_assert_int_eq(n.attr.st_size, (off_t)text.len);
	ckpt_buf_addc(&text, '\0');
	ck_assert(!text.failed);
	return text.data;
}

char *names_in(struct world *w, const char *path)
{
	struct ckpt_buf text = CKPT_BUF_INIT;
	struct ckpt_view_entry e;
	struct ckpt_view_dir *d;
	uint64_t at = 0;

	ck_assert_int_eq(open_dir(w, path, &d), 0);
	while (ckpt_view_readdir(d, at, false, &e, NULL) == 1) {
		ck_assert_uint_gt(e.offset, at);
		at = e.offset;
		if (strcmp(e.name, ".") != 0 && strcmp(e.name, "..") != 0)
			ckpt_buf_addf(&text, "%s ", e.name);
	}
	ckpt_view_closedir(d);
	ckpt_buf_addc(&text, '\0');
	ck_assert(!text.failed);
	return text.data;
}

char *status_of(struct world *w)
{
	struct ckpt_buf text = CKPT_BUF_INIT;

	ckpt_view_status(w->view, NULL, &text);
	ck_assert(!text.failed);
	return text.data;
}

/* --- checks ---------------------------------------------------------------- */

void check_names(struct world *w, const char *path, const char *names)
{
	CKPT_AUTO_FREE char *got = names_in(w, path);

	ck_assert_str_eq(got, names);
}

void check_look(struct world *w, const char *path, int rc)
{
	struct ckpt_node n;

	ck_assert_msg(look(w, path, &n) == rc, "%s: not %s", path, strerror(-rc));
}

void check_open(struct world *w, const char *path, int rc)
{
	struct ckpt_view_file *f;
	int got = open_file(w, path, &f);

	if (!got)
		ckpt_view_close(f);
	ck_assert_msg(got == rc, "%s: %s, not %s", path, strerror(-got), strerror(-rc));
}

void check_opendir(struct world *w, const char *path, int rc)
{
	struct ckpt_view_dir *d;
	int got = open_dir(w, path, &d);

	if (!got)
		ckpt_view_closedir(d);
	ck_assert_msg(got == rc, "%s: %s, not %s", path, strerror(-got), strerror(-rc));
}

void refresh(struct world *w)
{
	ck_assert_int_eq(ckpt_view_refresh(w->view, NULL), 0);
}

void remove_checkpoint(struct world *w, const char *uuid)
{
	char batch[64];
	struct ckpt_err e;

	snprintf(batch, sizeof(batch), "w0-%s.feldera", uuid);
	drop(w, NULL, batch);
	ck_assert_int_eq(ckpt_store_remove_tree(w->pipeline, uuid, 100, &e), 0);
}

void nap(void)
{
	struct timespec t = { .tv_nsec = NAP_MS * 1000000L };

	nanosleep(&t, NULL);
}
