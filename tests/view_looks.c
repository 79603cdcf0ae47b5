#include "tests/view_looks.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct world looks_world;
struct fault looks_fault;
#define w looks_world

/* --- a root with everything, and a view of it ------------------------------ */

static void setup(void)
{
	static const char pins[] = "{\"version\":1,\"pins\":[{\"name\":\"held\",\"uuid\":\"" A
				   "\",\"created\":\"2026-11-24T19:36:39.123Z\",\"expires\":null}]}";

	memset(&looks_fault, 0, sizeof(looks_fault));
	world_init(&w);
	put_checkpoint(&w, A);
	put_checkpoint(&w, B);
	put_checkpoint(&w, C);
	drop(&w, C, "dependencies.json");
	put(&w, C, "pspine-batches-0.dat", "{\"files\":[\"" SHARED "\"]}");
	put_catalog(&w, A, B, C, NULL);
	put(&w, A, "state.json", "{\"circuit\":null}");
	put(&w, B, "state.json", "{\"circuit\":null}");
	put(&w, C, "state.json", "{\"circuit\":null}");
	put(&w, NULL, "state.json", "{\"circuit\":null}");
	put(&w, NULL, "ckptfs-pins.json", pins);
	ck_assert_int_eq(ckpt_store_mkdir(w.pipeline, "steps.bin", NULL), 0);
	w.store = store_fault_new(w.store, &looks_fault);
}

static void teardown(void)
{
	world_release(&w);
	ck_assert_int_eq(looks_fault.open, 0);
}

static int open_view(struct ckpt_err *err)
{
	const struct ckpt_view_opts o = {
		.show_control = true, .lease_ms = 60000, .hold_files = 100, .hold_free = 5, .log = w.log
	};

	return ckpt_view_new(w.store, &o, &w.view, err);
}

/* --- what is asked of it ----------------------------------------------------- */

/* All names, with what readdirplus says of each. */
static int list(const char *path, struct ckpt_buf *out)
{
	struct ckpt_view_entry e;
	struct ckpt_view_dir *d;
	uint64_t at = 0;
	int rc = open_dir(&w, path, &d);

	if (rc)
		return rc;
	while ((rc = ckpt_view_readdir(d, at, true, &e, NULL)) == 1) {
		at = e.offset;
		/* One that can't be described just now has its name all the same. */
		ckpt_buf_addf(out, "%s %o\n", e.name, e.node.attr.st_mode & S_IFMT);
	}
	ckpt_view_closedir(d);
	return rc;
}

int looks_read(struct ckpt_view_file *f, struct ckpt_buf *out)
{
	uint64_t off = 0;
	char chunk[7];
	ssize_t n;

	while ((n = ckpt_view_read(f, chunk, sizeof(chunk), off, NULL)) > 0) {
		ckpt_buf_add(out, chunk, (size_t)n);
		off += (uint64_t)n;
	}
	return (int)n;
}

static int say(const char *path, struct ckpt_buf *out)
{
	struct ckpt_view_file *f;
	struct ckpt_node n;
	int rc = look(&w, path, &n);

	if (!rc && S_ISLNK(n.attr.st_mode))
		return ckpt_view_readlink(w.view, n.id, out, NULL);
	if (!rc)
		rc = open_file(&w, path, &f);
	if (rc)
		return rc;
	rc = looks_read(f, out);
	ckpt_view_close(f);
	ckpt_buf_addf(out, " of %lld", (long long)n.attr.st_size);
	return rc;
}

/* By the number that the kernel remembers. */
static uint64_t remembered;

static int say_again(const char *path, struct ckpt_buf *out)
{
	struct ckpt_view_file *f;
	struct ckpt_node n;
	bool settled;
	int rc = ckpt_view_getattr(w.view, remembered, &n, NULL);

	(void)path;
	if (!rc)
		rc = ckpt_view_open(w.view, remembered, &f, &settled, NULL);
	if (rc)
		return rc;
	rc = looks_read(f, out);
	ckpt_view_close(f);
	return rc;
}

static int space(const char *path, struct ckpt_buf *out)
{
	struct statvfs st;
	int rc = ckpt_view_statfs(w.view, &st, NULL);

	(void)path;
	ckpt_buf_addf(out, "%lu", (unsigned long)st.f_blocks);
	return rc;
}

/* The pipeline has committed D, and this is how the view learns it. */
static int refresh_and_say(const char *path, struct ckpt_buf *out)
{
	int rc = ckpt_view_refresh(w.view, NULL);

	return rc ? rc : say(path, out);
}

static int refresh_and_list(const char *path, struct ckpt_buf *out)
{
	int rc = ckpt_view_refresh(w.view, NULL);

	return rc ? rc : list(path, out);
}

/* A mount that begins. */
static int begin(void)
{
	struct ckpt_err e = { 0 };
	int rc;

	world_close_view(&w);
	rc = open_view(&e);
	/* Nothing of Check's in here: it wants memory. */
	return rc && strlen(e.msg) < 20 ? -ENOTRECOVERABLE : rc;
}

static int begin_and_list(const char *path, struct ckpt_buf *out)
{
	int rc = begin();

	return rc ? rc : list(path, out);
}

static int begin_and_say(const char *path, struct ckpt_buf *out)
{
	int rc = begin();

	return rc ? rc : say(path, out);
}

const struct look looks[] = {
	{ list, "", false },
	{ list, A, false },
	{ list, A "/storage", false },
	{ list, A "/dependencies", false },
	{ list, A "/storage/" A, false },
	{ list, A "/storage/steps.bin", false },
	{ list, C "/storage", false },
	{ list, ".ckptfs", false },
	{ list, ".ckptfs/by-time", false },
	{ list, ".ckptfs/by-identifier", false },
	{ list, ".ckptfs/pins", false },
	{ say, "latest", false },
	{ say, ".ckptfs/pins/held", false },
	{ say, A "/dependencies/" SHARED, false },
	{ say, A "/metadata.json", false },
	{ say, A "/storage/checkpoints.feldera", false },
	{ say, A "/storage/state.json", false },
	{ say, A "/storage/" ONLY(A), false },
	{ say, A "/storage/" A "/z1-0.dat", false },
	{ say, A "/storage/" A "/state.json", false },
	{ say, C "/storage/" SHARED, false },
	{ say_again, A "/storage/" ONLY(A), false },
	{ say_again, A "/storage/" A "/z1-0.dat", false },
	{ say_again, A "/storage/state.json", false },
	{ space, "", false },
	{ refresh_and_list, "", true },
	{ refresh_and_list, A "/storage", true },
	{ refresh_and_say, "latest", true },
	{ begin_and_list, "", false },
	{ begin_and_list, A "/storage", false },
	{ begin_and_say, "latest", false },
	{ 0 },
};

/* --- one look ------------------------------------------------------------------ */

void looks_begin(const struct look *l)
{
	setup();
	ck_assert_int_eq(open_view(NULL), 0);
	if (l->ask == say_again)
		remembered = id_of(&w, l->path);
	if (!l->grows)
		return;
	put_checkpoint(&w, D);
	put_catalog(&w, A, B, C, D, NULL);
	put(&w, D, "state.json", "{\"circuit\":null}");
}

void looks_mend(void)
{
	if (!w.view)
		ck_assert_int_eq(open_view(NULL), 0);
}

void looks_end(void)
{
	teardown();
}
