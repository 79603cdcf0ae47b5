/* Floor 0: valid names, sets of them, uuids. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uuid/uuid.h>

#include "base/name.h"
#include "base/names.h"
#include "ckptfs/uuid.h"
#include "tests/suite.h"

/* --- name, names -------------------------------------------------------- */

static bool is_batch(const char *s)
{
	return ckpt_name_is_batch(s, strlen(s));
}

static bool is_state_file(const char *s)
{
	return ckpt_name_is_state_file(s, strlen(s));
}

START_TEST(a_name_is_one_component)
{
	static const char *const bad[] = { "", ".", "..", "/", "a/b", "/a", "a/", "../a.feldera" };
	static const char *const good[] = { "a", "...", ".a", "a b", "caf\xc3\xa9", "-rf", "a\nb" };
	char name[300];

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!ckpt_name_ok(bad[i], strlen(bad[i])), "%s", bad[i]);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		ck_assert_msg(ckpt_name_ok(good[i], strlen(good[i])), "%s", good[i]);
	ck_assert(!ckpt_name_ok("a\0b", 3));
	memset(name, 'x', sizeof(name));
	ck_assert(ckpt_name_ok(name, 255));
	ck_assert(!ckpt_name_ok(name, 256));
}
END_TEST

START_TEST(own_names_are_never_a_file_that_may_go)
{
	static const char *const own[] = {
		"checkpoints.feldera", "state.json",	    "steps.bin",  "status.json",
		"status.json.mut",     "activated.feldera", "adhoc-tmp",  "feldera.pidlock",
		"datafusion-tmp",      "coordinator",	    "lost+found", "ckptfs-pins.json",
	};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		ck_assert_msg(ckpt_name_is_own(own[i]), "%s", own[i]);
		ck_assert_msg(!is_batch(own[i]), "%s", own[i]);
		ck_assert_msg(!is_state_file(own[i]), "%s", own[i]);
		ck_assert_msg(!ckpt_name_is_sweepable(own[i]), "%s", own[i]);
	}
	ck_assert(!ckpt_name_is_own("checkpoints.felder"));
	ck_assert(!ckpt_name_is_own("Checkpoints.feldera"));
	ck_assert(!ckpt_name_is_own(""));
}
END_TEST

START_TEST(batches_and_state_files_are_told_by_name)
{
	ck_assert(is_batch("w0-0199f0c2-0000-7000-8000-000000000000.feldera"));
	ck_assert(is_batch("a.feldera"));
	ck_assert(!is_batch(".feldera"));
	ck_assert(!is_batch("a.feldera.mut"));
	ck_assert(!is_batch("a.Feldera"));
	ck_assert(!is_batch("feldera"));
	ck_assert(!is_batch("x/a.feldera"));
	ck_assert(!ckpt_name_is_batch("a\0.feldera", 10));
	ck_assert(is_state_file("CHECKPOINT"));
	ck_assert(is_state_file("pspine-0-11.dat"));
	ck_assert(!is_state_file("dependencies.json"));
	ck_assert(!is_state_file(".."));
}
END_TEST

START_TEST(a_sweep_takes_what_rust_calls_the_extension)
{
	static const char *const yes[] = {
		"a.feldera", "a.mut", "a.b.mut", ".a.mut", "..mut", "x.feldera.mut"
	};
	static const char *const no[] = { ".feldera", ".mut", "a.feldera.bak", "mut", "a.", "a.MUT",
					  "..",	      "",     "a.mut ",	       "a" };

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		ck_assert_msg(ckpt_name_is_sweepable(yes[i]), "%s", yes[i]);
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		ck_assert_msg(!ckpt_name_is_sweepable(no[i]), "%s", no[i]);
}
END_TEST

START_TEST(a_set_of_names_is_sorted_and_has_no_doubles)
{
	struct ckpt_names s = CKPT_NAMES_INIT;
	char name[32];

	ck_assert(ckpt_names_seal(&s));
	ck_assert_int_eq(ckpt_names_find(&s, "a"), -1);
	for (unsigned i = 0; i < 4000; i++) {
		/* Every number below 2000 twice, in a scattered order. */
		int n = snprintf(name, sizeof(name), "w%u", i * 1237 % 2000);
		ckpt_names_add(&s, name, (size_t)n);
	}
	/* Room that was made before, and more than that. */
	ckpt_names_reserve(&s, 1, 3);
	ck_assert(!s.failed);
	ckpt_names_add(&s, "prefix-of-this", 6);
	ck_assert(ckpt_names_seal(&s));
	ck_assert_uint_eq(s.n, 2001);
	for (size_t i = 1; i < s.n; i++)
		ck_assert_int_lt(strcmp(ckpt_names_at(&s, i - 1), ckpt_names_at(&s, i)), 0);
	for (size_t i = 0; i < s.n; i++)
		ck_assert_int_eq(ckpt_names_find(&s, ckpt_names_at(&s, i)), (ptrdiff_t)i);
	ck_assert_int_ge(ckpt_names_find(&s, "prefix"), 0);
	ck_assert_int_eq(ckpt_names_find(&s, "w2000"), -1);
	ck_assert_int_eq(ckpt_names_find(&s, ""), -1);
	ckpt_names_add(&s, "w0", 2); /* sealed again, after more came */
	ck_assert(ckpt_names_seal(&s));
	ck_assert_uint_eq(s.n, 2001);
	ckpt_names_release(&s);
	ck_assert_uint_eq(s.n, 0);
}
END_TEST

/* --- uuid --------------------------------------------------------------- */

START_TEST(only_the_36_character_form_is_a_uuid)
{
	static const char good[] = "0199F0C2-1a2b-7c3d-8E4f-0123456789ab";
	static const char *const bad[] = {
		"",
		"00000000-0000-0000-0000-000000000000",
		"0199f0c21a2b7c3d8e4f0123456789ab",
		"{0199f0c2-1a2b-7c3d-8e4f-0123456789ab}",
		"urn:uuid:0199f0c2-1a2b-7c3d-8e4f-0123456789ab",
		"0199f0c2-1a2b-7c3d-8e4f-0123456789a",
		"0199f0c2-1a2b-7c3d-8e4f-0123456789abc",
		"0199f0c2-1a2b-7c3d-8e4f-0123456789ag",
		"0199f0c2-1a2b-7c3d-8e4f-0123456789ab\n",
		" 199f0c2-1a2b-7c3d-8e4f-0123456789ab",
		"0199f0c21-a2b-7c3d-8e4f-0123456789ab",
		"../../../../../../../../../../../etc",
	};
	struct ckpt_uuid u, before;
	char text[CKPT_UUID_TEXT];

	ck_assert(ckpt_uuid_parse(good, &u));
	ck_assert_str_eq(ckpt_uuid_text(&u, text), "0199f0c2-1a2b-7c3d-8e4f-0123456789ab");
	before = u;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_msg(!ckpt_uuid_parse(bad[i], &u), "%s", bad[i]);
		ck_assert_int_eq(ckpt_uuid_cmp(&u, &before), 0);
	}
}
END_TEST

START_TEST(a_uuid_is_read_as_libuuid_reads_it)
{
	static const char good[] = "0199f0c2-1a2B-7c3d-8E4f-0123456789ab";
	char text[sizeof(good) + 1] = { 0 };
	struct ckpt_uuid u;
	uuid_t theirs;

	/* Every byte at every place; the last one makes it longer. */
	for (size_t at = 0; at < sizeof(good); at++) {
		for (int c = 0; c < 256; c++) {
			bool ok;

			memcpy(text, good, sizeof(good));
			text[at] = (char)c;
			ok = strlen(text) == sizeof(good) - 1 && uuid_parse(text, theirs) == 0;
			ck_assert_msg(ckpt_uuid_parse(text, &u) == ok, "byte %d at %zu", c, at);
			ck_assert(!ok || !memcmp(u.b, theirs, sizeof(theirs)));
		}
	}
}
END_TEST

START_TEST(a_new_uuid_carries_its_time)
{
	static const unsigned char ones[10] = { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 };
	static const unsigned char zeros[10] = { 0 };
	struct ckpt_uuid u, later;
	char text[CKPT_UUID_TEXT];
	int64_t ms;

	ckpt_uuid_make(&u, 0x0199f0c21a2b, ones);
	ck_assert_str_eq(ckpt_uuid_text(&u, text), "0199f0c2-1a2b-7fff-bfff-ffffffffffff");
	ck_assert(ckpt_uuid_time_ms(&u, &ms));
	ck_assert_int_eq(ms, 0x0199f0c21a2b);
	ckpt_uuid_make(&later, ms + 1, zeros);
	ck_assert_str_eq(ckpt_uuid_text(&later, text), "0199f0c2-1a2c-7000-8000-000000000000");
	ck_assert_int_lt(ckpt_uuid_cmp(&u, &later), 0);
	ck_assert(ckpt_uuid_parse("0199f0c2-1a2b-4c3d-8e4f-0123456789ab", &u));
	ck_assert(!ckpt_uuid_time_ms(&u, &ms));
}
END_TEST

int main(void)
{
	const TTest *tests[] = {
		a_name_is_one_component,
		own_names_are_never_a_file_that_may_go,
		batches_and_state_files_are_told_by_name,
		a_sweep_takes_what_rust_calls_the_extension,
		a_set_of_names_is_sorted_and_has_no_doubles,
		only_the_36_character_form_is_a_uuid,
		a_uuid_is_read_as_libuuid_reads_it,
		a_new_uuid_carries_its_time,
	};
	TCase *tc = tcase_create("name");

	suite_add_all(tc, tests);
	return suite_run_one("name", tc);
}
