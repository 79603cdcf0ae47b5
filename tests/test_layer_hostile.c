/* Hostile batch files: the checksums are right, the rest lies. */
#include "tests/layer_test.h"

static struct layer_trailer one(struct layer_child top, unsigned type)
{
	return (struct layer_trailer){
		.version = CKPT_LAYER_VERSION, .column = { top }, .type = { type }, .columns = 1
	};
}

START_TEST(blocks_that_can_not_be_where_they_are_said_to_be_are_refused)
{
	const struct layer_child bad[] = {
		{ 0, 1024 * 1024 }, { 512 * 1000, 512 },       { 1, 512 },
		{ 0, 500 },	    { UINT64_MAX - 511, 512 }, { 0, UINT32_MAX / 512 * 512 }
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct layer_trailer t = one(bad[i], 0);

		ckpt_buf_clear(&file);
		layer_add_data(&file, 100, false);
		layer_add_trailer(&file, &t);
		refused(-EUCLEAN, "which can't be there");
	}
}
END_TEST

START_TEST(blocks_that_name_themselves_or_each_other_end)
{
	struct layer_child itself = { 0, 512 }, twice[2];
	struct layer_trailer t;

	layer_add_index(&file, &itself, 1, 1, false);
	t = one(itself, 1);
	layer_add_trailer(&file, &t);
	refused(-EUCLEAN, "named already");
	ckpt_buf_clear(&file);
	twice[0] = twice[1] = layer_add_data(&file, 100, false);
	t = one(layer_add_index(&file, twice, 2, 0, false), 1);
	layer_add_data(&file, 100, false); /* so that the sum is right */
	layer_add_trailer(&file, &t);
	refused(-EUCLEAN, "overlaps the one before");
}
END_TEST

START_TEST(a_block_that_nobody_names_is_found)
{
	struct layer_trailer t;

	layer_add_data(&file, 100, false);
	t = one(layer_add_data(&file, 100, false), 0);
	layer_add_trailer(&file, &t);
	refused(-EUCLEAN, "the block at byte 0 is named by no other");
}
END_TEST

/* An index block at the front, changed at one byte, its checksum right. */
static void lie(size_t at, unsigned char value, const char *sentence)
{
	struct layer_child leaf, top;
	struct layer_trailer t;

	ckpt_buf_clear(&file);
	leaf = layer_add_data(&file, 100, false);
	top = layer_add_index(&file, &leaf, 1, 0, false);
	*bytes(top.off + at) = value;
	layer_seal(bytes(top.off), top.size);
	t = one(top, 1);
	layer_add_trailer(&file, &t);
	refused(-EUCLEAN, sentence);
}

START_TEST(an_index_that_lies_is_refused)
{
	lie(18, 1, "list of children outside");	  /* offsets far behind */
	lie(22, 1, "list of children outside");	  /* sizes too */
	lie(25, 255, "list of children outside"); /* 65,000 children */
	lie(29, 0, "list of children outside");	  /* of no bytes */
	lie(29, 9, "list of children outside");
	lie(26, 2, "of an unknown kind");
	lie(26, 1, "is no LFIB block");
	lie(4, 'X', "is no LFIB block");
	lie(34, 0xff, "which can't be there");
}
END_TEST

START_TEST(a_packed_block_that_claims_to_be_huge_is_refused)
{
	struct layer_trailer t;
	struct layer_child top = layer_add_data(&file, 100, true);

	/* Snappy's length, in front of what is packed: 4 GiB. */
	memcpy(bytes(top.off + 4), "\xff\xff\xff\xff\x0f", 5);
	t = one(top, 0);
	t.compression = 1;
	layer_add_trailer(&file, &t);
	refused(-EUCLEAN, "its length is none that Snappy gives");
	memcpy(bytes(top.off), "\xff\xff\xff\xff", 4);
	refused(-EUCLEAN, "are packed in its 512");
}
END_TEST

/* A file of one packed block, of these bytes. */
static void packed(const char *snappy, size_t len, size_t says, const char *sentence)
{
	struct layer_trailer t = one((struct layer_child){ 0, CKPT_LAYER_UNIT }, 0);
	unsigned char head[4] = { (unsigned char)says, (unsigned char)(says >> 8) };

	ckpt_buf_clear(&file);
	ckpt_buf_add(&file, head, sizeof(head));
	ckpt_buf_add(&file, snappy, len);
	while (file.len < CKPT_LAYER_UNIT)
		ckpt_buf_addc(&file, 0);
	t.compression = 1;
	layer_add_trailer(&file, &t);
	refused(-EUCLEAN, sentence);
}

START_TEST(what_snappy_did_not_write_is_refused)
{
	/* A literal of eight bytes: its length, a tag, the bytes. */
	static const char eight[] = "\x08\x1c"
				    "abcdefgh";

	packed(eight, 10, 10, "has the checksum 64636261");
	packed(eight, 10, 9, "ends in other bytes than zeros");
	packed(eight, 9, 9, "can't be unpacked by Snappy");
	packed(eight, 10, 11, "can't be unpacked by Snappy");
	packed("\x09\x1c"
	       "abcdefgh",
	       10, 10, "can't be unpacked by Snappy");
	packed("\x07\x1c"
	       "abcdefgh",
	       10, 10, "can't be unpacked by Snappy");
	packed("\x04\x0c"
	       "abcd",
	       6, 6, "is of 4 bytes, less than a header");
	packed("\x00", 1, 1, "is of 0 bytes, less than a header");
	packed("", 0, 0, "none that Snappy gives");
	packed("\xff\xff\xff\xff\xff\xff\xff", 7, 7, "none that Snappy gives");
	packed("\x80\x08", 2, 2, "none that Snappy gives"); /* 1024 of nothing */
	/* A copy of what lies before the beginning; of nothing, for ever. */
	packed("\x10\x1c"
	       "abcdefgh\x11\x09",
	       12, 12, "can't be unpacked by Snappy");
	packed("\x10\x1c"
	       "abcdefgh\x11\x00",
	       12, 12, "can't be unpacked by Snappy");
	/* A literal that says it has 4 GiB. */
	packed("\x08\xfc\xff\xff\xff\xff", 6, 6, "can't be unpacked by Snappy");
}
END_TEST

START_TEST(a_block_of_the_wrong_kind_is_refused)
{
	struct layer_child data = layer_add_data(&file, 100, false), index, filter;
	struct layer_trailer t;

	index = layer_add_index(&file, &data, 1, 0, false);
	t = one(index, 0);
	layer_add_trailer(&file, &t);
	refused(-EUCLEAN, "the block at byte 512 is no LFDB block");
	file.len -= CKPT_LAYER_UNIT;
	t = one(index, 1);
	layer_add_trailer(&file, &t);
	ok(layer_check(file.data, file.len, &e), &e);
	memcpy(bytes(file.len - CKPT_LAYER_UNIT + 4), "LFDB", 4);
	layer_seal(bytes(file.len - CKPT_LAYER_UNIT), CKPT_LAYER_UNIT);
	refused(-EUCLEAN, "is no trailer of a batch file");
	ckpt_buf_clear(&file);
	filter = layer_add_filter(&file, 100);
	t = one(filter, 0);
	layer_add_trailer(&file, &t);
	refused(-EUCLEAN, "the block at byte 0 is no LFDB block");
	/* A text, and a file of zeros. */
	ckpt_buf_clear(&file);
	for (size_t i = 0; i < (size_t)2 * CKPT_LAYER_UNIT; i++)
		ckpt_buf_addc(&file, 'x');
	refused(-EUCLEAN, "is no trailer of a batch file");
	memset(file.data, 0, file.len);
	refused(-EUCLEAN, "is no trailer of a batch file");
}
END_TEST

/* A column of two indices that name each other, as long as there is a file. */
START_TEST(rings_of_blocks_end_and_so_do_two_trees_with_one_root)
{
	struct layer_child a = { 0, 512 }, b = { 512, 512 }, c = { 1024, 512 }, trailer;
	struct layer_trailer t = one(a, 1);

	layer_add_index(&file, &b, 1, 1, false);
	layer_add_index(&file, &c, 1, 1, false);
	layer_add_index(&file, &a, 1, 1, false);
	layer_add_trailer(&file, &t);
	refused(-EUCLEAN, "named already");
	/* The trailer as a child. */
	ckpt_buf_clear(&file);
	trailer = (struct layer_child){ 512, 512 };
	layer_add_index(&file, &trailer, 1, 0, false);
	layer_add_trailer(&file, &t);
	refused(-EUCLEAN, "named already");
	/* Two columns of one tree, and a filter that is a column too. */
	ckpt_buf_clear(&file);
	a = layer_add_data(&file, 100, false);
	t = (struct layer_trailer){
		.version = CKPT_LAYER_VERSION, .column = { a, a }, .type = { 0, 0 }, .columns = 2
	};
	layer_add_trailer(&file, &t);
	refused(-EUCLEAN, "named already");
	file.len -= CKPT_LAYER_UNIT;
	t.columns = 1;
	t.filter = a;
	layer_add_trailer(&file, &t);
	refused(-EUCLEAN, "named already");
	/* Half of the block before. */
	ckpt_buf_clear(&file);
	a = layer_add_data(&file, 1000, false);
	b = (struct layer_child){ 512, 512 };
	layer_add_data(&file, 100, false);
	t = (struct layer_trailer){
		.version = CKPT_LAYER_VERSION, .column = { a, b }, .type = { 0, 0 }, .columns = 2
	};
	layer_add_trailer(&file, &t);
	ck_assert_int_eq(layer_check(file.data, file.len, &e), -EUCLEAN);
}
END_TEST

START_TEST(a_block_larger_than_any_is_not_checked_and_not_read)
{
	const size_t huge = (size_t)257 << 20;
	struct layer_trailer t = one((struct layer_child){ 0, huge }, 0);
	unsigned char *sparse = calloc(1, huge + CKPT_LAYER_UNIT);

	ck_assert_ptr_nonnull(sparse);
	layer_add_trailer(&file, &t);
	memcpy(sparse + huge, file.data, file.len);
	ck_assert_int_eq(layer_check(sparse, huge + CKPT_LAYER_UNIT, &e), -ENOTSUP);
	ck_assert_ptr_nonnull(strstr(e.msg, "more than ckptfs checks"));
	free(sparse);
}
END_TEST

START_TEST(more_columns_than_there_is_room_for_are_refused)
{
	struct layer_trailer t = { .version = CKPT_LAYER_VERSION };

	layer_add_trailer(&file, &t);
	*bytes(13) = 200;
	layer_seal(bytes(0), file.len);
	refused(-EUCLEAN, "more columns");
	memcpy(bytes(13), "\xff\xff\xff\xff", 4);
	layer_seal(bytes(0), file.len);
	refused(-EUCLEAN, "more columns");
}
END_TEST

START_TEST(a_tree_is_followed_only_so_deep)
{
	struct layer_child top = layer_add_data(&file, 100, false);
	struct layer_trailer t;

	for (int i = 0; i < 34; i++)
		top = layer_add_index(&file, &top, 1, i != 0, false);
	t = one(top, 1);
	layer_add_trailer(&file, &t);
	refused(-EUCLEAN, "levels deep");
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("hostile batch files");

	tcase_set_timeout(t, 300);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, blocks_that_can_not_be_where_they_are_said_to_be_are_refused);
	tcase_add_test(t, blocks_that_name_themselves_or_each_other_end);
	tcase_add_test(t, a_block_that_nobody_names_is_found);
	tcase_add_test(t, an_index_that_lies_is_refused);
	tcase_add_test(t, a_packed_block_that_claims_to_be_huge_is_refused);
	tcase_add_test(t, what_snappy_did_not_write_is_refused);
	tcase_add_test(t, a_block_of_the_wrong_kind_is_refused);
	tcase_add_test(t, rings_of_blocks_end_and_so_do_two_trees_with_one_root);
	tcase_add_test(t, a_block_larger_than_any_is_not_checked_and_not_read);
	tcase_add_test(t, more_columns_than_there_is_room_for_are_refused);
	tcase_add_test(t, a_tree_is_followed_only_so_deep);
	return suite_run_one("layer_hostile", t);
}
