/* What libfuse says is a reason, or a line of the log; never a line of its own. */
#include <errno.h>
#include <string.h>

#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>

#include "fuse/fuse.h"
#include "fuse/said.h"
#include "tests/suite.h"

#define LONG (2 * CKPT_ERR_MAX)

static struct ckpt_log *log_;
static struct ckpt_buf out;

static void setup(void)
{
	log_ = ckpt_log_new(false, false);
	out = (struct ckpt_buf)CKPT_BUF_INIT;
}

static void teardown(void)
{
	ckpt_said_to(NULL, NULL);
	ckpt_buf_release(&out);
	ckpt_log_free(log_);
}

/* Without the time. */
static const char *logged(void)
{
	ckpt_buf_clear(&out);
	ckpt_log_dump(log_, &out);
	return out.len > 25 ? out.data + 25 : "";
}

START_TEST(a_mount_fails_with_libfuses_reason_in_one_sentence)
{
	const struct ckpt_fuse_opts o = { .fsname = "x", .mountpoint = "/nowhere\nat all", .log = log_ };
	struct ckpt_err err = { 0 };
	struct ckpt_fuse *f;

	ck_assert_int_eq(ckpt_fuse_mount(&o, &f, &err), -ENOENT);
	ck_assert_ptr_null(f);
	ck_assert_str_eq(err.msg, "can't mount at /nowhere\\x0aat all: fuse: failed to access mountpoint "
				  "/nowhere\\x0aat all: No such file or directory");
	ck_assert_str_eq(logged(), "");
}
END_TEST

START_TEST(later_it_is_a_line_of_the_log_escaped_and_bounded)
{
	static char text[LONG];

	ckpt_said_to(log_, NULL);
	fuse_log(FUSE_LOG_ERR, "fuse: one\n2026-01-01T00:00:00.000Z error %s\n", "\x1b[2Jtwo");
	ck_assert_str_eq(logged(), "warning fuse: one\\x0a2026-01-01T00:00:00.000Z error \\x1b[2Jtwo\n");
	memset(text, 'x', sizeof(text) - 1);
	fuse_log(FUSE_LOG_ERR, "%s\n", text);
	ck_assert_uint_lt(strlen(strchr(logged(), '\n') + 1), CKPT_ERR_MAX + 40);
	fuse_log(FUSE_LOG_ERR, "\n");
	ck_assert_ptr_eq(strchr(strchr(logged(), '\n') + 1, '\n') + 1, out.data + out.len);
}
END_TEST

START_TEST(what_it_says_of_each_request_is_not_kept)
{
	ckpt_said_to(log_, NULL);
	fuse_log(FUSE_LOG_DEBUG, "unique: 2, opcode: LOOKUP (1)\n");
	ck_assert_str_eq(logged(), "");
}
END_TEST

int main(void)
{
	const TTest *tests[] = { a_mount_fails_with_libfuses_reason_in_one_sentence,
				 later_it_is_a_line_of_the_log_escaped_and_bounded,
				 what_it_says_of_each_request_is_not_kept };
	TCase *t = tcase_create("said");

	tcase_add_checked_fixture(t, setup, teardown);
	suite_add_all(t, tests);
	return suite_run_one("said", t);
}
