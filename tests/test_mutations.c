/* Floor 2: texts that are nearly right, many of them. */
#include <check.h>
#include <errno.h>

#include "readers.h"
#include "tests/suite.h"

/* xorshift: the same texts in every run. */
static uint32_t draw(uint64_t *seed, uint32_t below)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (uint32_t)((*seed >> 32) % below);
}

/* Overwrite, drop, repeat or insert a few bytes. */
static void mutate(uint64_t *seed, const char *from, size_t len, struct ckpt_buf *to)
{
	static const char liked[] = "\"\\[]{},: 0919.-e\001u\n";
	size_t at, n;

	ckpt_buf_clear(to);
	at = draw(seed, (uint32_t)len);
	n = draw(seed, 6);
	if (n > len - at)
		n = len - at;
	ckpt_buf_add(to, from, at);
	switch (draw(seed, 4)) {
	case 0:
		ckpt_buf_add(to, from + at, n);
		ckpt_buf_add(to, from + at, len - at);
		return;
	case 1:
		ckpt_buf_add(to, from + at + n, len - at - n);
		return;
	case 2:
		ckpt_buf_addc(to, liked[draw(seed, sizeof(liked))]);
		ckpt_buf_add(to, from + at, len - at);
		return;
	default:
		ckpt_buf_addc(to, draw(seed, 2) ? liked[draw(seed, sizeof(liked))] : (char)draw(seed, 256));
		ckpt_buf_add(to, from + at + 1, len - at - 1);
	}
}

static void try_mutations(reader *read, const char *text, size_t len, int rounds)
{
	struct ckpt_buf a = CKPT_BUF_INIT, b = CKPT_BUF_INIT, *from = &a, *to = &b, *t;
	uint64_t seed = 88172645463325252U;
	int accepted = 0;

	for (int i = 0; i < rounds; i++) {
		struct ckpt_err err = { 0 };
		int r;

		if (i % 3 == 0) { /* up to three mutations, one on the other */
			ckpt_buf_clear(from);
			ckpt_buf_add(from, text, len);
		}
		mutate(&seed, from->data, from->len, to);
		r = read(to->data, to->len, &err);
		ck_assert(r == 0 || (r == -EUCLEAN && err.msg[0]));
		accepted += r == 0;
		t = from;
		from = to;
		to = t;
	}
	/* Both ways are taken. */
	ck_assert_int_gt(accepted, rounds / 100);
	ck_assert_int_lt(accepted, rounds - rounds / 100);
	ckpt_buf_release(&a);
	ckpt_buf_release(&b);
}

START_TEST(no_mutation_of_a_file_does_harm)
{
	static const char spine[] = "{\"files\":[\"w0-a.feldera\"]}";
	static const char state[] = "{\"a\":[1,{\"b\":\"\\u0001\"}],\"circuit\":{" U "," F "},\"z\":{}}";

	try_mutations(read_catalog, real_catalog, sizeof(real_catalog) - 1, 40000);
	try_mutations(read_deps, real_dependencies, sizeof(real_dependencies) - 1, 20000);
	try_mutations(read_spine, spine, sizeof(spine) - 1, 20000);
	try_mutations(read_state, state, sizeof(state) - 1, 20000);
}
END_TEST

int main(void)
{
	const TTest *tests[] = {
		no_mutation_of_a_file_does_harm,
	};
	TCase *tc = tcase_create("mutations");

	tcase_set_timeout(tc, 60);
	suite_add_all(tc, tests);
	return suite_run_one("mutations", tc);
}
