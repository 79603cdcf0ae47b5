/* control.c - one line, written to the control file of a mount
 *
 * The root has five checkpoints, a pin, a state.json and leftovers.  It is made
 * anew after each line that changed it.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/name.h"
#include "cmd/control.h"
#include "store/mem.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/json_oracle.h"

/* What a write may fail with. */
static const struct {
	int code;
	const char *name;
} errnos[] = {
	{ EBUSY, "EBUSY" },   { EINVAL, "EINVAL" }, { EEXIST, "EEXIST" }, { ENOENT, "ENOENT" },
	{ ESTALE, "ESTALE" }, { EACCES, "EACCES" }, { EINTR, "EINTR" },	  { EROFS, "EROFS" },
	{ ENOSPC, "ENOSPC" }, { EIO, "EIO" },
};

/* --- the root --------------------------------------------------------------- */

#define N 5
#define NOW_MS INT64_C(1767225700000)
static const char *const uuids[N] = {
	"0199f0c2-1a2b-7c3d-8e4f-00000000000a", "0199f0c2-1a2b-7c3d-8e4f-00000000000b",
	"0199f0c2-2000-7c3d-8e4f-00000000000c", "0199f0c2-3000-7c3d-8e4f-00000000000d",
	"0199f0c2-4000-7c3d-8e4f-00000000000e",
};
/* Staged, and not committed. */
#define STAGED "0199f0c2-5000-7c3d-8e4f-00000000000f"

static struct {
	struct ckpt_mem *mem;
	struct ckpt_store *store;
} world;

static void put(const char *dir, const char *name, const char *text)
{
	struct ckpt_err e;

	MUST(ckpt_store_write(world.store, dir, name, text, strlen(text), &e) == 0, "%s", e.msg);
}

static void put_checkpoint(const char *uuid, const char *batches)
{
	char deps[256];

	MUST(ckpt_store_mkdir(world.store, uuid, NULL) == 0, "mkdir");
	snprintf(deps, sizeof(deps), "{\"batches\":[%s],\"state_files\":[\"z1-0.dat\"]}", batches);
	put(uuid, CKPT_MARKER, "");
	put(uuid, CKPT_DEPENDENCIES, deps);
	put(uuid, "z1-0.dat", "state");
}

static void make_world(void)
{
	struct ckpt_buf catalog = CKPT_BUF_INIT;
	char batches[64];

	world.mem = ckpt_mem_new();
	MUST(world.mem && ckpt_store_open_mem(world.mem, &world.store, NULL) == 0, "no memory");
	put(NULL, "w0-0.feldera", "shared");
	for (int i = 0; i < N; i++) {
		char name[32];

		snprintf(name, sizeof(name), "w1-%d.feldera", i);
		snprintf(batches, sizeof(batches), "\"w0-0.feldera\",\"%s\"", name);
		put(NULL, name, name);
		put_checkpoint(uuids[i], batches);
		ckpt_buf_addf(&catalog, "%s{\"uuid\":\"%s\",\"identifier\":\"night %d\",\"fingerprint\":42}",
			      i ? "," : "[", uuids[i], i);
	}
	ckpt_buf_addc(&catalog, ']');
	put(NULL, CKPT_CATALOG, catalog.data);
	ckpt_buf_release(&catalog);
	put_checkpoint(STAGED, "\"w0-0.feldera\"");
	put(NULL, "w2-left.feldera.mut", "left");
	put(NULL, CKPT_STATE,
	    "{\"circuit\":{\"uuid\":\"0199f0c2-1a2b-7c3d-8e4f-00000000000b\",\"fingerprint\":42}}");
	put(NULL, CKPT_PINS,
	    "{\"version\":1,\"pins\":[{\"name\":\"before\",\"uuid\":\"0199f0c2-1a2b-7c3d-8e4f-00000000000a\","
	    "\"created\":\"2026-01-01T00:00:00Z\",\"expires\":null}]}");
}

static void drop_world(void)
{
	ckpt_store_free(world.store);
	ckpt_mem_free(world.mem);
	world.store = NULL;
}

/* Grows with each file that is made, also with one that is taken back, and
 * changes with each that goes: the same number, the same files. */
static uint64_t mark(void)
{
	uint64_t v = world.mem->inodes * 1000 + world.mem->root.n;

	for (size_t i = 0; i < world.mem->root.n; i++)
		v += world.mem->root.names[i].dir ? world.mem->root.names[i].dir->n : 0;
	return v;
}

static void describe(const struct mem_dir *d, const char *in, struct ckpt_buf *out)
{
	for (size_t i = 0; i < d->n; i++) {
		ckpt_buf_addf(out, "%s/%s ", in, d->names[i].name);
		if (d->names[i].dir)
			describe(d->names[i].dir, d->names[i].name, out);
		else if (d->names[i].file->len)
			ckpt_buf_add(out, d->names[i].file->data, d->names[i].file->len);
		ckpt_buf_addc(out, '\n');
	}
}

static bool is_as_made(void)
{
	static struct ckpt_buf made;
	struct ckpt_buf now = CKPT_BUF_INIT;
	bool same;

	describe(&world.mem->root, "", &now);
	if (!made.data) {
		made = now;
		return true;
	}
	same = now.len == made.len && memcmp(now.data, made.data, now.len) == 0;
	ckpt_buf_release(&now);
	return same;
}

/* Whatever was done, what the catalog names is whole. */
static void must_be_whole(void)
{
	struct ckpt_catalog *c;
	struct ckpt_details d;
	struct ckpt_err e;

	MUST(ckpt_catalog_read(world.store, NULL, &c, &e) == 0, "%s", e.msg);
	MUST(c->n >= CKPT_MIN_CHECKPOINTS, "%zu checkpoints", c->n);
	for (size_t i = 0; i < c->n; i++) {
		MUST(ckpt_details_read(world.store, &c->entry[i]->uuid, &d, &e) == 0, "%s", e.msg);
		MUST(d.complete, "entry %zu is not whole", i);
	}
	ckpt_catalog_unref(c);
}

/* --- what a command runs in ------------------------------------------------- */

static int64_t now_ms(void *ctx)
{
	(void)ctx;
	return NOW_MS;
}

static int no_random(void *ctx, void *buf, size_t len)
{
	(void)ctx;
	memset(buf, 7, len);
	return 0;
}

static void event(void *ctx, enum ckpt_event level, const char *sentence)
{
	(void)ctx, (void)level;
	must_be_text(sentence, strlen(sentence));
}

static int refresh(void *mount, struct ckpt_err *err)
{
	(void)mount, (void)err;
	return 0;
}

static int release(void *mount, const struct ckpt_uuid *u, struct ckpt_err *err)
{
	(void)mount;
	return u ? ckpt_fail(err, ENOENT, "nobody reads it") : 0;
}

/* --- the answer ------------------------------------------------------------- */

static void must_be_failure(const struct oj *error, int rc)
{
	const struct oj *name = oj_get(error, "errno"), *message = oj_get(error, "message");
	size_t i, n = sizeof(errnos) / sizeof(errnos[0]);

	MUST(name && name->kind == OJ_STRING && message && message->kind == OJ_STRING && message->len,
	     "an error without its members");
	must_be_text(message->s, message->len);
	for (i = 0; i < n && errnos[i].code != -rc; i++)
		;
	MUST(i < n && strcmp(errnos[i].name, name->s) == 0, "%d is called %s", rc, name->s);
}

/* One object, one line. */
static void must_be_answer(const struct ckpt_buf *answer, int rc, const struct ckpt_err *err)
{
	const struct oj *error;
	struct oj *v;

	MUST(!answer->failed && answer->len > 1 && answer->data[answer->len - 1] == '\n', "no answer");
	for (size_t i = 0; i + 1 < answer->len; i++)
		MUST((unsigned char)answer->data[i] >= 0x20 && answer->data[i] != 0x7f, "%s", answer->data);
	v = oj_parse(answer->data, answer->len);
	MUST(v && v->kind == OJ_OBJECT, "%s", answer->data);
	error = oj_get(v, "error");
	MUST(rc <= 0 && (rc < 0 || !error), "%d: %s", rc, answer->data);
	if (error)
		must_be_failure(error, rc);
	else if (rc) /* verify found problems */
		MUST(rc == -EIO && oj_get(v, "ok") && oj_get(v, "ok")->kind == OJ_FALSE, "%d: %s", rc,
		     answer->data);
	if (rc)
		must_be_text(err->msg, strlen(err->msg));
	oj_free(v);
}

/* What the files beside control show: lines of text, or JSON. */
static void must_show(const struct ckpt_control *c)
{
	static const enum ckpt_ctl what[] = { CKPT_CTL_CONTROL, CKPT_CTL_GC, CKPT_CTL_SWEEP, CKPT_CTL_USAGE };

	for (size_t i = 0; i < sizeof(what) / sizeof(what[0]); i++) {
		struct ckpt_buf out = CKPT_BUF_INIT;
		struct oj *v;

		MUST(ckpt_control_show(c, what[i], &out, NULL) == 0 && !out.failed && out.len, "nothing");
		MUST(out.data[out.len - 1] == '\n', "%s", out.data);
		for (char *s = out.data, *end; *s; s = end + 1) {
			end = strchr(s, '\n');
			if (what[i] != CKPT_CTL_USAGE)
				must_be_text(s, (size_t)(end - s));
		}
		v = what[i] == CKPT_CTL_USAGE ? oj_parse(out.data, out.len) : NULL;
		MUST(what[i] != CKPT_CTL_USAGE || v, "%s", out.data);
		oj_free(v);
		ckpt_buf_release(&out);
	}
}

/* What the line alone tells: whether it may change anything. */
static bool may_change(const char *line, size_t len)
{
	char *copy = malloc(len + 1), **word = NULL;
	bool may, dry = false;
	size_t n;

	MUST(copy, "no memory");
	memcpy(copy, line, len);
	copy[len] = '\0';
	may = ckpt_words_split(copy, len, &word, &n, NULL) == 0 && n;
	for (size_t i = 1; may && i < n; i++)
		dry |= strcmp(word[i], "dry-run") == 0;
	if (may)
		may = strcmp(word[0], "commit") == 0 || strcmp(word[0], "pin") == 0 ||
		      strcmp(word[0], "unpin") == 0 ||
		      (!dry && (strcmp(word[0], "gc") == 0 || strcmp(word[0], "sweep") == 0 ||
				strcmp(word[0], "remove") == 0));
	free(word);
	free(copy);
	return may;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *line = (const char *)data;
	struct ckpt_buf answer = CKPT_BUF_INIT;
	struct ckpt_control c = { .refresh = refresh, .release = release };
	struct ckpt_err err = { 0 };
	uint64_t before;
	int rc;

	if (!world.store) {
		make_world();
		MUST(is_as_made(), "another root");
	}
	before = mark();
	c.store = world.store;
	c.env = (struct ckpt_env){ .now_ms = now_ms, .random = no_random, .event = event };
	rc = ckpt_control_command(&c, line, len, &answer, &err);
	must_be_answer(&answer, rc, &err);
	ckpt_buf_release(&answer);
	if (mark() == before)
		return 0;
	if (!is_as_made()) {
		MUST(rc == 0 && may_change(line, len && line[len - 1] == '\n' ? len - 1 : len),
		     "%d, and it changed something", rc);
		must_be_whole();
		must_show(&c);
	}
	drop_world();
	return 0;
}
