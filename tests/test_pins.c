/* What pins hold, and what is refused. */
#include "tests/pins_root.h"

/* --- holding ------------------------------------------------------------ */

START_TEST(a_pin_holds_against_gc_and_remove_until_it_is_taken_away)
{
	ok(pin("before-upgrade", 1), &e);
	ck_assert_uint_eq(pins.n, 1);
	ok(gc(true), &e);
	ck_assert_uint_eq(plan.n_removed, 1);
	ok(gc(false), &e);
	ck_assert_uint_eq(plan.n_removed, 1);
	why_is(1, "pinned as before-upgrade");
	ck_assert_int_eq(drop(1), -EBUSY);
	ck_assert_ptr_nonnull(strstr(e.msg, "pinned as before-upgrade"));
	ok(unpin("before-upgrade"), &e);
	ck_assert_uint_eq(pins.n, 0);
	ok(gc(false), &e);
	ck_assert_uint_eq(plan.n_removed, 1);
}
END_TEST

START_TEST(every_reason_is_named)
{
	struct ckpt_retention keep = { .last = 3 };
	struct ckpt_uuid u = nth_uuid(4);
	struct ckpt_gc_opts o = { .except = &u, .n_except = 1, .retention = &keep };

	ok(pin("a", 4), &e);
	ok(pin("b", 4), &e);
	ok(ckpt_gc(root, &o, &plan, &e), &e);
	ck_assert_uint_eq(plan.n_removed, 1);
	why_is(2, "last");
	why_is(3, "newest, last");
	why_is(4, "newest, excepted, pinned as a, pinned as b, last");
}
END_TEST

START_TEST(a_pin_expires_to_the_millisecond_and_goes_with_the_next_change)
{
	ok(pin_until("week", 1, NOW + 5000), &e);
	ok(pin("other", 2), &e);
	now = NOW + 4999;
	ok(gc(false), &e);
	ck_assert_uint_eq(plan.n_removed, 0);
	now = NOW + 5000;
	ok(gc(true), &e);
	ck_assert_uint_eq(plan.n_removed, 1);
	ckpt_pins_release(&pins);
	ok(ckpt_pins_read(store, &pins, &e), &e);
	ck_assert_uint_eq(pins.n, 2);
	ck_assert(ckpt_pin_is_expired(&pins.pin[1], now) && !ckpt_pin_is_expired(&pins.pin[0], now));
	/* Its name is free, and whatever is pinned or unpinned drops it. */
	ok(pin("week", 3), &e);
	ck_assert_uint_eq(pins.n, 2);
	ck_assert(!pins.pin[1].expires);
	ok(unpin("week"), &e);
	ok(pin_until("week", 1, now + 1), &e);
	now++;
	ok(unpin("other"), &e);
	ck_assert_uint_eq(pins.n, 0);
}
END_TEST

START_TEST(pins_are_there_for_whoever_opens_the_root_next)
{
	struct ckpt_root *again;
	struct ckpt_gc_opts o = { 0 };

	ok(pin("kept", 1), &e);
	ok(ckpt_root_open(store, NULL, &again, &e), &e);
	ok(ckpt_gc(again, &o, &plan, &e), &e);
	ck_assert_uint_eq(plan.n_removed, 1);
	why_is(1, "pinned as kept");
	ckpt_root_free(again);
}
END_TEST

START_TEST(a_pin_whose_checkpoint_is_gone_holds_nothing_and_stops_nothing)
{
	char text[256], uuid[CKPT_UUID_TEXT];
	struct ckpt_uuid u = nth_uuid(99);

	snprintf(text, sizeof(text),
		 "{\"version\":1,\"pins\":[{\"name\":\"x\",\"uuid\":\"%s\",\"created\":\"2026-01-01T00:00:"
		 "00Z\"}]}",
		 ckpt_uuid_text(&u, uuid));
	put(store, NULL, CKPT_PINS, text);
	ok(gc(false), &e);
	ck_assert_uint_eq(plan.n_removed, 2);
	ok(unpin("x"), &e);
}
END_TEST

START_TEST(a_sweep_leaves_the_pins_and_takes_what_a_crash_left_of_a_change)
{
	ok(pin("kept", 1), &e);
	put(store, NULL, CKPT_PINS ".mut", "{\"version\":1,\"pi");
	ok(ckpt_sweep(root, false, &plan, &e), &e);
	ck_assert(!there(store, NULL, CKPT_PINS ".mut"));
	ok(gc(false), &e);
	why_is(1, "pinned as kept");
}
END_TEST

/* --- what is refused ---------------------------------------------------- */

START_TEST(what_can_not_be_pinned_is_refused_and_nothing_changes)
{
	struct ckpt_buf before = CKPT_BUF_INIT, after = CKPT_BUF_INIT;

	ok(pin("taken", 1), &e);
	snapshot(store, &before);
	ck_assert_int_eq(pin("taken", 1), -EEXIST);
	ck_assert_int_eq(pin("taken", 2), -EEXIST);
	ck_assert_int_eq(pin("free", 99), -ENOENT);
	ck_assert_int_eq(pin_until("free", 1, NOW), -EINVAL);
	ck_assert_int_eq(pin_until("free", 1, NOW - 1), -EINVAL);
	ck_assert_int_eq(pin_until("free", 1, CKPT_PIN_EXPIRES_MAX + 1), -EINVAL);
	ck_assert_int_eq(pin_until("free", 1, INT64_MAX), -EINVAL);
	ck_assert_int_eq(unpin("free"), -ENOENT);
	ck_assert_int_eq(unpin(""), -EINVAL);
	snapshot(store, &after);
	ck_assert_str_eq(before.data, after.data);
	ok(pin_until("free", 1, CKPT_PIN_EXPIRES_MAX), &e);
	ok(gc(false), &e);
	ckpt_buf_release(&before);
	ckpt_buf_release(&after);
}
END_TEST

#define A50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
static const char *const bad_names[] = {
	"",
	".",
	"..",
	"/",
	"a/b",
	"../a",
	"a\n",
	"\033[31m",
	"a\x7f",
	"\xc2\x85",
	"\xff",
	"\xc0\x80",
	"\xed\xa0\x80",
	"\xe2\x80\xae"
	"a",
	A50 A50 A50 A50 A50 "aaaaaa",
};
static const char *const good_names[] = {
	"a",   "...", ".a", "a b", "\xc3\xa9",	       "-a",
	"a=b", "\"",  "\\", "%2f", "\xf0\x9f\x92\xbe", A50 A50 A50 A50 A50 "aaaaa",
};

START_TEST(bad_names_are_refused)
{
	ck_assert_int_eq(pin(bad_names[_i], 1), -EINVAL);
	ck_assert(!there(store, NULL, CKPT_PINS));
}
END_TEST

START_TEST(good_names_come_back_as_they_are)
{
	ok(pin(good_names[_i], 1), &e);
	ckpt_pins_release(&pins);
	ok(ckpt_pins_read(store, &pins, &e), &e);
	ck_assert_str_eq(pins.pin[0].name, good_names[_i]);
	ok(unpin(good_names[_i]), &e);
}
END_TEST

START_TEST(beside_a_pipeline_it_is_ebusy_and_names_the_archive)
{
	struct ckpt_store *pipeline;
	struct ckpt_lock *lock;

	ok(pin("old", 1), &e);
	pipeline = in_memory(mem);
	ok(ckpt_store_lock(pipeline, &lock, NULL, &e), &e);
	ck_assert_int_eq(pin("new", 1), -EBUSY);
	ck_assert_ptr_nonnull(strstr(e.msg, "ckptfs archive"));
	ck_assert_int_eq(unpin("old"), -EBUSY);
	ok(ckpt_pins_read(store, &pins, &e), &e);
	ck_assert_uint_eq(pins.n, 1);
	ckpt_lock_release(lock);
	ckpt_store_free(pipeline);
	ok(unpin("old"), &e);
}
END_TEST

START_TEST(a_change_that_fails_anywhere_leaves_the_pins_as_they_were)
{
	struct ckpt_buf before = CKPT_BUF_INIT, after = CKPT_BUF_INIT;
	unsigned long failures = 0;
	int rc = -1;

	ok(pin("old", 1), &e);
	snapshot(store, &before);
	for (fault.fail_at = 1; rc; fault.fail_at++) {
		fault.done = 0;
		rc = _i ? pin("new", 2) : unpin("old");
		if (!rc)
			break;
		ck_assert_int_eq(rc, -EIO);
		failures++;
		snapshot(store, &after);
		ck_assert_str_eq(before.data, after.data);
	}
	ck_assert_uint_ge(failures, 1);
	fault.fail_at = 0;
	ck_assert_uint_eq(pins.n, _i ? 2 : 0);
	ckpt_buf_release(&before);
	ckpt_buf_release(&after);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("pins");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_pin_holds_against_gc_and_remove_until_it_is_taken_away);
	tcase_add_test(t, every_reason_is_named);
	tcase_add_test(t, a_pin_expires_to_the_millisecond_and_goes_with_the_next_change);
	tcase_add_test(t, pins_are_there_for_whoever_opens_the_root_next);
	tcase_add_test(t, a_pin_whose_checkpoint_is_gone_holds_nothing_and_stops_nothing);
	tcase_add_test(t, a_sweep_leaves_the_pins_and_takes_what_a_crash_left_of_a_change);
	tcase_add_test(t, what_can_not_be_pinned_is_refused_and_nothing_changes);
	tcase_add_loop_test(t, bad_names_are_refused, 0, sizeof(bad_names) / sizeof(bad_names[0]));
	tcase_add_loop_test(t, good_names_come_back_as_they_are, 0,
			    sizeof(good_names) / sizeof(good_names[0]));
	tcase_add_test(t, beside_a_pipeline_it_is_ebusy_and_names_the_archive);
	tcase_add_loop_test(t, a_change_that_fails_anywhere_leaves_the_pins_as_they_were, 0, 2);
	return suite_run_one("pins", t);
}
