/* The control file, on a root in memory. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "cmd/control.h"
#include "tests/suite.h"

#define U1 "0199f0c2-1a2b-7c3d-8e4f-0123456789ab"
#define U2 "0199f0c2-1a2b-7c3d-8e4f-0123456789ac"

static struct ckpt_err err;

static int refreshed(void *ctx, struct ckpt_err *e)
{
	(void)e;
	++*(int *)ctx;
	return 0;
}

static struct ckpt_mem *mem;
static struct ckpt_control ctl;
static int refreshes;

static void set_up(void)
{
	mem = ckpt_mem_new();
	ck_assert_ptr_nonnull(mem);
	ck_assert_int_eq(ckpt_store_open_mem(mem, &ctl.store, &err), 0);
	refreshes = 0;
	ctl.refresh = refreshed;
	ctl.mount = &refreshes;
}

static void tear_down(void)
{
	ckpt_store_free(ctl.store);
	ckpt_mem_free(mem);
}

static void answers(const char *line, size_t len, int rc, const char *part)
{
	struct ckpt_buf b = CKPT_BUF_INIT;

	ck_assert_int_eq(ckpt_control_command(&ctl, line, len, &b, NULL), rc);
	ck_assert_msg(strstr(b.data, part) != NULL, "'%s' is not in %s", part, b.data);
	ck_assert_uint_gt(b.len, 2);
	ck_assert_int_eq(b.data[0], '{');
	ck_assert_str_eq(b.data + b.len - 2, "}\n");
	ckpt_buf_release(&b);
}
#define ANSWERS(line, rc, part) answers(line, strlen(line), rc, part)

START_TEST(control_always_answers_one_object)
{
	ANSWERS("", -EINVAL, "\"errno\":\"EINVAL\"");
	ANSWERS("\n", -EINVAL, "\"errno\":\"EINVAL\"");
	ANSWERS("gc \xff", -EINVAL, "not UTF-8 at byte 3");
	ANSWERS("frob", -EINVAL, "\"message\":\"unknown command 'frob'");
	ANSWERS("list", -EINVAL, "EINVAL");
	ANSWERS("rebuild yes", -EINVAL, "EINVAL");
	ANSWERS("refresh now", -EINVAL, "EINVAL");
	ANSWERS("gc\ngc\n", -EINVAL, "EINVAL");
	ANSWERS("gc\n\n", -EINVAL, "EINVAL");
	answers("gc\0", 3, -EINVAL, "EINVAL");
	ANSWERS("\033[31m\xff\"", -EINVAL, "EINVAL");
	ANSWERS("remove " U1, -ENOENT, "\"errno\":\"ENOENT\"");
	ANSWERS("gc except=" U1, -ENOENT, "\"errno\":\"ENOENT\"");
	ANSWERS("help\n", 0, "{\"help\":\"");
	ANSWERS("refresh\n", 0, "{\"ok\":true}");
	ck_assert_int_eq(refreshes, 1);
	ANSWERS("gc\n", 0, "\"removed\":[]");
	ANSWERS("gc dry-run", 0, "\"dry_run\":true");
	ANSWERS("sweep", 0, "\"usage\":");
	ANSWERS("verify", 0, "\"ok\":true");
}
END_TEST

START_TEST(control_commits_exact_integers)
{
	ANSWERS("commit", -EINVAL, "EINVAL");
	ANSWERS("commit fingerprint=18446744073709551615", -EINVAL, "EINVAL");
	ANSWERS("commit fingerprint=18446744073709551615 allow-empty identifier=\"a \\\"b\\\"\"", 0,
		"\"identifier\":\"a \\\"b\\\"\",\"fingerprint\":18446744073709551615,");
	ANSWERS("commit fingerprint=1 allow-empty", -EINVAL, "EINVAL");
	ANSWERS("commit fingerprint=1 allow-empty force", 0, "\"fingerprint\":1,");
	ANSWERS("commit uuid=" U1 " allow-empty", 0, "{\"uuid\":\"" U1 "\"");
	ANSWERS("commit uuid=" U1 " allow-empty", -EEXIST, "EEXIST");
}
END_TEST

START_TEST(control_pins_and_keeps_by_rules)
{
	ANSWERS("commit fingerprint=1 allow-empty uuid=" U1, 0, "{");
	ANSWERS("pin a " U2, -ENOENT, "\"errno\":\"ENOENT\"");
	ANSWERS("pin a " U1 " expires=2020-01-01", -EINVAL, "in the future");
	ANSWERS("pin a " U1 " expires=2026-02-30", -EINVAL, "expires '2026-02-30'");
	ANSWERS("pin \"a b\" " U1 " expires=7d", 0,
		"{\"pins\":[{\"name\":\"a b\",\"uuid\":\"" U1 "\",\"expires\":\"2");
	ANSWERS("pin \"a b\" " U1, -EEXIST, "\"errno\":\"EEXIST\"");
	ANSWERS("pins", 0, "\"expired\":false");
	ANSWERS("remove " U1, -EBUSY, "pinned as a b");
	ANSWERS("commit allow-empty", 0, "{");
	ANSWERS("commit allow-empty", 0, "{");
	ANSWERS("gc dry-run keep-daily=7 keep-within=14d", 0, "\"why\":\"pinned as a b");
	ANSWERS("gc keep-last=3", 0, "\"why\":\"pinned as a b, last\"");
	ANSWERS("unpin \"a b\"", 0, "{\"pins\":[]}");
	ANSWERS("unpin \"a b\"", -ENOENT, "\"errno\":\"ENOENT\"");
	ANSWERS("gc keep-last=2", 0, "\"removed\":[\"" U1 "\"]");
	ck_assert_int_eq(ckpt_store_write(ctl.store, NULL, "ckptfs-pins.json", "{", 1, &err), 0);
	ANSWERS("gc", -EIO, "ckptfs-pins.json");
}
END_TEST

START_TEST(problems_make_verify_fail_and_are_listed)
{
	struct ckpt_catalog *c;
	char dir[CKPT_UUID_TEXT];

	ANSWERS("commit fingerprint=1 allow-empty", 0, "{");
	ck_assert_int_eq(ckpt_catalog_read(ctl.store, NULL, &c, &err), 0);
	ckpt_uuid_text(&c->entry[0]->uuid, dir);
	ckpt_catalog_unref(c);
	ck_assert_int_eq(ckpt_store_remove(ctl.store, dir, "CHECKPOINT", &err), 0);
	ANSWERS("verify", -EIO, "{\"ok\":false,\"problems\":[{\"uuid\":\"");
}
END_TEST

START_TEST(damage_is_eio_with_its_sentence)
{
	ck_assert_int_eq(ckpt_store_write(ctl.store, NULL, "checkpoints.feldera", "[1", 2, &err), 0);
	ANSWERS("gc", -EIO, "{\"error\":{\"errno\":\"EIO\",\"message\":\"");
}
END_TEST

START_TEST(what_gc_would_do_can_be_read_also_if_it_would_fail)
{
	struct ckpt_buf b = CKPT_BUF_INIT;

	ck_assert_int_eq(ckpt_control_show(&ctl, CKPT_CTL_GC, &b, NULL), 0);
	ck_assert_str_eq(b.data, "would remove 0 checkpoints: 0 files, 0 B\n");
	ckpt_buf_clear(&b);
	ck_assert_int_eq(ckpt_control_show(&ctl, CKPT_CTL_CONTROL, &b, NULL), 0);
	ck_assert(strstr(b.data, "gc [except=UUID]... [keep-last=N] [keep-hourly=N]") != NULL);
	ckpt_buf_clear(&b);
	ck_assert_int_eq(ckpt_store_write(ctl.store, NULL, "checkpoints.feldera", "[1", 2, &err), 0);
	ck_assert_int_eq(ckpt_control_show(&ctl, CKPT_CTL_SWEEP, &b, NULL), 0);
	ck_assert_int_eq(strncmp(b.data, "would fail: ", 12), 0);
	ckpt_buf_release(&b);
}
END_TEST

/* A catalog of n empty checkpoints. */
static void many(unsigned n)
{
	static const char deps[] = "{\"batches\":[],\"state_files\":[\"CHECKPOINT\"]}";
	struct ckpt_buf catalog = CKPT_BUF_INIT;
	char dir[CKPT_UUID_TEXT];
	unsigned i;

	ckpt_buf_addc(&catalog, '[');
	for (i = 0; i < n; i++) {
		snprintf(dir, sizeof(dir), "0199f0c2-1a2b-7c3d-8e4f-%012u", i);
		ckpt_buf_addf(&catalog, "%s{\"uuid\":\"%s\",\"fingerprint\":1}", i ? "," : "", dir);
		ck_assert_int_eq(ckpt_store_mkdir(ctl.store, dir, &err), 0);
		ck_assert_int_eq(ckpt_store_write(ctl.store, dir, "CHECKPOINT", "", 0, &err), 0);
		ck_assert_int_eq(
			ckpt_store_write(ctl.store, dir, "dependencies.json", deps, strlen(deps), &err), 0);
	}
	ckpt_buf_addc(&catalog, ']');
	ck_assert_int_eq(
		ckpt_store_write(ctl.store, NULL, "checkpoints.feldera", catalog.data, catalog.len, &err), 0);
	ckpt_buf_release(&catalog);
}

/* Once the catalog is another than it was. */
static bool when_it_has_begun(void *ctx)
{
	struct ckpt_stat st;

	return ckpt_store_stat(ctl.store, NULL, "checkpoints.feldera", &st, NULL) == 0 &&
	       st.size != *(uint64_t *)ctx;
}

START_TEST(an_interrupted_gc_says_what_it_has_done)
{
	struct ckpt_buf b = CKPT_BUF_INIT;
	struct ckpt_catalog *c;
	struct ckpt_stat st;
	const char *done, *s;
	size_t removed = 0;

	many(1200);
	ck_assert_int_eq(ckpt_store_stat(ctl.store, NULL, "checkpoints.feldera", &st, &err), 0);
	ctl.env.stop = when_it_has_begun;
	ctl.env.ctx = &st.size;
	ck_assert_int_eq(ckpt_control_command(&ctl, "gc", 2, &b, NULL), -EINTR);
	ctl.env.stop = NULL;
	ck_assert(strstr(b.data, "{\"error\":{\"errno\":\"EINTR\",\"message\":\"") == b.data);
	done = strstr(b.data, "},\"done\":{\"removed\":[\"");
	ck_assert_ptr_nonnull(done);
	for (s = strchr(done, '['); *s != ']'; s++)
		removed += *s == ',' || *s == '[';
	ck_assert_int_eq(ckpt_catalog_read(ctl.store, NULL, &c, &err), 0);
	ck_assert_uint_gt(removed, 0);
	ck_assert_uint_gt(c->n, CKPT_MIN_CHECKPOINTS);
	ck_assert_uint_eq(c->n + removed, 1200);
	ckpt_catalog_unref(c);
	ckpt_buf_release(&b);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("control");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, control_always_answers_one_object);
	tcase_add_test(t, control_commits_exact_integers);
	tcase_add_test(t, control_pins_and_keeps_by_rules);
	tcase_add_test(t, problems_make_verify_fail_and_are_listed);
	tcase_add_test(t, damage_is_eio_with_its_sentence);
	tcase_add_test(t, what_gc_would_do_can_be_read_also_if_it_would_fail);
	tcase_add_test(t, an_interrupted_gc_says_what_it_has_done);
	return suite_run_one("control", t);
}
