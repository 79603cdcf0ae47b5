/* Names from a catalog go into hash tables by a key that is this process' own:
 * who writes a catalog can't choose names that collide. */
#include <check.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/siphash.h"
#include "engine/root.h"
#include "engine/uses.h"
#include "tests/archive_world.h"
#include "tests/suite.h"
#include "view/view.h"

#define KEY 16

/* The linker puts it before each call (--wrap): what was hashed by which key. */
static struct {
	size_t by_secret, by_others;
	const char *name; /* counted, with len bytes */
	size_t len;
} hashed;

typedef uint64_t hash_fn(const unsigned char key[KEY], const void *data, size_t len);
hash_fn __real_ckpt_siphash, __wrap_ckpt_siphash, __real_ckpt_siphash_bucket, __wrap_ckpt_siphash_bucket;

static void count(const unsigned char key[KEY], const void *data, size_t len)
{
	if (hashed.name && len == hashed.len && !memcmp(data, hashed.name, len)) {
		if (memcmp(key, ckpt_siphash_secret(), KEY) == 0)
			hashed.by_secret++;
		else
			hashed.by_others++;
	}
}

uint64_t __wrap_ckpt_siphash(const unsigned char key[KEY], const void *data, size_t len)
{
	count(key, data, len);
	return __real_ckpt_siphash(key, data, len);
}

uint64_t __wrap_ckpt_siphash_bucket(const unsigned char key[KEY], const void *data, size_t len)
{
	count(key, data, len);
	return __real_ckpt_siphash_bucket(key, data, len);
}

static void watch(const void *name, size_t len)
{
	memset(&hashed, 0, sizeof(hashed));
	hashed.name = name;
	hashed.len = len;
}

static void only_by_the_secret(void)
{
	ck_assert_uint_gt(hashed.by_secret, 0);
	ck_assert_uint_eq(hashed.by_others, 0);
	hashed.name = NULL;
}

/* --- the key ----------------------------------------------------------------- */

static void key_of_another(unsigned char key[KEY])
{
	int fd[2], status;
	pid_t child;

	ck_assert_int_eq(pipe(fd), 0);
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(write(fd[1], ckpt_siphash_secret(), KEY) == KEY ? 0 : 1);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(read(fd[0], key, KEY), KEY);
	close(fd[0]);
	close(fd[1]);
}

START_TEST(each_process_has_a_key_of_its_own_and_keeps_it)
{
	static const unsigned char zeros[KEY / 2];
	unsigned char a[KEY], b[KEY], mine[KEY];

	key_of_another(a);
	key_of_another(b);
	memcpy(mine, ckpt_siphash_secret(), KEY);
	ck_assert_mem_eq(ckpt_siphash_secret(), mine, KEY);
	ck_assert_mem_ne(a, b, KEY);
	ck_assert_mem_ne(a, mine, KEY);
	ck_assert_mem_ne(b, mine, KEY);
	/* All of it was drawn. */
	ck_assert_mem_ne(mine, zeros, KEY / 2);
	ck_assert_mem_ne(mine + KEY / 2, zeros, KEY / 2);
}
END_TEST

/* --- the tables --------------------------------------------------------------- */

START_TEST(which_checkpoint_needs_which_batch_is_a_table_by_the_secret)
{
	struct ckpt_uses uses = CKPT_USES_INIT;

	begin(MEM_TO_MEM);
	commit(1);
	watch("w0-1.feldera", 12);
	ok(ckpt_root_refresh(src.root, &e), &e);
	ok(ckpt_uses_follow(&uses, src.root, &e), &e);
	ck_assert(ckpt_uses_needs(&uses, "w0-1.feldera", NULL));
	only_by_the_secret();
	ckpt_uses_release(&uses);
	end();
}
END_TEST

START_TEST(what_an_archive_has_is_a_table_by_the_secret)
{
	begin(DISK_TO_DISK);
	commit(1);
	watch("w0-1.feldera", 12);
	archive_all();
	only_by_the_secret();
	end();
}
END_TEST

START_TEST(what_is_mounted_is_a_table_of_uuids_by_the_secret)
{
	const struct ckpt_uuid u = nth_uuid(1);
	struct ckpt_log *log = ckpt_log_new(false, false);
	const struct ckpt_view_opts o = { .lease_ms = 1000, .log = log };
	struct ckpt_view *view;
	struct ckpt_node n;

	begin(MEM_TO_MEM);
	commit(1);
	watch(u.b, sizeof(u.b));
	ok(ckpt_view_new(src.store, &o, &view, &e), &e);
	ok(ckpt_view_lookup(view, CKPT_VIEW_ROOT, dir_of(1), &n, &e), &e);
	only_by_the_secret();
	ckpt_view_free(view);
	ckpt_log_free(log);
	end();
}
END_TEST

int main(void)
{
	const TTest *tests[] = {
		each_process_has_a_key_of_its_own_and_keeps_it,
		which_checkpoint_needs_which_batch_is_a_table_by_the_secret,
		what_an_archive_has_is_a_table_by_the_secret,
		what_is_mounted_is_a_table_of_uuids_by_the_secret,
	};
	TCase *tc = tcase_create("secret");

	suite_add_all(tc, tests);
	return suite_run_one("secret", tc);
}
