/* Floor 3: .ckptfs/pins. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/name.h"
#include "base/when.h"
#include "tests/suite.h"
#include "view_world.h"

#define DIR ".ckptfs/pins"
#define PIN(name, uuid)                                                                                      \
	"{\"name\":\"" name "\",\"uuid\":\"" uuid                                                            \
	"\",\"created\":\"2026-11-24T19:36:39.123Z\",\"expires\":null}"

static void put_pins(struct world *w, const char *list)
{
	struct ckpt_buf text = CKPT_BUF_INIT;

	ckpt_buf_addf(&text, "{\"version\":1,\"pins\":[%s]}", list);
	ck_assert(!text.failed);
	put(w, NULL, CKPT_PINS, text.data);
	ckpt_buf_release(&text);
}

/* A pin on A that expires ms from now. */
static void put_expiring(struct world *w, const char *name, int64_t ms)
{
	char pin[512], when[CKPT_WHEN_TEXT];

	ckpt_when_text(ckpt_when_now() + ms, when);
	snprintf(pin, sizeof(pin),
		 "{\"name\":\"%s\",\"uuid\":\"" A "\",\"created\":\"2026-01-01T00:00:00Z\","
		 "\"expires\":\"%s\"}",
		 name, when);
	put_pins(w, pin);
}

static void check_target(struct world *w, const char *path, const char *target)
{
	CKPT_AUTO_FREE char *got = say_of(w, path);

	ck_assert_str_eq(got, target);
}

static void check_status(struct world *w, const char *part)
{
	CKPT_AUTO_FREE char *got = status_of(w);

	ck_assert_msg(strstr(got, part), "%s", got);
}

/* --- what is there ------------------------------------------------------- */

START_TEST(without_a_file_there_are_no_pins)
{
	struct ckpt_node n;
	struct world w;

	world_make(&w, 1000);
	check_names(&w, DIR, "");
	check_look(&w, DIR "/x", -ENOENT);
	ck_assert_int_eq(look(&w, DIR, &n), 0);
	ck_assert_int_eq(n.attr.st_mode, S_IFDIR | 0500);
	ck_assert_uint_eq(n.attr.st_uid, 1000);
	check_status(&w, "\"ok\":true,\"error\":null");
	world_release(&w);
}
END_TEST

START_TEST(each_pin_is_a_link_to_its_checkpoint)
{
	struct ckpt_node n;
	struct world w;

	world_make(&w, 1000);
	put_pins(&w, PIN("two words", B) "," PIN("before", A) "," PIN("also", A));
	refresh(&w);
	check_names(&w, DIR, "also before two words ");
	check_target(&w, DIR "/also", "../../" A);
	check_target(&w, DIR "/before", "../../" A);
	check_target(&w, DIR "/two words", "../../" B);
	check_look(&w, DIR "/befor", -ENOENT);
	check_look(&w, DIR "/before/x", -ENOTDIR);
	check_opendir(&w, DIR "/before", -ENOTDIR);
	/* The kernel may remember where a node leads, but not what a name is. */
	ck_assert_int_eq(look(&w, DIR "/before", &n), 0);
	ck_assert(S_ISLNK(n.attr.st_mode));
	ck_assert(!n.settled);
	world_release(&w);
}
END_TEST

START_TEST(a_listing_with_attributes_says_what_look_ups_say)
{
	struct ckpt_view_entry e;
	struct ckpt_view_dir *d;
	struct ckpt_node n;
	struct world w;
	char path[512];
	int seen = 0;

	world_make(&w, 1000);
	put_pins(&w, PIN("b", B) "," PIN("a", A) "," PIN("c", A));
	refresh(&w);
	ck_assert_int_eq(open_dir(&w, DIR, &d), 0);
	for (uint64_t at = 0; ckpt_view_readdir(d, at, true, &e, NULL) == 1; at = e.offset) {
		if (e.name[0] == '.')
			continue;
		snprintf(path, sizeof(path), DIR "/%s", e.name);
		ck_assert_int_eq(look(&w, path, &n), 0);
		ck_assert_uint_eq(n.id, e.node.id);
		ck_assert_int_eq(memcmp(&n.attr, &e.node.attr, sizeof(n.attr)), 0);
		seen++;
	}
	ckpt_view_closedir(d);
	ck_assert_int_eq(seen, 3);
	world_release(&w);
}
END_TEST

START_TEST(a_pin_on_what_is_not_in_the_catalog_is_not_shown)
{
	struct world w;

	world_make(&w, 1000);
	put_pins(&w, PIN("a", A) "," PIN("d", D));
	refresh(&w);
	check_names(&w, DIR, "a ");
	check_look(&w, DIR "/d", -ENOENT);
	put_checkpoint(&w, D);
	put_catalog(&w, B, C, D, NULL);
	refresh(&w);
	check_names(&w, DIR, "d ");
	check_look(&w, DIR "/a", -ENOENT);
	world_release(&w);
}
END_TEST

START_TEST(a_pin_is_found_by_its_name_in_any_number_of_them)
{
	struct ckpt_buf list = CKPT_BUF_INIT;
	struct world w;
	char path[64];

	world_make(&w, 1000);
	for (int i = 0; i < 1000; i++)
		ckpt_buf_addf(&list,
			      "%s{\"name\":\"p%d\",\"uuid\":\"" A "\",\"created\":\"2026-01-01T00:00:00Z\"}",
			      i ? "," : "", i);
	ck_assert(!list.failed);
	put_pins(&w, list.data);
	refresh(&w);
	for (int i = 0; i < 1000; i++) {
		snprintf(path, sizeof(path), DIR "/p%d", i);
		check_look(&w, path, 0);
	}
	check_look(&w, DIR "/p1000", -ENOENT);
	ckpt_buf_release(&list);
	world_release(&w);
}
END_TEST

/* --- what changes -------------------------------------------------------- */

START_TEST(a_pin_with_another_target_is_another_node)
{
	struct ckpt_buf target = CKPT_BUF_INIT;
	struct world w;
	uint64_t before;

	world_make(&w, 1000);
	put_pins(&w, PIN("p", A));
	refresh(&w);
	before = id_of(&w, DIR "/p");
	put_pins(&w, PIN("p", B));
	refresh(&w);
	ck_assert_uint_ne(id_of(&w, DIR "/p"), before);
	check_target(&w, DIR "/p", "../../" B);
	/* Whoever still has the old one reads what it always said. */
	ck_assert_int_eq(ckpt_view_readlink(w.view, before, &target, NULL), 0);
	ck_assert_uint_eq(target.len, strlen("../../" A));
	ck_assert_int_eq(memcmp(target.data, "../../" A, target.len), 0);
	ckpt_buf_release(&target);
	world_release(&w);
}
END_TEST

START_TEST(an_open_directory_keeps_its_pins)
{
	struct ckpt_view_entry e;
	struct ckpt_view_dir *d;
	char names[256] = "";
	size_t len = 0;
	struct world w;

	world_make(&w, 1000);
	put_pins(&w, PIN("a", A) "," PIN("b", A) "," PIN("c", B));
	refresh(&w);
	ck_assert_int_eq(open_dir(&w, DIR, &d), 0);
	for (uint64_t at = 0; ckpt_view_readdir(d, at, false, &e, NULL) == 1; at = e.offset) {
		len += (size_t)snprintf(names + len, sizeof(names) - len, "%s ", e.name);
		if (strcmp(e.name, "a") == 0) {
			put_pins(&w, PIN("c", C));
			refresh(&w);
		}
	}
	ckpt_view_closedir(d);
	ck_assert_str_eq(names, ". .. a b c ");
	check_names(&w, DIR, "c ");
	world_release(&w);
}
END_TEST

/* The clock decides when somebody looks: no refresh in between. */
START_TEST(a_pin_expires_by_the_clock)
{
	struct world w;

	world_make(&w, 1000);
	put_expiring(&w, "gone", -1);
	refresh(&w);
	check_names(&w, DIR, "");
	check_look(&w, DIR "/gone", -ENOENT);
	put_expiring(&w, "soon", 1000);
	refresh(&w);
	check_names(&w, DIR, "soon ");
	check_look(&w, DIR "/soon", 0);
	for (int i = 0; i < 1100 / NAP_MS; i++)
		nap();
	check_names(&w, DIR, "");
	check_look(&w, DIR "/soon", -ENOENT);
	world_release(&w);
}
END_TEST

static bool comes(struct world *w, const char *path, int rc)
{
	struct ckpt_node n;
	bool is = false;

	for (int i = 0; !is && i < WAIT_MS / NAP_MS; i++) {
		nap();
		is = look(w, path, &n) == rc;
	}
	return is;
}

/* With hints (0), and by looking. */
START_TEST(changes_by_others_appear_by_themselves)
{
	const struct ckpt_view_opts o = { .lease_ms = 1000, .poll_ms = _i ? 20 : 0 };
	struct world w;

	world_make(&w, 1000);
	world_close_view(&w);
	ck_assert_int_eq(ckpt_view_new(w.store, &o, &w.view, NULL), 0);
	ck_assert_int_eq(ckpt_view_start(w.view, NULL), 0);
	put_pins(&w, PIN("p", A));
	ck_assert(comes(&w, DIR "/p", 0));
	drop(&w, NULL, CKPT_PINS);
	ck_assert(comes(&w, DIR "/p", -ENOENT));
	world_release(&w);
}
END_TEST

/* --- damage -------------------------------------------------------------- */

static const char *const damaged[] = { "", "{", "{\"version\":2,\"pins\":[]}", "{\"version\":1}",
				       "{\"version\":1,\"pins\":[" PIN("..", A) "]}" };

START_TEST(pins_that_cannot_be_read_are_never_no_pins)
{
	struct world w;

	world_make(&w, 1000);
	put_pins(&w, PIN("p", A));
	refresh(&w);
	put(&w, NULL, CKPT_PINS, damaged[_i]);
	refresh(&w);
	check_look(&w, DIR, 0);
	check_opendir(&w, DIR, -EIO);
	check_look(&w, DIR "/p", -EIO);
	check_look(&w, DIR "/x", -EIO);
	check_status(&w, "\"ok\":false,\"error\":\"");
	check_status(&w, CKPT_PINS);
	/* The rest goes on. */
	check_names(&w, "", "latest .ckptfs " A " " B " " C " ");
	check_open(&w, A "/storage/" SHARED, 0);
	put_catalog(&w, B, C, NULL);
	refresh(&w);
	check_names(&w, "", "latest .ckptfs " B " " C " ");
	check_opendir(&w, DIR, -EIO);
	/* No hint is needed once they can be read again. */
	put_pins(&w, PIN("q", B));
	check_names(&w, DIR, "q ");
	check_status(&w, "\"ok\":true,\"error\":null");
	world_release(&w);
}
END_TEST

START_TEST(a_view_of_damaged_pins_begins)
{
	struct world w;

	world_make(&w, 1000);
	world_close_view(&w);
	put(&w, NULL, CKPT_PINS, "{");
	world_open_view(&w, 1000);
	check_opendir(&w, DIR, -EIO);
	check_status(&w, "\"ok\":false,\"error\":\"");
	check_names(&w, ".ckptfs/by-identifier", "");
	world_release(&w);
}
END_TEST

int main(void)
{
	const TTest *tests[] = {
		without_a_file_there_are_no_pins,
		each_pin_is_a_link_to_its_checkpoint,
		a_listing_with_attributes_says_what_look_ups_say,
		a_pin_on_what_is_not_in_the_catalog_is_not_shown,
		a_pin_is_found_by_its_name_in_any_number_of_them,
		a_pin_with_another_target_is_another_node,
		an_open_directory_keeps_its_pins,
		a_pin_expires_by_the_clock,
		a_view_of_damaged_pins_begins,
	};
	TCase *tc = tcase_create("view-pins");

	suite_add_all(tc, tests);
	tcase_add_loop_test(tc, changes_by_others_appear_by_themselves, 0, 2);
	tcase_add_loop_test(tc, pins_that_cannot_be_read_are_never_no_pins, 0,
			    sizeof(damaged) / sizeof(damaged[0]));
	tcase_set_timeout(tc, 60);
	return suite_run_one("view-pins", tc);
}
