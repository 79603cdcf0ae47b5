/* The words of a mount. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/mountopts.h"
#include "tests/cut.h"
#include "tests/suite.h"

static struct ckpt_err err;

static int mount_words(const char *line, bool helper, struct ckpt_mountopts *o)
{
	char *copy = strdup(line), *word[CUT_MAX];
	int n = cut(copy, word), rc = ckpt_mountopts_parse(n, word, helper, o, &err);

	free(copy);
	return rc;
}

static const char *const bad_mounts[] = {
	"mount /r /d -o bogus",
	"mount /r /d -o ro,bogus=1",
	"mount /r /d -o lease=",
	"mount /r /d -o lease=-1",
	"mount /r /d -o lease=1s",
	"mount /r /d -o lease=86401",
	"mount /r /d -o poll=0",
	"mount /r /d -t ext4",
	"mount /r /d -x",
	"mount /r /d /e",
	"mount /r",
	"mount",
	"mount /r /d --foreground",
	"mount /r /d -o",
	"mount /r /d -o fsname=",
	"mount /r /d -o lease=99999999999999999999",
};

START_TEST(unknown_mount_words_are_refused)
{
	struct ckpt_mountopts o;

	ck_assert_int_eq(mount_words(bad_mounts[_i], true, &o), -EINVAL);
	ck_assert_uint_gt(strlen(err.msg), 10);
	ckpt_mountopts_release(&o);
}
END_TEST

START_TEST(mount_understands_what_mount_8_says)
{
	struct ckpt_mountopts o;

	ck_assert_int_eq(
		mount_words("mount /r /d -sfnv -t fuse.ckptfs -o rw,defaults,_netdev,x-foo=1,comment=c -o "
			    "lease=5,allow_other,user=me,lease=0,poll=2",
			    true, &o),
		0);
	ck_assert(o.fake && !o.foreground && o.sloppy && o.verbose && o.allow_other);
	ck_assert_int_eq(o.lease_ms, 0);
	ck_assert_int_eq(o.poll_ms, 2000);
	ckpt_mountopts_release(&o);
	ck_assert_int_eq(mount_words("mount -f /r -oallow-empty /d", false, &o), 0);
	ck_assert(!o.fake && o.foreground && o.allow_empty);
	ck_assert_int_eq(o.lease_ms, 60000);
	ckpt_mountopts_release(&o);
	ck_assert_int_eq(mount_words("mount /r /d -o bogus -s", true, &o), 0);
	ckpt_mountopts_release(&o);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("mount");

	tcase_add_loop_test(t, unknown_mount_words_are_refused, 0,
			    sizeof(bad_mounts) / sizeof(bad_mounts[0]));
	tcase_add_test(t, mount_understands_what_mount_8_says);
	return suite_run_one("mount", t);
}
