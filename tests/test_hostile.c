/* Floor 2: whatever stands in a file, it is read or refused with a sentence. */
#include <check.h>
#include <errno.h>

#include "readers.h"
#include "tests/suite.h"

#define DEEP 100000

static void refused(reader *read, const char *text, size_t len)
{
	struct ckpt_err err = { 0 };
	int r = read(text, len, &err);

	ck_assert_msg(r == -EUCLEAN, "%d for %.*s", r, (int)len, text);
	ck_assert_int_eq(err.code, EUCLEAN);
	ck_assert_msg(strncmp(err.msg, "the ", 4) == 0 || strncmp(err.msg, "entry ", 6) == 0 ||
			      strncmp(err.msg, "\"circuit\" in the ", 17) == 0,
		      "names no file: %s", err.msg);
}

/* Each piece, between what makes a whole file of it. */
static void refused_each(reader *read, const char *before, const char *const *piece, size_t n,
			 const char *after)
{
	struct ckpt_buf b = CKPT_BUF_INIT;

	for (size_t i = 0; i < n; i++) {
		ckpt_buf_clear(&b);
		ckpt_buf_addf(&b, "%s%s%s", before, piece[i], after);
		refused(read, b.data, b.len);
	}
	ckpt_buf_release(&b);
}

#define REFUSED_EACH(read, before, t, after) refused_each(read, before, t, sizeof(t) / sizeof((t)[0]), after)

START_TEST(what_is_no_catalog_is_refused)
{
	static const char e[] = "{" U "," F "}";
	static const char *const whole[] = {
		"",   " \n",	"\xef\xbb\xbf[]", "nonsense", "{}",  "{\"a\":1}", "null",
		"7",  "\"[]\"", "[] x",		  "[][]",     "[],", "[]]",	  "[,]",
		"[}", "]",	"[null]",	  "[[]]",     "[1]", "[\"a\"]"
	};
	static const char *const around[] = { "[%s,]", "[,%s]", "[%s,,%s]", "[%s%s]",  "[%s] x",
					      "[%s",   "[%s}",	"%s",	    "[%s:%s]", "[%s]]" };
	struct ckpt_buf b = CKPT_BUF_INIT;

	REFUSED_EACH(read_catalog, "", whole, "");
	for (size_t i = 0; i < sizeof(around) / sizeof(around[0]); i++) {
		ckpt_buf_clear(&b);
		for (const char *p = around[i]; *p; p++) {
			if (*p != '%')
				ckpt_buf_addc(&b, *p);
			else if (p++)
				ckpt_buf_adds(&b, e);
		}
		refused(read_catalog, b.data, b.len);
	}
	ckpt_buf_release(&b);
}
END_TEST

START_TEST(what_is_no_json_is_refused_in_an_entry)
{
	static const char *const member[] = {
		"",
		"1:2",
		"1 :2",
		"7",
		"a:1",
		"'a':1",
		"\"a\"",
		"\"a\":",
		"\"a\":1,",
		"\"a\" 1",
		"\"a\":tru",
		"\"a\":tr ue",
		"\"a\":True",
		"\"a\":NaN",
		"\"a\":Infinity",
		"\"a\":1/**/",
		"\"a\":1 2",
		"\"a\":[1 2]",
		"\"a\":[1,]",
		"\"a\":[",
		"\"a\":]",
		"\"a\":[}",
		"\"a\":{1}",
		"\"a\":01",
		"\"a\":.5",
		"\"a\":5.",
		"\"a\":+5",
		"\"a\":1e",
		"\"a\":1e+",
		"\"a\":0x1",
		"\"a\":- 1",
		"\"a\":-",
		"\"a\":--1",
		"\"a\":1.2.3",
		"\"a\":\"\xff\"",
		"\"a\":\"\xc3\"",
		"\"a\":\"\xed\xa0\x80\"",
		"\"a\":\"\n\"",
		"\"a\":\"\x01\"",
		"\"a\":\"\x01"
		"5\"",
		"\"a\":\"\\x\"",
		"\"a\":\"\\ud800\"",
		"\"a\":\"\\u00g0\"",
		"\"a\":\"",
		"\"a\":\"\\",
		"\xc2\xa0\"a\":1",
		"\"a\":1\v",
		/* doubled members, however spelled */
		"\"a\":1,\"a\":1",
		U,
		F,
		"\"\\u0066ingerprint\":1",
		"\"\\u0001\":1,\"\\u0001\":1",
		"\"a\":{\"b\":1,\"b\":2}",
	};

	REFUSED_EACH(read_catalog, "[{" U "," F ",", member, "}]");
}
END_TEST

/* jansson passes over one that follows a word. */
START_TEST(zero_bytes_are_refused_wherever_they_are)
{
	struct ckpt_buf b = CKPT_BUF_INIT;
	const size_t len = sizeof(real_catalog) - 1;

	for (size_t at = 0; at <= len; at++) {
		ckpt_buf_clear(&b);
		ckpt_buf_add(&b, real_catalog, at);
		ckpt_buf_addc(&b, '\0');
		ckpt_buf_add(&b, real_catalog + at, len - at);
		refused(read_catalog, b.data, b.len);
	}
	ckpt_buf_clear(&b);
	ckpt_buf_addf(&b, "{\"circuit\":null");
	ckpt_buf_add(&b, "\0}", 2);
	refused(read_state, b.data, b.len);
	refused(read_deps, "[]\0", 3);
	refused(read_deps, "\0\0\0", 3);
	ckpt_buf_release(&b);
}
END_TEST

START_TEST(what_is_no_entry_is_refused)
{
	static const char *const uuid[] = {
		"null",
		"7",
		"[]",
		"\"\"",
		"true",
		"\"00000000-0000-0000-0000-000000000000\"",
		"\"0199f0c21a2b7c3d8e4f0123456789ab\"",
		"\"{0199f0c2-1a2b-7c3d-8e4f-0123456789ab}\"",
		"\"urn:uuid:0199f0c2-1a2b-7c3d-8e4f-0123456789ab\"",
		"\"0199f0c2-1a2b-7c3d-8e4f-0123456789a\"",
		"\"0199f0c2-1a2b-7c3d-8e4f-0123456789ab \"",
		"\"0199f0c2-1a2b-7c3d-8e4f-0123456789ab\\u0000\"",
		"\"../0199f0c2-1a2b-7c3d-8e4f-0123456789ab\"",
		"\"/etc\"",
		"\"..\"",
	};
	static const char *const number[] = { "\"1\"",	      "-1",
					      "-0",	      "1.0",
					      "1e3",	      "true",
					      "[1]",	      "{}",
					      "\"\\u00011\"", "18446744073709551616",
					      "1E400",	      "007",
					      "0.0",	      "184467440737095516150" };
	static const char *const identifier[] = { "7", "{}", "[]", "false", "18446744073709551616" };
	static const char *const entry[] = { "{" U "}", "{" F "}", "{" U ",\"fingerprint\":null}", "{}" };

	REFUSED_EACH(read_catalog, "[{" F ",\"uuid\":", uuid, "}]");
	REFUSED_EACH(read_catalog, "[{" U ",\"fingerprint\":", number, "}]");
	REFUSED_EACH(read_catalog, "[{" U "," F ",\"size\":", number, "}]");
	REFUSED_EACH(read_catalog, "[{" U "," F ",\"steps\":", number, "}]");
	REFUSED_EACH(read_catalog, "[{" U "," F ",\"processed_records\":", number, "}]");
	REFUSED_EACH(read_catalog, "[{" U "," F ",\"identifier\":", identifier, "}]");
	REFUSED_EACH(read_catalog, "[", entry, "]");
}
END_TEST

START_TEST(a_file_cut_short_at_any_byte_is_refused)
{
	ck_assert_int_eq(read_catalog(real_catalog, sizeof(real_catalog) - 1, NULL), 0);
	for (size_t len = 0; len < sizeof(real_catalog) - 1; len++)
		refused(read_catalog, real_catalog, len);
	ck_assert_int_eq(read_deps(real_dependencies, sizeof(real_dependencies) - 1, NULL), 0);
	for (size_t len = 0; len < sizeof(real_dependencies) - 1; len++)
		refused(read_deps, real_dependencies, len);
}
END_TEST

START_TEST(deep_nesting_is_refused_and_a_little_is_not)
{
	static const struct {
		const char *before, *open;
	} t[] = {
		{ "", "[" },
		{ "", "{\"a\":" },
		{ "[{" U "," F ",\"a\":", "[" },
		{ "{\"batches\":", "[" },
		{ "\"", "[" },
		{ "", "]" },
		{ "[", "}" },
	};
	struct ckpt_buf b = CKPT_BUF_INIT;

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		ckpt_buf_clear(&b);
		ckpt_buf_adds(&b, t[i].before);
		for (int n = 0; n < DEEP; n++)
			ckpt_buf_adds(&b, t[i].open);
		refused(read_catalog, b.data, b.len);
		refused(read_deps, b.data, b.len);
		refused(read_spine, b.data, b.len);
		refused(read_state, b.data, b.len);
	}
	ckpt_buf_clear(&b);
	ckpt_buf_adds(&b, "[{" U "," F ",\"a\":");
	for (int n = 0; n < CKPT_JSON_DEPTH_MAX - 2; n++)
		ckpt_buf_addc(&b, '[');
	for (int n = 0; n < CKPT_JSON_DEPTH_MAX - 2; n++)
		ckpt_buf_addc(&b, ']');
	ckpt_buf_adds(&b, "}]");
	ck_assert_int_eq(read_catalog(b.data, b.len, NULL), 0);
	ckpt_buf_release(&b);
}
END_TEST

START_TEST(only_names_never_paths_are_dependencies)
{
	static const char *const batch[] = {
		"\"\"",
		"\".\"",
		"\"..\"",
		"\".feldera\"",
		"\"a\"",
		"\"/a.feldera\"",
		"\"../a.feldera\"",
		"\"d/a.feldera\"",
		"\"\\/a.feldera\"",
		"\"\\u002e\\u002e\\u002fa.feldera\"",
		"\"a.feldera/\"",
		"\"a.feldera\\u0000\"",
		"\"a\\u0000.feldera\"",
		"\"a.feldera.mut\"",
		"\"checkpoints.feldera\"",
		"\"activated.feldera\"",
		"\"state.json\"",
		"\"feldera.pidlock\"",
		"\"lost+found\"",
		"7",
		"null",
		"[]",
		"{}",
		"\"a.feldera\",7",
		"\"\\u00011\"",
		"\"a.feldera\xff\"",
		"\"a.feldera\",",
	};
	static const char *const state[] = {
		"\"\"",
		"\".\"",
		"\"..\"",
		"\"../a.dat\"",
		"\"/etc/passwd\"",
		"\"a\\u0000.dat\"",
		"7",
		"null",
		"\"dependencies.json\"",
		"\"state.json\"",
		"\"checkpoints.feldera\"",
		"\"steps.bin\"",
	};
	static const char *const whole[] = {
		"",
		"{}",
		"null",
		"7",
		"\"a.feldera\"",
		"[] []",
		"{\"files\":[]}",
		"{\"batches\":null}",
		"{\"batches\":{}}",
		"{\"batches\":\"a.feldera\"}",
		"{\"state_files\":[]}",
		"{\"batches\":[],\"state_files\":null}",
		"{\"batches\":[],\"state_files\":{}}",
		"{\"batches\":[],\"batches\":[]}",
	};

	REFUSED_EACH(read_deps, "[", batch, "]");
	REFUSED_EACH(read_deps, "{\"batches\":[", batch, "]}");
	REFUSED_EACH(read_deps, "{\"batches\":[],\"state_files\":[", state, "]}");
	REFUSED_EACH(read_spine, "{\"files\":[", batch, "]}");
	REFUSED_EACH(read_deps, "", whole, "");
}
END_TEST

START_TEST(a_long_name_is_refused_and_shown_in_part)
{
	static const char strange[] = "[\"a\\u0000\\n\\u202e/\"]";
	char text[5100] = "[\"";
	struct ckpt_err err;

	memset(text + 2, 'x', 5000);
	snprintf(text + 5002, sizeof(text) - 5002, ".feldera\"]");
	refused(read_deps, text, strlen(text));
	ck_assert_int_eq(read_deps(text, strlen(text), &err), -EUCLEAN);
	ck_assert_ptr_nonnull(strstr(err.msg, "xxx...\", which"));
	ck_assert_int_eq(read_deps(strange, sizeof(strange) - 1, &err), -EUCLEAN);
	ck_assert_ptr_nonnull(strstr(err.msg, "a\\x00\\x0a\\xe2\\x80\\xae/"));
}
END_TEST

START_TEST(spine_and_state_files_are_looked_at_as_closely)
{
	static const char *const spine[] = { "",
					     "[]",
					     "{}",
					     "null",
					     "{\"files\":null}",
					     "{\"files\":{}}",
					     "{\"files\":[]}{}",
					     "{\"files\":[" };
	static const char *const state[] = {
		"",
		"[]",
		"null",
		"7",
		"{\"circuit\":null}{}",
		"{\"circuit\":null,\"circuit\":null}",
		"{\"circuit\":{" U "," F "}",
		"{\"circuit\":{" U "," F "}}}",
		"{\"a\":nope,\"circuit\":{" U "," F "}}",
	};
	static const char *const circuit[] = { "7",	  "[]",	     "\"x\"", "{}",
					       "{" U "}", "{" F "}", "false", "{\"uuid\":\"..\"," F "}" };

	REFUSED_EACH(read_spine, "", spine, "");
	REFUSED_EACH(read_state, "", state, "");
	REFUSED_EACH(read_state, "{\"circuit\":", circuit, "}");
}
END_TEST

int main(void)
{
	const TTest *tests[] = {
		what_is_no_catalog_is_refused,
		what_is_no_json_is_refused_in_an_entry,
		zero_bytes_are_refused_wherever_they_are,
		what_is_no_entry_is_refused,
		a_file_cut_short_at_any_byte_is_refused,
		deep_nesting_is_refused_and_a_little_is_not,
		only_names_never_paths_are_dependencies,
		a_long_name_is_refused_and_shown_in_part,
		spine_and_state_files_are_looked_at_as_closely,
	};
	TCase *tc = tcase_create("hostile");

	tcase_set_timeout(tc, 60);
	suite_add_all(tc, tests);
	return suite_run_one("hostile", tc);
}
