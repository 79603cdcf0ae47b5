#include "tests/crash_world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/name.h"
#include "state/envelope.h"
#include "tests/fixture.h"

/* --- files that tell ------------------------------------------------------ */

static bool ends_with(const char *s, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len >= n && !memcmp(s + len - n, end, n);
}

bool crash_is_whole(const char *name, const char *data, size_t len)
{
	char text[CKPT_NAME_MAX + 32];

	if (!strcmp(name, CKPT_MARKER))
		return len == 0;
	if (ends_with(name, strlen(name), ".json"))
		return ends_with(data, len, "}") || ends_with(data, len, "]");
	if (len >= 8 && !memcmp(data, "CKPTSTAT", 8))
		return !ckpt_state_check(data, len, name, NULL);
	if (len == strlen(CRASH_STAGED_BATCH) && !memcmp(data, CRASH_STAGED_BATCH, len))
		return true;
	snprintf(text, sizeof(text), "%s, and this is its end", name);
	if (!strncmp(name, CKPT_SPINE_PREFIX, strlen(CKPT_SPINE_PREFIX)))
		return ends_with(data, len, "]}");
	return len == strlen(text) && !memcmp(data, text, len);
}

bool crash_has_no_batches(const struct ckpt_uuid *u)
{
	struct ckpt_uuid first = nth_uuid(CRASH_BARE);

	return ckpt_uuid_cmp(u, &first) >= 0;
}

/* --- somebody else -------------------------------------------------------- */

static void foreign(struct crash *c, bool on)
{
	if (c)
		c->foreign = on;
}

static int write_text(struct ckpt_store *s, const char *dir, const char *name, const char *text,
		      struct ckpt_err *err)
{
	return ckpt_store_write(s, dir, name, text, strlen(text), err);
}

static int write_whole(struct ckpt_store *s, const char *dir, const char *name, struct ckpt_err *err)
{
	char text[CKPT_NAME_MAX + 32];

	snprintf(text, sizeof(text), "%s, and this is its end", name);
	return write_text(s, dir, name, text, err);
}

/* Batches are immutable: one that a checkpoint of the catalog has is not
 * written again. */
static int write_batch(struct ckpt_store *s, const char *name, struct ckpt_err *err)
{
	struct ckpt_blob blob;
	bool whole = false;

	if (!ckpt_store_read(s, NULL, name, 1 << 20, &blob, NULL))
		whole = crash_is_whole(name, blob.data, blob.len);
	free(blob.data);
	return whole ? 0 : write_whole(s, NULL, name, err);
}

static void name_batches(char batch[3][32], unsigned n)
{
	snprintf(batch[0], 32, "w0-shared.feldera");
	snprintf(batch[1], 32, "w0-pair%u.feldera", n / 2);
	snprintf(batch[2], 32, "w0-own%u.feldera", n);
}

static int write_batches(struct ckpt_store *s, unsigned n, struct ckpt_err *err)
{
	char batch[3][32];
	int rc = 0;

	name_batches(batch, n);
	for (size_t i = 0; !rc && i < 3; i++)
		rc = write_batch(s, batch[i], err);
	return rc;
}

static int stage_files(struct ckpt_store *s, unsigned n, struct ckpt_err *err)
{
	const struct ckpt_uuid u = nth_uuid(n);
	char dir[CKPT_UUID_TEXT], batch[3][32], spine[256];
	int rc = write_batches(s, n, err);

	ckpt_uuid_text(&u, dir);
	name_batches(batch, n);
	snprintf(spine, sizeof(spine), "{\"files\":[\"%s\",\"%s\",\"%s\"]}", batch[0], batch[1], batch[2]);
	if (!rc)
		rc = ckpt_store_mkdir(s, dir, err);
	if (rc == -EEXIST)
		rc = 0;
	if (!rc)
		rc = write_whole(s, dir, "pspine-0.dat", err);
	return rc ? rc : write_text(s, dir, CKPT_SPINE_PREFIX "-0.dat", spine, err);
}

int crash_garbage(struct crash *c, struct ckpt_store *s, unsigned n, struct ckpt_err *err)
{
	char dir[CKPT_UUID_TEXT];
	const struct ckpt_uuid u = nth_uuid(n);
	int rc;

	foreign(c, true);
	rc = ckpt_store_mkdir(s, ckpt_uuid_text(&u, dir), err);
	rc = rc == -EEXIST ? 0 : rc;
	for (unsigned i = 0; !rc && i < 2; i++)
		rc = write_whole(s, dir, i ? "a" : "b", err);
	rc = rc ? rc : write_whole(s, NULL, "w0-garbage.feldera", err);
	rc = rc ? rc : write_whole(s, NULL, "w0-unfinished.feldera.mut", err);
	foreign(c, false);
	return rc;
}

/* What the controller writes of n: its own state.json and then the root's. */
static int write_state(struct crash *c, struct ckpt_store *s, unsigned n, bool own, struct ckpt_err *err)
{
	const struct ckpt_uuid u = nth_uuid(n);
	char dir[CKPT_UUID_TEXT], state[512];
	struct ckpt_catalog *cat;
	ptrdiff_t i;
	int rc = ckpt_catalog_read(s, NULL, &cat, err);

	if (rc)
		return rc;
	i = ckpt_catalog_find(cat, &u);
	snprintf(state, sizeof(state), "{\"circuit\":%s}", i < 0 ? "null" : cat->entry[i]->text);
	ckpt_catalog_unref(cat);
	foreign(c, true);
	if (own)
		rc = write_text(s, ckpt_uuid_text(&u, dir), CKPT_STATE, state, err);
	rc = rc ? rc : write_text(s, NULL, CKPT_STATE, state, err);
	foreign(c, false);
	return rc;
}

int crash_state(struct crash *c, struct ckpt_store *s, unsigned n, struct ckpt_err *err)
{
	return write_state(c, s, n, true, err);
}

int crash_resume(struct crash *c, struct ckpt_store *s, unsigned n, struct ckpt_err *err)
{
	return write_state(c, s, n, false, err);
}

int crash_lose(struct crash *c, struct ckpt_store *s, unsigned n, struct ckpt_err *err)
{
	(void)n, (void)c;
	return ckpt_store_remove(s, NULL, CKPT_CATALOG, err);
}

int crash_spoil(struct crash *c, struct ckpt_store *s, unsigned n, struct ckpt_err *err)
{
	(void)n, (void)c;
	return write_text(s, NULL, CKPT_CATALOG, "[{\"uuid\":", err);
}

int crash_copy_batches(struct crash *c, struct ckpt_store *s, unsigned n, struct ckpt_err *err)
{
	int rc;

	foreign(c, true);
	rc = write_batches(s, n, err);
	foreign(c, false);
	return rc;
}

int crash_stage_alone(struct crash *c, struct ckpt_store *s, unsigned n, struct ckpt_err *err)
{
	const struct ckpt_uuid u = nth_uuid(n);
	char dir[CKPT_UUID_TEXT], batch[3][32], deps[256];
	int rc;

	foreign(c, true);
	name_batches(batch, n);
	snprintf(deps, sizeof(deps),
		 "{\"batches\":[\"%s\",\"%s\",\"%s\"],\"state_files\":[\"pspine-0.dat\"]}", batch[0],
		 batch[1], batch[2]);
	rc = stage_files(s, n, err);
	rc = rc ? rc : write_text(s, ckpt_uuid_text(&u, dir), CKPT_DEPENDENCIES, deps, err);
	rc = rc ? rc : write_text(s, dir, CKPT_MARKER, "", err);
	foreign(c, false);
	return rc;
}

int crash_stage(struct crash *c, struct ckpt_store *s, unsigned n, struct ckpt_err *err)
{
	int rc;

	foreign(c, true);
	rc = stage_files(s, n, err);
	foreign(c, false);
	return rc;
}
