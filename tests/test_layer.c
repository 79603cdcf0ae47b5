/* Batch files: each bit counts, and nothing in them is believed. */
#include "tests/layer_test.h"

START_TEST(a_file_of_every_kind_of_block_is_whole)
{
	layer_make(&file, _i);
	ok(layer_check(file.data, file.len, &e), &e);
}
END_TEST

START_TEST(each_flipped_bit_is_found_and_its_block_named)
{
	struct ckpt_buf before = CKPT_BUF_INIT;
	size_t same = 0;

	layer_make(&file, _i);
	ckpt_buf_add(&before, file.data, file.len);
	for (size_t bit = 0; bit < file.len * 8; bit++) {
		*bytes(bit / 8) ^= (unsigned char)(1u << bit % 8);
		if (layer_check(file.data, file.len, &e) == 0) {
			ck_assert(layer_unpacks_the_same(before.data, file.data, file.len, bit / 8));
			same++;
		} else {
			ck_assert_int_eq(e.code, EUCLEAN);
			ck_assert_ptr_nonnull(strstr(e.msg, " byte "));
		}
		*bytes(bit / 8) ^= (unsigned char)(1u << bit % 8);
	}
	ck_assert_uint_lt(same, _i ? file.len / 100 : 1);
	ckpt_buf_release(&before);
	if (_i)
		return;
	/* The second block begins at byte 512. */
	*bytes(512 + 40) ^= 1;
	refused(-EUCLEAN, "the block at byte 512 has the checksum");
}
END_TEST

START_TEST(each_truncation_is_found)
{
	layer_make(&file, _i);
	for (size_t len = 0; len < file.len; len++)
		ck_assert_int_eq(layer_check(file.data, len, &e), -EUCLEAN);
	ckpt_buf_addc(&file, 0);
	ck_assert_int_eq(layer_check(file.data, file.len, &e), -EUCLEAN);
}
END_TEST

START_TEST(an_empty_batch_is_a_trailer)
{
	layer_add_trailer(&file, &(struct layer_trailer){ .version = CKPT_LAYER_VERSION });
	ok(layer_check(file.data, file.len, &e), &e);
}
END_TEST

START_TEST(what_is_not_known_is_not_checked)
{
	layer_add_trailer(&file, &(struct layer_trailer){ .version = CKPT_LAYER_VERSION + 1 });
	refused(-ENOTSUP, "its version 6 is not known");
	ckpt_buf_clear(&file);
	layer_add_trailer(&file, &(struct layer_trailer){ .version = CKPT_LAYER_VERSION, .compression = 2 });
	refused(-ENOTSUP, "its compression 2 is not known");
	ckpt_buf_clear(&file);
	layer_add_trailer(&file, &(struct layer_trailer){ .version = CKPT_LAYER_VERSION, .incompatible = 5 });
	refused(-ENOTSUP, "its set of features 5 is not known");
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("batch files");

	tcase_set_timeout(t, 300);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_file_of_every_kind_of_block_is_whole, 0, 2);
	tcase_add_loop_test(t, each_flipped_bit_is_found_and_its_block_named, 0, 2);
	tcase_add_loop_test(t, each_truncation_is_found, 0, 2);
	tcase_add_test(t, an_empty_batch_is_a_trailer);
	tcase_add_test(t, what_is_not_known_is_not_checked);
	return suite_run_one("layer", t);
}
