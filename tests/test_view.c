/* Floor 3: what a mount shows while nothing changes. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/siphash.h"
#include "tests/suite.h"
#include "view/inode.h"
#include "view/links.h"
#include "view/stamp.h"
#include "view_world.h"

#define CATALOG(members) "[{\"uuid\":\"" A "\",\"identifier\":null,\"fingerprint\":7" members "}]"

static void check_text(struct world *w, const char *path, const char *text)
{
	CKPT_AUTO_FREE char *got = say_of(w, path);

	ck_assert_str_eq(got, text);
}

static struct ckpt_node node_of(struct world *w, const char *path)
{
	struct ckpt_node n;

	ck_assert_int_eq(look(w, path, &n), 0);
	return n;
}

/* --- the tree ------------------------------------------------------------ */

START_TEST(a_checkpoint_is_a_root_of_its_own)
{
	struct world w;

	world_make(&w, 1000);
	check_names(&w, "", "latest .ckptfs " A " " B " " C " ");
	check_names(&w, A, "metadata.json dependencies storage ");
	check_names(&w, A "/dependencies", ONLY(A) " " SHARED " ");
	check_names(&w, A "/storage", "checkpoints.feldera " A " " ONLY(A) " " SHARED " ");
	check_names(&w, A "/storage/" A, "CHECKPOINT dependencies.json z1-0.dat ");
	check_text(&w, "latest", C);
	check_text(&w, A "/dependencies/" SHARED, "../storage/" SHARED);
	check_text(&w, A "/storage/" SHARED, "shared bytes");
	check_text(&w, A "/storage/" A "/z1-0.dat", "state");
	check_text(&w, A "/storage/checkpoints.feldera",
		   "[{\"uuid\":\"" A "\",\"identifier\":null,\"fingerprint\":18446744073709551615}]");
	world_release(&w);
}
END_TEST

START_TEST(state_json_and_steps_bin_are_there_where_the_root_has_them)
{
	struct ckpt_err e;
	struct world w;

	world_make(&w, 1000);
	put(&w, A, "state.json", "{}");
	ck_assert_int_eq(ckpt_store_mkdir(w.pipeline, "steps.bin", &e), 0);
	ck_assert_int_eq(ckpt_view_refresh(w.view, NULL), 0);
	check_names(&w, A "/storage",
		    "checkpoints.feldera state.json steps.bin " A " " ONLY(A) " " SHARED " ");
	check_names(&w, A "/storage/" A, "state.json CHECKPOINT dependencies.json z1-0.dat ");
	check_names(&w, A "/storage/steps.bin", "");
	check_names(&w, B "/storage", "checkpoints.feldera steps.bin " B " " ONLY(B) " " SHARED " ");
	check_text(&w, A "/storage/state.json", "{}");
	world_release(&w);
}
END_TEST

START_TEST(only_files_of_a_checkpoint_are_shown)
{
	char dir[] = "/tmp/ckptfs-view-XXXXXX", path[128];
	struct ckpt_err e = { 0 };
	struct ckpt_node n;
	struct world w;

	world_init(&w);
	ckpt_store_free(w.store);
	ckpt_store_free(w.pipeline);
	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(ckpt_store_open_posix(dir, &w.store, &e), 0);
	ck_assert_int_eq(ckpt_store_open_posix(dir, &w.pipeline, &e), 0);
	put_checkpoint(&w, A);
	put_catalog(&w, A, NULL);
	put(&w, A, "z2.dat.mut", "half");
	snprintf(path, sizeof(path), "%s/" A "/link", dir);
	ck_assert_int_eq(symlink("/etc/passwd", path), 0);
	snprintf(path, sizeof(path), "%s/" A "/dir", dir);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	world_open_view(&w, 1000);
	check_names(&w, A "/storage/" A, "CHECKPOINT dependencies.json z1-0.dat ");
	ck_assert_int_eq(look(&w, A "/storage/" A "/link", &n), -ENOENT);
	ck_assert_int_eq(look(&w, A "/storage/" A "/dir", &n), -ENOENT);
	ck_assert_int_eq(rmdir(path), 0);
	world_close_view(&w);
	ck_assert_int_eq(ckpt_store_remove(w.pipeline, A, "link", &e), 0);
	/* A link in the place of a state file that must be there. */
	drop(&w, A, "z1-0.dat");
	snprintf(path, sizeof(path), "%s/" A "/z1-0.dat", dir);
	ck_assert_int_eq(symlink("/etc/passwd", path), 0);
	world_open_view(&w, 1000);
	check_names(&w, A "/storage/" A, "CHECKPOINT dependencies.json z1-0.dat ");
	ck_assert_int_eq(look(&w, A "/storage/" A "/z1-0.dat", &n), -EIO);
	world_close_view(&w);
	ck_assert_int_eq(ckpt_store_remove_tree(w.pipeline, A, 100, &e), 0);
	drop(&w, NULL, ONLY(A));
	drop(&w, NULL, SHARED);
	drop(&w, NULL, "checkpoints.feldera");
	ck_assert_int_eq(rmdir(dir), 0);
	world_release(&w);
}
END_TEST

/* --- numbers ------------------------------------------------------------- */

START_TEST(the_hash_behind_st_ino_is_siphash_2_4_for_ever)
{
	unsigned char key[16], text[15];

	for (unsigned i = 0; i < 16; i++)
		key[i] = (unsigned char)i;
	for (unsigned i = 0; i < 15; i++)
		text[i] = (unsigned char)i;
	/* The example of its authors. */
	ck_assert_uint_eq(ckpt_siphash(key, text, 15), UINT64_C(0xa129ca6149be45e5));
	ck_assert_uint_eq(ckpt_siphash(key, text, 0), UINT64_C(0x726fdb47dd0e0e31));
	ck_assert_uint_eq(ckpt_siphash_bucket(key, text, 0), UINT64_C(0xabac0158050fc4dc));
	/* Ours: backup tools compare these over years. */
	ck_assert_uint_eq(ckpt_ino("%s", SHARED), UINT64_C(0x07c0704c8da14733));
	ck_assert_uint_eq(ckpt_ino("/%s/storage", A), UINT64_C(0x720e0aa72a213b0c));
}
END_TEST

START_TEST(an_id_is_what_it_is_made_of)
{
	struct ckpt_id id;

	ck_assert_uint_eq(ckpt_id_pack(CKPT_NODE_ROOT, 0, 0), CKPT_VIEW_ROOT);
	ck_assert(ckpt_id_unpack(ckpt_id_pack(CKPT_NODE_BATCH, CKPT_ID_NUMBER_MAX, CKPT_ID_INDEX_MAX), &id));
	ck_assert_int_eq(id.kind, CKPT_NODE_BATCH);
	ck_assert_uint_eq(id.number, CKPT_ID_NUMBER_MAX);
	ck_assert_uint_eq(id.index, CKPT_ID_INDEX_MAX);
	ck_assert(!ckpt_id_unpack(0, &id));
	ck_assert(!ckpt_id_unpack(2, &id));
	ck_assert(!ckpt_id_unpack(UINT64_MAX, &id));
}
END_TEST

START_TEST(a_shared_file_is_one_inode_and_a_node_for_each_checkpoint)
{
	struct ckpt_node a, b, again;
	struct world w;

	world_make(&w, 1000);
	a = node_of(&w, A "/storage/" SHARED);
	b = node_of(&w, B "/storage/" SHARED);
	ck_assert_uint_eq(a.attr.st_ino, b.attr.st_ino);
	ck_assert_uint_ne(a.id, b.id);
	ck_assert_uint_eq(a.attr.st_nlink, 2);
	ck_assert_uint_eq(a.attr.st_ino, ckpt_ino("%s", SHARED));
	ck_assert_uint_ne(node_of(&w, A "/storage/" A "/z1-0.dat").attr.st_ino,
			  node_of(&w, B "/storage/" B "/z1-0.dat").attr.st_ino);
	put(&w, A, "state.json", "{}");
	ck_assert_uint_eq(node_of(&w, A "/storage/state.json").attr.st_ino,
			  node_of(&w, A "/storage/" A "/state.json").attr.st_ino);
	ck_assert_uint_eq(node_of(&w, A "/storage/state.json").attr.st_nlink, 2);
	ck_assert_uint_eq(node_of(&w, A "/storage/" A "/state.json").attr.st_nlink, 2);
	/* Another daemon gives the same, also where the slots are others. */
	world_close_view(&w);
	put_catalog(&w, B, C, NULL);
	world_open_view(&w, 1000);
	again = node_of(&w, B "/storage/" SHARED);
	ck_assert_uint_eq(again.attr.st_ino, b.attr.st_ino);
	ck_assert_int_eq(again.attr.st_mtim.tv_sec, b.attr.st_mtim.tv_sec);
	ck_assert_int_eq(again.attr.st_mtim.tv_nsec, b.attr.st_mtim.tv_nsec);
	world_release(&w);
}
END_TEST

START_TEST(what_is_listed_is_what_is_found)
{
	static const char *const dirs[] = {
		"", A, A "/storage", A "/storage/" A, A "/dependencies", ".ckptfs/by-time"
	};
	struct ckpt_view_entry e;
	struct ckpt_view_dir *d;
	struct ckpt_node n;
	struct world w;
	char path[512];

	world_make(&w, 1000);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		ck_assert_int_eq(open_dir(&w, dirs[i], &d), 0);
		for (uint64_t at = 0; ckpt_view_readdir(d, at, true, &e, NULL) == 1; at = e.offset) {
			if (e.name[0] == '.' && (!e.name[1] || e.name[1] == '.')) {
				ck_assert_uint_eq(e.node.id, 0);
				continue;
			}
			snprintf(path, sizeof(path), "%s%s%s", dirs[i], dirs[i][0] ? "/" : "", e.name);
			n = node_of(&w, path);
			ck_assert_uint_eq(n.id, e.node.id);
			ck_assert_int_eq(memcmp(&n.attr, &e.node.attr, sizeof(n.attr)), 0);
			ck_assert_int_eq(n.settled, e.node.settled);
		}
		ckpt_view_closedir(d);
	}
	world_release(&w);
}
END_TEST

START_TEST(each_look_up_of_control_is_a_node_of_its_own)
{
	struct world w;
	uint64_t one, two;

	world_make(&w, 1000);
	one = id_of(&w, ".ckptfs/control");
	two = id_of(&w, ".ckptfs/control");
	ck_assert_uint_ne(one, two);
	ck_assert_int_eq(ckpt_view_ctl(one), CKPT_CTL_CONTROL);
	ck_assert_int_eq(ckpt_view_ctl(id_of(&w, ".ckptfs/log")), CKPT_CTL_LOG);
	ck_assert_int_eq(ckpt_view_ctl(id_of(&w, ".ckptfs")), CKPT_CTL_NONE);
	ck_assert_int_eq(node_of(&w, ".ckptfs/control").attr.st_mode, S_IFREG | 0600);
	ck_assert_uint_eq(node_of(&w, ".ckptfs/status.json").attr.st_uid, 1000);
	world_release(&w);
}
END_TEST

/* --- what is made up ----------------------------------------------------- */

START_TEST(metadata_keeps_every_member_and_adds_what_follows)
{
	struct world w;

	world_init(&w);
	put_checkpoint(&w, A);
	put(&w, NULL, "checkpoints.feldera",
	    CATALOG(",\"steps\":18446744073709551615,\"new\":{\"batches\":1}"));
	world_open_view(&w, 1000);
	check_text(&w, A "/metadata.json",
		   "{\"uuid\":\"" A "\",\"identifier\":null,\"fingerprint\":7,\"steps\":18446744073709551615,"
		   "\"new\":{\"batches\":1},\"created_at\":\"2025-10-17T06:01:16.587Z\",\"batches\":2,"
		   "\"dependencies_version\":2}\n");
	world_release(&w);
}
END_TEST

START_TEST(a_member_of_felderas_wins_over_ours)
{
	struct world w;

	world_init(&w);
	put_checkpoint(&w, A);
	put(&w, NULL, "checkpoints.feldera", CATALOG(",\"created_at\":5,\"batches\":[]"));
	world_open_view(&w, 1000);
	check_text(&w, A "/metadata.json",
		   "{\"uuid\":\"" A
		   "\",\"identifier\":null,\"fingerprint\":7,\"created_at\":5,\"batches\":[],"
		   "\"dependencies_version\":2}\n");
	world_release(&w);
}
END_TEST

/* Somebody may give a file any time: it never passes for one that changed long ago. */
START_TEST(a_file_from_the_end_of_time_may_change_yet)
{
	const int64_t now = 1795548999123;
	struct ckpt_stamp s = { .mtime.tv_sec = INT64_MAX, .ctime.tv_sec = now / 1000 - 60 };

	ck_assert(!ckpt_stamp_quiet(&s, now));
	s.mtime.tv_sec = INT64_MIN;
	ck_assert(ckpt_stamp_quiet(&s, now));
}
END_TEST

START_TEST(times_that_collide_get_the_uuid)
{
	struct world w;

	world_make(&w, 1000);
	check_names(&w, ".ckptfs/by-time",
		    "2025-10-17T06:01:16.587Z~" A " 2025-10-17T06:01:16.587Z~" B
		    " 2025-10-17T06:01:18.080Z ");
	check_text(&w, ".ckptfs/by-time/2025-10-17T06:01:16.587Z~" B, "../../" B);
	world_release(&w);
}
END_TEST

static void check_encoded(const char *identifier, size_t len, const char *name)
{
	char got[CKPT_NAME_MAX + 1];

	ckpt_links_encode(identifier, len, got);
	ck_assert_str_eq(got, name);
}

START_TEST(an_identifier_becomes_a_safe_name)
{
	char longest[300], name[CKPT_NAME_MAX + 1];

	check_encoded("nightly 7 \xc3\xa9", 12, "nightly 7 \xc3\xa9");
	check_encoded("a/b%c", 5, "a%2Fb%25c");
	check_encoded("..", 2, "%2E.");
	check_encoded("a.b", 3, "a.b");
	check_encoded("x\0y\n\x7f", 5, "x%00y%0A%7F");
	check_encoded("\x1b[2J\xc2\x9b", 6, "%1B[2J%C2%9B");
	check_encoded("", 0, "");
	/* Cut before what does not fit whole. */
	memset(longest, 'x', sizeof(longest));
	memcpy(longest + 254, "\xc3\xa9", 2);
	ckpt_links_encode(longest, sizeof(longest), name);
	ck_assert_uint_eq(strlen(name), 254);
	memcpy(longest + 253, "/", 1);
	ckpt_links_encode(longest, sizeof(longest), name);
	ck_assert_uint_eq(strlen(name), 253);
}
END_TEST

START_TEST(an_identifier_leads_to_its_newest_checkpoint)
{
	struct world w;

	world_init(&w);
	put_checkpoint(&w, A);
	put_checkpoint(&w, B);
	put(&w, NULL, "checkpoints.feldera",
	    "[{\"uuid\":\"" A "\",\"identifier\":\"daily\",\"fingerprint\":7},"
	    "{\"uuid\":\"" B "\",\"identifier\":\"daily\",\"fingerprint\":7}]");
	world_open_view(&w, 1000);
	check_names(&w, ".ckptfs/by-identifier", "daily ");
	check_text(&w, ".ckptfs/by-identifier/daily", "../../" B);
	world_release(&w);
}
END_TEST

int main(void)
{
	const TTest *tests[] = {
		a_checkpoint_is_a_root_of_its_own,
		state_json_and_steps_bin_are_there_where_the_root_has_them,
		only_files_of_a_checkpoint_are_shown,
		the_hash_behind_st_ino_is_siphash_2_4_for_ever,
		an_id_is_what_it_is_made_of,
		a_shared_file_is_one_inode_and_a_node_for_each_checkpoint,
		what_is_listed_is_what_is_found,
		each_look_up_of_control_is_a_node_of_its_own,
		metadata_keeps_every_member_and_adds_what_follows,
		a_member_of_felderas_wins_over_ours,
		a_file_from_the_end_of_time_may_change_yet,
		times_that_collide_get_the_uuid,
		an_identifier_becomes_a_safe_name,
		an_identifier_leads_to_its_newest_checkpoint,
	};
	TCase *tc = tcase_create("view");

	suite_add_all(tc, tests);
	return suite_run_one("view", tc);
}
