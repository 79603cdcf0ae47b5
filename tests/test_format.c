/* Floor 2: Feldera's files as values, without a digit or a byte lost. */
#include <check.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/format.h"
#include "tests/suite.h"

#define UUID "0199f0c2-1a2b-7c3d-8e4f-0123456789ab"

static struct ckpt_entry *parse(const char *text)
{
	struct ckpt_entry *e = NULL;
	struct ckpt_err err = { 0 };
	int r = ckpt_entry_parse(text, strlen(text), "the entry", &e, &err);

	ck_assert_msg(r == 0, "%s: %s", text, err.msg);
	return e;
}

START_TEST(integers_use_all_64_bits_both_ways)
{
	static const uint64_t t[] = {
		0,
		1,
		9007199254740993,
		INT64_MAX - 1,
		INT64_MAX,
		(uint64_t)INT64_MAX + 1,
		UINT64_MAX,
		UINT64_MAX - 1,
		1000000000000000,
		18446744073709551557U,
	};
	char text[512];

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct ckpt_entry_values v = { .fingerprint = t[i],
					       .size = { t[i], true },
					       .steps = { t[i], true },
					       .processed_records = { t[i], true } };
		struct ckpt_entry *made, *read;

		ck_assert(ckpt_uuid_parse(UUID, &v.uuid));
		snprintf(text, sizeof(text),
			 "{\"uuid\":\"" UUID "\",\"identifier\":null,\"fingerprint\":%" PRIu64
			 ",\"size\":%" PRIu64 ",\"steps\":%" PRIu64 ",\"processed_records\":%" PRIu64 "}",
			 t[i], t[i], t[i], t[i]);
		ck_assert_int_eq(ckpt_entry_make(&v, &made, NULL), 0);
		ck_assert_str_eq(made->text, text);
		ck_assert_uint_eq(made->text_len, strlen(text));
		read = parse(made->text);
		ck_assert_uint_eq(read->fingerprint, t[i]);
		ck_assert(read->size.present && read->size.value == t[i]);
		ck_assert(read->steps.present && read->steps.value == t[i]);
		ck_assert(read->processed_records.present && read->processed_records.value == t[i]);
		ck_assert_str_eq(read->text, text);
		ckpt_entry_unref(made);
		ckpt_entry_unref(read);
	}
}
END_TEST

START_TEST(unknown_members_survive_in_place_and_unchanged)
{
	static const char text[] =
		"{\"first\" : [ 1 , {\"pi\":3.14159265358979323846264338327950288} ],\n"
		"\"uuid\": "
		"\"0199F0C2-1A2B-7C3D-8E4F-0123456789AB\",\t\"huge\":123456789012345678901234567890,"
		"\"tiny\":-1.50E-400,\"zero\":-0,\"shield\":\"\\u0001 "
		"5\",\"\\u0001key\":1,\"esc\":\"\\/\\u00E9 \\\" } ]\","
		"\"fingerprint\":18446744073709551615, \"last\":null}";
	static const char squeezed[] =
		"{\"first\":[1,{\"pi\":3.14159265358979323846264338327950288}],"
		"\"uuid\":\"0199F0C2-1A2B-7C3D-8E4F-0123456789AB\",\"huge\":123456789012345678901234567890,"
		"\"tiny\":-1.50E-400,\"zero\":-0,\"shield\":\"\\u0001 "
		"5\",\"\\u0001key\":1,\"esc\":\"\\/\\u00E9 \\\" } ]\","
		"\"fingerprint\":18446744073709551615,\"last\":null}";
	struct ckpt_entry *e = parse(text), *again;
	char uuid[CKPT_UUID_TEXT];

	ck_assert_str_eq(e->text, squeezed);
	ck_assert_uint_eq(e->text_len, strlen(squeezed));
	ck_assert_str_eq(ckpt_uuid_text(&e->uuid, uuid), UUID);
	ck_assert_uint_eq(e->fingerprint, UINT64_MAX);
	again = parse(e->text);
	ck_assert_str_eq(again->text, squeezed);
	ckpt_entry_unref(e);
	ckpt_entry_unref(again);
}
END_TEST

START_TEST(what_may_be_null_may_be_absent)
{
	static const char *const t[] = {
		"{\"uuid\":\"" UUID "\",\"fingerprint\":5}",
		"{\"uuid\":\"" UUID "\",\"identifier\":null,\"fingerprint\":5,\"size\":null,\"steps\":null,"
		"\"processed_records\":null}",
	};

	for (size_t i = 0; i < 2; i++) {
		struct ckpt_entry *e = parse(t[i]);

		ck_assert_uint_eq(e->fingerprint, 5);
		ck_assert_ptr_null(e->identifier);
		ck_assert(!e->size.present && !e->steps.present && !e->processed_records.present);
		ckpt_entry_unref(e);
	}
}
END_TEST

START_TEST(identifiers_are_kept_byte_for_byte)
{
	static const char identifier[] = "\x01 caf\xc3\xa9 \"q\" /\x1f\x7f\n\0end";
	struct ckpt_entry_values v = { .identifier = identifier, .identifier_len = sizeof(identifier) - 1 };
	struct ckpt_entry *e, *read;
	struct ckpt_err err;

	ck_assert(ckpt_uuid_parse(UUID, &v.uuid));
	ck_assert_int_eq(ckpt_entry_make(&v, &e, NULL), 0);
	ck_assert_str_eq(e->text, "{\"uuid\":\"" UUID
				  "\",\"identifier\":\"\\u0001 caf\xc3\xa9 \\\"q\\\" /\\u001f\x7f\\n"
				  "\\u0000end\",\"fingerprint\":0,\"size\":null,\"steps\":null,"
				  "\"processed_records\":null}");
	read = parse(e->text);
	ck_assert_uint_eq(read->identifier_len, v.identifier_len);
	ck_assert_mem_eq(read->identifier, identifier, v.identifier_len + 1);
	ckpt_entry_unref(e);
	ckpt_entry_unref(read);
	v.identifier = "\xff";
	v.identifier_len = 1;
	ck_assert_int_eq(ckpt_entry_make(&v, &e, &err), -EINVAL);
	v.identifier = "";
	v.identifier_len = 0;
	ck_assert_int_eq(ckpt_entry_make(&v, &e, NULL), 0);
	ck_assert_ptr_nonnull(e->identifier); /* empty is not absent */
	ckpt_entry_unref(e);
}
END_TEST

START_TEST(identifiers_have_a_bound)
{
	char *identifier = malloc(CKPT_IDENTIFIER_MAX + 1);
	struct ckpt_entry_values v = { .identifier = identifier, .identifier_len = CKPT_IDENTIFIER_MAX };
	struct ckpt_buf b = CKPT_BUF_INIT;
	struct ckpt_entry *e;

	memset(identifier, 'x', CKPT_IDENTIFIER_MAX + 1);
	ck_assert(ckpt_uuid_parse(UUID, &v.uuid));
	ck_assert_int_eq(ckpt_entry_make(&v, &e, NULL), 0);
	ckpt_entry_unref(parse(e->text));
	ckpt_entry_unref(e);
	v.identifier_len++;
	ck_assert_int_eq(ckpt_entry_make(&v, &e, NULL), -EFBIG);
	ckpt_buf_adds(&b, "{\"uuid\":\"" UUID "\",\"fingerprint\":5,\"identifier\":");
	ckpt_buf_add_json(&b, identifier, v.identifier_len);
	ckpt_buf_addc(&b, '}');
	ck_assert_int_eq(ckpt_entry_parse(b.data, b.len, "e", &e, NULL), -EFBIG);
	ckpt_buf_release(&b);
	free(identifier);
}
END_TEST

static void *use_entry(void *arg)
{
	for (int i = 0; i < 100000; i++)
		ckpt_entry_unref(ckpt_entry_ref(arg));
	ckpt_entry_unref(arg);
	return NULL;
}

START_TEST(the_last_reference_frees_an_entry_in_any_thread)
{
	struct ckpt_entry *e = parse("{\"uuid\":\"" UUID "\",\"fingerprint\":5}");
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, use_entry, ckpt_entry_ref(e)), 0);
	use_entry(ckpt_entry_ref(e));
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_uint_eq(e->refs, 1);
	ckpt_entry_unref(e);
	ckpt_entry_unref(NULL);
}
END_TEST

/* --- dependencies ------------------------------------------------------- */

START_TEST(both_versions_of_dependencies_are_read_and_written)
{
	static const struct {
		const char *in, *out;
		int version;
		size_t batches, state_files;
	} t[] = {
		{ "[]", "[]", 1, 0, 0 },
		{ "[ \"w1-b.feldera\",\"w0-a.feldera\",\"w1-b.feldera\" ]\n",
		  "[\"w0-a.feldera\",\"w1-b.feldera\"]", 1, 2, 0 },
		{ "{\"batches\":[]}", "{\"batches\":[],\"state_files\":[]}", 2, 0, 0 },
		{ "{\"later\":[1],\"state_files\":[\"z1.dat\",\"CHECKPOINT\"],\"batches\":[\"w0-a.feldera\"]"
		  "}",
		  "{\"batches\":[\"w0-a.feldera\"],\"state_files\":[\"CHECKPOINT\",\"z1.dat\"]}", 2, 1, 2 },
		{ "[\"caf\\u00e9\\u0001\\\".feldera\"]", "[\"caf\xc3\xa9\\u0001\\\".feldera\"]", 1, 1, 0 },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct ckpt_buf out = CKPT_BUF_INIT;
		struct ckpt_deps deps;
		struct ckpt_err err = { 0 };

		ck_assert_msg(ckpt_deps_parse(t[i].in, strlen(t[i].in), "f", &deps, &err) == 0, "%s",
			      err.msg);
		ck_assert_int_eq(deps.version, t[i].version);
		ck_assert_uint_eq(ckpt_names_count(deps.batches), t[i].batches);
		ck_assert_uint_eq(ckpt_names_count(deps.state_files), t[i].state_files);
		ckpt_deps_write(&deps, &out);
		ck_assert_str_eq(out.data, t[i].out);
		ckpt_buf_release(&out);
		ckpt_deps_release(&deps);
		ckpt_deps_release(&deps); /* twice does no harm */
	}
}
END_TEST

START_TEST(spine_files_add_up)
{
	static const char *const spine[] = { "{\"files\":[\"w1-b.feldera\"]}", "{\"files\":[]}",
					     "{\"x\":1,\"files\":[\"w0-a.feldera\",\"w1-b.feldera\"]}" };
	struct ckpt_deps deps;

	ck_assert_int_eq(ckpt_deps_init(&deps, NULL), 0);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(ckpt_spine_parse(spine[i], strlen(spine[i]), "f", &deps, NULL), 0);
	ck_assert(ckpt_names_seal(deps.batches));
	ck_assert_int_eq(deps.version, 0);
	ck_assert_uint_eq(ckpt_names_count(deps.batches), 2);
	ck_assert_str_eq(ckpt_names_get(deps.batches, 0), "w0-a.feldera");
	ck_assert_str_eq(ckpt_names_get(deps.batches, 1), "w1-b.feldera");
	ckpt_deps_release(&deps);
}
END_TEST

START_TEST(the_number_of_names_has_a_bound)
{
	struct ckpt_buf b = CKPT_BUF_INIT;
	struct ckpt_deps deps;

	ckpt_buf_addc(&b, '[');
	for (int i = 0; i < CKPT_DEPS_NAMES_MAX; i++)
		ckpt_buf_adds(&b, "\"a.feldera\",");
	b.data[b.len - 1] = ']';
	ck_assert_int_eq(ckpt_deps_parse(b.data, b.len, "f", &deps, NULL), 0);
	ck_assert_uint_eq(ckpt_names_count(deps.batches), 1);
	ckpt_deps_release(&deps);
	b.data[b.len - 1] = ',';
	ckpt_buf_adds(&b, "\"a.feldera\"]");
	ck_assert_int_eq(ckpt_deps_parse(b.data, b.len, "f", &deps, NULL), -EFBIG);
	ckpt_deps_release(&deps);
	ckpt_buf_release(&b);
}
END_TEST

/* --- state.json --------------------------------------------------------- */

START_TEST(a_state_file_names_its_checkpoint_or_none)
{
	static const char entry[] = "{\"uuid\":\"" UUID "\",\"x\":1.10,\"fingerprint\":5}";
	static const struct {
		const char *text;
		bool names;
	} t[] = {
		{ "{}", false },
		{ "{\"circuit\":null}", false },
		{ "{\"a\":{\"circuit\":{\"uuid\":1}}}", false }, /* not the one at the top */
		{ "{\"circuit\":{\"uuid\":\"" UUID "\",\"x\":1.10,\"fingerprint\":5}}", true },
		{ " { \"a\" : [ 1 , { \"b\" : 2 } ] , \"circuit\" : { \"uuid\" : \"" UUID
		  "\", \"x\" : 1.10 , \"fingerprint\" :5 } , \"z\":{} } ",
		  true },
		{ "{\"a\":\"},{\",\"\\u0063ircuit\":{\"uuid\":\"" UUID
		  "\",\"x\":1.10,\"fingerprint\":5},\"z\":[],\"big\":1e999}",
		  true },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct ckpt_entry *e;
		struct ckpt_err err = { 0 };

		ck_assert_msg(ckpt_state_parse(t[i].text, strlen(t[i].text), "f", &e, &err) == 0, "%s",
			      err.msg);
		ck_assert_int_eq(e != NULL, t[i].names);
		if (e)
			ck_assert_str_eq(e->text, entry);
		ckpt_entry_unref(e);
	}
}
END_TEST

int main(void)
{
	const TTest *tests[] = {
		integers_use_all_64_bits_both_ways,
		unknown_members_survive_in_place_and_unchanged,
		what_may_be_null_may_be_absent,
		identifiers_are_kept_byte_for_byte,
		identifiers_have_a_bound,
		the_last_reference_frees_an_entry_in_any_thread,
		both_versions_of_dependencies_are_read_and_written,
		spine_files_add_up,
		the_number_of_names_has_a_bound,
		a_state_file_names_its_checkpoint_or_none,
	};
	TCase *tc = tcase_create("format");

	tcase_set_timeout(tc, 60);
	suite_add_all(tc, tests);
	return suite_run_one("format", tc);
}
