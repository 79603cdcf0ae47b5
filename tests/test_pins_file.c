/* The file of the pins: its bounds, damage, and what we do not know. */
#include "tests/pins_root.h"

START_TEST(more_pins_than_allowed_are_refused)
{
	struct ckpt_buf b = CKPT_BUF_INIT;
	char uuid[CKPT_UUID_TEXT];
	struct ckpt_uuid u = nth_uuid(1);

	ckpt_buf_adds(&b, "{\"version\":1,\"pins\":[");
	for (int i = 0; i < CKPT_PINS_MAX; i++)
		ckpt_buf_addf(&b,
			      "%s{\"name\":\"%05d\",\"uuid\":\"%s\",\"created\":\"2026-01-01T00:00:00Z\"}",
			      i ? "," : "", i, ckpt_uuid_text(&u, uuid));
	ckpt_buf_adds(&b, "]}");
	put(store, NULL, CKPT_PINS, b.data);
	ok(gc(true), &e); /* and so many reasons are not too many */
	ck_assert_int_eq(pin("one more", 1), -EINVAL);
	ok(unpin("00007"), &e);
	ok(pin("one more", 1), &e);
	ck_assert_uint_eq(pins.n, CKPT_PINS_MAX);
	b.len -= 2;
	ckpt_buf_addf(&b, ",{\"name\":\"x\",\"uuid\":\"%s\",\"created\":\"2026-01-01T00:00:00Z\"}]}", uuid);
	put(store, NULL, CKPT_PINS, b.data);
	ck_assert_int_eq(gc(true), -EFBIG);
	ckpt_buf_release(&b);
}
END_TEST

/* --- damage ------------------------------------------------------------- */

#define PIN(name, rest) "{\"name\":\"" name "\",\"uuid\":\"019b76da-a87b-7bab-abab-abababababab\"," rest "}"
#define CREATED "\"created\":\"2026-01-01T00:00:00Z\""
#define FILE_OF(pins) "{\"version\":1,\"pins\":[" pins "]}"

static const char *const damaged[] = {
	"",
	"{",
	"[]",
	"null",
	"{}",
	"{\"version\":1}",
	"{\"pins\":[]}",
	"{\"version\":1,\"pins\":null}",
	"{\"version\":1,\"pins\":{}}",
	"{\"version\":\"1\",\"pins\":[]}",
	"{\"version\":0,\"pins\":[]}",
	"{\"version\":-1,\"pins\":[]}",
	"{\"version\":1.5,\"pins\":[]}",
	"{\"version\":2,\"pins\":[]}",
	"{\"version\":99999999999999999999,\"pins\":[]}",
	"{\"version\":1,\"pins\":[]",
	"{\"version\":1,\"pins\":[],\"pins\":[]}",
	"{\"version\":1,\"pins\":[]}x",
	FILE_OF("1"),
	FILE_OF("null"),
	FILE_OF("[]"),
	FILE_OF("{}"),
	FILE_OF(PIN("a", CREATED) ","),
	FILE_OF(PIN("", CREATED)),
	FILE_OF(PIN("..", CREATED)),
	FILE_OF(PIN("a/b", CREATED)),
	FILE_OF(PIN("a\\u0000b", CREATED)),
	FILE_OF(PIN("a\\n", CREATED)),
	FILE_OF(PIN("a", CREATED) "," PIN("a", CREATED)),
	FILE_OF("{\"name\":\"a\",\"uuid\":\"019b76da\"," CREATED "}"),
	FILE_OF("{\"name\":\"a\",\"uuid\":null," CREATED "}"),
	FILE_OF("{\"name\":\"a\"," CREATED "}"),
	FILE_OF(PIN("a", "\"created\":null")),
	FILE_OF(PIN("a", "\"created\":1")),
	FILE_OF(PIN("a", CREATED ",\"expires\":1")),
	FILE_OF(PIN("a", CREATED ",\"expires\":\"\"")),
	FILE_OF(PIN("a", CREATED ",\"expires\":\"tomorrow\"")),
	FILE_OF(PIN("a", CREATED ",\"expires\":\"2026-02-30T00:00:00Z\"")),
	FILE_OF(PIN("a", CREATED ",\"expires\":\"2027-01-01T00:00:00Z\\u0000\"")),
};

START_TEST(a_damaged_file_never_means_that_nothing_is_pinned)
{
	struct ckpt_buf before = CKPT_BUF_INIT, after = CKPT_BUF_INIT;

	put(store, NULL, CKPT_PINS, damaged[_i]);
	snapshot(store, &before);
	ck_assert_int_eq(gc(true), -EUCLEAN);
	ck_assert_int_eq(gc(false), -EUCLEAN);
	ck_assert_ptr_nonnull(strstr(e.msg, CKPT_PINS));
	ck_assert_int_eq(drop(1), -EUCLEAN);
	ck_assert_int_eq(pin("b", 1), -EUCLEAN);
	ck_assert_int_eq(unpin("a"), -EUCLEAN);
	snapshot(store, &after);
	ck_assert_str_eq(before.data, after.data);
	ckpt_buf_release(&before);
	ckpt_buf_release(&after);
}
END_TEST

START_TEST(a_file_cut_anywhere_is_damaged)
{
	struct ckpt_blob blob;

	ok(pin_until("a", 1, NOW + 1), &e);
	ok(pin("b", 2), &e);
	ok(ckpt_store_read(store, NULL, CKPT_PINS, 1 << 20, &blob, &e), &e);
	for (size_t n = 0; n < blob.len; n++) {
		ok(ckpt_store_write(store, NULL, CKPT_PINS, blob.data, n, &e), &e);
		ck_assert_int_eq(gc(false), -EUCLEAN);
	}
	free(blob.data);
}
END_TEST

START_TEST(a_directory_in_its_place_stops_a_gc_too)
{
	put(store, CKPT_PINS, "x", "x");
	ck_assert_int_lt(gc(false), 0);
	ck_assert_uint_eq(ckpt_root_catalog(root)->n, 4);
}
END_TEST

START_TEST(members_that_we_do_not_know_survive)
{
	struct ckpt_blob blob;

	put(store, NULL, CKPT_PINS,
	    " {\"by\" : {\"n\":18446744073709551615}, \"version\": 1,\n\"pins\":[ " PIN(
		    "z", "\"why\" : [1.50, \"\\u00e9\"], " CREATED) " ],\"\\u0001x\":\"\\u00011\"} ");
	ok(pin("a", 1), &e);
	ok(ckpt_store_read(store, NULL, CKPT_PINS, 1 << 20, &blob, &e), &e);
	ck_assert_ptr_nonnull(strstr(blob.data,
				     "{\"by\":{\"n\":18446744073709551615},\"version\":1,\"\\u0001x\":"
				     "\"\\u00011\",\"pins\":[{\"name\":\"a\",\"uuid\""));
	ck_assert_ptr_nonnull(strstr(blob.data, "," PIN("z", "\"why\":[1.50,\"\\u00e9\"]," CREATED) "]}"));
	free(blob.data);
	ok(unpin("z"), &e);
	ok(ckpt_store_read(store, NULL, CKPT_PINS, 1 << 20, &blob, &e), &e);
	ck_assert_ptr_nonnull(strstr(blob.data, "{\"by\":{\"n\":18446744073709551615},\"version\":1,"));
	free(blob.data);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("the file of the pins");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, more_pins_than_allowed_are_refused);
	tcase_add_loop_test(t, a_damaged_file_never_means_that_nothing_is_pinned, 0,
			    sizeof(damaged) / sizeof(damaged[0]));
	tcase_add_test(t, a_file_cut_anywhere_is_damaged);
	tcase_add_test(t, a_directory_in_its_place_stops_a_gc_too);
	tcase_add_test(t, members_that_we_do_not_know_survive);
	return suite_run_one("the file of the pins", t);
}
