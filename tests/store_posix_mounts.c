/* Floor 1, posix: what is mounted in a root is not entered; roots that are mounts
 * themselves.  Each in a mount namespace of the test's own. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/name.h"
#include "store_posix.h"
#include "store_suite.h"

static int ignore(void *ctx, const char *name, const struct ckpt_stat *st)
{
	(void)ctx;
	(void)name;
	(void)st;
	return 0;
}

static bool may_mount(void)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return false;
	/* The stores' descriptors are of the namespace before. */
	ckpt_store_free(a);
	ckpt_store_free(b);
	a = backend->open();
	b = backend->open();
	return true;
}

START_TEST(what_is_mounted_in_the_root_is_not_entered)
{
	enum ckpt_adopted how;
	struct ckpt_writer *w;
	struct ckpt_file *f;
	struct ckpt_stat st;
	struct ckpt_tree tree;
	struct ckpt_lease *l;

	if (!may_mount())
		SKIP("mounting takes root");
	OK(ckpt_store_mkdir(a, "d", &e));
	put_text(a, NULL, "mine", "x");
	ck_assert_int_eq(mount("none", in_root("d"), "tmpfs", 0, NULL), 0);
	plant("d/f", "theirs");
	plant("d/" CKPT_MARKER, "");
	OK(ckpt_store_stat(a, NULL, "d", &st, &e));
	ck_assert_int_eq(st.kind, CKPT_KIND_MOUNT);
	ck_assert_int_eq(listed_kind(a, NULL, "d", false), CKPT_KIND_MOUNT);
	ck_assert_int_eq(listed_kind(a, NULL, "d", true), CKPT_KIND_MOUNT);
	FAILS(EXDEV, ckpt_store_stat(a, "d", "f", &st, &e));
	FAILS(EXDEV, ckpt_store_list(a, "d", false, ignore, NULL, &e));
	FAILS(EXDEV, ckpt_store_open(a, "d", "f", &f, &e));
	FAILS(EXDEV, ckpt_store_open(a, NULL, "d", &f, &e));
	FAILS(EXDEV, ckpt_store_create(a, "d", "g", &w, &e));
	FAILS(EXDEV, ckpt_store_create(a, NULL, "d", &w, &e));
	FAILS(EXDEV, ckpt_store_adopt(a, "d", "g", a, NULL, "mine", false, &how, &e));
	FAILS(EXDEV, ckpt_store_adopt(a, NULL, "g", a, "d", "f", false, &how, &e));
	FAILS(EXDEV, ckpt_store_sync_dir(a, "d", &e));
	FAILS(EXDEV, ckpt_store_measure(a, "d", &tree, &e));
	FAILS(EXDEV, ckpt_store_remove_tree(a, "d", 9, &e));
	FAILS(EXDEV, ckpt_store_remove(a, "d", "f", &e));
	FAILS(EBUSY, ckpt_store_remove(a, NULL, "d", &e));
	FAILS(EXDEV, ckpt_store_lease(a, "d", CKPT_LEASE_SHARED, &l, &e));
	expect_planted("d/f", "theirs");
	ck_assert_int_eq(umount(in_root("d")), 0);
	ck_assert_int_eq(listed_kind(a, NULL, "d", false), CKPT_KIND_DIR);
}
END_TEST

START_TEST(what_is_mounted_on_a_file_is_not_opened)
{
	struct ckpt_file *f;
	struct ckpt_stat st;

	if (!may_mount())
		SKIP("mounting takes root");
	plant("f", "mine");
	plant("g", "theirs");
	ck_assert_int_eq(mount(in_root("g"), in_root("f"), NULL, MS_BIND, NULL), 0);
	OK(ckpt_store_stat(a, NULL, "f", &st, &e));
	ck_assert_int_eq(st.kind, CKPT_KIND_MOUNT);
	ck_assert_int_eq(listed_kind(a, NULL, "f", true), CKPT_KIND_MOUNT);
	FAILS(EXDEV, ckpt_store_open(a, NULL, "f", &f, &e));
	FAILS(EBUSY, ckpt_store_remove(a, NULL, "f", &e));
	FAILS(EXDEV, ckpt_store_write(a, NULL, "f", "x", 1, &e));
	ck_assert_int_eq(umount(in_root("f")), 0);
	expect_planted("f", "mine");
}
END_TEST

START_TEST(what_is_mounted_inside_a_directory_stays_and_the_rest_goes)
{
	struct ckpt_tree tree;

	if (!may_mount())
		SKIP("mounting takes root");
	OK(ckpt_store_mkdir(a, "d", &e));
	ck_assert_int_eq(mkdir(in_root("d/sub"), 0755), 0);
	ck_assert_int_eq(mkdir(in_root("d/sub/m"), 0755), 0);
	plant("d/f", "123");
	plant("d/sub/g", "4567");
	plant("d/sub/file", "");
	ck_assert_int_eq(mount("none", in_root("d/sub/m"), "tmpfs", 0, NULL), 0);
	plant("d/sub/m/theirs", "theirs");
	ck_assert_int_eq(mount(in_root("d/sub/m/theirs"), in_root("d/sub/file"), NULL, MS_BIND, NULL), 0);
	OK(ckpt_store_measure(a, "d", &tree, &e));
	ck_assert_uint_eq(tree.files, 2);
	ck_assert_uint_eq(tree.bytes, 7);
	ck_assert(tree.has_mount);
	FAILS(EBUSY, ckpt_store_remove_tree(a, "d", 100, &e));
	expect_planted("d/sub/m/theirs", "theirs");
	ck_assert_uint_eq(count_names(a, "d"), 1);
	ck_assert_int_eq(access(in_root("d/sub/g"), F_OK), -1);
	ck_assert_int_eq(umount(in_root("d/sub/file")), 0);
	ck_assert_int_eq(umount(in_root("d/sub/m")), 0);
	OK(ckpt_store_remove_tree(a, "d", 100, &e));
}
END_TEST

START_TEST(a_read_only_root_can_be_read_and_leased)
{
	struct ckpt_store *ro;
	struct ckpt_lease *l;
	struct ckpt_lock *lock;
	struct ckpt_watch *w;
	char at[400];

	if (!may_mount())
		SKIP("mounting takes root");
	put_text(a, NULL, "f", "text");
	OK(ckpt_store_mkdir(a, "d", &e));
	put_text(a, "d", CKPT_MARKER, "");
	snprintf(at, sizeof(at), "%s.ro", root_path);
	ck_assert_int_eq(mkdir(at, 0755), 0);
	ck_assert_int_eq(mount(root_path, at, NULL, MS_BIND, NULL), 0);
	ck_assert_int_eq(mount(NULL, at, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), 0);
	OK(ckpt_store_open_posix(at, &ro, &e));
	expect_text(ro, NULL, "f", "text");
	ck_assert_uint_eq(count_names(ro, NULL), 2);
	OK(ckpt_store_lease(ro, "d", CKPT_LEASE_ASK, NULL, &e));
	OK(ckpt_store_lease(ro, "d", CKPT_LEASE_SHARED, &l, &e));
	/* It is the same checkpoint to others. */
	FAILS(EBUSY, ckpt_store_lease(a, "d", CKPT_LEASE_ASK, NULL, &e));
	ckpt_lease_release(l);
	OK(ckpt_store_watch(ro, &w, &e));
	ckpt_watch_close(w);
	FAILS(EROFS, ckpt_store_lease(ro, "d", CKPT_LEASE_EXCLUSIVE, &l, &e));
	FAILS(EROFS, ckpt_store_lock(ro, &lock, NULL, &e));
	FAILS(EROFS, ckpt_store_write(ro, NULL, "g", "", 0, &e));
	FAILS(EROFS, ckpt_store_mkdir(ro, "g", &e));
	FAILS(EROFS, ckpt_store_remove(ro, NULL, "f", &e));
	ckpt_store_free(ro);
	ck_assert_int_eq(umount(at), 0);
}
END_TEST

START_TEST(adopt_copies_from_another_file_system)
{
	size_t len = (200 << 10) + 1;
	char *data = malloc(len), at[400];
	struct ckpt_stat one, two;
	struct ckpt_store *from;
	enum ckpt_adopted how;
	struct ckpt_blob blob;

	if (!may_mount()) {
		free(data);
		SKIP("mounting takes root");
	}
	snprintf(at, sizeof(at), "%s.other", root_path);
	ck_assert_int_eq(mkdir(at, 0755), 0);
	ck_assert_int_eq(mount("none", at, "tmpfs", 0, NULL), 0);
	OK(ckpt_store_open_posix(at, &from, &e));
	/* A root may itself be a mount. */
	OK(ckpt_store_stat(from, NULL, NULL, &one, &e));
	ck_assert_int_eq(one.kind, CKPT_KIND_DIR);
	memset(data, 'z', len);
	OK(ckpt_store_write(from, NULL, "f", data, len, &e));
	OK(ckpt_store_adopt(a, NULL, "g", from, NULL, "f", false, &how, &e));
	ck_assert_int_eq(how, CKPT_ADOPTED_COPY);
	OK(ckpt_store_read(a, NULL, "g", len, &blob, &e));
	ck_assert_uint_eq(blob.len, len);
	ck_assert_mem_eq(blob.data, data, len);
	OK(ckpt_store_stat(from, NULL, "f", &one, &e));
	OK(ckpt_store_stat(a, NULL, "g", &two, &e));
	ck_assert_mem_eq(&one.mtime, &two.mtime, sizeof(one.mtime));
	FAILS(EEXIST, ckpt_store_adopt(a, NULL, "g", from, NULL, "f", false, &how, &e));
	ck_assert_uint_eq(count_names(a, NULL), 1);
	free(blob.data);
	free(data);
	ckpt_store_free(from);
	ck_assert_int_eq(umount(at), 0);
}
END_TEST

void store_posix_mounts(TCase *tc)
{
	tcase_add_test(tc, what_is_mounted_in_the_root_is_not_entered);
	tcase_add_test(tc, what_is_mounted_on_a_file_is_not_opened);
	tcase_add_test(tc, what_is_mounted_inside_a_directory_stays_and_the_rest_goes);
	tcase_add_test(tc, a_read_only_root_can_be_read_and_leased);
	tcase_add_test(tc, adopt_copies_from_another_file_system);
}
