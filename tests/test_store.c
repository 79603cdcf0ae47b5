/* Floor 1: the suite of all stores, on each of them, and the posix store's own
 * promises. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/posix.h"
#include "store_posix.h"
#include "store_suite.h"
#include "tests/suite.h"

static char top[256]; /* all roots are made in here, and go with it */
char root_path[320];
static struct ckpt_mem *mem;

static void posix_setup(void)
{
	snprintf(root_path, sizeof(root_path), "%s/root.XXXXXX", top);
	ck_assert_ptr_nonnull(mkdtemp(root_path));
	ck_assert_int_eq(chmod(root_path, 0755), 0);
}

static void posix_teardown(void)
{
}

static struct ckpt_store *posix_open(void)
{
	struct ckpt_store *s;

	OK(ckpt_store_open_posix(root_path, &s, &e));
	return s;
}

/* As on a file system without O_TMPFILE. */
static struct ckpt_store *named_open(void)
{
	struct ckpt_store *s = posix_open();

	((struct ckpt_posix *)s)->named_temp = true;
	return s;
}

static void mem_setup(void)
{
	mem = ckpt_mem_new();
	ck_assert_ptr_nonnull(mem);
}

static void mem_teardown(void)
{
	ckpt_mem_free(mem);
}

static struct ckpt_store *mem_open(void)
{
	struct ckpt_store *s;

	OK(ckpt_store_open_mem(mem, &s, &e));
	return s;
}

static const struct store_backend posix_backend = { "posix", posix_setup, posix_teardown, posix_open };
static const struct store_backend named_backend = { "posix without O_TMPFILE", posix_setup, posix_teardown,
						    named_open };
static const struct store_backend mem_backend = { "mem", mem_setup, mem_teardown, mem_open };

static void setup_posix(void)
{
	store_suite_setup(&posix_backend);
}

static void setup_named(void)
{
	store_suite_setup(&named_backend);
}

static void setup_mem(void)
{
	store_suite_setup(&mem_backend);
}

static TCase *new_case(Suite *suite, const char *name, SFun setup)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, setup, store_suite_teardown);
	tcase_set_timeout(tc, 60);
	suite_add_tcase(suite, tc);
	return tc;
}

static void add_suite(Suite *suite, const struct store_backend *which, SFun setup)
{
	TCase *tc = new_case(suite, which->name, setup);

	store_suite_writing(tc);
	store_suite_reading(tc);
	store_suite_adopt(tc);
	store_suite_places(tc);
	store_suite_listing(tc);
	store_suite_excluding(tc);
	store_suite_watching(tc);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path) && 0;
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");
	Suite *suite = suite_create("store");
	int failed;

	snprintf(top, sizeof(top), "%s/ckptfs-store.XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(top) || chmod(top, 0755)) {
		perror(top);
		return 1;
	}
	add_suite(suite, &mem_backend, setup_mem);
	add_suite(suite, &posix_backend, setup_posix);
	add_suite(suite, &named_backend, setup_named);
	store_posix_links(new_case(suite, "links", setup_posix));
	store_posix_mounts(new_case(suite, "mounts", setup_posix));
	store_posix_locks(new_case(suite, "locks", setup_posix));
	store_posix_files(new_case(suite, "files", setup_posix));
	failed = suite_run(suite);
	nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	return failed;
}
