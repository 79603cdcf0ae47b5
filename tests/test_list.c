/* Lines of a list fit a terminal, and columns stand below each other, whatever an
 * identifier is written in. */
#include <check.h>
#include <string.h>

#include "cmd/columns.h"
#include "cmd/members.h"
#include "cmd/table.h"
#include "cmd/width.h"
#include "tests/suite.h"

#define E_ACUTE "\xc3\xa9"
#define WIDE "\xe6\xbc\xa2\xe5\xad\x97"		  /* two ideographs */
#define COMBINED "e\xcc\x81\xcc\xa7n"		  /* e with two marks, n */
#define HEBREW "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d" /* four letters */
#define EMOJI "\xf0\x9f\x8e\x89"		  /* one, two columns wide */

static void init(void)
{
	ckpt_width_init();
}

START_TEST(a_text_is_as_wide_as_a_terminal_shows_it)
{
	ck_assert_uint_eq(ckpt_width(""), 0);
	ck_assert_uint_eq(ckpt_width("abc"), 3);
	ck_assert_uint_eq(ckpt_width(E_ACUTE), 1);
	ck_assert_uint_eq(ckpt_width(WIDE), 4);
	ck_assert_uint_eq(ckpt_width(COMBINED), 2);
	ck_assert_uint_eq(ckpt_width(HEBREW), 4);
	ck_assert_uint_eq(ckpt_width(EMOJI), 2);
	/* Not whole: shown() would not let it pass, and nothing is read behind it. */
	ck_assert_uint_eq(ckpt_width("\xe6\xbc"), 2);
}
END_TEST

START_TEST(what_fits_ends_between_characters_and_keeps_their_marks)
{
	ck_assert_uint_eq(ckpt_width_fits("abc", 0), 0);
	ck_assert_uint_eq(ckpt_width_fits("abc", 2), 2);
	ck_assert_uint_eq(ckpt_width_fits("abc", 9), 3);
	ck_assert_uint_eq(ckpt_width_fits(WIDE, 3), 3);
	ck_assert_uint_eq(ckpt_width_fits(WIDE, 4), 6);
	ck_assert_uint_eq(ckpt_width_fits(COMBINED, 1), 5);
	ck_assert_uint_eq(ckpt_width_fits(EMOJI, 1), 0);
}
END_TEST

/* Rows of an identifier and a number. */
static char *table(size_t room, const char *const *text, struct ckpt_buf *out)
{
	struct ckpt_table t;

	ckpt_buf_clear(out);
	ckpt_table_init(&t, "Ll");
	t.room = room;
	for (; *text; text++) {
		ckpt_table_shown(&t, *text, strlen(*text));
		ckpt_table_cell(&t, "1");
	}
	ckpt_table_end(&t, out);
	return out->data;
}

static const char *const words[] = { "abcdef", WIDE, COMBINED, HEBREW, EMOJI, E_ACUTE, "", NULL };

START_TEST(columns_stand_below_each_other_in_any_script)
{
	struct ckpt_buf b = CKPT_BUF_INIT;
	char *line = table(0, words, &b), *end;

	for (size_t n = 0; words[n]; n++, line = end + 1) {
		end = strchr(line, '\n');
		*end = '\0';
		ck_assert_uint_eq(ckpt_width(line), 9);
		ck_assert_int_eq(strncmp(line, words[n], strlen(words[n])), 0);
		ck_assert_str_eq(end - 3, "  1");
	}
	ckpt_buf_release(&b);
}
END_TEST

START_TEST(no_line_is_wider_than_the_terminal)
{
	struct ckpt_buf b = CKPT_BUF_INIT, whole = CKPT_BUF_INIT;
	const char *const text[] = { "0123456789012345678901234567890123456789",
				     WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE WIDE, COMBINED, EMOJI,
				     NULL };
	char *line, *end;

	table(0, text, &whole);
	ck_assert_ptr_null(strstr(whole.data, "\xe2\x80\xa6"));
	for (size_t room = 1; room < 60; room++) {
		line = table(room, text, &b);
		ck_assert_int_eq(strcmp(b.data, whole.data) == 0, room >= 43);
		for (; *line; line = end + 1) {
			end = strchr(line, '\n');
			*end = '\0';
			ck_assert_uint_le(ckpt_width(line), room);
		}
	}
	/* First what may be narrower, so that the number is still there. */
	table(20, text, &b);
	ck_assert_ptr_nonnull(strstr(b.data, "0123456789012345\xe2\x80\xa6  1\n"));
	/* A half ideograph is none. */
	ck_assert_ptr_nonnull(strstr(b.data, WIDE WIDE WIDE WIDE "\xe2\x80\xa6  1\n"));
	table(8, text, &b);
	ck_assert_ptr_nonnull(strstr(b.data, "0123456\xe2\x80\xa6\n"));
	ckpt_buf_release(&b);
	ckpt_buf_release(&whole);
}
END_TEST

START_TEST(ages_are_for_people)
{
	const int64_t day = INT64_C(86400000);
	char t[CKPT_TEXT_MAX];

	ck_assert_str_eq(ckpt_age_text(0, t), "0s");
	ck_assert_str_eq(ckpt_age_text(59999, t), "59s");
	ck_assert_str_eq(ckpt_age_text(60000, t), "1min");
	ck_assert_str_eq(ckpt_age_text(3600000, t), "1h");
	ck_assert_str_eq(ckpt_age_text(2 * day - 1, t), "47h");
	ck_assert_str_eq(ckpt_age_text(2 * day, t), "2d");
	ck_assert_str_eq(ckpt_age_text(730 * day - 1, t), "729d");
	ck_assert_str_eq(ckpt_age_text(731 * day, t), "2y");
	ck_assert_str_eq(ckpt_age_text(-2 * day, t), "-2d");
	ck_assert_str_eq(ckpt_age_text(-10, t), "0s");
	ckpt_age_text(INT64_MAX, t);
}
END_TEST

START_TEST(columns_are_found_by_their_names)
{
	struct ckpt_columns c;
	struct ckpt_err e;
	char many[8 * (CKPT_TABLE_COLUMNS + 1)] = "uuid";

	ck_assert_int_eq(ckpt_columns_parse("uuid,age,identifier", &c, &e), 0);
	ck_assert_uint_eq(c.n, 3);
	ck_assert_uint_eq(ckpt_columns_need(&c), 0);
	ck_assert_int_eq(ckpt_columns_parse("marks,state", &c, &e), 0);
	ck_assert_uint_eq(ckpt_columns_need(&c), CKPT_NEEDS_FILES | CKPT_NEEDS_MARKS);
	ck_assert_int_lt(ckpt_columns_parse("", &c, &e), 0);
	ck_assert_int_lt(ckpt_columns_parse("uuid,", &c, &e), 0);
	ck_assert_int_lt(ckpt_columns_parse("uuid,AGE", &c, &e), 0);
	ck_assert_ptr_nonnull(strstr(e.msg, "'AGE'"));
	ck_assert_ptr_nonnull(strstr(e.msg, "fingerprint"));
	for (int i = 1; i < CKPT_TABLE_COLUMNS; i++)
		strcat(many, ",uuid"); /* NOLINT */
	ck_assert_int_eq(ckpt_columns_parse(many, &c, &e), 0);
	strcat(many, ",uuid"); /* NOLINT */
	ck_assert_int_lt(ckpt_columns_parse(many, &c, &e), 0);
}
END_TEST

START_TEST(members_of_an_object_come_one_by_one)
{
	static const char object[] =
		"{\"a\":1,\"b\\\"}\":{\"x\":[1,{}],\"y\":\"}\"},\"\":\",\",\"c\":[\"]\"],\"d\":null}";
	static const char *const want[][2] = { { "a", "1" },
					       { "b\\\"}", "{\"x\":[1,{}],\"y\":\"}\"}" },
					       { "", "\",\"" },
					       { "c", "[\"]\"]" },
					       { "d", "null" } };
	struct ckpt_member m = { 0 };

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		ck_assert(ckpt_member_next(object, strlen(object), &m));
		ck_assert_uint_eq(m.name_len, strlen(want[i][0]));
		ck_assert_int_eq(memcmp(m.name, want[i][0], m.name_len), 0);
		ck_assert_uint_eq(m.value_len, strlen(want[i][1]));
		ck_assert_int_eq(memcmp(m.value, want[i][1], m.value_len), 0);
	}
	ck_assert(!ckpt_member_next(object, strlen(object), &m));
	m = (struct ckpt_member){ 0 };
	ck_assert(!ckpt_member_next("{}", 2, &m));
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("lines");

	tcase_add_unchecked_fixture(t, init, NULL);
	tcase_add_test(t, a_text_is_as_wide_as_a_terminal_shows_it);
	tcase_add_test(t, what_fits_ends_between_characters_and_keeps_their_marks);
	tcase_add_test(t, columns_stand_below_each_other_in_any_script);
	tcase_add_test(t, no_line_is_wider_than_the_terminal);
	tcase_add_test(t, ages_are_for_people);
	tcase_add_test(t, columns_are_found_by_their_names);
	tcase_add_test(t, members_of_an_object_come_one_by_one);
	return suite_run_one("list", t);
}
